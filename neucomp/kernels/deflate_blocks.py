"""How zlib writes a block of tokens: stored, with the fixed codes, or with codes of its own, whichever is shortest.

Source: RFC 1951, and the algorithm of trees.c, zlib 1.2.12 to 1.3.1 (older ones differ where the fixed codes were asked
for and a block is better stored).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.deflate_format import (
    CODE_LENGTH_ORDER,
    DISTANCE_BITS,
    DISTANCE_CODES,
    DISTANCE_FROM,
    DYNAMIC,
    END_OF_BLOCK,
    FIXED,
    FIXED_DISTANCE_LENGTHS,
    FIXED_LITERAL_LENGTHS,
    LENGTH_BITS,
    LENGTH_CODES,
    LENGTH_FROM,
    MANY_ZEROS,
    MAX_BITS,
    MAX_MATCH,
    NEAR,
    ODD_MATCH,
    REPEAT,
    REPEAT_BITS,
    REPEAT_FROM,
    STORED,
    ZEROS,
)
from neucomp.kernels.deflate_trees import Alphabet, build_code, canonical_codes, new_alphabet
from neucomp.kernels.inline import shared

_LONGEST_CODE_LENGTH_CODE = 7
_FIXED_LITERAL_CODES = canonical_codes(FIXED_LITERAL_LENGTHS)
_FIXED_DISTANCE_CODES = canonical_codes(FIXED_DISTANCE_LENGTHS)

BITS, BIT_COUNT, SIZE, REPEATED = range(4)
"""Registers of a writer: up to 7 bits that do not fill a byte yet, how many; bytes of the block that are written; how
many entries of `repeated` are in use."""

LARGEST_BLOCK = 1 << 18
"""Bytes that a block takes at most: 48 bits a token, and some hundred bytes of codes."""


class BlockWriter(NamedTuple):
    """What writing a stream of blocks needs."""

    literals: Alphabet  # bytes, end of block, lengths
    distances: Alphabet
    code_lengths: Alphabet
    repeated: NDArray[np.int64]  # (2, 316): code lengths as symbols of the third alphabet, and their extra bits
    registers: NDArray[np.int64]  # (4,), see above


def new_block_writer() -> BlockWriter:
    """A writer before the first block."""
    none = np.zeros_like(REPEAT_BITS)
    literal_bits = np.concatenate([np.zeros(END_OF_BLOCK + 1, np.int64), LENGTH_BITS])
    return BlockWriter(
        literals=new_alphabet(literal_bits, FIXED_LITERAL_LENGTHS, _FIXED_LITERAL_CODES, MAX_BITS),
        distances=new_alphabet(DISTANCE_BITS, FIXED_DISTANCE_LENGTHS, _FIXED_DISTANCE_CODES, MAX_BITS),
        code_lengths=new_alphabet(REPEAT_BITS, none, none, _LONGEST_CODE_LENGTH_CODE),
        repeated=np.zeros((2, literal_bits.size + DISTANCE_BITS.size), np.int64),
        registers=np.zeros(4, np.int64),
    )


@shared
def distance_code(distance):
    """The code of a distance."""
    place = distance - 1
    return DISTANCE_CODES[place if place < NEAR else NEAR + (place >> 7)]


@shared
def _length_code(length):
    """The code of a match's length, which may be ODD_MATCH."""
    return LENGTH_CODES[min(length, MAX_MATCH)] - np.int64(length == ODD_MATCH)


@shared
def forget_symbols(writer):
    """No symbol has occurred in the block yet, but its end."""
    literals, distances = writer.literals.counts, writer.distances.counts
    for symbol in range(writer.literals.codes.size):
        literals[symbol] = 0
    for symbol in range(writer.distances.codes.size):
        distances[symbol] = 0
    literals[END_OF_BLOCK] = 1


@shared
def count_symbols(writer, tokens, count):
    """Counts the symbols of so many more tokens of a block."""
    literals, distances = writer.literals.counts, writer.distances.counts
    for place in range(count):
        token = np.int64(tokens[place])
        if token < END_OF_BLOCK:
            literals[token] += 1
        else:
            literals[END_OF_BLOCK + 1 + _length_code(token & 511)] += 1
            distances[distance_code(token >> 9)] += 1


@shared
def _add_symbol(registers, repeated, counts, symbol, extra):
    place = registers[REPEATED]
    repeated[0, place] = symbol
    repeated[1, place] = extra
    counts[symbol] += 1
    registers[REPEATED] = place + 1


@shared
def _repeat_lengths(writer, lengths, highest):
    """Adds the code lengths of an alphabet to those that stand in `repeated`."""
    registers, repeated, counts = writer.registers, writer.repeated, writer.code_lengths.counts
    before = np.int64(-1)
    start = np.int64(0)
    while start <= highest:
        length = lengths[start]
        is_new = length != 0 and length != before
        most = 138 if length == 0 else 7 if is_new else 6
        times = np.int64(1)
        while times < most and start + times <= highest and lengths[start + times] == length:
            times += 1
        start += times
        before = length
        shown = times if times < (4 if is_new else 3) else np.int64(is_new)
        times -= shown
        while shown > 0:
            _add_symbol(registers, repeated, counts, length, np.int64(0))
            shown -= 1
        if times > 0:
            symbol = np.int64(REPEAT if length != 0 else ZEROS if times <= 10 else MANY_ZEROS)
            _add_symbol(registers, repeated, counts, symbol, times - REPEAT_FROM[symbol])


@shared
def write_bits(registers, output, value, count):
    """Appends `count` <= 48 bits, lowest first."""
    bits = registers[BITS] | value << registers[BIT_COUNT]
    left = registers[BIT_COUNT] + count
    size = registers[SIZE]
    while left >= 8:
        output[np.uint32(size)] = bits & 255
        bits >>= 8
        left -= 8
        size += 1
    registers[BITS] = bits
    registers[BIT_COUNT] = left
    registers[SIZE] = size


@shared
def write_codes(writer, output, highest_literal, highest_distance, listed):
    """The codes of a block, before its tokens."""
    registers, repeated, alphabet = writer.registers, writer.repeated, writer.code_lengths
    sizes = (highest_literal - END_OF_BLOCK) | highest_distance << 5 | (listed - 4) << 10
    write_bits(registers, output, sizes, np.int64(14))
    for place in range(listed):
        write_bits(registers, output, alphabet.lengths[CODE_LENGTH_ORDER[place]], np.int64(3))
    for place in range(registers[REPEATED]):
        symbol = repeated[0, place]
        length = alphabet.lengths[symbol]
        bits = alphabet.codes[symbol] | repeated[1, place] << length
        write_bits(registers, output, bits, length + alphabet.extra_bits[symbol])


@shared
def write_tokens(writer, output, tokens, count, ends, fixed):
    """Tokens of a block, with the fixed codes or its own, and its end where it ends behind them."""
    registers, literals, distances = writer.registers, writer.literals, writer.distances
    literal_codes = literals.fixed_codes if fixed else literals.codes
    literal_lengths = literals.fixed_lengths if fixed else literals.lengths
    distance_codes = distances.fixed_codes if fixed else distances.codes
    distance_lengths = distances.fixed_lengths if fixed else distances.lengths
    for place in range(count + np.int64(ends)):
        token = np.int64(tokens[place]) if place < count else np.int64(END_OF_BLOCK)
        symbol = token
        if token > END_OF_BLOCK:
            length, distance = token & 511, token >> 9
            length_code = _length_code(length)
            symbol = END_OF_BLOCK + 1 + length_code
        bits = literal_codes[symbol]
        used = literal_lengths[symbol]
        if token > END_OF_BLOCK:
            bits |= (min(length, MAX_MATCH) - LENGTH_FROM[length_code]) << used
            used += writer.literals.extra_bits[symbol]
            code = distance_code(distance)
            bits |= distance_codes[code] << used
            used += distance_lengths[code]
            bits |= (distance - DISTANCE_FROM[code]) << used
            used += writer.distances.extra_bits[code]
        write_bits(registers, output, bits, used)


@shared
def _fill_byte(registers, output):
    """Appends zero bits up to the next byte."""
    write_bits(registers, output, np.int64(0), -registers[BIT_COUNT] & 7)


@shared
def write_block(writer, output, tokens, count, text, start, end, may_store, only_fixed, last):
    """Writes a block to `output`: its first `count` tokens, which stand for text[start:end].

    may_store: the block's text is still in zlib's window; only_fixed: the strategy "fixed"; last: the stream ends with
    it, and with a whole byte.
    """
    registers = writer.registers
    registers[SIZE] = 0
    literals, distances, code_lengths = writer.literals, writer.distances, writer.code_lengths
    forget_symbols(writer)
    count_symbols(writer, tokens, count)
    highest_literal, dynamic_bits, fixed_bits = build_code(literals)
    highest_distance, dynamic_distance_bits, fixed_distance_bits = build_code(distances)
    registers[REPEATED] = 0
    for symbol in range(code_lengths.codes.size):
        code_lengths.counts[symbol] = 0
    _repeat_lengths(writer, literals.lengths, highest_literal)
    _repeat_lengths(writer, distances.lengths, highest_distance)
    _, code_bits, _ = build_code(code_lengths)
    listed = np.int64(CODE_LENGTH_ORDER.size)
    while listed > 4 and code_lengths.lengths[CODE_LENGTH_ORDER[listed - 1]] == 0:
        listed -= 1

    dynamic_size = (3 + 14 + 3 * listed + code_bits + dynamic_bits + dynamic_distance_bits + 7) >> 3
    fixed_size = (3 + fixed_bits + fixed_distance_bits + 7) >> 3
    is_fixed = only_fixed or fixed_size <= dynamic_size
    size = fixed_size if is_fixed else dynamic_size
    is_stored = may_store and end - start + 4 <= size

    kind = STORED if is_stored else FIXED if is_fixed else DYNAMIC
    write_bits(registers, output, np.int64(last) | kind << 1, np.int64(3))
    if is_stored:
        _fill_byte(registers, output)
        write_bits(registers, output, (end - start) | (end - start ^ 0xFFFF) << 16, np.int64(32))
        for place in range(start, end):
            write_bits(registers, output, np.int64(text[place]), np.int64(8))
    else:
        if not is_fixed:
            write_codes(writer, output, highest_literal, highest_distance, listed)
        write_tokens(writer, output, tokens, count, True, is_fixed)
    if last:
        _fill_byte(registers, output)
