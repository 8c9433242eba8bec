"""Exact operations on NumPy arrays: float32 products by BLAS, on any number of threads, the rest in int64."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.blas import one_thread
from neucomp.exact.ops import POWERS_OF_4
from neucomp.exact.proof import prove


class NumpyOps:
    """`Ops` on NumPy arrays."""

    def small_products(self) -> AbstractContextManager[None]:
        """BLAS on one thread."""
        return one_thread()

    def put(self, array: NDArray[Any]) -> NDArray[Any]:
        """The array itself."""
        return array

    def fetch(self, array: NDArray[Any]) -> NDArray[Any]:
        """The array itself."""
        return array

    def zeros(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Zeros, float32."""
        return np.zeros(shape, np.float32)

    def join(self, arrays: list[NDArray[Any]]) -> NDArray[Any]:
        """One array of several, along the second axis."""
        return np.concatenate(arrays, 1)

    def matmul(self, a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.int64]:
        """The product, exact (see `Ops`); KernelError if NumPy's BLAS is not."""
        _prove()
        return _multiply(a.astype(np.float32, copy=False), b.astype(np.float32, copy=False))

    def matmul_parts(self, parts: list[NDArray[Any]], b: NDArray[Any]) -> NDArray[np.int64]:
        """The product of parts side by side, exact."""
        _prove()
        total = np.zeros((len(parts[0]), b.shape[1]), np.float32)
        begin = 0
        for part in parts:
            end = begin + part.shape[1]
            total += np.matmul(part, b[begin:end])
            begin = end
        return total.astype(np.int64)

    def take(self, table: NDArray[Any], index: NDArray[np.int64]) -> NDArray[np.int64]:
        """table[index], int64."""
        return table.take(index, 0).astype(np.int64, copy=False)

    def clip(self, x: NDArray[np.int64], low: int, high: int) -> NDArray[np.int64]:
        """Each x brought into [low, high]."""
        return np.clip(x, low, high)

    def sum(self, x: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sums over the last axis, which stays."""
        sums: NDArray[np.int64] = x.sum(-1, keepdims=True)
        return sums

    def max(self, x: NDArray[np.int64]) -> NDArray[np.int64]:
        """Largest values along the last axis, which stays."""
        largest: NDArray[np.int64] = x.max(-1, keepdims=True)
        return largest

    def log4(self, x: NDArray[np.int64]) -> NDArray[np.int64]:
        """The largest e with 4**e <= x."""
        return np.searchsorted(POWERS_OF_4, x, "right").astype(np.int64, copy=False)


def _multiply(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.int64]:
    product: NDArray[np.float32] = np.matmul(a, b)
    return product.astype(np.int64)


@cache
def _prove() -> None:
    prove("NumPy", _multiply)
