"""Blocks as lanes, parts of equal size (the last may be shorter) that a model reads side by side.

One coder takes a symbol from each lane in turn. An encoder knows all symbols and has the frequencies of many positions
computed at once, a decoder those of one position of all lanes at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neucomp.coder import SymbolCoder
    from neucomp.models import Tick


class Reader(Protocol):
    """A model at work on lanes that have read the same number of symbols."""

    def read(self, symbols: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Frequencies (lanes, n, alphabet) of the symbol after each of `symbols` (lanes, n), the first of which is 0,
        for the beginning. They do not depend on the parts in which symbols are read."""


def spread(symbols: NDArray[np.uint8], lanes: int, size: int) -> NDArray[np.uint8]:
    """A block of `size` symbols as its lanes read it, (1 + positions, lanes): what each has read before its first
    symbol, which is 0, and then its symbols, as far as `symbols` goes, else 0."""
    import numpy as np

    whole = np.zeros((lanes, -(-size // lanes)), np.uint8)
    whole.reshape(-1)[: len(symbols)] = symbols
    return np.concatenate([np.zeros((1, lanes), np.uint8), whole.T])


def gather(read: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The `size` symbols of a block that its lanes have read."""
    symbols: NDArray[np.uint8] = read[1:].T.reshape(-1)[:size]
    return symbols


def lanes_used(lanes: int, size: int) -> int:
    """How many of so many lanes of equal size have symbols; 0 for a block without symbols."""
    return -(-size // max(1, -(-size // lanes)))


def code_lanes(reader: Reader, read: NDArray[np.uint8], size: int, step: int, coder: SymbolCoder, tick: Tick) -> None:
    """Goes through a block, `step` positions at a time. read: see `spread`; a decoder fills it in, which the model
    reads in the next step."""
    import numpy as np

    positions, lanes = len(read) - 1, read.shape[1]
    for begin in range(0, positions, step):
        end = min(begin + step, positions)
        rows = reader.read(read[begin:end].T).swapaxes(0, 1)  # (lanes, step, 256) -> (step, lanes, 256)
        there = np.arange(begin, end)[:, None] + np.arange(lanes) * positions < size
        symbols = read[1 + begin : 1 + end][there]
        coder.code(symbols, rows[there])
        read[1 + begin : 1 + end][there] = symbols
        tick(symbols.size)
