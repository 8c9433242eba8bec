"""The products that a backend must get right before it is trusted.

Libraries can be told, by a call or by a variable of the environment, to multiply float32 matrices in fewer bits (bf16,
TF32), and do so silently. These matrices tell: their numbers are odd and fill 12 bits, or 22, and sums reach 2**24 - 1.
The shapes are large enough for the fast paths of libraries that have them, and are those that networks use: many
positions, one position, many small products at once.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import KernelError

_WIDTH = 256
_COLUMNS = 64
_LARGEST = 4095


class Product(NamedTuple):
    """Two factors, and their product."""

    a: NDArray[np.float32]
    b: NDArray[np.float32]
    expected: NDArray[np.int64]


def prove(backend: str, multiply: Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.int64]]) -> None:
    """KernelError if `multiply` gets one bit of the known products wrong."""
    for a, b, expected in products():
        if not np.array_equal(multiply(a, b), expected):
            raise KernelError(
                f"{backend} does not multiply float32 matrices exactly, as it is set up here: what it codes could not "
                "be decoded elsewhere. Switch reduced precision off (TF32, bf16, fast math, autocast): in torch, "
                "torch.set_float32_matmul_precision('highest'); in the environment, ONEDNN_DEFAULT_FPMATH_MODE and "
                "its like"
            )


@cache
def products() -> list[Product]:
    """Known products (..., m, k) x (..., k, n) of several shapes; no partial sum is above 2**24."""
    random = np.random.Generator(np.random.PCG64(24))
    narrow, wide = _narrow(random), _wide(random)
    # Rows that agree with a column's signs in every place: sums that are as large as they can get.
    wide[:_COLUMNS] = np.where(narrow.T < 0, -_LARGEST, _LARGEST)
    signs, whole = _signs(random), _whole(random)
    lanes = np.swapaxes(narrow.T.reshape(4, -1, _WIDTH), 1, 2)
    factors = [
        *((wide, narrow), (narrow.T, wide.T), (whole, signs), (signs.T, whole.T)),
        *((wide[:1], narrow), (narrow.T[:1], wide.T), (wide, narrow[:, :1])),
        (wide.reshape(4, -1, _WIDTH), lanes),
    ]
    return [Product(a.astype(np.float32), b.astype(np.float32), a @ b) for a, b in factors]


def _wide(random: np.random.Generator) -> NDArray[np.int64]:
    """Rows of odd numbers up to 4095."""
    half = (_LARGEST + 1) // 2
    return 2 * random.integers(-half, half, (2 * _COLUMNS, _WIDTH)) + 1


def _narrow(random: np.random.Generator) -> NDArray[np.int64]:
    """Columns of odd numbers and one 0, whose absolute values sum to 4097: 4095 * 4097 = 2**24 - 1."""
    narrow = 2 * random.integers(-4, 4, (_WIDTH, _COLUMNS)) + 1
    columns = np.arange(_COLUMNS)
    narrow[columns, columns] = narrow[columns + 1, columns] = 0
    narrow[columns, columns] = _LARGEST + 2 - np.abs(narrow).sum(0)
    return narrow


def _whole(random: np.random.Generator) -> NDArray[np.int64]:
    """Rows of odd numbers below 2**22."""
    return 2 * random.integers(-1 << 21, 1 << 21, (_COLUMNS, _WIDTH)) + 1


def _signs(random: np.random.Generator) -> NDArray[np.int64]:
    """Columns of zeros, with -1 or 1 in three places."""
    signs = np.zeros((_WIDTH, _COLUMNS), np.int64)
    for column in range(_COLUMNS):
        signs[random.choice(_WIDTH, 3, replace=False), column] = random.choice([-1, 1], 3)
    return signs
