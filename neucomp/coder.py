"""Entropy coding of whole symbols by integer frequencies, with the range coder of the package `constriction`.

A row of frequencies has one integer for each symbol of the alphabet, each at least 1, with the sum 2**24. The coder
(Pasco 1976; Bamler 2022, arXiv:2201.01741) keeps an interval [low, low + width) of integers, at first [0, 2**64 - 1),
and cuts it for a symbol s into

    low' = low + (width >> 24) * (sum of freqs[:s])        width' = (width >> 24) * freqs[s]

where 32 more bits are added to both when width' falls below 2**32. `docs/format.md` says how it ends.

**Why these are exactly our frequencies.** constriction takes probabilities as floats and turns them into integers by
itself: `Categorical(perfect=False)` over n symbols gives everybody 1, shares out the remaining 2**24 - n by

    left end of symbol s  =  floor(scale * sum(p[:s])) + s,        scale = (2**24 - n) / sum(p)

in the type of the array, and ends the last symbol at 2**24. We give it p = freqs - 1 in float32. These are integers,
none negative, with the sum 2**24 - n, so each p, each sum of some of them and 2**24 - n itself has at most 24 bits:
float32 holds it exactly and adds without rounding. So scale is exactly 1, the products are exact, floor does nothing,
and symbol s gets the interval from sum(freqs[:s]) on with the size freqs[s], in whatever order the sums are taken.
(Its decoder looks for q in [0, 2**24) and begins with the first symbol whose sum(p[:s + 1]) reaches (q - n) / (1 +
2**-22). The symbol of q has sum(p[:s + 1]) > q - n, so it is not passed over.)
"""

from typing import Protocol

import constriction
import numpy as np
from numpy.typing import NDArray

from neucomp.errors import CorruptDataError

TOTAL = 1 << 24
"""The sum of each row of frequencies."""

_WORD = np.dtype("<u4")
_UNFINISHED_WORDS = 1
"""How many words more than the whole an encoder may count that is not at the end: it would end in two words or one."""

# constriction's submodules cannot be imported, they are only there as attributes.
_CATEGORICAL = constriction.stream.model.Categorical(perfect=False)


class SymbolCoder(Protocol):
    """What a model that is a network alone goes through symbols with: one walk codes, decodes, scores and draws."""

    def code(self, symbols: NDArray[np.integer], freqs: NDArray[np.integer]) -> None:
        """Code `symbols` (n,), each in [0, A), n >= 0, by the rows `freqs` (n, A), 2 <= A: an encoder reads them, a
        decoder or sampler fills them in."""


class Encoder:
    """A `SymbolCoder` that writes symbols; `finish` gives the payload.

    >>> encoder = Encoder()
    >>> encoder.code(np.array([2, 0]), np.array([[1, 1, TOTAL - 2], [TOTAL - 9, 8, 1]]))
    >>> payload = encoder.finish()
    >>> len(payload)
    4
    >>> symbols = np.zeros(2, int)
    >>> Decoder(payload).code(symbols, np.array([[1, 1, TOTAL - 2], [TOTAL - 9, 8, 1]]))
    >>> symbols
    array([2, 0])
    """

    def __init__(self) -> None:
        self._coder = constriction.stream.queue.RangeEncoder()

    def code(self, symbols: NDArray[np.integer], freqs: NDArray[np.integer]) -> None:
        """See `SymbolCoder`. Raises `ValueError` for rows below 1 or with another sum than `TOTAL`, and `KeyError` for
        symbols outside of the alphabet."""
        if symbols.size:
            self._coder.encode(np.ascontiguousarray(symbols, np.int32), _CATEGORICAL, _as_floats(freqs))

    @property
    def words(self) -> int:
        """Words of 4 bytes that the payload would have now."""
        return int(self._coder.num_words())

    def finish(self, least: int = 0) -> bytes:
        """Return the payload: words of 32 bits, the least significant byte first, none if nothing was coded; then zeros
        up to `least` bytes."""
        payload: bytes = self._coder.get_compressed().astype(_WORD).tobytes()
        return payload.ljust(least, b"\0")


class Decoder:
    """A `SymbolCoder` that gives back the symbols of a payload, for the rows that they were coded by.

    Any payload decodes to something: the range coder notices next to nothing. So what it gives is coded once more, and
    `check` compares.
    """

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        words = np.frombuffer(payload + bytes(-len(payload) % _WORD.itemsize), _WORD).astype(np.uint32)
        self._most_words = words.size + _UNFINISHED_WORDS
        self._coder = constriction.stream.queue.RangeDecoder(words)
        self._again = Encoder()

    def code(self, symbols: NDArray[np.integer], freqs: NDArray[np.integer]) -> None:
        """See `SymbolCoder`; the rows are those of the encoder. Raises `CorruptDataError` where the payload cannot go
        on like this."""
        if not symbols.size:
            return
        try:
            symbols[:] = self._coder.decode(_CATEGORICAL, _as_floats(freqs))
        except AssertionError:
            raise CorruptDataError("a block holds what no encoder writes: the file is damaged") from None
        self._again.code(symbols, freqs)
        if self._again.words > self._most_words:
            raise CorruptDataError("a block ends before all its bytes are decoded: the file is damaged")

    def check(self, least: int = 0) -> None:
        """Raise `CorruptDataError` unless the payload is what `Encoder.finish(least)` gives for the symbols that were
        decoded."""
        if self._payload != self._again.finish(least):
            raise CorruptDataError("a block does not end where its bytes do: the file is damaged")


def encode(symbols: NDArray[np.integer], freqs: NDArray[np.integer]) -> bytes:
    """Return the payload for `symbols` (n,) coded by the rows `freqs` (n, A); see `Encoder.code`."""
    encoder = Encoder()
    encoder.code(symbols, freqs)
    return encoder.finish()


def decode(payload: bytes, freqs: NDArray[np.integer]) -> NDArray[np.int32]:
    """Return the symbols (n,) that `encode` turned into `payload`, by the same rows `freqs` (n, A). Raises
    `CorruptDataError` for a payload that `encode` does not make by these rows."""
    decoder = Decoder(payload)
    symbols = np.zeros(len(freqs), np.int32)
    decoder.code(symbols, freqs)
    decoder.check()
    return symbols


def _as_floats(freqs: NDArray[np.integer]) -> NDArray[np.float32]:
    if (freqs < 1).any() or (freqs.sum(axis=-1, dtype=np.int64) != TOTAL).any():
        raise ValueError(f"each row of frequencies needs values of 1 or more with the sum {TOTAL}")
    return np.ascontiguousarray(freqs - 1, np.float32)
