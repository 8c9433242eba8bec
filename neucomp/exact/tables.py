"""Exact tables of networks: exponentials and the reciprocal square root.

They are part of the file format. The exponentials come from `decimal` arithmetic, as those of `kernels.tables` do, the
square root from integers; a test pins their hashes.
"""

from decimal import Decimal, localcontext
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.network_constants import EXP_SIZE, RSQRT_FIRST
from neucomp.kernels.tables import EXACT

EXP_UNITS = 256
"""The exponentials' arguments are integers, this many units to one nat, as logits are."""


def exp_table(one: int) -> NDArray[np.int32]:
    """round(one * exp(-index / 256)) for index < 4096: in [0, one], falling; exp(0) is `one`."""
    with localcontext(EXACT):
        step = (Decimal(-1) / EXP_UNITS).exp()
        value = Decimal(one)
        values = []
        for _ in range(EXP_SIZE):
            values.append(round(value))
            value *= step
    return np.array(values, np.int32)


def rsqrt_table() -> NDArray[np.int32]:
    """round(2**15 / sqrt(i / 4096)), i = index + 4096 in [4096, 16383]: falling from 2**15 to 2**14 + 1."""
    # The value is sqrt(2**42 / i), and round(sqrt(x)) = (isqrt(floor(4 x)) + 1) // 2.
    return np.array([(isqrt((1 << 44) // i) + 1) // 2 for i in range(RSQRT_FIRST, 4 * RSQRT_FIRST)], np.int32)


EXP15 = exp_table(1 << 15)
EXP24 = exp_table(1 << 24)
RSQRT = rsqrt_table()
