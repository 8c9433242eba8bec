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
        exact, values = Decimal(0), []
        for m in range(size, 2 * size):
            values.append(round(_ONE * exact))
            # ln((m + 1) / m) = 2 artanh(1 / (2 m + 1)); what is left out is below 10**-44 in all.
            x = 1 / Decimal(2 * m + 1)
            exact += 2 * sum(x**n / n for n in range(1, 13, 2))
    return np.array(values, np.int32)


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
    """256 * ln(ones / zeros) for counts from 1 to 2**36, less than 1.2 away from it."""
    return (_log(ones) - _log(zeros)) >> 8
