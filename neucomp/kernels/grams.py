"""Hashed n-grams: which rows of the network's tables stand for what was read last.

A table belongs to a kind of context: the last 2 to 6 bytes (Pagnoni 2024, Byte Latent Transformer), or the letters of
the current word alone, with the word before it, with the two words before it. A context is hashed to a row; contexts
that share a row share what it says. Letters are A to Z, in one case, and all bytes above 127; between two words, the
byte read last stands in the place of the word's letters.
"""

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.hashing import chain, fold
from neucomp.kernels.inline import compiled, inline
from neucomp.kernels.network_constants import GRAMS, SHORTEST_GRAM, TABLES

_BYTES, _WORD, _WORD1, _WORD2 = range(4)


def new_reader() -> NDArray[np.int64]:
    """State before the first byte: the last 8 bytes, hashes of the word and the two before it."""
    return np.zeros(4, np.int64)


@inline
def read_byte(reader, byte):
    """Takes one more byte into a reader's state."""
    reader[_BYTES] = reader[_BYTES] << 8 | byte
    letter = byte | 32
    if 97 <= letter <= 122 or byte >= 128:
        letter = byte if byte >= 128 else letter
        reader[_WORD] = fold(chain(reader[_WORD], letter), 0)
    elif reader[_WORD] != 0:
        reader[_WORD2] = reader[_WORD1]
        reader[_WORD1] = reader[_WORD]
        reader[_WORD] = 0


@inline
def find_rows(reader, table_bits, rows):
    """The row of each table, counted from its own start, for the byte to come; table i has 2**table_bits[i] rows."""
    last = reader[_BYTES]
    for i in range(GRAMS):
        gram = last & ((np.int64(1) << (8 * (SHORTEST_GRAM + i))) - 1)
        rows[i] = (fold(gram, i + 1) >> (64 - table_bits[i])) & ((np.int64(1) << table_bits[i]) - 1)
    word = reader[_WORD] if reader[_WORD] != 0 else last & 255
    for i in range(GRAMS, TABLES):
        rows[i] = (fold(word, i + 1) >> (64 - table_bits[i])) & ((np.int64(1) << table_bits[i]) - 1)
        word = chain(word, reader[_WORD1] if i == GRAMS else reader[_WORD2])


@compiled
def find_all_rows(symbols, reader, table_bits, rows):
    """Rows (len(symbols), TABLES), int32, for the byte after each of `symbols`, uint8, read in order."""
    for position in range(symbols.size):
        read_byte(reader, np.int64(symbols[position]))
        find_rows(reader, table_bits, rows[position])
