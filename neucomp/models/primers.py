"""Primers: short texts that the byte model reads before a block that resembles them.

The model learns every block from nothing; what it has read before, it need not learn from the block. A primer ends
with ordinary text and begins with words that the text does not contain, rarest first, so that its end alone is a
primer too. It is read by encoder and decoder alike and never coded. Which primer a block gets is stored in its payload.

The texts are made by benchmarks/recipes/primers.py, which says what went into them.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import UnsupportedError


@dataclass(frozen=True)
class Primer:
    """A text in the package. Its bytes are part of the format: a changed text gets a new number."""

    name: str
    sha256: str


NO_PRIMER = 0

PRIMERS: dict[int, Primer] = {
    1: Primer("english", "88546d3878fbd748aed8c807605a2ec59e7310b3d041ce5658df9e6d1691e5ec"),
    2: Primer("source", "accd2b5f40bbee0d682de2c1c82976a363a173347ce824e1579c1059f7179a8e"),
}

_GRAM = 6
_STRIDE = 8
_END = 64 << 10
"""Resemblance is the share of sequences of _GRAM bytes in a block, one in _STRIDE of them, that a primer's end has."""

_LEAST_RESEMBLANCE = 0.04
"""Below this a primer costs more than it brings (measured: Spanish prose resembles the English primer by 0.033)."""


@cache
def read_primer(number: int) -> bytes:
    """The text of a primer; UnsupportedError if there is none with that number, or it is not what it should be."""
    if number not in PRIMERS:
        raise UnsupportedError(
            f"a block needs primer number {number}, which this version does not have: update neucomp"
        )
    primer = PRIMERS[number]
    text = files("neucomp.weights").joinpath(f"primer-{primer.name}.txt").read_bytes()
    if hashlib.sha256(text).hexdigest() != primer.sha256:
        raise UnsupportedError(f"the primer {primer.name} of this installation is damaged: install neucomp again")
    return text


def find_primer(pieces: list[NDArray[np.uint8]]) -> int:
    """The number of the primer that pieces of a block resemble most, or NO_PRIMER."""
    grams = np.concatenate([_grams(piece)[::_STRIDE] for piece in pieces])
    if grams.size == 0:
        return NO_PRIMER
    share = {number: float(np.isin(grams, _end_grams(number)).mean()) for number in PRIMERS}
    best = max(share, key=lambda number: share[number])
    return best if share[best] >= _LEAST_RESEMBLANCE else NO_PRIMER


@cache
def _end_grams(number: int) -> NDArray[np.uint64]:
    return np.unique(_grams(np.frombuffer(read_primer(number)[-_END:], np.uint8)))


def _grams(data: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """All sequences of _GRAM bytes, as integers."""
    count = max(data.size - _GRAM + 1, 0)
    grams = np.zeros(count, np.uint64)
    for i in range(_GRAM):
        grams = grams << np.uint64(8) | data[i : i + count]
    return grams
