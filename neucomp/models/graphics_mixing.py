"""Two layers of gated mixing and two adaptive maps behind them, as one piece: logits in, a probability out.

Several sets of weights, each with a row chosen by a small context, mix the inputs; a row of final weights mixes the
sets; half of the result is refined by what happened before in two more contexts. See `kernels.mixer` and `kernels.apm`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels import mixer
from neucomp.kernels.apm import new_apm, refine, update_cell
from neucomp.kernels.inline import part
from neucomp.kernels.tables import SQUASH, SQUASH_LIMIT, STRETCH_LIMIT

_MOST_SETS = 16
_BIAS = 256
_FINAL_RATE = 20
_MAP_SHIFT = 6
_START_PERCENT = 73
"""Weight of a context's three inputs before the first bit, times the number of contexts."""

_RATE_COUNTS = 1024


class Tuning(NamedTuple):
    """How fast rows learn: weights move by input * error * rate / 2**18, rate = final + extra * k / (k + age)."""

    final: int
    extra: int
    halving: int
    """k: after this many bits a row's extra rate is halved."""


class Mix(NamedTuple):
    """Weights, and the decision at hand."""

    inputs: NDArray[np.int32]  # (width,): logits, then the bias, then zeros
    weights: NDArray[np.int32]  # (all sets' rows * width,)
    first_row: NDArray[np.int64]  # (sets,): where a set's rows begin
    row: NDArray[np.int64]  # (sets,): row in use
    ages: NDArray[np.int32]  # (all sets' rows,): bits that each row has learned from, at most _RATE_COUNTS - 1
    rates: NDArray[np.int64]  # (_RATE_COUNTS,): learning rate by age
    outputs: NDArray[np.int32]  # (_MOST_SETS,): logits of the sets, then zeros
    probabilities: NDArray[np.int64]  # (sets,): the same as 16-bit probabilities
    final_weights: NDArray[np.int32]  # (final rows * _MOST_SETS,)
    maps: NDArray[np.uint16]  # (map rows * 32,)
    pending: NDArray[np.int64]  # (4,): final row, its logit and the cells of the maps that wait for the bit


def new_mix(inputs: int, set_rows: tuple[int, ...], final_rows: int, map_rows: int, tuning: Tuning) -> Mix:
    """Before the first bit, for so many inputs, sets with these numbers of rows, final rows and rows of the maps."""
    width = -(-(inputs + 1) // mixer.LANES) * mixer.LANES
    age = np.arange(_RATE_COUNTS, dtype=np.int64)
    weights = np.zeros((sum(set_rows), width), np.int32)
    weights[:, :inputs] = 3 * mixer.WEIGHT_ONE * _START_PERCENT // (100 * inputs)
    mix = Mix(
        inputs=np.zeros(width, np.int32),
        weights=weights.reshape(-1),
        first_row=np.cumsum([0, *set_rows[:-1]], dtype=np.int64),
        row=np.zeros(len(set_rows), np.int64),
        ages=np.zeros(sum(set_rows), np.int32),
        rates=tuning.final + tuning.extra * tuning.halving // (tuning.halving + age),
        outputs=np.zeros(_MOST_SETS, np.int32),
        probabilities=np.zeros(len(set_rows), np.int64),
        final_weights=np.full(final_rows * _MOST_SETS, mixer.WEIGHT_ONE // len(set_rows), np.int32),
        maps=new_apm(map_rows),
        pending=np.zeros(4, np.int64),
    )
    mix.inputs[inputs] = _BIAS
    return mix


@part
def choose_row(mix, number, row):
    """Says which row of a set mixes the next decision."""
    mix.row[number] = mix.first_row[number] + row


@part
def mix_inputs(mix, final_row, map_row0, map_row1):
    """16-bit probability that the next bit is 1, in [2, 65533]; the sets' rows are chosen."""
    width = mix.inputs.size
    for s in range(mix.first_row.size):
        logit = mixer.dot_product(mix.inputs, mix.weights, mix.row[s] * width, width)
        logit = max(min(logit, np.int64(STRETCH_LIMIT)), np.int64(-STRETCH_LIMIT))
        mix.outputs[s] = logit
        mix.probabilities[s] = SQUASH[np.uint32(logit + SQUASH_LIMIT)]
    logit = mixer.dot_product(mix.outputs, mix.final_weights, final_row * _MOST_SETS, _MOST_SETS)
    logit = max(min(logit, np.int64(SQUASH_LIMIT - 1)), np.int64(-SQUASH_LIMIT))
    mixed = np.int64(SQUASH[np.uint32(logit + SQUASH_LIMIT)])
    clipped = max(min(logit, np.int64(STRETCH_LIMIT)), np.int64(-STRETCH_LIMIT))
    p0, cell0 = refine(mix.maps, map_row0, clipped)
    p1, cell1 = refine(mix.maps, map_row1, clipped)
    mix.pending[0] = final_row
    mix.pending[1] = logit
    mix.pending[2] = cell0
    mix.pending[3] = cell1
    return max(min((2 * mixed + p0 + p1 + 2) >> 2, np.int64(65533)), np.int64(2))


@part
def learn_mix(mix, bit):
    """Teaches all that took part in the last decision which bit came."""
    width = mix.inputs.size
    for s in range(mix.first_row.size):
        row = mix.row[s]
        age = np.int64(mix.ages[row])
        mix.ages[row] = min(age + 1, _RATE_COUNTS - 1)
        error = ((bit << 16) - mix.probabilities[s]) * mix.rates[age] >> 6
        error = max(min(error, np.int64(mixer.ERROR_LIMIT - 1)), np.int64(1 - mixer.ERROR_LIMIT))
        mixer.train_row(mix.inputs, mix.weights, row * width, width, error)
    error = (bit << 16) - np.int64(SQUASH[np.uint32(mix.pending[1] + SQUASH_LIMIT)])
    mixer.train_row(mix.outputs, mix.final_weights, mix.pending[0] * _MOST_SETS, _MOST_SETS, error * _FINAL_RATE >> 6)
    update_cell(mix.maps, mix.pending[2], bit, _MAP_SHIFT)
    update_cell(mix.maps, mix.pending[3], bit, _MAP_SHIFT)
