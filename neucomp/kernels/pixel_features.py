"""What the pixel network reads: 42 neighbours in three channels, relative to a simple prediction and local activity.

A pixel's neighbours lie above it and to its left, none further right than three pixels for each row up, so that all are
known when pixels are coded along fronts x + 4 y. Everything is an integer (docs/exact.md, "The pixel network").
"""

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.inline import inline
from neucomp.kernels.pixel_constants import CHANNELS, FEATURE_LIMIT, FEATURE_UNIT, OCTAVE


def _offsets() -> NDArray[np.int64]:
    """(42, 2): (dy, dx), the nearest first; the first six are W, N, NW, NE, WW, NN."""
    first = [(0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0)]
    near = [
        (dy, dx)
        for dy in range(-5, 1)
        for dx in range(-5, 6)
        if (dy < 0 or dx < 0) and dx <= -3 * dy and dy * dy + dx * dx <= 26 and (dy, dx) not in first
    ]
    return np.array(first + sorted(near, key=lambda o: (o[0] ** 2 + o[1] ** 2, o)), np.int64)


OFFSETS = _offsets()
NEIGHBOURS = len(OFFSETS)
ACTIVITY = NEIGHBOURS * CHANNELS
SHARES = ACTIVITY + 1
LEVELS = SHARES + CHANNELS
FEATURES = LEVELS + CHANNELS
"""Features of a pixel; those before ACTIVITY are of the neighbours, 42 of each channel."""

_LOG_BITS = 12


def _logarithms() -> NDArray[np.int32]:
    """round(128 * log2(v)) for v < 4096, 0 for v = 0."""
    # A power's bits tell its logarithm: floor(2 * 128 * log2(v)) is one less than v**(2 * 128) has.
    values = [(v ** (2 * OCTAVE)).bit_length() // 2 for v in range(1, 1 << _LOG_BITS)]
    return np.array([0, *values], np.int32)


LOGARITHMS = _logarithms()


@inline
def logarithm(value):
    """128 * log2(value), of the 12 leading bits of a value from 1 to 2**36."""
    value = np.int64(value)
    total = np.int64(0)
    while value >> _LOG_BITS != 0:
        value >>= 1
        total += OCTAVE
    return total + LOGARITHMS[value]


@inline
def median_edge(left, above, corner):
    """The median of left, above and left + above - corner."""
    high = max(left, above)
    low = min(left, above)
    return max(low, min(high, left + above - corner))


@inline
def activity_factor(activity, extra_bits):
    """What `relate` multiplies by: 96 / activity, times 2**(15 + extra_bits)."""
    return (np.int64(15 * FEATURE_UNIT) << (15 + extra_bits)) // activity


@inline
def relate(difference, factor, extra_bits):
    """A difference of samples over the activity, as a feature."""
    ratio = (np.int64(difference) * factor + (np.int64(1) << (14 + extra_bits))) >> (15 + extra_bits)
    return max(np.int64(-FEATURE_LIMIT), min(np.int64(FEATURE_LIMIT), ratio))


@inline
def read_features(window, extra_bits, medians, features):
    """Features of a pixel from its window; returns 15 times its activity.

    window (3, 42): samples of the neighbours of each channel, as OFFSETS lists them, of 8 + extra_bits bits. medians
    (3,): the median-edge prediction of each channel, written. features (133,): written: the neighbours less the median
    of their channel, over the activity; the activity; each channel's share in it; the medians.
    """
    activity = np.int64(15) << extra_bits
    for c in range(CHANNELS):
        samples = window[c]
        left, above, corner = np.int64(samples[0]), np.int64(samples[1]), np.int64(samples[2])
        medians[c] = median_edge(left, above, corner)
        change = abs(left - corner) + abs(above - corner) + abs(above - np.int64(samples[3]))
        change += abs(left - np.int64(samples[4])) + abs(above - np.int64(samples[5]))
        activity += change
        features[SHARES + c] = logarithm(3 * (change + (np.int64(5) << extra_bits)))
        features[LEVELS + c] = (np.int64(medians[c]) >> extra_bits) - 128
    factor = activity_factor(activity, extra_bits)
    for c in range(CHANNELS):
        samples = window[c]
        median = np.int64(medians[c])
        related = features[c * NEIGHBOURS : (c + 1) * NEIGHBOURS]
        for j in range(NEIGHBOURS):
            related[j] = relate(np.int64(samples[j]) - median, factor, extra_bits)
    level = logarithm(activity)
    features[ACTIVITY] = level - logarithm(np.int64(15) << extra_bits) - 2 * OCTAVE
    for c in range(CHANNELS):
        features[SHARES + c] = max(np.int64(features[SHARES + c]) - level, np.int64(-FEATURE_LIMIT))
    return activity
