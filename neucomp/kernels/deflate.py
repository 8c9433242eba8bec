"""zlib's deflate, and the reading of its streams, as compiled kernels: the same bytes on every machine.

Streams are rebuilt with these instead of the zlib at hand, which may be a version or a replacement that gives other
bytes (zlib-ng, Chromium's, Intel's).
"""

from neucomp.kernels.deflate_blocks import SIZE, write_block
from neucomp.kernels.deflate_format import STORED, Strategy
from neucomp.kernels.deflate_matching import (
    BASE,
    PENDING,
    POSITION,
    WRITTEN,
    find_first,
    find_lazily,
    find_nothing,
    find_runs,
)
from neucomp.kernels.inflate import KIND, LAST, STORED_SIZE, read_head, read_tokens, skip_stored
from neucomp.kernels.inline import compiled

_ANY_SIZE = 1 << 40


@compiled
def find_tokens(matcher, tokens):
    """Fills `tokens`, int32 (n,), with a text's next ones; returns (how many, whether the text has ended).

    Matches are `match_token`, literals their byte.
    """
    if matcher.strategy == Strategy.HUFFMAN_ONLY:
        return find_nothing(matcher, tokens)
    if matcher.strategy == Strategy.RLE:
        return find_runs(matcher, tokens)
    if matcher.search.lazy:
        return find_lazily(matcher, tokens)
    return find_first(matcher, tokens)


@compiled
def write_tokens(matcher, writer, tokens, count, last, output):
    """Writes a block of `count` tokens to `output`, uint8 (LARGEST_BLOCK,); returns how many bytes it has filled.

    The tokens are all that were found since the last block.
    """
    registers = matcher.registers
    start = registers[WRITTEN]
    end = registers[POSITION] - registers[PENDING]
    registers[WRITTEN] = end
    in_window = start >= registers[BASE]
    only_fixed = matcher.strategy == Strategy.FIXED
    write_block(writer, output, tokens, count, matcher.text, start, end, in_window, only_fixed, last)
    return writer.registers[SIZE]


@compiled
def read_block(reader, tokens):
    """Reads a block of a valid stream, or as many of its tokens as there is room for.

    Returns (whether it is the last, its kind, how many tokens). A stored block is skipped, and its bytes are counted.
    """
    read_head(reader)
    registers = reader.registers
    count = registers[STORED_SIZE]
    if registers[KIND] == STORED:
        skip_stored(reader)
    else:
        count, _, _, _ = read_tokens(reader, tokens, _ANY_SIZE)
    return registers[LAST] != 0, registers[KIND], count
