"""Memory that begins where a cache line does, so that vectors and slots of its size never straddle two."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

CACHE_LINE = 64
"""Bytes."""

_Number = TypeVar("_Number", bound=np.generic)


def aligned_zeros(size: int, kind: type[_Number]) -> NDArray[_Number]:
    """`size` zeros; memory that has not been used before is not touched."""
    itemsize = np.dtype(kind).itemsize
    memory = np.zeros(size + CACHE_LINE // itemsize, kind)
    skip = -memory.ctypes.data % CACHE_LINE // itemsize
    return memory[skip : skip + size]
