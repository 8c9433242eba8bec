"""Decisions about a mixture of logistics as logits.

The mass of the mixture beyond a point is the weighted sum of the logistics' S(z) = 1 / (1 + exp(z)), z the distance of
the point from a centre in scales, away from where coding started. exp(-z) is a polynomial in float32 (see
`logistic_tails`), from z = 48 on a constant: sums here never become too small for full precision.
"""

import numpy as np

from neucomp.kernels.inline import inline
from neucomp.kernels.logistic_tails import fade, log_1_plus

WEIGHT, CENTRE, INVERSE = range(3)
"""Rows of a mixture, float32 (3, logistics): weights, which sum to 1; centres, as distances from where coding starts;
inverse scales."""

_ZERO = np.float32(0)
_ONE = np.float32(1)
_QUARTER = np.float32(0.25)
_LEAST = np.float32(2.0**-40)
_MANTISSA = np.float32(2.0**-23)
_LN_2 = np.float32(0.6931472)


@inline
def mass_beyond(mixture, place):
    """The mixture's mass beyond a place, a distance from where coding starts: float32 in [0, 1]."""
    total = _ZERO
    for k in range(mixture.shape[1]):
        z = (np.float32(place) - mixture[CENTRE, k]) * mixture[INVERSE, k]
        e = fade(abs(z) * _QUARTER)
        e = e * e
        e = e * e
        total = total + mixture[WEIGHT, k] * ((e if z >= _ZERO else _ONE) / (_ONE + e))
    return total


@inline
def log_odds(for_it, against_it):
    """ln(for_it / against_it) of two masses, float32; masses below 2**-40, or below 0 by rounding, count as that."""
    odds = np.float32((max(for_it, _ZERO) + _LEAST) / (max(against_it, _ZERO) + _LEAST))
    bits = odds.view(np.int32)
    exponent = np.int32(bits >> np.int32(23)) - np.int32(127)
    return np.float32(exponent) * _LN_2 + log_1_plus(np.float32(bits & np.int32(0x7FFFFF)) * _MANTISSA)
