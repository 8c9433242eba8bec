"""Normalised least mean squares: long adaptive filters at the cost of three passes over their taps a sample.

A filter of n taps predicts the next target from the n targets before, newest first, and then moves its weights along
them (Widrow and Hoff 1960), weight i by

    step x error x past[i] x taper[i] x S / (n x (P + 1)),   P = sum of profile[i] x past[i]**2,   S = sum of profile[i]

where the power P counts recent targets most, profile[i] = (1 + i)**-3/4, and weights of recent targets move faster,
taper[i] = (1 + i / 50)**-1/2 (which takes 0.1 % off). Weights and past are float32, in the order that `vectors` writes
down.

Past targets are multiples of 2**-12, and a move below 2**-40 is none. So products are 0 or at least 2**-55, weights
are multiples of 2**-79, and no number here ever is too small for full precision.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.aligned import aligned_zeros
from neucomp.kernels.inline import inline, part
from neucomp.kernels.vectors import LANES_32, add_product, dot, dot_squares

_ROOM = 4096
"""Targets that a filter's memory takes before the newest are moved to its end."""

_GRID = 4096.0
_TAPER = 50.0
_SMALLEST_MOVE = 2.0**-40


class Filters(NamedTuple):
    """A bank of filters, one row each."""

    taps: NDArray[np.int64]  # (rows,): a multiple of LANES_32
    steps: NDArray[np.float64]  # (rows,): step x S / n
    weight_starts: NDArray[np.int64]  # (rows,)
    past_starts: NDArray[np.int64]  # (rows,)
    positions: NDArray[np.int64]  # (rows,): where the newest target stands in the row's part of `past`
    weights: NDArray[np.float32]  # of all rows
    past: NDArray[np.float32]  # of all rows: _ROOM + taps each
    profile: NDArray[np.float32]  # of the largest row
    taper: NDArray[np.float32]  # of the largest row


def new_filters(taps: list[int], steps: list[float]) -> Filters:
    """Filters that have seen nothing and predict 0."""
    if any(size % LANES_32 for size in taps):
        raise ValueError(f"taps must be multiples of {LANES_32}, got {taps}")
    longest = max(taps, default=0)
    root = np.sqrt(1.0 + np.arange(longest))
    profile = (1.0 / (root * np.sqrt(root))).astype(np.float32)
    sums = [sum(map(float, profile[:size])) for size in taps]
    room = [_ROOM + size for size in taps]
    return Filters(
        taps=np.array(taps, np.int64),
        steps=np.array([step * total / size for step, total, size in zip(steps, sums, taps, strict=True)]),
        weight_starts=np.cumsum([0, *taps[:-1]], dtype=np.int64),
        past_starts=np.cumsum([0, *room[:-1]], dtype=np.int64),
        positions=np.full(len(taps), _ROOM, np.int64),
        weights=aligned_zeros(sum(taps), np.float32),
        past=np.zeros(sum(room), np.float32),
        profile=profile,
        taper=(1.0 / np.sqrt(1.0 + np.arange(longest) / _TAPER)).astype(np.float32),
    )


@inline
def predict(filters, row):
    """The next target, float64."""
    past = filters.past_starts[row] + filters.positions[row]
    return np.float64(dot(filters.weights, filters.weight_starts[row], filters.past, past, filters.taps[row]))


@part
def learn(filters, row, target, error):
    """Moves the weights by the error of the last prediction, and remembers the target."""
    taps = filters.taps[row]
    start = filters.past_starts[row]
    position = filters.positions[row]
    past = start + position
    power = np.float64(dot_squares(filters.profile, 0, filters.past, past, taps))
    move = filters.steps[row] * error / (power + 1.0)
    if abs(move) >= _SMALLEST_MOVE:
        weights = filters.weight_starts[row]
        add_product(filters.weights, weights, filters.past, past, filters.taper, 0, taps, np.float32(move))
    if position == 0:
        for i in range(taps):
            filters.past[start + _ROOM + i] = filters.past[start + i]
        position = np.int64(_ROOM)
    position -= 1
    filters.past[start + position] = np.float32(np.floor(target * _GRID + 0.5) / _GRID)
    filters.positions[row] = position
