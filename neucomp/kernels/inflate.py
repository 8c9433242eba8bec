"""Reading the blocks of a deflate stream, whoever wrote it, with everything that is needed to write them again.

A head is read first, then the tokens of the block behind it, as many at a time as there is room for. Nothing is taken
on trust: what RFC 1951 or zlib refuses is refused. Source: RFC 1951.
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
    FIXED,
    FIXED_DISTANCE_LENGTHS,
    FIXED_LITERAL_LENGTHS,
    LENGTH_BITS,
    LENGTH_FROM,
    MAX_BITS,
    MAX_MATCH,
    ODD_MATCH,
    REPEAT,
    REPEAT_BITS,
    REPEAT_FROM,
    STORED,
)
from neucomp.kernels.deflate_matching import match_token
from neucomp.kernels.inline import shared

_MOST_SYMBOLS = FIXED_LITERAL_LENGTHS.size
_LISTED_LITERALS = 286
"""Symbols that a block may list a code for."""

PLACE, KIND, LAST, LITERALS, DISTANCES, LISTED, REPEATED, STORED_SIZE, PADDING = range(9)
"""Registers of a reader: the next bit; of the block whose head was read: its kind, whether it is the last, the
numbers of
its literal codes, distance codes, lengths for code lengths and entries in `repeated`; bytes of a stored block, and the
bits before them that fill a byte."""


class Decoder(NamedTuple):
    """A canonical code, by length."""

    lengths: NDArray[np.int64]  # (288,): bits of each symbol's code, 0 for those without
    counts: NDArray[np.int64]  # (16,): symbols with a code of each length
    symbols: NDArray[np.int64]  # (288,): those with a code, by length and then in order


class StreamReader(NamedTuple):
    """A stream, how far it is read, and what the head of the current block said."""

    stream: NDArray[np.uint8]  # (n,)
    registers: NDArray[np.int64]  # (9,): see above
    literals: Decoder
    distances: Decoder
    code_lengths: NDArray[np.int64]  # (19,): bits of the codes for code lengths
    repeated: NDArray[np.int64]  # (2, 316): code lengths and repetitions as they are listed, and their extra bits
    listed_lengths: NDArray[np.int64]  # (316,): scratch


def _new_decoder() -> Decoder:
    return Decoder(
        np.zeros(_MOST_SYMBOLS, np.int64), np.zeros(MAX_BITS + 1, np.int64), np.zeros(_MOST_SYMBOLS, np.int64)
    )


def new_stream_reader(stream: NDArray[np.uint8]) -> StreamReader:
    """A reader before the first block."""
    stream = stream.view()
    stream.setflags(write=False)  # kernels are compiled for this kind of array
    return StreamReader(
        stream=stream,
        registers=np.zeros(9, np.int64),
        literals=_new_decoder(),
        distances=_new_decoder(),
        code_lengths=np.zeros(CODE_LENGTH_ORDER.size, np.int64),
        repeated=np.zeros((2, _LISTED_LITERALS + DISTANCE_BITS.size), np.int64),
        listed_lengths=np.zeros(_LISTED_LITERALS + DISTANCE_BITS.size, np.int64),
    )


@shared
def _peek(reader):
    """The next 16 bits at least, lowest first; zeros past the end."""
    place = reader.registers[PLACE]
    byte = place >> 3
    bits = np.int64(0)
    for following in range(3):
        if byte + following < reader.stream.size:
            bits |= np.int64(reader.stream[byte + following]) << 8 * following
    return bits >> (place & 7)


@shared
def read_bits(reader, count):
    """The next `count` <= 16 bits, lowest first; zeros past the end."""
    bits = _peek(reader) & ((np.int64(1) << count) - 1)
    reader.registers[PLACE] += count
    return bits


@shared
def _prepare(decoder, used):
    """From the lengths of the first `used` symbols to the rest of a decoder; False if zlib refuses the code."""
    counts = decoder.counts
    for length in range(MAX_BITS + 1):
        counts[length] = 0
    for symbol in range(used):
        counts[decoder.lengths[symbol]] += 1
    for symbol in range(used, decoder.lengths.size):
        decoder.lengths[symbol] = 0
    is_single = used - counts[0] <= 1 and counts[1] == used - counts[0]
    counts[0] = 0
    left = np.int64(1)
    place = np.int64(0)
    for length in range(1, MAX_BITS + 1):
        left = 2 * left - counts[length]
        if left < 0:
            return False
        for symbol in range(used):
            if decoder.lengths[symbol] == length:
                decoder.symbols[place] = symbol
                place += 1
    return left == 0 or is_single


@shared
def _read_symbol(reader, decoder):
    """The next symbol, or -1 if no code is found."""
    bits = _peek(reader)
    code = np.int64(0)
    first = np.int64(0)
    place = np.int64(0)
    for length in range(1, MAX_BITS + 1):
        code = code << 1 | bits & 1
        bits >>= 1
        first <<= 1
        count = decoder.counts[length]
        if code - first < count:
            reader.registers[PLACE] += length
            return decoder.symbols[place + code - first]
        place += count
        first += count
    return np.int64(-1)


@shared
def _read_codes(reader):
    """The codes of a block; False if they are not valid."""
    registers, literals, distances = reader.registers, reader.literals, reader.distances
    used_literals = read_bits(reader, np.int64(5)) + END_OF_BLOCK + 1
    used_distances = read_bits(reader, np.int64(5)) + 1
    listed = read_bits(reader, np.int64(4)) + 4
    registers[LITERALS], registers[DISTANCES], registers[LISTED] = used_literals, used_distances, listed
    if used_literals > _LISTED_LITERALS or used_distances > DISTANCE_BITS.size:
        return False
    for place in range(CODE_LENGTH_ORDER.size):
        length = read_bits(reader, np.int64(3)) if place < listed else np.int64(0)
        literals.lengths[CODE_LENGTH_ORDER[place]] = length
        reader.code_lengths[CODE_LENGTH_ORDER[place]] = length
    if not _prepare(literals, CODE_LENGTH_ORDER.size):
        return False

    lengths = reader.listed_lengths[: used_literals + used_distances]
    place = np.int64(0)
    repeated = np.int64(0)
    while place < lengths.size:
        symbol = _read_symbol(reader, literals)
        if symbol < 0 or (symbol == REPEAT and place == 0):
            return False
        extra = read_bits(reader, REPEAT_BITS[symbol])
        length, times = symbol, np.int64(1)
        if symbol >= REPEAT:
            length = lengths[place - 1] if symbol == REPEAT else np.int64(0)
            times = REPEAT_FROM[symbol] + extra
        if place + times > lengths.size:
            return False
        reader.repeated[0, repeated] = symbol
        reader.repeated[1, repeated] = extra
        repeated += 1
        for _ in range(times):
            lengths[place] = length
            place += 1
    registers[REPEATED] = repeated
    for symbol in range(used_literals):
        literals.lengths[symbol] = lengths[symbol]
    for symbol in range(used_distances):
        distances.lengths[symbol] = lengths[used_literals + symbol]
    is_valid = _prepare(literals, used_literals)
    return _prepare(distances, used_distances) and is_valid and lengths[END_OF_BLOCK] != 0


@shared
def _take_fixed_codes(reader):
    for symbol in range(FIXED_LITERAL_LENGTHS.size):
        reader.literals.lengths[symbol] = FIXED_LITERAL_LENGTHS[symbol]
    for symbol in range(FIXED_DISTANCE_LENGTHS.size):
        reader.distances.lengths[symbol] = FIXED_DISTANCE_LENGTHS[symbol]
    _prepare(reader.literals, FIXED_LITERAL_LENGTHS.size)
    _prepare(reader.distances, FIXED_DISTANCE_LENGTHS.size)


@shared
def is_within(reader):
    """Whether nothing was read past the end of the stream."""
    return reader.registers[PLACE] <= 8 * reader.stream.size


@shared
def read_head(reader):
    """Reads the head of a block into the reader; False if it is not valid. A stored block's bytes come next."""
    registers = reader.registers
    registers[LAST] = read_bits(reader, np.int64(1))
    registers[KIND] = read_bits(reader, np.int64(2))
    if registers[KIND] == STORED:
        registers[PADDING] = read_bits(reader, -registers[PLACE] & 7)
        registers[STORED_SIZE] = read_bits(reader, np.int64(16))
        if read_bits(reader, np.int64(16)) ^ 0xFFFF != registers[STORED_SIZE]:
            return False
    elif registers[KIND] == FIXED:
        _take_fixed_codes(reader)
    elif registers[KIND] != DYNAMIC or not _read_codes(reader):
        return False
    return is_within(reader)


@shared
def skip_stored(reader):
    """Goes past the bytes of a stored block; False if they are not all there."""
    reader.registers[PLACE] += 8 * reader.registers[STORED_SIZE]
    return is_within(reader)


@shared
def read_tokens(reader, tokens, most_text):
    """Reads tokens up to the end of the block, until there is no room, or once they stand for `most_text` bytes.

    Returns (how many, bytes that they stand for, whether the block has ended, whether all was valid).
    """
    count = np.int64(0)
    size = np.int64(0)
    while count < tokens.size and size < most_text:
        symbol = _read_symbol(reader, reader.literals)
        if symbol == END_OF_BLOCK:
            return count, size, True, is_within(reader)
        if symbol < 0 or symbol > END_OF_BLOCK + LENGTH_BITS.size or not is_within(reader):
            return count, size, False, False
        token = symbol
        length = np.int64(1)
        if symbol > END_OF_BLOCK:
            code = symbol - END_OF_BLOCK - 1
            length = LENGTH_FROM[code] + read_bits(reader, LENGTH_BITS[code])
            is_odd = length == MAX_MATCH and code < LENGTH_BITS.size - 1
            code = _read_symbol(reader, reader.distances)
            if code < 0 or code >= DISTANCE_BITS.size:
                return count, size, False, False
            distance = DISTANCE_FROM[code] + read_bits(reader, DISTANCE_BITS[code])
            token = match_token(distance, np.int64(ODD_MATCH) if is_odd else length)
        tokens[count] = token
        count += 1
        size += length
    return count, size, False, True
