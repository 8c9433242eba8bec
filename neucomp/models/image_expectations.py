"""How large an error is to be expected: a linear regression that learns online what tells it.

The error of the blend is about a weighted sum of errors nearby, in this and in other channels, of distances between
predictions, of steps between neighbours, and of what the network expects. The weights are learned for each class of
channels: after each sample they move along the gradient of the likelihood of a Laplace distribution whose mean
absolute error is that sum, normalised by the size of the terms (Widrow and Hoff 1960; Engle 1982, for the model).
"""

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.inline import part
from neucomp.models.image_planes import PAD
from neucomp.models.image_state import (
    EXPECTED_CLASSES,
    EXPECTED_UNITS,
    RING,
    ROWS_ABOVE,
    TERMS,
)
from neucomp.models.image_terms import Predictor

_MOST_EXPECTED = 256 * EXPECTED_UNITS - 1
_SMALLEST = np.float32(0.2)
_CONSTANT = np.float32(3)
_SURPRISE = np.float32(4)
_RATE = np.float32(0.002)
_SIZE_SHARE = np.float32(0.1)
_ONE = np.float32(1)
_ZERO = np.float32(0)
_HALF = np.float32(0.5)


def _expected_classes() -> NDArray[np.uint8]:
    """Class of an expected error e at index 32 e: floor(5 log2(1 + 4 e / 3)), in integers."""
    table = np.zeros(_MOST_EXPECTED + 1, np.uint8)
    place = 0
    for i in range(_MOST_EXPECTED + 1):
        while place + 1 < EXPECTED_CLASSES and (24 + i) ** 5 >= 24**5 << place + 1:
            place += 1
        table[i] = place
    return table


_CLASSES = _expected_classes()


@part
def expect_error(contexts, channel, row, front, gradient, network_error):
    """Fills `terms`, and `expected` with the mean absolute error of the blend that is expected; returns its class.

    gradient: mean step between neighbours; network_error: what the network expects, 0 without one.
    """
    errors, references, centres = contexts.errors, contexts.references, contexts.centres
    channels = errors.shape[2]
    blend = np.int64(Predictor.BLEND)
    y = row - PAD + ROWS_ABOVE
    reference = references[channel]
    first = reference if reference >= 0 else min(channel + 1, channels - 1)
    second = min(channel + 2, channels - 1)
    if reference >= 0:
        second = channel + 1 if channel + 1 < channels else max(references[reference], np.int64(0))
    w, n, ww = (front - 1) & (RING - 1), (front - 4) & (RING - 1), (front - 2) & (RING - 1)
    terms = contexts.terms
    terms[0] = errors[w, y, channel, blend]
    terms[1] = errors[n, y - 1, channel, blend]
    terms[2] = errors[(front - 5) & (RING - 1), y - 1, channel, blend]
    terms[3] = errors[(front - 3) & (RING - 1), y - 1, channel, blend]
    terms[4] = errors[ww, y, channel, blend]
    terms[5] = errors[(front - 8) & (RING - 1), y - 2, channel, blend]
    terms[6] = errors[(front - 6) & (RING - 1), y - 1, channel, blend]
    terms[7] = errors[ww, y - 1, channel, blend]
    far = errors[(front - 9) & (RING - 1), y - 2, channel, blend]
    terms[8] = far + errors[(front - 7) & (RING - 1), y - 2, channel, blend]
    left = (
        errors[(front - 3) & (RING - 1), y, channel, blend] + errors[(front - 12) & (RING - 1), y - 3, channel, blend]
    )
    right = errors[(front - 10) & (RING - 1), y - 2, channel, blend]
    terms[9] = left + (right + errors[(front - 6) & (RING - 1), y - 2, channel, blend])
    terms[10] = _ZERO
    terms[11] = _ZERO
    if reference >= 0:
        terms[10] = contexts.channel_errors[reference]
        if references[reference] >= 0:
            terms[11] = contexts.channel_errors[references[reference]]
    terms[12] = (errors[w, y, first, blend] + errors[n, y - 1, first, blend]) * _HALF
    terms[13] = (errors[w, y, second, blend] + errors[n, y - 1, second, blend]) * _HALF
    terms[14] = network_error
    terms[15] = abs(centres[Predictor.FAST] - centres[Predictor.SLOW])
    terms[16] = abs(centres[Predictor.FAST] - centres[Predictor.EDGE])
    terms[17] = gradient
    terms[18] = abs(centres[Predictor.NETWORK] - centres[Predictor.SLOW]) * contexts.used[Predictor.NETWORK]
    terms[19] = _CONSTANT / contexts.grain[0]
    weights = contexts.term_weights[contexts.channel_class[channel]]
    total = np.float32(0)
    for i in range(TERMS):
        total += weights[i] * terms[i]
    expected = max(total, _SMALLEST / contexts.grain[0])
    contexts.expected[0] = expected
    place = np.int64(min(expected * contexts.grain[0], np.float32(255)) * np.float32(EXPECTED_UNITS))
    return np.int64(_CLASSES[np.uint32(min(place, np.int64(_MOST_EXPECTED)))])


@part
def learn_expectation(contexts, channel, error):
    """Learns the absolute error of the blend, float32."""
    terms = contexts.terms
    weights = contexts.term_weights[contexts.channel_class[channel]]
    scale = _ONE / contexts.expected[0]
    size = np.float32(0)
    for i in range(TERMS):
        share = terms[i] * scale
        terms[i] = share
        size += share * share
    step = (min(error * scale, _SURPRISE) - _ONE) * _RATE / (_ONE + _SIZE_SHARE * size)
    for i in range(TERMS):
        weights[i] += step * terms[i]
