"""Long-term prediction: the lag at which a signal resembles its own past, as voices and strings do period by period.

For each lag L the kernel keeps two fading sums, of the products h(t) h(t - L) and of the squares h(t - L)**2. Now and
then it chooses the lag whose products, if positive, explain most (products**2 / squares; Atal and Schroeder 1970); the
prediction is h(t - L) x products / squares. Signals and sums are float32, in the order that `vectors` writes down.

Signals are multiples of 2**-4 within 2**33; sums that have all but faded become 0 (see `forget_traces`), and squares
have a floor: no number is too small for full precision, none too large.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.inline import part
from neucomp.kernels.vectors import decay_and_add

FIRST_LAG = 24
"""Shorter lags are known to other filters."""

LAGS = 768
"""Up to 56 Hz at 44.1 kHz (a multiple of the lanes)."""

_PERIOD = 8
"""Samples between two choices of a lag."""

_ROOM = 4096
_REACH = FIRST_LAG + LAGS
_DECAY = np.float32(0.998)
_FLOOR = np.float32(2.0**-20)
_GRID = 16.0
_LARGEST = 2.0**33
_LEAST_SCORE = 0.01
_NOTHING = np.float32(1e-20)


class Pitch(NamedTuple):
    """A bank of signals, one row each; what is known of the past stands newest first."""

    history: NDArray[np.float32]  # (rows * (_ROOM + _REACH),)
    squares: NDArray[np.float32]  # the same: fading sums of squares up to each sample
    products: NDArray[np.float32]  # (rows * LAGS,)
    positions: NDArray[np.int64]  # (rows,): where the newest sample stands in a row's part of `history`
    lags: NDArray[np.int64]  # (rows,): the lag in use less FIRST_LAG; -1: none


def new_pitch(rows: int) -> Pitch:
    """Signals of which nothing is known."""
    return Pitch(
        history=np.zeros(rows * (_ROOM + _REACH), np.float32),
        squares=np.zeros(rows * (_ROOM + _REACH), np.float32),
        products=np.zeros(rows * LAGS, np.float32),
        positions=np.full(rows, _ROOM, np.int64),
        lags=np.full(rows, -1, np.int64),
    )


@part
def predict(pitch, row):
    """The next sample, float64; 0 where there is no lag."""
    position = pitch.positions[row]
    past = row * (_ROOM + _REACH) + position + FIRST_LAG - 1
    if position % _PERIOD == 0:
        best = _LEAST_SCORE
        pitch.lags[row] = -1
        for i in range(LAGS):
            product = np.float64(max(pitch.products[row * LAGS + i], np.float32(0)))
            score = product * product / (np.float64(pitch.squares[past + 1 + i]) + 1.0)
            if score > best:
                best = score
                pitch.lags[row] = i
    lag = pitch.lags[row]
    if lag < 0:
        return 0.0
    product = np.float64(max(pitch.products[row * LAGS + lag], np.float32(0)))
    guess = product / (np.float64(pitch.squares[past + 1 + lag]) + 1.0) * np.float64(pitch.history[past + lag])
    return min(max(guess, -_LARGEST), _LARGEST)


@part
def learn(pitch, row, sample):
    """Takes up the sample that was to be predicted."""
    value = np.float32(np.floor(min(max(sample, -_LARGEST), _LARGEST) * _GRID + 0.5) / _GRID)
    start = row * (_ROOM + _REACH)
    position = pitch.positions[row]
    decay_and_add(pitch.products, row * LAGS, pitch.history, start + position + FIRST_LAG - 1, LAGS, _DECAY, value)
    square = _DECAY * pitch.squares[start + position] + (value * value + _FLOOR)
    if position == 0:
        for i in range(_REACH):
            pitch.history[start + _ROOM + i] = pitch.history[start + i]
            pitch.squares[start + _ROOM + i] = pitch.squares[start + i]
        position = np.int64(_ROOM)
    position -= 1
    pitch.history[start + position] = value
    pitch.squares[start + position] = square
    pitch.positions[row] = position


@part
def forget_traces(pitch):
    """Sets what has all but faded to 0; to be called every few thousand samples."""
    for i in range(pitch.products.size):
        if abs(pitch.products[i]) < _NOTHING:
            pitch.products[i] = np.float32(0)
