"""The constants of deflate, as RFC 1951 defines them, and those of zlib's deflateInit2."""

import enum

import numpy as np
from numpy.typing import NDArray

MIN_MATCH = 3
MAX_MATCH = 258

ODD_MATCH = MAX_MATCH + 1
"""Stands in tokens for the length MAX_MATCH, written as the largest of the code before its own."""

LOOKAHEAD = np.int64(MIN_MATCH + MAX_MATCH + 1)
"""zlib looks for matches only where its window holds so many bytes more, or the text ends; so distances are at most
the window's size less this."""


class Strategy(enum.IntEnum):
    """zlib's strategies."""

    DEFAULT = 0
    FILTERED = 1
    HUFFMAN_ONLY = 2
    RLE = 3
    FIXED = 4


TOO_FAR = 4096
"""zlib takes no match of three bytes at a larger distance. Apple's does: it is built with one that is out of reach."""

OUT_OF_REACH = 1 << 15


def block_tokens(memory_level: int) -> int:
    """Tokens of all blocks but the last, for a memory level of zlib, 1 .. 9."""
    return (1 << memory_level + 6) - 1


STORED, FIXED, DYNAMIC = 0, 1, 2
"""Kinds of block."""

END_OF_BLOCK = 256
"""Symbol between those for bytes and those for lengths."""

MAX_BITS = 15
"""Bits that a code of any alphabet has at most."""

FIXED_LITERAL_LENGTHS = np.repeat(np.array([8, 9, 7, 8], np.int64), [144, 112, 24, 8])
FIXED_DISTANCE_LENGTHS = np.full(30, 5, np.int64)
"""Bits of the fixed codes."""

LENGTH_BITS = np.array([0] * 8 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4 + [0], np.int64)
DISTANCE_BITS = np.array([0, 0] + [extra for extra in range(14) for _ in range(2)], np.int64)
"""Extra bits that follow each code."""


def _smallest_values(extra_bits: NDArray[np.int64], first: int) -> NDArray[np.int64]:
    """Of each code, whose values follow those of the code before."""
    return first + np.cumsum(np.concatenate([np.zeros(1, np.int64), 1 << extra_bits[:-1]]))


LENGTH_FROM = _smallest_values(LENGTH_BITS, MIN_MATCH)
LENGTH_FROM[-1] = MAX_MATCH  # has a code for itself, though the code before reaches as far
DISTANCE_FROM = _smallest_values(DISTANCE_BITS, 1)
"""The smallest value of each code."""

LENGTH_CODES = np.searchsorted(LENGTH_FROM, np.arange(MAX_MATCH + 1), "right").astype(np.int64) - 1
"""The code of each length, (259,)."""

NEAR = 256
_SOME_DISTANCES = np.concatenate([np.arange(NEAR), np.arange(256) << 7]) + 1
DISTANCE_CODES = np.searchsorted(DISTANCE_FROM, _SOME_DISTANCES, "right").astype(np.int64) - 1
"""The code of a distance, (512,): at distance - 1 for the NEAR ones, else at NEAR + (distance - 1 >> 7)."""

REPEAT, ZEROS, MANY_ZEROS = 16, 17, 18
"""Symbols of the alphabet of code lengths, after the lengths 0 .. 15: the last one again; zeros."""

REPEAT_BITS = np.array([0] * 16 + [2, 3, 7], np.int64)
REPEAT_FROM = np.array([0] * 16 + [3, 3, 11], np.int64)
"""How often, as extra bits and as the smallest value."""

CODE_LENGTH_ORDER = np.array([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15], np.int64)
"""The order in which the lengths of the codes for code lengths stand in a block."""
