"""Reading the blocks of a deflate stream as tokens. Source: RFC 1951.

Only valid streams are read: zlib has taken them apart before, and what it refuses never comes here.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.deflate_format import (
    CODE_LENGTH_ORDER,
    DISTANCE_BITS,
    DISTANCE_FROM,
    DYNAMIC,
    END_OF_BLOCK,
    FIXED_DISTANCE_LENGTHS,
    FIXED_LITERAL_LENGTHS,
    LENGTH_BITS,
    LENGTH_FROM,
    MAX_BITS,
    REPEAT,
    REPEAT_BITS,
    REPEAT_FROM,
    STORED,
)
from neucomp.kernels.deflate_matching import match_token
from neucomp.kernels.inline import shared

_MOST_SYMBOLS = FIXED_LITERAL_LENGTHS.size


class Decoder(NamedTuple):
    """A canonical code, by length."""

    lengths: NDArray[np.int64]  # (288,): bits of each symbol's code, 0 for those without
    counts: NDArray[np.int64]  # (16,): symbols with a code of each length
    symbols: NDArray[np.int64]  # (288,): those with a code, by length and then in order


class BlockReader(NamedTuple):
    """A stream, and how far it is read."""

    stream: NDArray[np.uint8]  # (n,)
    place: NDArray[np.int64]  # (1,): the next bit
    literals: Decoder
    distances: Decoder


def _new_decoder() -> Decoder:
    return Decoder(
        np.zeros(_MOST_SYMBOLS, np.int64), np.zeros(MAX_BITS + 1, np.int64), np.zeros(_MOST_SYMBOLS, np.int64)
    )


def new_block_reader(stream: NDArray[np.uint8]) -> BlockReader:
    """A reader before the first block."""
    stream = stream.view()
    stream.setflags(write=False)  # kernels are compiled for this kind of array
    return BlockReader(stream, np.zeros(1, np.int64), _new_decoder(), _new_decoder())


@shared
def _read_bits(reader, count):
    """The next `count` <= 16 bits, lowest first; zeros past the end."""
    place = reader.place[0]
    byte = place >> 3
    bits = np.int64(0)
    for following in range(3):
        if byte + following < reader.stream.size:
            bits |= np.int64(reader.stream[byte + following]) << 8 * following
    reader.place[0] = place + count
    return bits >> (place & 7) & ((np.int64(1) << count) - 1)


@shared
def _prepare(decoder, used):
    """From the lengths of the first `used` symbols to the rest of a decoder."""
    for length in range(MAX_BITS + 1):
        decoder.counts[length] = 0
    for symbol in range(used):
        decoder.counts[decoder.lengths[symbol]] += 1
    decoder.counts[0] = 0
    place = np.int64(0)
    for length in range(1, MAX_BITS + 1):
        for symbol in range(used):
            if decoder.lengths[symbol] == length:
                decoder.symbols[place] = symbol
                place += 1


@shared
def _read_symbol(reader, decoder):
    """The next symbol, or -1 if no code is found."""
    code = np.int64(0)
    first = np.int64(0)
    place = np.int64(0)
    for length in range(1, MAX_BITS + 1):
        code = code << 1 | _read_bits(reader, np.int64(1))
        first <<= 1
        count = decoder.counts[length]
        if code - first < count:
            return decoder.symbols[place + code - first]
        place += count
        first += count
    return np.int64(-1)


@shared
def _read_codes(reader):
    """The codes of a block, before its tokens."""
    literals, distances = reader.literals, reader.distances
    used_literals = _read_bits(reader, np.int64(5)) + END_OF_BLOCK + 1
    used_distances = _read_bits(reader, np.int64(5)) + 1
    listed = _read_bits(reader, np.int64(4)) + 4
    for place in range(CODE_LENGTH_ORDER.size):
        length = _read_bits(reader, np.int64(3)) if place < listed else np.int64(0)
        literals.lengths[CODE_LENGTH_ORDER[place]] = length
    _prepare(literals, CODE_LENGTH_ORDER.size)

    lengths = np.zeros(used_literals + used_distances, np.int64)
    place = np.int64(0)
    while place < lengths.size:
        symbol = _read_symbol(reader, literals)
        if symbol < 0:
            break
        length, times = symbol, np.int64(1)
        if symbol >= REPEAT:
            length = lengths[place - 1] if symbol == REPEAT and place > 0 else np.int64(0)
            times = REPEAT_FROM[symbol] + _read_bits(reader, REPEAT_BITS[symbol])
        while times > 0 and place < lengths.size:
            lengths[place] = length
            place += 1
            times -= 1
    for symbol in range(used_literals):
        literals.lengths[symbol] = lengths[symbol]
    for symbol in range(used_distances):
        distances.lengths[symbol] = lengths[used_literals + symbol]
    _prepare(literals, used_literals)
    _prepare(distances, used_distances)


@shared
def _take_fixed_codes(reader):
    for symbol in range(FIXED_LITERAL_LENGTHS.size):
        reader.literals.lengths[symbol] = FIXED_LITERAL_LENGTHS[symbol]
    for symbol in range(FIXED_DISTANCE_LENGTHS.size):
        reader.distances.lengths[symbol] = FIXED_DISTANCE_LENGTHS[symbol]
    _prepare(reader.literals, FIXED_LITERAL_LENGTHS.size)
    _prepare(reader.distances, FIXED_DISTANCE_LENGTHS.size)


@shared
def read_tokens(reader, tokens):
    """Reads a block, or as many of its tokens as there is room for.

    Returns (whether it is the last, its kind, how many tokens). A stored block is skipped: its bytes are counted.
    """
    last = _read_bits(reader, np.int64(1)) != 0
    kind = _read_bits(reader, np.int64(2))
    count = np.int64(0)
    if kind == STORED:
        reader.place[0] = (reader.place[0] + 7) & ~7
        count = _read_bits(reader, np.int64(16))
        reader.place[0] += 16 + 8 * count
        return last, kind, count
    if kind == DYNAMIC:
        _read_codes(reader)
    else:
        _take_fixed_codes(reader)
    while count < tokens.size:
        symbol = _read_symbol(reader, reader.literals)
        if symbol == END_OF_BLOCK or symbol < 0:
            break
        token = symbol
        if symbol > END_OF_BLOCK:
            code = symbol - END_OF_BLOCK - 1
            length = LENGTH_FROM[code] + _read_bits(reader, LENGTH_BITS[code])
            code = _read_symbol(reader, reader.distances)
            token = match_token(DISTANCE_FROM[code] + _read_bits(reader, DISTANCE_BITS[code]), length)
        tokens[count] = token
        count += 1
    return last, kind, count
