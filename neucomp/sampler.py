"""Symbols drawn from a model: its range decoder reads random bits."""

import numpy as np
from numpy.typing import NDArray

from neucomp.coder import TOTAL

_WORD_BITS = 32
_FULL = (1 << 64) - 1


class Sampler:
    """A `SymbolCoder` that draws symbols: it decodes random bits, as the decoder of `coder` does.

    An encoder turns what was drawn back into these bits, but for the last 64 of them: the interval of the last symbol
    holds many numbers. They may meet a gap, though: where the width of the coder's interval is no multiple of 2**24,
    its end belongs to no symbol (at one symbol in some 10,000 the bits point there), and a place in it is drawn anew.
    """

    def __init__(self, chance: np.random.BitGenerator, *, known: int = 0, temperature: float = 1.0) -> None:
        """known: so many symbols, the first ones, are left as they are. temperature: probabilities are taken to the
        power of its reciprocal, so that below 1 likely symbols become more likely; ValueError unless above 0."""
        if not temperature > 0:
            raise ValueError(f"the temperature must be above 0, got {temperature}")
        self.read = bytearray()
        """The random words so far, as a payload has them."""
        self.gaps = 0
        self._known = known
        self._temperature = temperature
        self._chance = chance
        self._words: list[int] = []
        self._width = _FULL
        self._offset = self._next() << _WORD_BITS | self._next()

    def code(self, symbols: NDArray[np.integer], freqs: NDArray[np.integer]) -> None:
        """See `SymbolCoder`."""
        kept = min(self._known, symbols.size)
        self._known -= kept
        rows = freqs[kept:] if self._temperature == 1 else reshaped(freqs[kept:], self._temperature)
        ends = rows.cumsum(1, np.int64)
        for number, row in enumerate(ends, kept):
            symbols[number] = self._draw(row)

    def _draw(self, ends: NDArray[np.int64]) -> int:
        """The symbol whose part of the interval the bits lie in, by the sums of frequencies up to each symbol."""
        unit = self._width // TOTAL
        if self._offset >= unit * TOTAL:
            self.gaps += 1
            self._offset = self._next() * unit * TOTAL >> _WORD_BITS
        symbol = int(ends.searchsorted(self._offset // unit, "right"))
        begin, end = int(ends[symbol - 1]) if symbol else 0, int(ends[symbol])
        self._offset -= begin * unit
        self._width = (end - begin) * unit
        if self._width >> _WORD_BITS == 0:
            self._width <<= _WORD_BITS
            self._offset = self._offset << _WORD_BITS | self._next()
        return symbol

    def _next(self) -> int:
        if not self._words:
            drawn = self._chance.random_raw(1024).astype("<u8").view("<u4")
            self._words = drawn[::-1].tolist()
        word = self._words.pop()
        self.read += word.to_bytes(4, "little")
        return word


def reshaped(freqs: NDArray[np.integer], temperature: float) -> NDArray[np.int64]:
    """Frequencies (n, A), each at least 1, their sum 2**24, of probabilities to the power of 1 / temperature."""
    shares = (freqs / freqs.max(1, keepdims=True)) ** (1 / temperature)
    alphabet = freqs.shape[1]
    changed: NDArray[np.int64] = 1 + (shares / shares.sum(1, keepdims=True) * (TOTAL - alphabet)).astype(np.int64)
    lanes = np.arange(len(freqs))
    changed[lanes, changed.argmax(1)] += TOTAL - changed.sum(1)
    return changed
