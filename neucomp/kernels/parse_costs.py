"""What the rest of a block would cost from each position on, in bits of its own codes, if it were split best.

Encoders that take pains look for the cheapest way through a block (Zopfli, libdeflate's levels 10 to 12, 7-zip,
kzip). As
the codes of a block are known before its tokens are coded, that way can be found again, and what a token costs beyond
it tells how likely it is. Long blocks are treated in pieces, with a margin beyond each in which ways meet.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.deflate_blocks import distance_code
from neucomp.kernels.deflate_format import (
    DISTANCE_BITS,
    END_OF_BLOCK,
    LENGTH_BITS,
    LENGTH_CODES,
    MAX_MATCH,
    MIN_MATCH,
)
from neucomp.kernels.inline import shared
from neucomp.kernels.match_candidates import RING

NO_CODE = 1 << 20
"""Costs more than anything that can be written."""


class Costs(NamedTuple):
    """In bits."""

    literals: NDArray[np.int64]  # (256,): by byte
    lengths: NDArray[np.int64]  # (259,): by length of a match
    distances: NDArray[np.int64]  # (30,): by code
    ahead: NDArray[np.int32]  # (RING,): from a position to the end of the block, or of what is treated at once


def new_costs() -> Costs:
    """Before the first block."""
    return Costs(
        np.zeros(END_OF_BLOCK, np.int64),
        np.zeros(MAX_MATCH + 1, np.int64),
        np.zeros(DISTANCE_BITS.size, np.int64),
        np.zeros(RING, np.int32),
    )


@shared
def take_codes(costs, literal_lengths, distance_lengths):
    """Takes the codes of a block, by the bits of each symbol's code."""
    for symbol in range(END_OF_BLOCK):
        costs.literals[symbol] = literal_lengths[symbol] if literal_lengths[symbol] != 0 else NO_CODE
    for length in range(MIN_MATCH, MAX_MATCH + 1):
        code = LENGTH_CODES[length]
        bits = literal_lengths[END_OF_BLOCK + 1 + code]
        costs.lengths[length] = bits + LENGTH_BITS[code] if bits != 0 else NO_CODE
    for code in range(DISTANCE_BITS.size):
        bits = distance_lengths[code]
        costs.distances[code] = bits + DISTANCE_BITS[code] if bits != 0 else NO_CODE


@shared
def match_cost(costs, position, length, distance):
    """What is left at a position if a match is taken there."""
    own = costs.lengths[length] + costs.distances[distance_code(distance)]
    return own + np.int64(costs.ahead[(position + length) & (RING - 1)])


@shared
def literal_cost(costs, candidates, position):
    """What is left at a position if a literal is taken there."""
    return costs.literals[candidates.text[position]] + np.int64(costs.ahead[(position + 1) & (RING - 1)])


@shared
def find_costs(costs, candidates, start, end):
    """Fills in `ahead` for positions [start, end], less than RING, as if a block ended at `end`."""
    ahead = costs.ahead
    ahead[end & (RING - 1)] = 0
    for back in range(end - start):
        position = end - 1 - back
        place = position & (RING - 1)
        best = literal_cost(costs, candidates, position)
        length = np.int64(MIN_MATCH)
        for i in range(candidates.counts[place]):
            distance = np.int64(candidates.distances[place, i])
            own = costs.distances[distance_code(distance)]
            most = min(np.int64(candidates.lengths[place, i]), end - position)
            while length <= most:
                cost = own + costs.lengths[length] + np.int64(ahead[(position + length) & (RING - 1)])
                best = min(best, cost)
                length += 1
        ahead[place] = min(best, np.int64(NO_CODE * 256))
