"""Decisions about a logistic variable as logits, many distributions side by side.

A distribution has a centre and an inverse scale; z is the distance of a point from the centre in scales, away from
where coding started, and S(z) = 1 / (1 + exp(z)) the mass beyond it. With p(z) = ln(1 + exp(z)), and d the width of a
step in scales, two kinds of decision have logits without any division (a, b: ends of an interval 2 d wide):

    go on beyond a step that begins at z:        ln(S(z + d) / (S(z) - S(z + d)))   =  p(-z) - ln(exp(d) - 1)
    the upper half of an interval from a to b:   d - (p(b) - p(a))

exp and ln are polynomials in float32, + and x in the order written here. They are the definition, not approximations
of one: exp(-u) is (1 - u/16 + (u/16)**2/2 - ...)**16, ln(1 + t) a polynomial for t in [0, 1] within 6e-6 of it.
"""

import numpy as np

from neucomp.kernels.inline import inline

LANES = 16
"""Distributions in a block; unused ones have an inverse scale of 0."""

FARTHEST = np.float32(12)
"""Scales beyond which exp(-z) counts as exp(-FARTHEST)."""

_ZERO = np.float32(0)
_ONE = np.float32(1)
_SIXTEENTH = np.float32(1 / 16)
_HALF = np.float32(1 / 2)
_SIXTH = np.float32(1 / 6)
_TWENTY_FOURTH = np.float32(1 / 24)
_NARROWEST = np.float32(1 / 1024)
_LN_2 = np.float32(0.6931472)
_LN_1 = np.float32(0.99999183)
_LN_2ND = np.float32(-0.4993726)
_LN_3RD = np.float32(0.32529515)
_LN_4TH = np.float32(-0.2102937)
_LN_5TH = np.float32(0.10150005)
_LN_6TH = np.float32(-0.023979573)


@inline
def fade(u):
    """exp(-u), float32 in (0, 1], for u >= 0."""
    x = min(u, FARTHEST) * _SIXTEENTH
    e = _ONE - x * (_ONE - x * (_HALF - x * (_SIXTH - x * _TWENTY_FOURTH)))
    e = e * e
    e = e * e
    e = e * e
    return e * e


@inline
def log_1_plus(t):
    """ln(1 + t), float32, for t in [0, 1]."""
    return t * (_LN_1 + t * (_LN_2ND + t * (_LN_3RD + t * (_LN_4TH + t * (_LN_5TH + t * _LN_6TH)))))


@inline
def soft_plus(z):
    """ln(1 + exp(z)), float32."""
    return max(z, _ZERO) + log_1_plus(fade(abs(z)))


@inline
def fill_escapes(widths, width_bits, escapes):
    """escapes = ln(exp(d) - 1) for float32 `widths` d >= 0, which are lost; `width_bits` are the same memory as int32.

    The logarithm is taken apart into an exponent and a mantissa in [1, 2).
    """
    for i in range(LANES):
        width = max(widths[i], _NARROWEST)
        escapes[i] = width
        widths[i] = _ONE - fade(width)
    for i in range(LANES):
        exponent = (width_bits[i] >> np.int32(23)) - np.int32(127)
        width_bits[i] = (width_bits[i] & np.int32(0x7FFFFF)) | np.int32(0x3F800000)
        escapes[i] += np.float32(exponent) * _LN_2
    for i in range(LANES):
        escapes[i] += log_1_plus(widths[i] - _ONE)


@inline
def probability(logit):
    """1 / (1 + exp(-logit)), float32."""
    e = fade(abs(logit))
    return (_ONE if logit >= _ZERO else e) / (_ONE + e)
