"""What a recipe says of a block besides its tokens: kind, size, codes, and how the codes are listed.

Codes are coded by the bits of each symbol: before the tokens, in the context of neighbours and of the block before,
where the tokens' costs are to be known; otherwise behind them, when it is known how often each symbol occurs, next to
the bits that zlib would give it. How the listing repeats bits is coded next to the longest repetition at each place,
the code for it next to zlib's.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.deflate_format import (
    CODE_LENGTH_ORDER,
    DISTANCE_BITS,
    END_OF_BLOCK,
    LENGTH_BITS,
    MANY_ZEROS,
    REPEAT,
    REPEAT_BITS,
    REPEAT_FROM,
    STORED,
    ZEROS,
)
from neucomp.kernels.deflate_trees import build_code
from neucomp.kernels.inline import shared
from neucomp.kernels.recipe_coding import FAMILY, code_number, code_tree, decide, decide_alone
from neucomp.kernels.token_coding import FAMILIES

LITERAL_SYMBOLS = END_OF_BLOCK + 1 + LENGTH_BITS.size
DISTANCE_SYMBOLS = DISTANCE_BITS.size
_SYMBOLS = LITERAL_SYMBOLS + DISTANCE_SYMBOLS
_BASE = 2 * FAMILIES * FAMILY
_NUMBERS, _KNOWN, _LISTING, _LISTED, _NEIGHBOURS = range(_BASE, _BASE + 5 * FAMILY, FAMILY)
_LAST_CELL, _KIND_CELL, _SIZE, _STORED_SIZE, _PADDING, _USED, _FIELDS = (
    _NUMBERS + offset for offset in (0, 4, 128, 256, 384, 1024, 2048)
)
_LONGEST_REPEAT = 138
_FIRST_ROW = 25

KIND, LAST, SIZE, PADDING, LITERALS, DISTANCES, LISTED, REPEATED, KIND_BEFORE = range(9)
"""Registers of a head: of the block, its kind, whether it is the last, bytes of its text, the bits before a stored
one's size; the numbers of its literal codes, distance codes, lengths for code lengths and entries in `repeated`;
the kind of the block before."""


class BlockHead(NamedTuple):
    """The head of a block."""

    registers: NDArray[np.int64]  # (9,): see above
    lengths: NDArray[np.int64]  # (316,): bits of all literals' codes, then of all distances'
    before: NDArray[np.int64]  # (316,): of the block before
    code_lengths: NDArray[np.int64]  # (19,): bits of the codes for code lengths
    repeated: NDArray[np.int64]  # (2, 316): code lengths and repetitions as they are listed, and their extra bits
    contexts: NDArray[np.int64]  # (3,): scratch
    sequence: NDArray[np.int64]  # (316,): scratch


def new_block_head() -> BlockHead:
    """Before the first block of a stream."""
    return BlockHead(
        registers=np.zeros(9, np.int64),
        lengths=np.zeros(_SYMBOLS, np.int64),
        before=np.zeros(_SYMBOLS, np.int64),
        code_lengths=np.zeros(CODE_LENGTH_ORDER.size, np.int64),
        repeated=np.zeros((2, _SYMBOLS), np.int64),
        contexts=np.zeros(3, np.int64),
        sequence=np.zeros(_SYMBOLS, np.int64),
    )


@shared
def code_start(coder, payload, decode, head):
    """Kind, size, and whether it is the last."""
    registers = head.registers
    registers[LAST] = decide_alone(coder, payload, decode, registers[LAST], np.int64(_LAST_CELL))
    first_cell = _KIND_CELL + 4 * registers[KIND_BEFORE]
    registers[KIND] = code_tree(coder, payload, decode, registers[KIND], np.int64(2), first_cell)
    registers[KIND_BEFORE] = registers[KIND]
    if registers[KIND] == STORED:
        registers[PADDING] = code_number(coder, payload, decode, registers[PADDING], np.int64(_PADDING))
        registers[SIZE] = code_number(coder, payload, decode, registers[SIZE], np.int64(_STORED_SIZE))
    else:
        registers[SIZE] = code_number(coder, payload, decode, registers[SIZE], np.int64(_SIZE))


@shared
def code_field(coder, payload, decode, value, field):
    """A number that a stream has once; fields 0 .. 3 have cells of their own."""
    return code_number(coder, payload, decode, value, _FIELDS + 128 * field)


@shared
def _code_in_tree(coder, payload, decode, value, bits, families, contexts):
    """Codes a value bit by bit in contexts, each of which has 2**bits cells."""
    node = np.int64(1)
    for place in range(bits - 1, -1, -1):
        for i in range(contexts.size):
            coder.chosen[i] = families + i * FAMILY + (contexts[i] << bits) + node
        row = _FIRST_ROW + bits - 1 - place
        node = node << 1 | decide(coder, payload, decode, value >> place & 1, np.int64(contexts.size), np.int64(row))
    return node - (np.int64(1) << bits)


@shared
def code_lengths_alone(coder, payload, decode, head):
    """The bits of all codes, without knowing what they are for."""
    lengths, before, contexts = head.lengths, head.before, head.contexts
    for symbol in range(_SYMBOLS):
        kind = np.int64(0) if symbol < END_OF_BLOCK else np.int64(1) if symbol < LITERAL_SYMBOLS else np.int64(2)
        one = lengths[symbol - 1] if symbol > 0 else np.int64(0)
        two = lengths[symbol - 2] if symbol > 1 else np.int64(0)
        contexts[0] = one | two << 4
        contexts[1] = before[symbol] | kind << 4
        contexts[2] = before[symbol] | one << 4
        lengths[symbol] = _code_in_tree(
            coder, payload, decode, lengths[symbol], np.int64(4), np.int64(_NEIGHBOURS), contexts
        )


@shared
def _code_known_lengths(coder, payload, decode, lengths, alphabet, symbols, kind):
    """The bits of an alphabet's codes, next to those that zlib would give for the counts in it."""
    build_code(alphabet)
    offset = np.int64(0)
    for symbol in range(symbols):
        expected = alphabet.lengths[symbol]
        cell = _KNOWN + (kind << 10) + (expected << 6) + 16 * min(offset, np.int64(2))
        value = lengths[symbol]
        same = np.int64(1) if value == expected else np.int64(0)
        if decide_alone(coder, payload, decode, same, cell) != 0:
            lengths[symbol] = expected
            offset -= np.int64(offset > 0)
        else:
            first_cell = _KNOWN + 3 * 1024 + (expected << 4)
            lengths[symbol] = code_tree(coder, payload, decode, value, np.int64(4), first_cell)
            offset = np.int64(2)


@shared
def code_lengths_for_counts(coder, payload, decode, head, writer):
    """The bits of all codes, where the writer knows how often each symbol occurs."""
    _code_known_lengths(
        coder, payload, decode, head.lengths[:LITERAL_SYMBOLS], writer.literals, LITERAL_SYMBOLS, np.int64(0)
    )
    _code_known_lengths(
        coder, payload, decode, head.lengths[LITERAL_SYMBOLS:], writer.distances, DISTANCE_SYMBOLS, np.int64(1)
    )


@shared
def _used(lengths, least):
    """How many symbols must be listed."""
    used = np.int64(lengths.size)
    while used > least and lengths[used - 1] == 0:
        used -= 1
    return used


@shared
def _code_used(coder, payload, decode, value, expected, most, cell):
    """How many symbols are listed; -1 if that cannot be."""
    same = np.int64(1) if value == expected else np.int64(0)
    if decide_alone(coder, payload, decode, same, cell) != 0:
        return expected
    value = expected + code_number(coder, payload, decode, value - expected, cell + 1)
    return value if value <= most else np.int64(-1)


@shared
def _code_times(coder, payload, decode, times, most, within, symbol):
    """How often a length is repeated: as often as can be, as often as can be in its alphabet, or less."""
    least, largest = REPEAT_FROM[symbol], REPEAT_FROM[symbol] + (np.int64(1) << REPEAT_BITS[symbol]) - 1
    longest = min(most, largest)
    style = (symbol - REPEAT) << 6 | min(most, np.int64(31)) << 1 | np.int64(most != within)
    same = np.int64(1) if times == longest else np.int64(0)
    if decide_alone(coder, payload, decode, same, _LISTING + 1024 + style) != 0:
        return longest
    if least <= within < longest:
        same = np.int64(1) if times == within else np.int64(0)
        if decide_alone(coder, payload, decode, same, _LISTING + 1536 + style) != 0:
            return within
    first_cell = _LISTING + 2048 + ((symbol - REPEAT) << 8)
    return least + code_tree(coder, payload, decode, times - least, REPEAT_BITS[symbol], first_cell)


@shared
def _code_listing(coder, payload, decode, head, sequence, boundary):
    """How the bits of codes are listed; False if that is damaged."""
    repeated = head.repeated
    place = np.int64(0)
    entry = np.int64(0)
    while place < sequence.size:
        value = sequence[place]
        most = np.int64(1)
        while place + most < sequence.size and most < _LONGEST_REPEAT and sequence[place + most] == value:
            most += 1
        within = min(most, boundary - place) if place < boundary else most
        symbol = repeated[0, entry]
        repeats = np.int64(0)
        if most >= REPEAT_FROM[ZEROS] and value == 0:
            style = np.int64(0) if most < REPEAT_FROM[MANY_ZEROS] else np.int64(1)
            cell = _LISTING + (style << 5 | min(most, np.int64(15)) << 1 | np.int64(most != within))
            repeats = decide_alone(coder, payload, decode, np.int64(symbol > REPEAT), cell)
            if repeats != 0:
                many = np.int64(symbol == MANY_ZEROS)
                if style != 0:
                    many = decide_alone(coder, payload, decode, many, _LISTING + 128 + min(most, np.int64(31)))
                symbol = np.int64(MANY_ZEROS) if many != 0 and style != 0 else np.int64(ZEROS)
        if repeats == 0 and most >= REPEAT_FROM[REPEAT] and place > 0 and sequence[place - 1] == value:
            is_zero = np.int64(1) if value == 0 else np.int64(0)
            cell = _LISTING + 256 + (is_zero << 5 | min(most, np.int64(15)) << 1 | np.int64(most != within))
            repeats = decide_alone(coder, payload, decode, np.int64(symbol == REPEAT), cell)
            if repeats != 0:
                symbol = np.int64(REPEAT)
        times = np.int64(1)
        if repeats != 0:
            times = REPEAT_FROM[symbol] + repeated[1, entry]
            times = _code_times(coder, payload, decode, times, most, within, symbol)
            if times > most:
                return False
        repeated[0, entry] = symbol if repeats != 0 else value
        repeated[1, entry] = times - REPEAT_FROM[symbol] if repeats != 0 else np.int64(0)
        entry += 1
        place += times
    head.registers[REPEATED] = entry
    return True


@shared
def code_listing(coder, payload, decode, head, writer):
    """How the codes, whose bits are known, are listed in the head of a block; False if that is damaged."""
    registers = head.registers
    literals, distances = head.lengths[:LITERAL_SYMBOLS], head.lengths[LITERAL_SYMBOLS:]
    least, fewest = _used(literals, END_OF_BLOCK + 1), _used(distances, 1)
    most_literals, most_distances = np.int64(LITERAL_SYMBOLS), np.int64(DISTANCE_SYMBOLS)
    cell = np.int64(_USED)
    registers[LITERALS] = _code_used(coder, payload, decode, registers[LITERALS], least, most_literals, cell)
    registers[DISTANCES] = _code_used(coder, payload, decode, registers[DISTANCES], fewest, most_distances, cell + 256)
    if registers[LITERALS] < 0 or registers[DISTANCES] < 0:
        return False
    sequence = head.sequence[: registers[LITERALS] + registers[DISTANCES]]
    for place in range(sequence.size):
        beyond = place - registers[LITERALS]
        sequence[place] = literals[place] if beyond < 0 else distances[beyond]
    if not _code_listing(coder, payload, decode, head, sequence, registers[LITERALS]):
        return False

    alphabet = writer.code_lengths
    for symbol in range(CODE_LENGTH_ORDER.size):
        alphabet.counts[symbol] = 0
    for entry in range(registers[REPEATED]):
        alphabet.counts[head.repeated[0, entry]] += 1
    build_code(alphabet)
    listed = np.int64(CODE_LENGTH_ORDER.size)
    for symbol in range(CODE_LENGTH_ORDER.size):
        first_cell = _LISTED + (alphabet.lengths[symbol] << 3)
        value = code_tree(coder, payload, decode, head.code_lengths[symbol], np.int64(3), first_cell)
        head.code_lengths[symbol] = value
    while listed > 4 and head.code_lengths[CODE_LENGTH_ORDER[listed - 1]] == 0:
        listed -= 1
    most = np.int64(CODE_LENGTH_ORDER.size)
    registers[LISTED] = _code_used(coder, payload, decode, registers[LISTED], listed, most, cell + 512)
    return registers[LISTED] >= 0
