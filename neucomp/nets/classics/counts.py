"""Counts of bytes after contexts of 0 to n bytes, blended: the model of text that needs no training.

    p[k](s) = (count of s in the context of k bytes + u p[k - 1](s)) / (all counts there + u),    p[-1](s) = 1 / 256

u is how many different bytes the context has been followed by: what is new to a context is as likely as it has often
been new there (Witten and Bell 1991, "The zero-frequency problem", method C). All lanes share the counts: at each step
all of them predict, and then all count.

Contexts are those of Shannon 1948, "A Mathematical Theory of Communication". Those of 0 to 2 bytes have rows of counts
of their own, longer ones share 2**16 rows by a hash.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from neucomp.coder import TOTAL
from neucomp.nets.networks import Architecture

ORDER = 3
"""Bytes of the longest context of the model `counts`."""

_ROW_BITS = 16
_HASH = np.uint64(0x9E3779B97F4A7C15)
_SYMBOLS = 256


def _no_config(text: str) -> NoReturn:
    raise ValueError("counts have no weights")


ARCHITECTURE: Architecture[Any] = Architecture("counts", _no_config, lambda config: {}, {})
"""Of which there are no networks."""


class Counts:
    """Counts at work on lanes that have read the same number of bytes; order: bytes of the longest context."""

    def __init__(self, lanes: int, order: int) -> None:
        self._contexts = np.zeros(lanes, np.uint64)
        """The last bytes of each lane, the last one lowest."""
        self._counts = [np.zeros((1 << min(8 * k, _ROW_BITS), _SYMBOLS), np.uint32) for k in range(order + 1)]
        self._begun = False

    def read(self, symbols: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Frequencies (lanes, n, 256) of the byte after each of `symbols` (lanes, n); the first one that is read is 0,
        for the beginning, and counts for nothing."""
        return np.stack([self._step(column) for column in symbols.T.astype(np.uint64)], 1)

    def _step(self, symbols: NDArray[np.uint64]) -> NDArray[np.int64]:
        if self._begun:
            for counts, rows in zip(self._counts, self._rows(), strict=True):
                np.add.at(counts, (rows, symbols), 1)
            self._contexts = self._contexts << np.uint64(8) | symbols
        self._begun = True
        shares = np.full((len(symbols), _SYMBOLS), TOTAL // _SYMBOLS, np.int64)
        for counts, rows in zip(self._counts, self._rows(), strict=True):
            counted = counts[rows].astype(np.int64)
            different = np.count_nonzero(counted, 1)[:, None]
            total = counted.sum(1, keepdims=True)
            shares = (counted * TOTAL + np.maximum(different, 1) * shares) // (total + np.maximum(different, 1))
        freqs = 1 + (shares * (TOTAL - _SYMBOLS) >> 24)
        best = freqs.argmax(1)
        freqs[np.arange(len(freqs)), best] += TOTAL - freqs.sum(1)
        return freqs

    def _rows(self) -> list[NDArray[np.uint64]]:
        """Where each lane's counts are, for each length of a context."""
        rows = []
        for k in range(len(self._counts)):
            context = self._contexts & np.uint64((1 << 8 * k) - 1)
            rows.append(context if 8 * k <= _ROW_BITS else context * _HASH >> np.uint64(64 - _ROW_BITS))
        return rows
