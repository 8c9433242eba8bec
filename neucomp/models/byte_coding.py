"""The byte model: context mixing over one stream, compiled; one function codes in both directions.

For each bit: every context, every match model and, where there is one, the network predict (logits); several weight
sets, chosen by small contexts, each mix all predictions; a second layer mixes the sets; adaptive maps refine the
result; the coder takes it; everything learns the bit.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels import counters, match, mixer, rangecoder
from neucomp.kernels.apm import new_apm, refine, update_cell
from neucomp.kernels.hashing import fold
from neucomp.kernels.inline import compiled, part
from neucomp.kernels.prefetch import prefetch
from neucomp.kernels.slots import remember_byte
from neucomp.kernels.tables import SQUASH, SQUASH_LIMIT, STRETCH_LIMIT
from neucomp.models.byte_contexts import ByteHistory, Context, advance, compute_contexts, new_history
from neucomp.models.byte_network import (
    NETWORK_INPUTS,
    START_PERCENT,
    NetworkExpert,
    follow_by_network,
    learn_by_network,
    new_expert,
    predict_bit_by_network,
    predict_by_network,
)
from neucomp.models.byte_selectors import Selector

if TYPE_CHECKING:
    from neucomp.kernels.network import Step
    from neucomp.models.byte_recipes import Tuning

SELECTOR_ROWS = (72, 256, 256, 512, 256, 256, 2048, 512, 4096, 256, 2048, 256)
"""Rows of weights each selector chooses from."""

_BIT_SHIFT = np.array((3, 3, 3, 3, 3, 1, 0, 2, 0, 3, 0, 3), np.int64)
"""How much of the bit number each selector adds to its row: bit_index >> shift."""

MOST_CONTEXTS = 63
MOST_SETS = 16
_APM_LAST = 256  # first rows of the maps: by partial byte; with the last byte; by a hash; by the expected byte
_APM_HASHED = _APM_LAST + 65536
_APM_EXPECTED = _APM_HASHED + 65536
_APM_ROWS = _APM_EXPECTED + 4096
_APM_SHIFT = 6
_HASHED_APM_SALT = 77
_FINAL_RATE = 20
_BIAS = 256
_LONGEST_CLASS = 23
_PERCENT_ALONE = 73
_PERCENT_BESIDE_NETWORK = 50
"""Weight of an input before the first bit, times the number of contexts."""

RATE_COUNTS = 1024
"""A row of weights learns faster while it is young; its age is counted up to this."""


class ByteCoder(NamedTuple):
    """All state of a stream being coded."""

    contexts: counters.Contexts
    kinds: NDArray[np.int64]  # (contexts,): members of Context
    matches: match.Matches
    history: ByteHistory
    values: NDArray[np.int64]  # (len(Context),): scratch
    inputs: NDArray[np.int32]  # (width,): logits, then the bias, then zeros
    selectors: NDArray[np.int64]  # (sets,): members of Selector
    selected: NDArray[np.int64]  # (len(Selector),): row that each selector chooses now
    weights: NDArray[np.int32]  # (all sets' rows * width,)
    first_row: NDArray[np.int64]  # (sets,): where a set's rows begin
    row: NDArray[np.int64]  # (sets,): row in use
    ages: NDArray[np.int32]  # (all sets' rows,): bits that each row has learned from, at most RATE_COUNTS - 1
    rates: NDArray[np.int64]  # (RATE_COUNTS,): learning rate by age
    outputs: NDArray[np.int32]  # (MOST_SETS,): logits of the sets, then zeros
    probabilities: NDArray[np.int64]  # (sets,): the same as 16-bit probabilities
    final_weights: NDArray[np.int32]  # ((256 + 72) * MOST_SETS,): rows by partial byte, then by match
    maps: NDArray[np.uint16]  # (_APM_ROWS * 32,)
    registers: NDArray[np.int64]  # (4,): of the range coder
    slot_mask: NDArray[np.int64]  # (1,): number of slots - 1
    network: NetworkExpert


def new_coder(
    kinds: tuple[Context, ...],
    selectors: tuple[Selector, ...],
    match_lengths: tuple[int, ...],
    slot_bits: int,
    match_bits: int,
    left: int,
    up: int,
    tuning: "Tuning",
    step: "Step | None",
) -> ByteCoder:
    """State before the first byte, with 2**slot_bits slots for `kinds` and 2**match_bits positions a match model.

    `step` is a lane of a network that has read nothing, or None to go without.
    """
    count = len(kinds)
    first_network_input = counters.INPUTS_PER_CONTEXT * count + match.INPUTS_PER_MATCH * len(match_lengths)
    inputs = first_network_input + (NETWORK_INPUTS if step else 0) + 1
    width = -(-inputs // mixer.LANES) * mixer.LANES
    rows = [SELECTOR_ROWS[s] for s in selectors]
    age = np.arange(RATE_COUNTS, dtype=np.int64)
    percent = _PERCENT_BESIDE_NETWORK if step else _PERCENT_ALONE
    weights = np.full((sum(rows), width), mixer.WEIGHT_ONE * percent // (100 * max(count, 3)), np.int32)
    if step:
        weights[:, first_network_input:][:, :NETWORK_INPUTS] = mixer.WEIGHT_ONE * START_PERCENT // 100
    return ByteCoder(
        contexts=counters.new_contexts(count, slot_bits),
        kinds=np.array(kinds, np.int64),
        matches=match.new_matches(match_lengths, match_bits),
        history=new_history(left, up),
        values=np.zeros(len(Context), np.int64),
        inputs=np.zeros(width, np.int32),
        selectors=np.array(selectors, np.int64),
        selected=np.zeros(len(Selector), np.int64),
        weights=weights.reshape(-1),
        first_row=np.cumsum([0, *rows[:-1]], dtype=np.int64),
        row=np.zeros(len(rows), np.int64),
        ages=np.zeros(sum(rows), np.int32),
        rates=tuning.final + tuning.extra * tuning.halving // (tuning.halving + age),
        outputs=np.zeros(MOST_SETS, np.int32),
        probabilities=np.zeros(len(rows), np.int64),
        final_weights=np.full((256 + 72) * MOST_SETS, mixer.WEIGHT_ONE // len(rows), np.int32),
        maps=new_apm(_APM_ROWS),
        registers=np.zeros(4, np.int64),
        slot_mask=np.array([(1 << slot_bits) - 1], np.int64),
        network=new_expert(step),
    )


@part
def _length_class(length):
    """0 (no match) to 23, finer for short lengths."""
    if length == 0:
        return np.int64(0)
    return 1 + length if length < 16 else min(12 + (length >> 2), _LONGEST_CLASS)


@part
def _select_by_bytes(coder, expected, position):
    """The parts of the selectors that stay the same for a whole byte."""
    h = coder.history.now[0]
    last = h.bytes1_4 & 255
    chosen = coder.selected
    chosen[Selector.LAST] = last
    chosen[Selector.SECOND] = h.bytes1_4 >> 8 & 255
    chosen[Selector.THIRD] = h.bytes1_4 >> 16 & 255
    chosen[Selector.WORD] = min(h.word_length, 7) << 5 | last >> 5 << 2
    chosen[Selector.CLASSES] = (h.classes & 255) << 3
    chosen[Selector.RECORD] = min(position % h.record, 255) << 1 if h.record > 0 else np.int64(0)
    chosen[Selector.EXPECTED] = expected << 3
    left = coder.values[Context.LEFT] & 255
    up = coder.values[Context.UP] & 255
    chosen[Selector.GRID] = (left & 0xF0) | up >> 4
    chosen[Selector.INDIRECT] = (coder.history.followed2[h.bytes1_4 & 0xFFFF] & 255) << 3


@part
def _mix_sets(coder, bit_index):
    """First layer: each set's logit and probability."""
    width = coder.inputs.size
    for s in range(coder.selectors.size):
        selector = coder.selectors[s]
        row = coder.first_row[s] + (coder.selected[selector] | bit_index >> _BIT_SHIFT[selector])
        coder.row[s] = row
        logit = mixer.dot_product(coder.inputs, coder.weights, row * width, width)
        logit = max(min(logit, np.int64(STRETCH_LIMIT)), np.int64(-STRETCH_LIMIT))
        coder.outputs[s] = logit
        coder.probabilities[s] = SQUASH[np.uint32(logit + SQUASH_LIMIT)]


@part
def _mix_finally(coder, row):
    """Second layer: logit of one row of the final weights."""
    logit = mixer.dot_product(coder.outputs, coder.final_weights, row * MOST_SETS, MOST_SETS)
    return max(min(logit, np.int64(SQUASH_LIMIT - 1)), np.int64(-SQUASH_LIMIT))


@part
def _learn_finally(coder, row, logit, bit):
    error = (bit << 16) - np.int64(SQUASH[np.uint32(logit + SQUASH_LIMIT)])
    mixer.train_row(coder.outputs, coder.final_weights, row * MOST_SETS, MOST_SETS, error * _FINAL_RATE >> 6)


@part
def _learn_sets(coder, bit):
    width = coder.inputs.size
    for s in range(coder.selectors.size):
        row = coder.row[s]
        age = np.int64(coder.ages[row])
        coder.ages[row] = min(age + 1, RATE_COUNTS - 1)
        error = ((bit << 16) - coder.probabilities[s]) * coder.rates[age] >> 6
        mixer.train_row(coder.inputs, coder.weights, row * width, width, error)


@part
def _hash_contexts(coder):
    for i in range(coder.kinds.size):
        kind = coder.kinds[i]
        coder.contexts.current[i].hash = fold(coder.values[kind], kind + 1)


@part
def _hash_nibble(coder, partial_byte):
    for i in range(coder.kinds.size):
        context = coder.contexts.current[i]
        context.hash = fold(context.hash, partial_byte)


@compiled
def code_bytes(decode, symbols, start, stop, payload, coder):
    """Codes symbols[start:stop], uint8, after start_bytes; the encoder reads them, the decoder writes them.

    Returns the number of symbols coded so far: `stop`, or less where an encoder's payload is full.
    """
    mask = coder.slot_mask[0]
    contexts = coder.contexts
    matches = coder.matches
    maps = coder.maps
    first_match_input = counters.INPUTS_PER_CONTEXT * coder.kinds.size
    first_network_input = first_match_input + match.INPUTS_PER_MATCH * matches.followers.size
    uses_network = coder.network.features.size > 0
    coder.inputs[first_network_input + (NETWORK_INPUTS if uses_network else 0)] = _BIAS
    for position in range(start, stop):
        if not decode and coder.registers[rangecoder.POSITION] + 8 * rangecoder.LARGEST_STEP + 1 > payload.size:
            return position
        expected, length = match.find_matches(matches, symbols, position)
        compute_contexts(coder.values, coder.history, symbols, position, expected | min(length, 15) << 10)
        _hash_contexts(coder)
        counters.prefetch_slots(contexts, mask)
        _select_by_bytes(coder, expected, position)
        length_class = _length_class(length)
        last = coder.values[Context.ORDER1]
        hashed_row = fold(coder.values[Context.ORDER3], _HASHED_APM_SALT) >> 40 & 0xFFFF
        counters.find_first_slots(contexts, mask)
        if uses_network:
            predict_by_network(coder.network)
        given = np.int64(0) if decode else np.int64(symbols[position])
        partial_byte = np.int64(1)
        node = np.int64(1)
        for bit_index in range(8):
            if bit_index == 4:
                _hash_nibble(coder, partial_byte)
                counters.prefetch_slots(contexts, mask)
                counters.find_second_slots(contexts, mask)
                node = np.int64(1)
            map1 = _APM_LAST + (last << 8 | partial_byte)
            map2 = _APM_HASHED + (hashed_row ^ (partial_byte * 0x9E35 & 0xFFFF))
            prefetch(maps, map1 << 5)
            map3 = _APM_EXPECTED + ((expected << 3 | bit_index) & 4095)
            prefetch(maps, map2 << 5)
            prefetch(maps, map3 << 5)

            known = counters.predict(contexts, coder.inputs, bit_index, partial_byte, node)
            expected_bit = match.predict_from_matches(matches, coder.inputs, first_match_input, bit_index, partial_byte)
            if uses_network:
                predict_bit_by_network(coder.network, coder.inputs, first_network_input, partial_byte, last)
            if expected_bit == 0:
                length_class = np.int64(0)
            match_row = length_class * 3 + expected_bit
            coder.selected[Selector.MATCH] = match_row
            coder.selected[Selector.PARTIAL] = partial_byte
            coder.selected[Selector.KNOWN] = known << 3 | bit_index
            _mix_sets(coder, bit_index)
            logit1 = _mix_finally(coder, partial_byte)
            logit2 = _mix_finally(coder, 256 + match_row)
            logit = (logit1 + logit2) >> 1

            mixed = np.int64(SQUASH[np.uint32(logit + SQUASH_LIMIT)])
            clipped = max(min(logit, np.int64(STRETCH_LIMIT)), np.int64(-STRETCH_LIMIT))
            p0, cell0 = refine(maps, partial_byte, clipped)
            p1, cell1 = refine(maps, map1, clipped)
            p2, cell2 = refine(maps, map2, clipped)
            p3, cell3 = refine(maps, map3, clipped)
            probability = (2 * mixed + p0 + 3 * p1 + 2 * p2 + 4) >> 3
            if expected_bit != 0:
                probability = (3 * probability + p3) >> 2
            probability = max(min(probability, np.int64(65533)), np.int64(2))

            bit = rangecoder.code_bit(coder.registers, payload, decode, given >> (7 - bit_index) & 1, probability)

            _learn_sets(coder, bit)
            _learn_finally(coder, partial_byte, logit1, bit)
            _learn_finally(coder, 256 + match_row, logit2, bit)
            counters.learn(contexts, node, bit)
            match.learn_matches(matches, bit)
            if uses_network:
                learn_by_network(coder.network, partial_byte, bit)
            update_cell(maps, cell0, bit, _APM_SHIFT)
            update_cell(maps, cell1, bit, _APM_SHIFT)
            update_cell(maps, cell2, bit, _APM_SHIFT)
            if expected_bit != 0:
                update_cell(maps, cell3, bit, _APM_SHIFT)
            partial_byte = partial_byte << 1 | bit
            node = node << 1 | bit
        byte = partial_byte & 255
        symbols[position] = byte
        for i in range(coder.kinds.size):
            remember_byte(contexts.slots, np.int64(contexts.current[i].byte_slot), byte)
        match.follow_matches(matches, byte)
        if uses_network:
            follow_by_network(coder.network, byte)
        advance(coder.history, byte, position)
    return stop


@compiled
def start_bytes(decode, payload, coder):
    """Before the first symbol."""
    rangecoder.start_coder(coder.registers, payload, decode)


@compiled
def finish_bytes(payload, coder):
    """After an encoder's last symbol; one byte of room is needed, which `code_bytes` has left."""
    rangecoder.finish_coder(coder.registers, payload)


BYTES_PAST_END = rangecoder.BYTES_PAST_END


def position(coder: ByteCoder) -> int:
    """Bytes of the payload written or read so far; a decoder reads BYTES_PAST_END bytes past the end, and no more."""
    return int(coder.registers[rangecoder.POSITION])
