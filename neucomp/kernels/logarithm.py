"""Logits from pairs of counts, by an exact table of logarithms."""

from decimal import Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.inline import inline
from neucomp.kernels.tables import EXACT

_MANTISSA_BITS = 11
_ONE = 1 << 16
"""Logarithms are multiples of 2**-16."""

_LOG_2 = 45426
"""round(2**16 * ln 2)"""


def _logarithms() -> NDArray[np.int32]:
    """round(2**16 * ln(m / 2**11)) for m from 2**11 to 2**12 - 1."""
    size = 1 << _MANTISSA_BITS
    with localcontext(EXACT):
        exact = [_ONE * (Decimal(size + i) / size).ln() for i in range(size)]
        return np.array([round(value) for value in exact], np.int32)


LOGARITHMS = _logarithms()


@inline
def _log(value):
    """2**16 * ln(value), of the 12 leading bits of a value from 1 to 2**36."""
    value = np.int64(value) << _MANTISSA_BITS
    total = np.int64(0)
    for shift in (32, 16, 8, 4, 2, 1):
        if value >> (_MANTISSA_BITS + shift) != 0:
            value >>= shift
            total += shift * _LOG_2
    return total + LOGARITHMS[value - (1 << _MANTISSA_BITS)]


@inline
def log_ratio(ones, zeros):
    """256 * ln(ones / zeros), rounded down, for counts from 1 to 2**36."""
    return (_log(ones) - _log(zeros)) >> 8
