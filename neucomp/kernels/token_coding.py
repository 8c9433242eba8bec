"""Tokens coded by what an encoder would have done: the cheapest way through a block, or the rule of one like zlib.

The text is known on both sides, so only choices are coded: literal or match where there is one; which length, offered
by rank; which distance, nearly always the nearest at which so many bytes match. What the model expects is never more
than a context: whatever an encoder did can be coded, at a price. The state follows the real tokens.
"""

import enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels import rangecoder
from neucomp.kernels.deflate_format import END_OF_BLOCK, MAX_MATCH, MIN_MATCH, ODD_MATCH, TOO_FAR
from neucomp.kernels.deflate_matching import match_token
from neucomp.kernels.inline import shared
from neucomp.kernels.match_candidates import RING, longest_within, nearest, next_match
from neucomp.kernels.parse_costs import literal_cost, match_cost
from neucomp.kernels.recipe_coding import (
    FAMILY,
    LARGEST_DECISION,
    bit_length,
    code_number,
    code_tree,
    decide,
    decide_alone,
)

NO_ROOM, DAMAGED = -1, -2
"""In place of a count."""

_MOST_OFFERS = 8
_MOST_HOPS = 63
_LARGEST_TOKEN = 128 * LARGEST_DECISION
_NEVER = np.int64(1 << 40)

HISTORY, HELD, LENGTH_HISTORY, DISTANCE_HISTORY = range(4)
"""Memory of a stream: whether the last choices were as expected (bits); the match that the rule had where a literal
came
last; whether the last lengths and distances were the first choice (bits)."""


class _Family(enum.IntEnum):
    """Kinds of contexts."""

    ALONE = 0
    LITERAL = 1
    OFFER = 9
    LENGTH = 13
    NEAREST = 14
    HOPS = 18
    DISTANCE = 19


FAMILIES = 20
"""For each way to expect tokens."""


class Rule(NamedTuple):
    """How an encoder is expected to choose. by_costs: by what tokens cost, otherwise as zlib would, with the rest as in
    `deflate_matching.Search`."""

    by_costs: bool
    lazy: bool
    good_length: int
    lazy_length: int
    nice_length: int
    chain_length: int


class Tokens(NamedTuple):
    """Where tokens are, and what happened before them in their stream."""

    tokens: NDArray[np.int32]  # (n,)
    memory: NDArray[np.int64]  # (4,): see above


@shared
def _clip(value, lowest, highest):
    return min(max(value, np.int64(lowest)), np.int64(highest)) - lowest


@shared
def _longest(candidates, position, end):
    """The longest match at a position, cut to the block; 0 if there is none."""
    place = position & (RING - 1)
    count = np.int64(candidates.counts[place])
    if position >= end or count == 0:
        return np.int64(0)
    length = min(np.int64(candidates.lengths[place, count - 1]), end - position)
    return length if length >= MIN_MATCH else np.int64(0)


@shared
def _expect_by_rule(rule, candidates, position, held, end):
    """What zlib does: (length of the match, 0 for a literal; length that it has in hand where it takes a literal)."""
    place = position & (RING - 1)
    shortest = np.int64(MIN_MATCH - 1)
    best = np.int64(-1)
    if held < rule.lazy_length:
        depth = rule.chain_length >> 2 if held >= rule.good_length else rule.chain_length
        best = longest_within(candidates, position, held, depth, rule.nice_length, end - position)
    if best < 0 and held > shortest:
        best = longest_within(candidates, position, shortest, rule.chain_length, rule.nice_length, end - position)
    if best < 0:
        return np.int64(0), shortest
    length = min(np.int64(candidates.lengths[place, best]), end - position)
    if length < MIN_MATCH or (length == MIN_MATCH and np.int64(candidates.distances[place, best]) > TOO_FAR):
        return np.int64(0), shortest
    if rule.lazy and length < rule.lazy_length and position + 1 < end:
        depth = rule.chain_length >> 2 if length >= rule.good_length else rule.chain_length
        later = longest_within(candidates, position + 1, length, depth, rule.nice_length, end - position - 1)
        if later >= 0:
            return np.int64(0), length
    return length, length


@shared
def _cheapest(costs, candidates, position, longest, cost_before, length_before):
    """The match of least cost behind one in the order of offers, longer ones first where costs are equal: (cost,
    length), or (_NEVER, 0)."""
    place = position & (RING - 1)
    best, best_length = _NEVER, np.int64(0)
    length = np.int64(MIN_MATCH)
    for i in range(candidates.counts[place]):
        distance = np.int64(candidates.distances[place, i])
        most = min(np.int64(candidates.lengths[place, i]), longest)
        while length <= most:
            cost = match_cost(costs, position, length, distance)
            if cost > cost_before or (cost == cost_before and length < length_before):
                if cost <= best:
                    best, best_length = cost, length
            length += 1
    return best, best_length


@shared
def _next_shorter(candidates, position, longest, length_before):
    """The longest of the candidates' lengths below one, or 0."""
    place = position & (RING - 1)
    best = np.int64(0)
    for i in range(candidates.counts[place]):
        length = min(np.int64(candidates.lengths[place, i]), longest)
        if length < length_before:
            best = max(best, length)
    return best


@shared
def _code_literal(coder, payload, decode, bit, rule, candidates, memory, position, end, longest, expected, gain):
    """Whether a literal comes where a match is possible. gain: bits that a match costs more than a literal."""
    base = FAMILY * (FAMILIES * np.int64(rule.by_costs) + _Family.LITERAL)
    guess = np.int64(1) if expected == 0 else np.int64(0)
    history = memory[HISTORY]
    next_longest = _longest(candidates, position + 1, end)
    over_next = _longest(candidates, position + 2, end)
    distance = nearest(candidates, position, longest)
    far = bit_length(distance - 1)
    next_far = bit_length(nearest(candidates, position + 1, next_longest)) if next_longest > 0 else np.int64(0)
    rise = _clip(next_longest - longest, -4, 3)
    odds = _clip(gain, -16, 15)
    held = np.int64(1) if memory[HELD] >= MIN_MATCH else np.int64(0)
    short, middle = min(longest, 7), min(longest, 15)
    chosen = coder.chosen
    chosen[0] = base + (guess | min(longest, 31) << 1 | (history & 7) << 6 | held << 9)
    chosen[1] = base + FAMILY + (guess | odds << 1 | middle << 6)
    chosen[2] = base + 2 * FAMILY + (guess | far << 1 | short << 5 | odds >> 2 << 8)
    chosen[3] = base + 3 * FAMILY + (guess | middle << 1 | rise << 5 | held << 8 | (odds >> 3) << 9)
    chosen[4] = base + 4 * FAMILY + (guess | _clip(far - next_far, -8, 7) << 1 | rise << 5 | middle << 8)
    chosen[5] = base + 5 * FAMILY + (guess | odds << 1 | (history & 63) << 6)
    chosen[6] = base + 6 * FAMILY + (guess | middle << 1 | rise << 5 | _clip(over_next - longest, -4, 3) << 8)
    bit = decide(coder, payload, decode, bit, np.int64(7), guess | (odds >> 2) << 1)
    memory[HISTORY] = (history << 1 | np.int64(bit != guess)) & 255
    return bit


@shared
def _code_length(coder, payload, decode, length, rule, costs, candidates, memory, position, longest, expected):
    """The length of a match."""
    base = FAMILY * FAMILIES * np.int64(rule.by_costs)
    offers = base + FAMILY * _Family.OFFER
    offer = expected
    cost = least = match_cost(costs, position, offer, nearest(candidates, position, offer)) if rule.by_costs else 0
    shorter = longest + 1
    history = memory[LENGTH_HISTORY]
    for rank in range(_MOST_OFFERS):
        if offer == 0:
            break
        regret = min(cost - least, np.int64(31))
        is_longest = np.int64(1) if offer == longest else np.int64(0)
        chosen = coder.chosen
        chosen[0] = offers + (rank | regret << 3 | is_longest << 8)
        chosen[1] = offers + FAMILY + (rank | min(offer, 63) << 3 | is_longest << 9)
        chosen[2] = offers + 2 * FAMILY + (rank | history << 3 | is_longest << 7)
        chosen[3] = offers + 3 * FAMILY + (rank | min(longest - offer, 15) << 3 | min(regret, 7) << 7)
        taken = decide(coder, payload, decode, np.int64(length == offer), np.int64(4), 16 + rank)
        if rank == 0:
            memory[LENGTH_HISTORY] = (history << 1 | np.int64(taken == 0)) & 15
        if taken != 0:
            return offer
        if rule.by_costs:
            cost, offer = _cheapest(costs, candidates, position, longest, cost, offer)
        else:
            shorter = _next_shorter(candidates, position, longest, shorter)
            if shorter == expected:
                shorter = _next_shorter(candidates, position, longest, shorter)
            offer = shorter
    first_cell = base + FAMILY * _Family.LENGTH
    return MIN_MATCH + code_tree(coder, payload, decode, length - MIN_MATCH, np.int64(8), first_cell)


@shared
def _hops_to(candidates, position, length, distance, wanted):
    """How many matches of a length lie beyond a distance, up to one at the distance wanted; 0 if it is not found."""
    for hop in range(1, _MOST_HOPS + 1):
        distance = next_match(candidates, position, distance, length)
        if distance == 0 or distance > wanted:
            break
        if distance == wanted:
            return np.int64(hop)
    return np.int64(0)


@shared
def _code_distance(coder, payload, decode, distance, rule, candidates, memory, position, length, longest):
    """The distance of a match of known length; 0 if that is damaged."""
    base = FAMILY * FAMILIES * np.int64(rule.by_costs)
    expected = nearest(candidates, position, length)
    history = memory[DISTANCE_HISTORY]
    if expected != 0:
        families = base + FAMILY * _Family.NEAREST
        is_longest = np.int64(1) if length == longest else np.int64(0)
        chosen = coder.chosen
        chosen[0] = families + (min(length, 63) | is_longest << 6 | (history & 1) << 7)
        chosen[1] = families + FAMILY + (bit_length(expected - 1) | is_longest << 4 | min(length, 7) << 5)
        chosen[2] = families + 2 * FAMILY + (history | is_longest << 8)
        is_nearest = decide(coder, payload, decode, np.int64(distance == expected), np.int64(3), np.int64(24))
        memory[DISTANCE_HISTORY] = (history << 1 | 1 - is_nearest) & 255
        if is_nearest != 0:
            return expected
    hops = np.int64(0)
    if not decode:
        hops = _hops_to(candidates, position, length, expected, distance)
    hops = code_number(coder, payload, decode, hops, base + FAMILY * _Family.HOPS)
    if hops > _MOST_HOPS:
        return np.int64(0)
    if hops == 0:
        return 1 + code_number(coder, payload, decode, distance - 1, base + FAMILY * _Family.DISTANCE)
    distance = expected
    for _ in range(hops):
        distance = next_match(candidates, position, distance, length)
        if distance == 0:
            break
    return distance


@shared
def _code_match(coder, payload, decode, token, rule, costs, candidates, memory, position, end, longest, expected):
    """The length and the distance of a match, as a token; 0 if they are damaged."""
    odd = np.int64(1) if token & 511 == ODD_MATCH else np.int64(0)
    length = token & 511 if odd == 0 else np.int64(MAX_MATCH)
    offer = expected if expected != 0 else longest
    length = _code_length(coder, payload, decode, length, rule, costs, candidates, memory, position, longest, offer)
    if length > end - position:
        return np.int64(0)
    distance = token >> 9
    distance = _code_distance(coder, payload, decode, distance, rule, candidates, memory, position, length, longest)
    if distance == 0 or distance > min(position, candidates.farthest):
        return np.int64(0)
    if length == MAX_MATCH:
        cell = FAMILY * (FAMILIES * np.int64(rule.by_costs) + _Family.ALONE) + 1
        if decide_alone(coder, payload, decode, odd, cell) != 0:
            length = np.int64(ODD_MATCH)
    return match_token(distance, length)


@shared
def code_tokens(coder, payload, decode, rule, costs, candidates, listed, start, stop, end):
    """Codes the tokens from `start` on until one reaches `stop` or beyond; the block's text ends at `end`.

    Returns (how many tokens, where they end); the count is NO_ROOM if an encoder's payload is full, DAMAGED if a
    decoder's
    cannot be right.
    """
    tokens, memory = listed.tokens, listed.memory
    position = start
    count = np.int64(0)
    while position < stop:
        if not decode and coder.registers[rangecoder.POSITION] + _LARGEST_TOKEN > payload.size:
            return np.int64(NO_ROOM), position
        longest = _longest(candidates, position, end)
        expected, held, gain = np.int64(0), np.int64(MIN_MATCH - 1), np.int64(0)
        token = np.int64(tokens[count])
        is_literal = np.int64(1) if token < END_OF_BLOCK else np.int64(0)
        if longest == 0:
            cell = FAMILY * (FAMILIES * np.int64(rule.by_costs) + _Family.ALONE)
            is_literal = decide_alone(coder, payload, decode, is_literal, cell)
        else:
            best = np.int64(0)
            if rule.by_costs:
                cost, best = _cheapest(costs, candidates, position, longest, np.int64(-1), np.int64(0))
                gain = cost - literal_cost(costs, candidates, position)
                expected = best if gain < 0 else np.int64(0)
            else:
                expected, held = _expect_by_rule(rule, candidates, position, memory[HELD], end)
                best = expected
            is_literal = _code_literal(
                coder, payload, decode, is_literal, rule, candidates, memory, position, end, longest, expected, gain
            )
            expected = best
        length = np.int64(1)
        if is_literal != 0:
            token = np.int64(candidates.text[position])
            memory[HELD] = held
        else:
            token = _code_match(
                coder, payload, decode, token, rule, costs, candidates, memory, position, end, longest, expected
            )
            if token == 0:
                return np.int64(DAMAGED), position
            length = min(token & 511, np.int64(MAX_MATCH))
            memory[HELD] = MIN_MATCH - 1
        tokens[count] = token
        count += 1
        position += length
    return count, position
