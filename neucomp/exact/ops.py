"""What a network needs of a backend.

All values are integers. Elementwise work is done in int64, with operators that NumPy and torch share (shifts and
divisions round down). Matrices are multiplied in float32, which holds every integer up to 2**24: sums of products are
exact there, in any order, as long as no partial sum is above that. `bounds` sees to it when weights are loaded.
"""

from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = Any
"""An array of the backend: NDArray or torch.Tensor. Both have reshape, swapaxes, indexing and the operators."""


class Ops(Protocol):
    """The operations that NumPy arrays and tensors do not share."""

    def small_products(self) -> AbstractContextManager[None]:
        """Sets the backend up for many small products in a row. No product depends on it."""

    def put(self, array: NDArray[Any]) -> Array:
        """Brings an array to the backend, with its own dtype. It is not changed afterwards."""

    def fetch(self, array: Array) -> NDArray[Any]:
        """Brings an array back."""

    def zeros(self, shape: tuple[int, ...]) -> Array:
        """Zeros, float32."""

    def join(self, arrays: list[Array]) -> Array:
        """One array of several, along the second axis."""

    def matmul(self, a: Array, b: Array) -> Array:
        """The product (..., m, n), int64, of integers (..., m, k) and (..., k, n) of any dtype.

        Exact if the integers and all partial sums are at most 2**24 in absolute value. KernelError if this machine, as
        it is set up now, does not multiply exactly.
        """

    def matmul_parts(self, parts: list[Array], b: Array) -> Array:
        """matmul(join(parts), b) of parts (m, k0), (m, k1), ... and b (k0 + k1 + ..., n), float32, without the copy."""

    def take(self, table: Array, index: Array) -> Array:
        """table[index], int64: entries of a table of one dimension, rows of one of two. `index` is int64."""

    def clip(self, x: Array, low: int, high: int) -> Array:
        """Each x brought into [low, high]."""

    def sum(self, x: Array) -> Array:
        """Sums over the last axis, which stays, with length 1."""

    def max(self, x: Array) -> Array:
        """Largest values along the last axis, which stays, with length 1."""

    def log4(self, x: Array) -> Array:
        """The largest e with 4**e <= x, for x in [1, 2**61]."""


POWERS_OF_4: NDArray[np.int64] = 4 ** np.arange(1, 31, dtype=np.int64)
"""log4(x) is how many of these are at most x."""
