"""Logistic distributions, many side by side: the odds that a sample of an interval lies above its middle.

The distribution function is

    F(z) = 1 / (1 + E(-z / 16)**16),    E(u) = 1 + u + u**2/2 + u**3/6 + u**4/24,    z in [-12, 12]

which follows the logistic function 1 / (1 + exp(-z)) and needs no table: float32 additions, multiplications and one
division, in the order written here, so every machine gets the same bits, and vector registers hold 16 distributions at
once. E rises in [-3/4, 3/4], so F rises; rounding can make a mass negative by 2**-23, which then counts as none. The
callers add a `floor` > 0 to each mass.
"""

import numpy as np

from neucomp.kernels.inline import inline
from neucomp.kernels.tables import STRETCH_LIMIT

LANES = 16
"""Distributions in a block; unused ones have an inverse scale of 0. A block is one vector of the larger processors."""

CENTRE, INVERSE_SCALE, LOW, HIGH, MIDDLE, LOGIT = (row * LANES for row in range(6))
"""Rows of a block, float32 (6 * LANES,): centre and inverse scale, the distribution function at the ends of the
current interval and at its middle, and the logit of the fraction of the interval's mass that lies above the middle."""

BLOCK = 6 * LANES

_LIMIT = np.float32(12)
_ONE = np.float32(1)
_SIXTEENTH = np.float32(1 / 16)
_HALF = np.float32(1 / 2)
_SIXTH = np.float32(1 / 6)
_TWENTY_FOURTH = np.float32(1 / 24)
_ZERO = np.float32(0)
_MANTISSA = np.float32(2.0**-23)
_UNITS = np.float32(256 * 0.6931471805599453)
"""Units of a logit in a factor of 2 of the odds."""

_LOGIT_LIMIT = np.float32(STRETCH_LIMIT)
_LINEAR = np.float32(0.43807325)
_SQUARE = np.float32(-0.23669342)
_CUBE = np.float32(0.0803073)


@inline
def distribution(z):
    """F(z), float32 in (0, 1), of a float32."""
    u = -min(max(z, -_LIMIT), _LIMIT) * _SIXTEENTH
    e = _ONE + u * (_ONE + u * (_HALF + u * (_SIXTH + u * _TWENTY_FOURTH)))
    e = e * e
    e = e * e
    e = e * e
    e = e * e
    return _ONE / (_ONE + e)


@inline
def open_interval(block):
    """The interval is everything."""
    for i in range(LANES):
        block[LOW + i] = np.float32(0)
        block[HIGH + i] = _ONE


@inline
def split_interval(block, middle, floor):
    """Fills MIDDLE and LOGIT for a float32 `middle`; `floor` is added to the mass on each side."""
    for i in range(LANES):
        below = distribution((middle - block[CENTRE + i]) * block[INVERSE_SCALE + i])
        block[MIDDLE + i] = below
        block[LOGIT + i] = mass_logit(block[LOW + i], below, block[HIGH + i], floor)


@inline
def narrow_interval(block, bit):
    """The interval becomes the part above the middle (bit = 1) or below."""
    if bit != 0:
        for i in range(LANES):
            block[LOW + i] = block[MIDDLE + i]
    else:
        for i in range(LANES):
            block[HIGH + i] = block[MIDDLE + i]


@inline
def mass_logit(low, middle, high, floor):
    """Logit of the fraction of an interval's mass above its middle, from F there: float32, 256 to a nat, +-2047."""
    odds = (max(high - middle, _ZERO) + floor) / (max(middle - low, _ZERO) + floor)
    # log2 of 2**n (1 + t), t in [0, 1), is n + t + t (1 - t) P(t), less than 2**-12 off.
    pattern = np.float32(odds).view(np.int32)
    t = np.float32(np.int32(pattern & np.int32(0x7FFFFF))) * _MANTISSA
    whole = np.float32(np.int32((pattern >> np.int32(23)) - np.int32(127)))
    bend = t * (_ONE - t) * (_LINEAR + t * (_SQUARE + t * _CUBE))
    return min(max((whole + (t + bend)) * _UNITS, -_LOGIT_LIMIT), _LOGIT_LIMIT)
