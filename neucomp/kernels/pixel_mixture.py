"""Frequencies of the samples of pixels that PixelCNN++ gives mixtures of logistics for.

One logistic of the mixture makes all samples of a pixel: which one it was is the less open the more of them are known,
so each sample that is coded changes the weights for the next (Salimans 2017, section 2). Means of later channels depend
linearly on the samples before. Weights are integers; distribution functions are those of `logistic`, cut to integers.
"""

from decimal import Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.tables import EXP24
from neucomp.kernels.inline import compiled, part
from neucomp.kernels.logistic import distribution
from neucomp.kernels.tables import EXACT

SAMPLES = 256
CHANNELS = 3

FREQUENCY_BITS = 24
WEIGHT_BITS = 24
"""Frequencies of a sample sum to 2**24, and so do weights of a mixture."""

SCALE_LOW, SCALE_HIGH = -640, 1536
"""Logarithms of scales, which are in steps of a sample, are outputs in 1/256: from e**-2.5 to e**6."""

LINK_LIMIT = 2048
"""Links are outputs in 1/1024, within +-2."""

_MIDDLE = np.float32(127.5)
_MEAN_STEP = np.float32(1 / 32)
_LINK_STEP = np.float32(1 / 1024)
_HALF = np.float32(0.5)
_ZERO = np.float32(0)
_TWO = np.float32(2)
_LAST_SAMPLE = np.float32(SAMPLES - 1)
_MASS = np.float32(1 << FREQUENCY_BITS)
_REACH = np.float32(13)
"""In scales; a little more than where `distribution` ends."""

_LAST_EXP = 4095


def inverse_scales() -> NDArray[np.float32]:
    """exp(-s / 256) for s from SCALE_LOW to SCALE_HIGH, each the float32 nearest to the float64 nearest to it."""
    with localcontext(EXACT):
        exact = [(Decimal(-s) / 256).exp() for s in range(SCALE_LOW, SCALE_HIGH + 1)]
    return np.array([float(value) for value in exact]).astype(np.float32)


INVERSE_SCALES = inverse_scales()


@compiled
def first_weights(outputs, weights):
    """Weights before any sample is known: the softmax of logits.

    outputs: int64 (lanes, 10 * logistics): logits in 1/256 nat, then means in 1/32 of a step from 127.5, logarithms of
    scales and links, three each. weights: int64 (lanes, logistics), filled in.
    """
    logistics = weights.shape[1]
    for lane in range(weights.shape[0]):
        logits = outputs[lane, :logistics]
        largest = logits[0]
        for k in range(1, logistics):
            largest = max(largest, logits[k])
        for k in range(logistics):
            below = min(largest - logits[k], np.int64(_LAST_EXP))
            weights[lane, k] = EXP24[np.uint64(below)]
        _normalize(weights[lane])


@compiled
def find_frequencies(outputs, weights, samples, channel, masses, freqs):
    """Frequencies of a channel's samples, int64 (lanes, 256), filled in: each at least 1, their sum 2**24.

    samples: uint8 (lanes, 3), those of the channels before are read. masses: scratch, int32 (256,).
    """
    logistics = weights.shape[1]
    for lane in range(weights.shape[0]):
        row = freqs[lane]
        row[:] = 0
        for k in range(logistics):
            centre, inverse = _logistic(outputs[lane], logistics, samples[lane], channel, k)
            weight = weights[lane, k]
            # Further away than this the distribution function does not change any more.
            reach = _REACH / inverse
            first = np.int64(min(max(centre - reach, _ZERO), _LAST_SAMPLE))
            last = np.int64(min(max(centre + reach, _ZERO) + _TWO, _LAST_SAMPLE))
            part = masses[first:last]
            for i in range(part.size):
                distance = np.float32(first + i) + _HALF - centre
                part[i] = np.int32(distribution(distance * inverse) * _MASS)
            before = np.int64(0)
            if first > 0:
                before = np.int64(distribution(-_REACH) * _MASS)
                row[0] += before * weight
            row_part = row[first:last]
            if part.size > 0:
                row_part[0] += max(np.int64(part[0]) - before, np.int64(0)) * weight
                for i in range(1, part.size):
                    row_part[i] += np.int64(max(part[i] - part[i - 1], np.int32(0))) * weight
                before = np.int64(part[part.size - 1])
            row[SAMPLES - 1] += ((np.int64(1) << FREQUENCY_BITS) - before) * weight
        best = 0
        total = np.int64(0)
        for value in range(SAMPLES):
            # Sums of masses are 2**24 or, where rounding has made one negative, a little more.
            row[value] = 1 + ((row[value] >> WEIGHT_BITS) * ((1 << FREQUENCY_BITS) - 2 * SAMPLES) >> FREQUENCY_BITS)
            total += row[value]
            if row[value] > row[best]:
                best = value
        row[best] += (np.int64(1) << FREQUENCY_BITS) - total


@compiled
def learn_weights(outputs, weights, samples, channel):
    """Weights when a channel's sample is known, too: each times the mass that its logistic gave the sample."""
    logistics = weights.shape[1]
    for lane in range(weights.shape[0]):
        sample = np.int64(samples[lane, channel])
        for k in range(logistics):
            centre, inverse = _logistic(outputs[lane], logistics, samples[lane], channel, k)
            low, high = np.int64(0), np.int64(1) << FREQUENCY_BITS
            if sample > 0:
                low = np.int64(distribution((np.float32(sample) - _HALF - centre) * inverse) * _MASS)
            if sample < SAMPLES - 1:
                high = np.int64(distribution((np.float32(sample) + _HALF - centre) * inverse) * _MASS)
            weights[lane, k] *= max(high - low, np.int64(0)) + 1
        _normalize(weights[lane])


@part
def _logistic(outputs, logistics, samples, channel, k):
    """Centre, in steps of a sample, and inverse scale of a channel's logistic."""
    centre = _MIDDLE + np.float32(outputs[(1 + channel) * logistics + k]) * _MEAN_STEP
    first = 7 if channel == 1 else 8
    for before in range(channel):
        link = min(max(outputs[(first + before) * logistics + k], np.int64(-LINK_LIMIT)), np.int64(LINK_LIMIT))
        centre = centre + np.float32(link) * _LINK_STEP * (np.float32(samples[before]) - _MIDDLE)
    scale = min(max(outputs[(4 + channel) * logistics + k], np.int64(SCALE_LOW)), np.int64(SCALE_HIGH))
    return centre, INVERSE_SCALES[np.uint64(scale - SCALE_LOW)]


@part
def _normalize(weights):
    """Integers below 2**49, at most 16 of them and not all 0, brought to the sum 2**24; the largest takes what rounding
    leaves."""
    total = np.int64(0)
    best = 0
    for k in range(weights.size):
        total += weights[k]
        if weights[k] > weights[best]:
            best = k
    shift = np.int64(0)
    while total < np.int64(1) << 2 * WEIGHT_BITS - 1:
        total <<= 1
        shift += 1
    total >>= WEIGHT_BITS
    left = np.int64(1) << WEIGHT_BITS
    for k in range(weights.size):
        weights[k] = (weights[k] << shift) // total
        left -= weights[k]
    weights[best] += left
