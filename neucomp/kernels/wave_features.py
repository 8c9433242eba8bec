"""What the WaveNet reads: numbers relative to the usual error of recent samples, and logarithms of errors, as integers.

Errors and predictions are float64; quotients are rounded to 1/128 and limited, logarithms come from a table.
"""

import numpy as np

from neucomp.kernels.inline import inline
from neucomp.kernels.pixel_features import LOGARITHMS
from neucomp.kernels.wave_constants import FEATURE_LIMIT, FEATURE_UNIT, GUESSES, LEVELS

ERROR = GUESSES
"""First the predictions, less the blend; here the last error; then its logarithm."""

MEANS = ERROR + 2
"""Logarithms of mean errors, quick ones first, then of a long one, then that of the usual error itself."""

SLOPES = MEANS + LEVELS + 2
"""The step from the last sample to the blend, and the step before, in logarithms with a sign."""

PARTNER = SLOPES + 2
"""The partner's last error and its logarithm; whether that is of the frame before or of this one."""

SPREAD = PARTNER + 4
"""The logarithm of the mean distance of predictions from the blend."""

FEATURES = SPREAD + 1

_LIMIT = float(FEATURE_LIMIT)
_UNIT = float(FEATURE_UNIT)
_LOG_UNIT = 4096.0
_LARGEST = 2.0**40
_LOG_BITS = 12
_OCTAVE = 128


@inline
def relate(difference, inverse):
    """A difference over the usual error, whose inverse is given, as a feature."""
    ratio = min(max(difference * inverse * _UNIT, -_LIMIT), _LIMIT)
    return np.int64(np.floor(ratio + 0.5))


@inline
def logarithm(value):
    """128 * log2(4096 * value), of the 12 leading bits, for a float64 of at least 1/4096."""
    whole = np.int64(min(value, _LARGEST) * _LOG_UNIT)
    total = np.int64(0)
    while whole >> _LOG_BITS != 0:
        whole >>= 1
        total += _OCTAVE
    return total + LOGARITHMS[whole]


@inline
def limited(feature):
    """A feature in its range."""
    return min(max(feature, np.int64(-FEATURE_LIMIT)), np.int64(FEATURE_LIMIT))
