"""Running means of absolute errors: which predictions are good now, how wide distributions are, how loud it is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.inline import part
from neucomp.models.audio_terms import Guess

_FLOOR = 2.0**-20
"""Part of every error, so that means do not fade away: numbers too small for full precision are not portable."""

_SHARPNESS = 3
"""Weights of a blend are inverse mean errors to the power 2**_SHARPNESS."""

_SOFTENING = 0.05
_TREND_LIMITS = np.array([0.35, 0.55, 0.75, 0.95, 1.25, 1.7, 2.6])
_START = 16.0


class Means(NamedTuple):
    """Means of channels, by their numbers: first those that `blend` begins with, and so on."""

    values: NDArray[np.float64]  # (channels, means)
    guesses: NDArray[np.int64]  # (means,): whose errors
    decays: NDArray[np.float64]  # (means,)
    cascades: int  # first mean of cascades and predictors, for their blends; those before are for Guess.ALL
    recent: int  # first mean of the last few samples: of WIDE, NARROW and all predictors
    loudness: int  # quick, usual and long mean of Guess.ALL
    scales: int  # first mean of the distributions


QUICK, USUAL, LONG = range(3)
"""Of `Means.loudness`."""


def new_means(channels: int, cascades: int, predictors: int, distributions: list[tuple[int, float]]) -> Means:
    """Means before the first sample; `distributions` have a guess and a decay each."""
    last = Guess.FIRST_CASCADE + cascades + predictors
    groups = [
        ([(guess, 0.95) for guess in range(Guess.WIDE, Guess.FIRST_CASCADE + cascades)], 1.0),
        ([(guess, 0.98) for guess in range(Guess.FIRST_CASCADE, last)], 1.0),
        ([(guess, 0.6) for guess in (Guess.WIDE, Guess.NARROW, *range(last - predictors, last))], 0.0),
        ([(int(Guess.ALL), decay) for decay in (0.85, 0.95, 0.995)], _START),
        (distributions, _START),
    ]
    starts = [start for group, start in groups for _ in group]
    firsts = np.cumsum([len(group) for group, _ in groups]).tolist()
    return Means(
        values=np.tile(np.array(starts), (channels, 1)),
        guesses=np.array([guess for group, _ in groups for guess, _ in group], np.int64),
        decays=np.array([decay for group, _ in groups for _, decay in group]),
        cascades=firsts[0],
        recent=firsts[1],
        loudness=firsts[2],
        scales=firsts[3],
    )


@part
def learn_means(means, channel, guesses, sample):
    """All means of a channel take up the errors of a sample's guesses."""
    values = means.values[channel]
    for i in range(values.size):
        error = abs(sample - guesses[means.guesses[i]]) + _FLOOR
        values[i] = means.decays[i] * values[i] + (1.0 - means.decays[i]) * error


@part
def weigh(means, channel, first, weights):
    """Fills `weights` with inverse powers of the means from `first` on, relative to the smallest."""
    values = means.values[channel]
    least = values[first]
    for i in range(1, weights.size):
        least = min(least, values[first + i])
    for i in range(weights.size):
        ratio = (least + _SOFTENING) / (values[first + i] + _SOFTENING)
        for _ in range(_SHARPNESS):
            ratio *= ratio
        weights[i] = ratio


@part
def trend(means, channel):
    """Recent errors against those of a longer time, in classes: 0 (calmer) to 7 (wilder)."""
    values = means.values[channel]
    ratio = values[means.loudness + QUICK] / (values[means.loudness + LONG] + 0.01)
    found = np.int64(0)
    for limit in _TREND_LIMITS:
        found += np.int64(1) if ratio > limit else np.int64(0)
    return found
