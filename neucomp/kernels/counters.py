"""What each context predicts for the next bit, in three ways, and how that is learned.

    history   the slot's bit-history state, through a map (per context) from states to probabilities
    direct    the slot's own probability, which moves fast while its state has seen little
    run       if one byte followed this context last time: its next bit, through a map from the run's length

All three are logits and become inputs of the mixer. A context that has never been seen says nothing: its direct
probability is one half, its history is state 0, it has no run.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.inline import inline
from neucomp.kernels.prefetch import prefetch
from neucomp.kernels.slots import find_slot, new_slots, slot_start
from neucomp.kernels.states import next_state_table, state_counts
from neucomp.kernels.tables import STRETCH, reciprocal_table

INPUTS_PER_CONTEXT = 3

HISTORY_LIMIT = 255
"""A history map's cell averages over about this many symbols."""

_SLOWEST_DIRECT_RATE = 65536 // 24
_RUN_SHIFT = 6
_RUN_ROWS = 64  # per context: 32 lengths x expected bit
_HISTORY_RATE = reciprocal_table(HISTORY_LIMIT + 1)


def _transition_table() -> NDArray[np.uint32]:
    """At 2 * state + bit: next state << 16 | rate of the direct probability in 1 / 65536; shape (512,)."""
    totals = state_counts().sum(axis=1)
    rates = np.maximum(reciprocal_table(128)[totals], _SLOWEST_DIRECT_RATE)
    rates[0] = 32768
    table: NDArray[np.uint32] = (next_state_table().astype(np.int64) << 16 | np.repeat(rates, 2)).astype(np.uint32)
    return table


_TRANSITION = _transition_table()

_CONTEXT = np.dtype(
    [
        ("hash", np.int64),  # of the whole context; of context and first nibble from the second nibble on
        ("slot", np.int32),  # first word of the current nibble's slot
        ("byte_slot", np.int32),  # first word of the first nibble's slot, which holds the run
        ("history", np.int32),  # index into the history map, for the current bit
        ("expected", np.int32),  # 256 | byte that followed last time; 0 if none
        ("run_row", np.int32),  # index into the run map for a next bit of 0
        ("run", np.int32),  # index into the run map, for the current bit; 0 if the run says nothing
    ]
)


class Contexts(NamedTuple):
    """Tables and current positions of a list of contexts."""

    slots: NDArray[np.uint32]  # (16 * 2**bits,): see slots.py
    history: NDArray[np.uint32]  # (256 * n,): probability 22 bits | count 10 bits, by context and state
    runs: NDArray[np.uint16]  # (64 * n,): probability 16 bits, by context, length and expected bit; cell 0 stays 1/2
    current: np.recarray  # (n,) of _CONTEXT


def new_contexts(count: int, slot_bits: int) -> Contexts:
    """Empty tables for `count` contexts that share 2**slot_bits slots."""
    seen = state_counts()
    start = (2 * seen[:, 1] + 1) * (1 << 22) // (2 * seen.sum(axis=1) + 2)
    runs = np.tile(np.array([16384, 49152], np.uint16), count * _RUN_ROWS // 2)
    runs[0] = 32768
    return Contexts(
        slots=new_slots(slot_bits),
        history=np.tile((start << 10 | 6).astype(np.uint32), count),
        runs=runs,
        current=np.zeros(count, _CONTEXT).view(np.recarray),
    )


@inline
def prefetch_slots(contexts, mask):
    """Asks for the slots where the searches for all current hashes begin."""
    for i in range(contexts.current.size):
        prefetch(contexts.slots, slot_start(contexts.current[i].hash, mask))


@inline
def find_first_slots(contexts, mask):
    """Finds the first nibble's slots and the runs they hold."""
    for i in range(contexts.current.size):
        context = contexts.current[i]
        slot = find_slot(contexts.slots, context.hash, mask)
        context.slot = slot
        context.byte_slot = slot
        word = np.int64(contexts.slots[np.uint32(slot)])
        length = word >> 24
        context.expected = (word >> 16 & 255 | 256) if length > 0 else np.int64(0)
        context.run_row = i * _RUN_ROWS + min(length, 31) * 2


@inline
def find_second_slots(contexts, mask):
    """Finds the second nibble's slots; the hashes must include the first nibble by now."""
    for i in range(contexts.current.size):
        contexts.current[i].slot = find_slot(contexts.slots, contexts.current[i].hash, mask)


@inline
def predict(contexts, inputs, bit_index, partial_byte, node):
    """Writes 3 logits per context to `inputs`; returns how many contexts have been seen before.

    bit_index 0..7; partial_byte: the bits of this byte so far behind a leading 1; node: those of the nibble, likewise.
    """
    known = np.int64(0)
    for i in range(contexts.current.size):
        context = contexts.current[i]
        word = np.int64(contexts.slots[np.uint32(context.slot + node)])
        state = word >> 16
        known += np.int64(1) if state != 0 else np.int64(0)
        cell = i << 8 | state
        context.history = cell
        agrees = np.int64(1) if context.expected >> (8 - bit_index) == partial_byte else np.int64(0)
        run = (context.run_row | (context.expected >> (7 - bit_index) & 1)) * agrees
        context.run = run
        inputs[3 * i] = STRETCH[np.uint32(np.int64(contexts.history[np.uint32(cell)]) >> 20)]
        inputs[3 * i + 1] = STRETCH[np.uint32(((word & 0xFFFF) ^ 0x8000) >> 4)]
        inputs[3 * i + 2] = STRETCH[np.uint32(np.int64(contexts.runs[np.uint32(run)]) >> 4)]
    return known


@inline
def learn(contexts, node, bit):
    """Teaches all contexts the bit that came; `node` as it was in `predict`."""
    target22 = bit * ((1 << 22) - 1)
    target16 = bit * 65535
    for i in range(contexts.current.size):
        context = contexts.current[i]
        cell = np.uint32(context.history)
        packed = np.int64(contexts.history[cell])
        count = packed & 1023
        p = packed >> 10
        p += (target22 - p) * np.int64(_HISTORY_RATE[np.uint32(count)]) >> 16
        count += np.int64(1) if count < HISTORY_LIMIT else np.int64(0)
        contexts.history[cell] = p << 10 | count

        place = np.uint32(context.slot + node)
        word = np.int64(contexts.slots[place])
        transition = np.int64(_TRANSITION[np.uint32((word >> 16) * 2 + bit)])
        p = (word & 0xFFFF) ^ 0x8000
        p += (target16 - p) * (transition & 0xFFFF) >> 16
        contexts.slots[place] = (transition & 0xFF0000) | (p ^ 0x8000)

        run = np.uint32(context.run)
        p = np.int64(contexts.runs[run])
        contexts.runs[run] = p + ((target16 - p) >> _RUN_SHIFT if run != 0 else np.int64(0))
