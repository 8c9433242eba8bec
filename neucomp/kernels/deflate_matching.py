"""How zlib splits a text into literals and matches, token by token.

A matcher walks through a text. Positions whose next three bytes have the same hash form a chain, latest first; the
longest match is looked for along it, within limits that depend on the level. zlib keeps the text in a window of twice
the largest distance, which it moves when its end comes near: that cuts chains, and blocks that begin before the window
cannot be stored any more, so the window's place is followed too.

Source: the algorithm of deflate.c, zlib 1.2.5 to 1.3.1, whose tokens these are exactly.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.deflate_format import LOOKAHEAD, MAX_MATCH, MIN_MATCH, TOO_FAR, Strategy
from neucomp.kernels.inline import inline, part

_SHORT_MATCH = 5  # the longest that the strategy "filtered" does without

BASE, FILLED, GIVEN, POSITION, PENDING, LENGTH, START, WRITTEN = range(8)
"""Registers of a matcher: where the window begins and ends; how much of the text zlib has been given; the next byte;
1 if the byte before it has no token yet; the match that was found there; where the next block begins."""


class Search(NamedTuple):
    """How hard to look for matches."""

    lazy: bool  # whether a longer match at the next position is preferred
    good_length: int  # having a match this long, look at a quarter of the chain only
    lazy_length: int  # having a match this long, look no further; not lazy: enter the positions of matches up to it
    nice_length: int  # stop at a match this long
    chain_length: int  # positions to look at


SEARCHES = {
    1: Search(False, 4, 4, 8, 4),
    2: Search(False, 4, 5, 16, 8),
    3: Search(False, 4, 6, 32, 32),
    4: Search(True, 4, 4, 16, 16),
    5: Search(True, 8, 16, 32, 32),
    6: Search(True, 8, 16, 128, 128),
    7: Search(True, 8, 32, 128, 256),
    8: Search(True, 32, 128, 258, 1024),
    9: Search(True, 32, 258, 258, 4096),
}
"""By the levels of zlib."""


class Matcher(NamedTuple):
    """A text, and how far the search for matches in it has come."""

    text: NDArray[np.uint8]  # (n,), n < 2**31
    heads: NDArray[np.int32]  # (2**hash_bits,): last position with each hash, or -1
    previous: NDArray[np.int32]  # (window,): the position before with the same hash, by position modulo window
    registers: NDArray[np.int64]  # (8,): see above
    search: Search
    strategy: int
    hash_shift: int  # three times this is at least hash_bits, so that a hash forgets its fourth byte
    piece: int  # bytes of text that zlib is given at a time
    too_far: int


def new_matcher(
    text: NDArray[np.uint8],
    search: Search,
    strategy: int,
    memory_level: int,
    window_bits: int,
    piece: int,
    too_far: int = TOO_FAR,
) -> Matcher:
    """A matcher before a text's first byte.

    strategy: of `Strategy`; memory_level: 1 .. 9; window_bits: 9 .. 15, as zlib's deflateInit2 takes them; piece: at
    least 1, how much of the text each call of zlib's deflate is given, which matters very seldom; too_far: the largest
    distance at which lazy matching takes a match of three bytes.
    """
    hash_bits = memory_level + 7
    text = text.view()
    text.setflags(write=False)  # kernels are compiled for this kind of array
    registers = np.zeros(8, np.int64)
    registers[LENGTH] = MIN_MATCH - 1
    return Matcher(
        text=text,
        heads=np.full(1 << hash_bits, -1, np.int32),
        previous=np.full(1 << window_bits, -1, np.int32),
        registers=registers,
        search=search,
        strategy=int(strategy),
        hash_shift=(hash_bits + MIN_MATCH - 1) // MIN_MATCH,
        piece=piece,
        too_far=too_far,
    )


@inline
def largest_distance(matcher):
    """In bytes."""
    return matcher.previous.size - LOOKAHEAD


@inline
def refill(matcher, position, ahead):
    """Moves and fills the window if it holds less than `ahead` bytes from `position` on."""
    registers = matcher.registers
    window = matcher.previous.size
    while registers[FILLED] - position < ahead:
        if position - registers[BASE] >= window + largest_distance(matcher):
            registers[BASE] += window
        if registers[FILLED] == registers[GIVEN]:
            if registers[GIVEN] == matcher.text.size:
                break
            registers[GIVEN] = min(registers[GIVEN] + matcher.piece, matcher.text.size)
        registers[FILLED] = min(registers[GIVEN], registers[BASE] + 2 * window)


@inline
def enter(matcher, position):
    """Puts a position, at least three bytes before the text's end, at the head of its chain; returns the next one."""
    text = matcher.text
    shift = matcher.hash_shift
    first, second, third = (
        np.int64(text[np.uint32(position)]),
        np.int64(text[np.uint32(position + 1)]),
        np.int64(text[np.uint32(position + 2)]),
    )
    hashed = np.uint32((first << 2 * shift ^ second << shift ^ third) & (matcher.heads.size - 1))
    following = np.int64(matcher.heads[hashed])
    matcher.previous[np.uint32(position & (matcher.previous.size - 1))] = following
    matcher.heads[hashed] = position
    return following


@inline
def within_reach(matcher, position, candidate):
    """Whether the first position of a chain may be matched. The window's first byte never is."""
    return candidate > matcher.registers[BASE] and position - candidate <= largest_distance(matcher)


@inline
def find_longest(matcher, position, candidate, least):
    """The longest match along a chain as (length, start), if longer than `least` >= 2; else (least, -1)."""
    text = matcher.text
    search = matcher.search
    mask = matcher.previous.size - 1
    most = min(MAX_MATCH, text.size - position)
    length = least
    start = np.int64(-1)
    if length >= most:
        return length, start
    nice = min(search.nice_length, most)
    left = search.chain_length >> 2 if least >= search.good_length else search.chain_length
    # Farther along the chain, the largest distance itself is out of reach.
    limit = max(matcher.registers[BASE], position - largest_distance(matcher))
    last = text[np.uint32(position + length)]
    last_but_one = text[np.uint32(position + length - 1)]
    while True:
        if text[np.uint32(candidate + length)] == last and text[np.uint32(candidate + length - 1)] == last_but_one:
            same = np.int64(0)
            while same < most and text[np.uint32(candidate + same)] == text[np.uint32(position + same)]:
                same += 1
            if same > length:
                start = candidate
                length = same
                if length >= nice:
                    break
                last = text[np.uint32(position + length)]
                last_but_one = text[np.uint32(position + length - 1)]
        candidate = np.int64(matcher.previous[np.uint32(candidate & mask)])
        left -= 1
        if candidate <= limit or left == 0:
            break
    return length, start


@inline
def match_token(distance, length):
    """A match as a token; a literal's is its byte."""
    return distance << 9 | length


@part
def find_first(matcher, tokens):
    """Levels 1 to 3: takes the first good match. Fills `tokens`; returns (how many, whether the text has ended)."""
    text = matcher.text
    search = matcher.search
    position = matcher.registers[POSITION]
    count = 0
    while count < tokens.size:
        refill(matcher, position, LOOKAHEAD)
        if position == text.size:
            break
        length = np.int64(MIN_MATCH - 1)
        start = np.int64(-1)
        if text.size - position >= MIN_MATCH:
            candidate = enter(matcher, position)
            if within_reach(matcher, position, candidate):
                length, start = find_longest(matcher, position, candidate, length)
        if length >= MIN_MATCH:
            tokens[count] = match_token(position - start, length)
            if length <= search.lazy_length and text.size - position - length >= MIN_MATCH:
                for covered in range(position + 1, position + length):
                    enter(matcher, covered)
            position += length
        else:
            tokens[count] = text[position]
            position += 1
        count += 1
    matcher.registers[POSITION] = position
    return count, count < tokens.size


@part
def find_lazily(matcher, tokens):
    """Levels 4 to 9: takes a match unless the next position has a longer one. Fills `tokens`, as `find_first`."""
    text = matcher.text
    search = matcher.search
    registers = matcher.registers
    filtered = matcher.strategy == Strategy.FILTERED
    position = registers[POSITION]
    pending = registers[PENDING]
    length = registers[LENGTH]
    start = registers[START]
    count = 0
    while count < tokens.size:
        refill(matcher, position, LOOKAHEAD)
        if position == text.size:
            break
        length_before, start_before = length, start
        length = np.int64(MIN_MATCH - 1)
        if text.size - position >= MIN_MATCH:
            candidate = enter(matcher, position)
            if length_before < search.lazy_length and within_reach(matcher, position, candidate):
                length, start = find_longest(matcher, position, candidate, length_before)
                too_far = length == MIN_MATCH and position - start > matcher.too_far
                if length <= _SHORT_MATCH and (filtered or too_far):
                    length = np.int64(MIN_MATCH - 1)
        if length_before >= MIN_MATCH and length <= length_before:
            tokens[count] = match_token(position - 1 - start_before, length_before)
            count += 1
            after = position - 1 + length_before
            for covered in range(position + 1, min(after, text.size - MIN_MATCH + 1)):
                enter(matcher, covered)
            position = after
            pending = np.int64(0)
            length = np.int64(MIN_MATCH - 1)
        else:
            if pending:
                tokens[count] = text[position - 1]
                count += 1
            pending = np.int64(1)
            position += 1
    finished = count < tokens.size
    if finished and pending:
        tokens[count] = text[position - 1]
        count += 1
        pending = np.int64(0)
    registers[POSITION] = position
    registers[PENDING] = pending
    registers[LENGTH] = length
    registers[START] = start
    return count, finished


@part
def find_runs(matcher, tokens):
    """The strategy "rle": matches at distance 1 only. Fills `tokens`, as `find_first`."""
    text = matcher.text
    position = matcher.registers[POSITION]
    count = 0
    while count < tokens.size:
        refill(matcher, position, np.int64(MAX_MATCH + 1))
        if position == text.size:
            break
        length = np.int64(0)
        if position > 0:
            most = min(MAX_MATCH, text.size - position)
            while length < most and text[position + length] == text[position - 1]:
                length += 1
        if length >= MIN_MATCH:
            tokens[count] = match_token(np.int64(1), length)
            position += length
        else:
            tokens[count] = text[position]
            position += 1
        count += 1
    matcher.registers[POSITION] = position
    return count, count < tokens.size


@part
def find_nothing(matcher, tokens):
    """The strategy "huffman only": literals. Fills `tokens`, as `find_first`."""
    position = matcher.registers[POSITION]
    count = 0
    while count < tokens.size:
        refill(matcher, position, np.int64(1))
        if position == matcher.text.size:
            break
        tokens[count] = matcher.text[position]
        position += 1
        count += 1
    matcher.registers[POSITION] = position
    return count, count < tokens.size
