"""What the WaveNet is told by the audio model, and what the model makes of its answer."""

import numpy as np

from neucomp.kernels import wave_features as features
from neucomp.kernels.inline import part
from neucomp.kernels.wave_constants import FEATURE_UNIT, GUESSES, LEVELS
from neucomp.kernels.wave_features import limited, logarithm, relate
from neucomp.kernels.wave_network import CENTRE, INVERSE, WEIGHT, lay_mixture, run_network
from neucomp.models.audio_means import LONG, USUAL
from neucomp.models.audio_terms import Guess

LAST_ERROR, ITS_USUAL = range(2)
"""Columns of `AudioCoder.heard`: a channel's last error, and what was usual before it."""

_PREDICTORS = GUESSES - 7
_MIDDLE_LEVEL = 8 * FEATURE_UNIT
"""Half the logarithm of a usual error of 16."""

_MEAN_FLOOR = 0.1
_ERROR_FLOOR = 0.25
_SPREAD_FLOOR = 0.02


@part
def usual_error(means, z):
    """The mean error of recent samples that all else is relative to."""
    return means.values[z, means.loudness + USUAL] + _MEAN_FLOOR


@part
def _signed_logarithm(step, usual, level):
    """How many times the usual error a step is, in logarithms, with its sign."""
    size = limited(logarithm(usual + abs(step)) - level)
    return size if step >= 0.0 else -size


@part
def _read_partner(heard, partner, z, row):
    for i in range(features.PARTNER, features.SPREAD):
        row[i] = 0
    if partner >= 0:
        error = heard[partner, LAST_ERROR]
        usual = heard[partner, ITS_USUAL]
        row[features.PARTNER] = relate(error, 1.0 / usual)
        row[features.PARTNER + 1] = limited(logarithm(abs(error) + _ERROR_FLOOR) - logarithm(usual))
        row[features.PARTNER + (3 if partner < z else 2)] = FEATURE_UNIT


@part
def read_features(state, z, t):
    """What the network is told of a sample of a channel, into `network.features`."""
    row = state.network.features[0]
    guesses = state.guesses
    means = state.means
    values = means.values[z]
    blend = guesses[Guess.ALL]
    usual = usual_error(means, z)
    inverse = 1.0 / usual
    level = logarithm(usual)
    spread = 0.0
    for i in range(GUESSES):
        # The blends, the least squares over all, three cascades; then the predictors, which are the last.
        distance = guesses[1 + i if i < _PREDICTORS else guesses.size - GUESSES + i] - blend
        row[i] = relate(distance, inverse)
        if i >= 2:
            spread += abs(distance)
    error = state.heard[z, LAST_ERROR]
    row[features.ERROR] = relate(error, inverse)
    row[features.ERROR + 1] = limited(logarithm(abs(error) + _ERROR_FLOOR) - level)
    for i in range(LEVELS):
        row[features.MEANS + i] = limited(logarithm(values[means.scales + i] + _MEAN_FLOOR) - level)
    row[features.MEANS + LEVELS] = limited(logarithm(values[means.loudness + LONG] + _MEAN_FLOOR) - level)
    row[features.MEANS + LEVELS + 1] = limited((level >> 1) - _MIDDLE_LEVEL)
    last = np.float64(state.samples[z, t - 1]) if t > 0 else 0.0
    before = np.float64(state.samples[z, t - 2]) if t > 1 else 0.0
    row[features.SLOPES] = _signed_logarithm(blend - last, usual, level)
    row[features.SLOPES + 1] = _signed_logarithm(last - before, usual, level)
    _read_partner(state.heard, state.channels[z].partner, z, row)
    spread = spread / (GUESSES - 2) + _SPREAD_FLOOR
    row[features.SPREAD] = limited(logarithm(spread) - level)


@part
def ask_network(network, z, usual, away, mixture):
    """Lays the network's mixture for a sample of a channel, once it is told of it.

    usual: the usual error, in units of what is coded. away: of the mixture's middle, from where distances begin.
    """
    run_network(network, z)
    lay_mixture(network, usual)
    for k in range(mixture.shape[1]):
        mixture[WEIGHT, k] = network.mixture[WEIGHT, k]
        mixture[CENTRE, k] = away + network.mixture[CENTRE, k]
        mixture[INVERSE, k] = network.mixture[INVERSE, k]


@part
def note_features(note, row, usual):
    """Keeps what a network would read, and what it is relative to, for training."""
    for i in range(features.FEATURES):
        note[i] = row[i]
    note[features.FEATURES] = usual


@part
def remember_error(state, z, t, y):
    """After a sample, before the means learn it; beside the features of a sample, it is what a network should say."""
    error = y - state.guesses[Guess.ALL]
    state.heard[z, LAST_ERROR] = error
    state.heard[z, ITS_USUAL] = usual_error(state.means, z)
    if t < state.notes.shape[1]:
        state.notes[z, t, features.FEATURES + 1] = error
