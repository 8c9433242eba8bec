"""Rows of a network's hashed tables for many lanes, found by the compiled kernel, one lane after the other."""

import hashlib
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import KernelError
from neucomp.kernels.cache import load_kernels
from neucomp.kernels.network_constants import TABLES


def new_readers(lanes: int) -> NDArray[np.int64]:
    """States of `lanes` readers that have read nothing, one a row."""
    new: NDArray[np.int64] = _kernels().new_reader()
    return np.tile(new, (lanes, 1))


def find_rows(symbols: NDArray[np.uint8], readers: NDArray[np.int64], table_bits: tuple[int, ...]) -> NDArray[np.int32]:
    """Rows (lanes, positions, tables) after each of `symbols` (lanes, positions), each from its table's own start.

    `readers` (see `new_readers`) take the symbols in.
    """
    kernels = _kernels()
    symbols = np.array(symbols, np.uint8, order="C")
    rows = np.empty((*symbols.shape, len(table_bits)), np.int32)
    bits = np.array(table_bits, np.int64)
    for lane in range(len(symbols)):
        kernels.find_all_rows(symbols[lane], readers[lane], bits, rows[lane])
    return rows


_PROOF = b"It is 1 proof: \xc3\xa9t\xc3\xa9, the last bytes and the last words. " * 4
_EXPECTED = "0a752a13a8c8f0887a6e26bdaa5d0787558cd303ccdba0bd53b4cbd647ab4dbe"


def _kernels() -> ModuleType:
    return load_kernels("neucomp.kernels.grams", _prove)


def _prove(kernels: ModuleType) -> None:
    """KernelError if the rows of a known text come out otherwise; compiles the kernel for the types used above."""
    rows = np.empty((len(_PROOF), TABLES), np.int32)
    bits = np.arange(10, 10 + TABLES)
    kernels.find_all_rows(np.array(bytearray(_PROOF)), kernels.new_reader(), bits, rows)
    if hashlib.sha256(rows.astype("<i4").tobytes()).hexdigest() != _EXPECTED:
        raise KernelError("compiled hashing of contexts gives other rows than expected: please report this machine")
