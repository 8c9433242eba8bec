"""All matches that an encoder may have had to choose from: at each position the nearest one of each length.

Positions whose next three bytes have the same hash form a chain, as in zlib (see `deflate_matching`), but all of them
are entered, whatever the tokens are, so that the search can run ahead of them. Only candidates are kept that are longer
than all nearer ones: the nearest match of a given length is the first that is long enough. With each stands how many
positions of the chain come before it: an encoder that looks at fewer has not seen it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.deflate_format import MAX_MATCH, MIN_MATCH
from neucomp.kernels.inline import shared

RING = 1 << 15
"""Positions whose candidates are kept."""

MOST = 16
"""Candidates that are kept at a position: the shortest, and the longest of all."""

_CHAIN = 1 << 16
"""Positions whose successors in a chain are kept: the largest distance, and how far the search runs ahead."""

_HASH_BITS = 15
_HASH_SHIFT = 5


class Candidates(NamedTuple):
    """A text, and what was found in it so far."""

    text: NDArray[np.uint8]  # (n,), n < 2**31
    heads: NDArray[np.int32]  # (2**15,): last position with each hash, or -1
    previous: NDArray[np.int32]  # (2**16,): the position before with the same hash, by position
    counts: NDArray[np.uint8]  # (RING,): how many candidates a position has
    lengths: NDArray[np.uint16]  # (RING, MOST): rising, 3 .. 258
    distances: NDArray[np.uint16]  # (RING, MOST): rising, 1 .. 32768
    steps: NDArray[np.uint16]  # (RING, MOST): positions of the chain up to and with this one
    found: NDArray[np.int64]  # (1,): where the search goes on
    reach: int  # positions of a chain to look at, below 2**16
    farthest: int  # largest distance, up to 2**15


def new_candidates(text: NDArray[np.uint8], reach: int, farthest: int) -> Candidates:
    """Before the first byte."""
    text = text.view()
    text.setflags(write=False)  # kernels are compiled for this kind of array
    return Candidates(
        text=text,
        heads=np.full(1 << _HASH_BITS, -1, np.int32),
        previous=np.zeros(_CHAIN, np.int32),
        counts=np.zeros(RING, np.uint8),
        lengths=np.zeros((RING, MOST), np.uint16),
        distances=np.zeros((RING, MOST), np.uint16),
        steps=np.zeros((RING, MOST), np.uint16),
        found=np.zeros(1, np.int64),
        reach=reach,
        farthest=farthest,
    )


@shared
def same_bytes(text, one, other, most):
    """How many bytes from two positions on are the same, up to `most`."""
    same = np.int64(0)
    while same < most and text[np.uint32(one + same)] == text[np.uint32(other + same)]:
        same += 1
    return same


@shared
def _search(candidates, position, start):
    """Fills in the candidates of a position from its chain."""
    text, place = candidates.text, position & (RING - 1)
    lengths, distances, steps = candidates.lengths, candidates.distances, candidates.steps
    most = min(np.int64(MAX_MATCH), text.size - position)
    count = np.int64(0)
    longest = np.int64(MIN_MATCH - 1)
    candidate = start
    for step in range(1, candidates.reach + 1):
        if candidate < 0 or position - candidate > candidates.farthest:
            break
        if text[np.uint32(candidate + longest)] == text[np.uint32(position + longest)]:
            same = same_bytes(text, candidate, position, most)
            if same > longest:
                longest = same
                if count < MOST:
                    count += 1
                lengths[place, count - 1] = same
                distances[place, count - 1] = position - candidate
                steps[place, count - 1] = step
                if same == most:
                    break
        candidate = np.int64(candidates.previous[candidate & (_CHAIN - 1)])
    candidates.counts[place] = count


@shared
def find_candidates(candidates, until):
    """Goes on up to a position, at most RING ahead of the first whose candidates are still needed."""
    text = candidates.text
    for position in range(candidates.found[0], min(until, text.size)):
        if text.size - position < MIN_MATCH:
            candidates.counts[position & (RING - 1)] = 0
            continue
        first, second, third = np.int64(text[position]), np.int64(text[position + 1]), np.int64(text[position + 2])
        hashed = (first << 2 * _HASH_SHIFT ^ second << _HASH_SHIFT ^ third) & ((1 << _HASH_BITS) - 1)
        start = np.int64(candidates.heads[hashed])
        candidates.heads[hashed] = position
        candidates.previous[position & (_CHAIN - 1)] = start
        _search(candidates, position, start)
    candidates.found[0] = max(candidates.found[0], min(until, text.size))


@shared
def longest_within(candidates, position, least, depth, nice, most):
    """The place among a position's candidates of the longest that is longer than `least`, or -1.

    depth: positions of the chain that are looked at; nice: the search ends with one so long; most: bytes that a match
    may
    have here, to which candidates are cut.
    """
    place = position & (RING - 1)
    best = np.int64(-1)
    length = least
    for i in range(candidates.counts[place]):
        if np.int64(candidates.steps[place, i]) > depth:
            break
        own = min(np.int64(candidates.lengths[place, i]), most)
        if own > length:
            length = own
            best = np.int64(i)
            if length >= nice:
                break
    return best


@shared
def nearest(candidates, position, length):
    """The smallest distance at which so many bytes match, or 0 if none is known."""
    place = position & (RING - 1)
    for i in range(candidates.counts[place]):
        if np.int64(candidates.lengths[place, i]) >= length:
            return np.int64(candidates.distances[place, i])
    return np.int64(0)


@shared
def next_match(candidates, position, distance, length):
    """The next distance in the chain, beyond `distance` >= 0, at which so many bytes match; 0 if none is in reach."""
    candidate = position - distance
    for _ in range(candidates.reach):
        candidate = np.int64(candidates.previous[candidate & (_CHAIN - 1)])
        if candidate < 0 or position - candidate > candidates.farthest:
            break
        if same_bytes(candidates.text, candidate, position, length) == length:
            return position - candidate
    return np.int64(0)
