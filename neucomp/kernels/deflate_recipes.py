"""Recipes of deflate streams as compiled kernels: what, with its text, gives any stream again, bit for bit.

One coder goes through the streams of a file, block by block, and through a block in segments; the functions work in
both directions. Encoding reads tokens from a stream, decoding writes them to one.
"""

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels import block_head_coding as heads
from neucomp.kernels import inflate, rangecoder
from neucomp.kernels.deflate_blocks import (
    BIT_COUNT,
    BITS,
    REPEATED,
    SIZE,
    count_symbols,
    forget_symbols,
    write_bits,
    write_codes,
    write_tokens,
)
from neucomp.kernels.deflate_format import (
    DYNAMIC,
    FIXED,
    FIXED_DISTANCE_LENGTHS,
    FIXED_LITERAL_LENGTHS,
    STORED,
)
from neucomp.kernels.deflate_trees import assign_codes
from neucomp.kernels.inline import compiled, part, shared
from neucomp.kernels.match_candidates import find_candidates
from neucomp.kernels.parse_costs import find_costs, take_codes
from neucomp.kernels.token_coding import code_tokens

SEGMENT = 1 << 14
"""Bytes of text that are treated at once."""

MARGIN = 1 << 13
"""Bytes behind a segment within which ways through a block meet."""

CODES_BEHIND = 1 << 20
"""Codes of blocks with more text stand before the tokens in any case, so that no more tokens need be held."""

_LARGEST_HEAD = 1 << 13
"""Bytes that the head of a block takes at most."""

BYTES_PAST_END = rangecoder.BYTES_PAST_END


@compiled
def start_recipes(coder, payload, decode):
    """Before the first stream."""
    rangecoder.start_coder(coder.registers, payload, decode)


@compiled
def finish_recipes(coder, payload):
    """Behind an encoder's last stream."""
    rangecoder.finish_coder(coder.registers, payload)


@part
def _copy(target, source):
    for i in range(source.size):
        target[i] = source[i]


@compiled
def read_block_head(reader, head, tokens):
    """Reads the head of a block, finds the size of its text, and goes back to its first token; False if it is not
    valid.

    A stored block is passed over.
    """
    registers = head.registers
    if not inflate.read_head(reader):
        return False
    own = reader.registers
    registers[heads.KIND], registers[heads.LAST] = own[inflate.KIND], own[inflate.LAST]
    if own[inflate.KIND] == STORED:
        registers[heads.SIZE], registers[heads.PADDING] = own[inflate.STORED_SIZE], own[inflate.PADDING]
        return inflate.skip_stored(reader)
    start = own[inflate.PLACE]
    total = np.int64(0)
    ended = False
    while not ended:
        _, size, ended, is_valid = inflate.read_tokens(reader, tokens, np.int64(1 << 40))
        if not is_valid:
            return False
        total += size
    own[inflate.PLACE] = start
    registers[heads.SIZE] = total
    if own[inflate.KIND] == DYNAMIC:
        for symbol in range(heads.LITERAL_SYMBOLS):
            head.lengths[symbol] = reader.literals.lengths[symbol]
        for symbol in range(heads.DISTANCE_SYMBOLS):
            head.lengths[heads.LITERAL_SYMBOLS + symbol] = reader.distances.lengths[symbol]
        _copy(head.code_lengths, reader.code_lengths)
        _copy(head.repeated.reshape(-1), reader.repeated.reshape(-1))
        registers[heads.LITERALS], registers[heads.DISTANCES] = own[inflate.LITERALS], own[inflate.DISTANCES]
        registers[heads.LISTED], registers[heads.REPEATED] = own[inflate.LISTED], own[inflate.REPEATED]
    return True


@compiled
def read_block_end(reader, tokens):
    """Goes past the end of the block whose tokens were read; tokens: int32 (n,), n > 0, scratch."""
    if reader.registers[inflate.KIND] != STORED:
        inflate.read_tokens(reader, tokens, np.int64(1))


@compiled
def read_padding(reader):
    """The bits that fill the last byte of a stream."""
    return inflate.read_bits(reader, -reader.registers[inflate.PLACE] & 7)


@compiled
def scan_stream(reader, tokens):
    """Reads a stream to its end: (bytes of its text or -1 if it is not valid, the largest distance)."""
    total = np.int64(0)
    farthest = np.int64(0)
    last = False
    while not last:
        if not inflate.read_head(reader):
            return np.int64(-1), farthest
        last = reader.registers[inflate.LAST] != 0
        if reader.registers[inflate.KIND] == STORED:
            total += reader.registers[inflate.STORED_SIZE]
            if not inflate.skip_stored(reader):
                return np.int64(-1), farthest
            continue
        ended = False
        while not ended:
            count, size, ended, is_valid = inflate.read_tokens(reader, tokens, np.int64(1 << 40))
            if not is_valid:
                return np.int64(-1), farthest
            total += size
            for place in range(count):
                farthest = max(farthest, np.int64(tokens[place]) >> 9)
    return total, farthest


@shared
def _has_room(coder, payload, decode):
    return decode or coder.registers[rangecoder.POSITION] + _LARGEST_HEAD <= payload.size


@compiled
def code_block_start(coder, payload, decode, head, writer):
    """What stands before everything else of a block; False if there is no room or it is damaged."""
    if not _has_room(coder, payload, decode):
        return False
    heads.code_start(coder, payload, decode, head)
    forget_symbols(writer)
    return head.registers[heads.KIND] <= DYNAMIC


@compiled
def code_block_codes(coder, payload, decode, head, writer, costs, before):
    """The codes of a block, `before` its tokens or behind them; False if there is no room or they are damaged."""
    if not _has_room(coder, payload, decode):
        return False
    if head.registers[heads.KIND] == FIXED:
        if before:
            take_codes(costs, FIXED_LITERAL_LENGTHS, FIXED_DISTANCE_LENGTHS)
        return True
    if before:
        heads.code_lengths_alone(coder, payload, decode, head)
        take_codes(costs, head.lengths[: heads.LITERAL_SYMBOLS], head.lengths[heads.LITERAL_SYMBOLS :])
    else:
        heads.code_lengths_for_counts(coder, payload, decode, head, writer)
    _copy(head.before, head.lengths)
    return heads.code_listing(coder, payload, decode, head, writer)


@compiled
def code_segment(coder, payload, decode, rule, reader, writer, costs, candidates, listed, start, stop, end):
    """Codes the tokens of a block from `start` on, until one reaches `stop`, at most a segment away.

    `end`: where the block's text ends. Returns as `code_tokens`.
    """
    horizon = min(stop + MARGIN, end) if rule.by_costs else stop
    find_candidates(candidates, horizon + 3)
    if rule.by_costs:
        find_costs(costs, candidates, start, horizon)
    if not decode:
        inflate.read_tokens(reader, listed.tokens, stop - start)
    count, position = code_tokens(coder, payload, decode, rule, costs, candidates, listed, start, stop, end)
    if count > 0:
        count_symbols(writer, listed.tokens, count)
    return count, position


@compiled
def code_field(coder, payload, decode, value, field):
    """A number that a stream has once."""
    return heads.code_field(coder, payload, decode, value, field)


@shared
def _take_lengths(alphabet, lengths):
    """The canonical codes of an alphabet whose lengths are known."""
    counts = alphabet.length_counts
    counts[:] = 0
    for symbol in range(lengths.size):
        alphabet.lengths[symbol] = lengths[symbol]
        counts[lengths[symbol]] += 1
    counts[0] = 0
    assign_codes(alphabet, np.int64(lengths.size - 1))


@compiled
def write_block_head(writer, head, output):
    """Writes the head of a block, up to a stored one's bytes; returns how many bytes of `output` are filled."""
    own, registers = writer.registers, head.registers
    own[SIZE] = 0
    write_bits(own, output, registers[heads.LAST] | registers[heads.KIND] << 1, np.int64(3))
    if registers[heads.KIND] == STORED:
        write_bits(own, output, registers[heads.PADDING] & 127, -own[BIT_COUNT] & 7)
        own[BITS] = 0
        write_bits(own, output, registers[heads.SIZE] | (registers[heads.SIZE] ^ 0xFFFF) << 16, np.int64(32))
    elif registers[heads.KIND] == DYNAMIC:
        _take_lengths(writer.literals, head.lengths[: heads.LITERAL_SYMBOLS])
        _take_lengths(writer.distances, head.lengths[heads.LITERAL_SYMBOLS :])
        _take_lengths(writer.code_lengths, head.code_lengths)
        _copy(writer.repeated.reshape(-1), head.repeated.reshape(-1))
        own[REPEATED] = registers[heads.REPEATED]
        highest_literal, highest_distance = registers[heads.LITERALS] - 1, registers[heads.DISTANCES] - 1
        write_codes(writer, output, highest_literal, highest_distance, registers[heads.LISTED])
    return own[SIZE]


@compiled
def write_block_tokens(writer, head, output, tokens, count, ends):
    """Writes tokens of a block, at most SEGMENT, and its end where that follows; returns as `write_block_head`."""
    writer.registers[SIZE] = 0
    write_tokens(writer, output, tokens, count, ends, head.registers[heads.KIND] == FIXED)
    return writer.registers[SIZE]


@compiled
def write_padding(writer, output, padding):
    """Fills the last byte of a stream; returns as `write_block_head`."""
    own = writer.registers
    own[SIZE] = 0
    write_bits(own, output, padding & 127, -own[BIT_COUNT] & 7)
    own[BITS] = 0
    return own[SIZE]


def position(registers: NDArray[np.int64]) -> int:
    """Bytes of the payload written or read so far."""
    return int(registers[rangecoder.POSITION])
