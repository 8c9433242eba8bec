"""Counters of contexts: a twin of all their tables on plain lists, and probabilities that stay in their bits."""

import hashlib

import numpy as np
import pytest

from neucomp.kernels import counters
from neucomp.kernels.counters import (
    HISTORY_LIMIT,
    find_first_slots,
    find_second_slots,
    learn,
    new_contexts,
    predict,
)
from neucomp.kernels.slots import remember_byte
from neucomp.kernels.states import next_state_table, state_counts
from neucomp.kernels.tables import STRETCH, STRETCH_LIMIT
from tests.kernels.test_slots import plain_find, plain_remember

NEXT = next_state_table().tolist()
SEEN = state_counts().sum(axis=1).tolist()


def direct_rate(state: int) -> int:
    return 32768 if state == 0 else max(65536 * 2 // (2 * SEEN[state] + 3), 65536 // 24)


def plain_learn_history(cell: int, bit: int) -> int:
    p, count = cell >> 10, cell & 1023
    p += ((2**22 - 1 if bit else 0) - p) * (65536 * 2 // (2 * count + 3)) // 65536
    return p << 10 | min(count + 1, HISTORY_LIMIT)


def plain_learn_slot(word: int, bit: int) -> int:
    state, p = word >> 16, (word & 0xFFFF) ^ 0x8000
    p += (65535 * bit - p) * direct_rate(state) // 65536
    return NEXT[2 * state + bit] << 16 | p ^ 0x8000


class PlainContexts:
    """What `Contexts` does, written from its description."""

    def __init__(self, tables: counters.Contexts):
        self.slots = tables.slots.tolist()
        self.history = tables.history.tolist()
        self.runs = tables.runs.tolist()
        self.count = tables.current.size

    def start(self, hashes: list[int], mask: int) -> None:
        self.first = []
        self.run_of = []
        for context_hash in hashes:
            slot = plain_find(self.slots, context_hash, mask)
            self.first.append(slot)
            self.run_of.append((self.slots[slot] >> 24, self.slots[slot] >> 16 & 255))
        self.slot = list(self.first)

    def second(self, hashes: list[int], mask: int) -> None:
        self.slot = [plain_find(self.slots, context_hash, mask) for context_hash in hashes]

    def predict(self, earlier_bits: str) -> tuple[list[int], int]:
        """`earlier_bits` of this byte, as text."""
        node = int("1" + earlier_bits[len(earlier_bits) // 4 * 4 :], 2)
        self.words = [slot + node for slot in self.slot]
        self.cells, self.runs_used, inputs, known = [], [], [], 0
        for i in range(self.count):
            word = self.slots[self.words[i]]
            self.cells.append(256 * i + (word >> 16))
            known += word >> 16 != 0
            length, byte = self.run_of[i]
            run = 0
            if length and f"{byte:08b}".startswith(earlier_bits):
                run = 64 * i + 2 * min(length, 31) + int(f"{byte:08b}"[len(earlier_bits)])
            self.runs_used.append(run)
            inputs.append(int(STRETCH[self.history[self.cells[i]] >> 20]))
            inputs.append(int(STRETCH[((word & 0xFFFF) ^ 0x8000) >> 4]))
            inputs.append(int(STRETCH[self.runs[run] >> 4]))
        return inputs, known

    def learn(self, bit: int) -> None:
        for i in range(self.count):
            self.history[self.cells[i]] = plain_learn_history(self.history[self.cells[i]], bit)
            self.slots[self.words[i]] = plain_learn_slot(self.slots[self.words[i]], bit)
            run = self.runs_used[i]
            if run:
                self.runs[run] += (65535 * bit - self.runs[run]) >> 6


def test_transitions_are_pinned() -> None:
    table = counters._TRANSITION
    assert (table.dtype, table.shape) == (np.uint32, (512,))
    assert hashlib.sha256(table.astype("<u4").tobytes()).hexdigest() == (
        "c249171fa913c708e94e8391f2d2bb3942b45bf6b70efa31ec45dca278d8caf7"
    )
    for state in range(255):
        for bit in (0, 1):
            assert table[2 * state + bit] == NEXT[2 * state + bit] << 16 | direct_rate(state)


@pytest.mark.parametrize("changing", [True, False])
def test_everything_equals_its_twin(changing: bool) -> None:
    """Few hashes in a small table: contexts are replaced, share slots, come back; or never change, for long runs."""
    random = np.random.default_rng(7)
    bits, count = 3, 4
    mask = (1 << bits) - 1
    contexts = new_contexts(count, bits)
    plain = PlainContexts(contexts)
    pool = random.integers(-(2**63), 2**63, 12)
    inputs = np.full(3 * count + 2, 99, np.int32)
    for step in range(400):
        byte = int(random.choice([65, 66, 97, 255], p=[0.7, 0.1, 0.1, 0.1]))
        first, second = random.choice(pool, (2, count)) if changing else ([1 << 38, 2 << 38, 3 << 38, 4 << 38],) * 2
        if not changing:
            byte = 65 if step < 300 else byte
            second = [context_hash ^ 1 << 20 for context_hash in first]
        contexts.current.hash[:] = first
        find_first_slots(contexts, mask)
        plain.start(list(map(int, first)), mask)
        for bit_index, bit in enumerate(map(int, f"{byte:08b}")):
            if bit_index == 4:
                contexts.current.hash[:] = second
                find_second_slots(contexts, mask)
                plain.second(list(map(int, second)), mask)
            earlier = f"{byte:08b}"[:bit_index]
            node = int("1" + earlier[bit_index // 4 * 4 :], 2)
            known = predict(contexts, inputs, bit_index, int("1" + earlier, 2), node)
            assert (inputs[:-2].tolist(), known) == plain.predict(earlier)
            learn(contexts, node, bit)
            plain.learn(bit)
        for i in range(count):
            remember_byte(contexts.slots, int(contexts.current[i].byte_slot), byte)
            plain_remember(plain.slots, plain.first[i], byte)
        assert contexts.slots.tolist() == plain.slots
    assert contexts.history.tolist() == plain.history
    assert contexts.runs.tolist() == plain.runs
    assert contexts.runs[0] == 32768
    assert (inputs[-2:] == 99).all()


def test_what_was_never_seen_says_nothing() -> None:
    contexts = new_contexts(3, 4)
    contexts.current.hash[:] = 1 << 50, 2 << 50, 3 << 50
    inputs = np.full(9, 99, np.int32)
    find_first_slots(contexts, 15)
    assert predict(contexts, inputs, 0, 1, 1) == 0
    assert inputs.tolist() == [0] * 9


@pytest.mark.parametrize("bit", [0, 1])
@pytest.mark.parametrize("state", [0, 1, 2, 40, 200, 254])
def test_probabilities_stay_in_their_bits(bit: int, state: int) -> None:
    """From every extreme, both ways: a 22-bit, a 16-bit and a run's probability only move towards the bit."""
    contexts = new_contexts(2, 2)
    inputs = np.zeros(6, np.int32)
    contexts.current.slot[:] = 16, 32
    contexts.current.expected = 256 | 255 * bit
    for p16 in (0, 1, 2, 65533, 65534, 65535):
        for p22 in (0, 1, 2**22 - 2, 2**22 - 1):
            for count in (0, 1, HISTORY_LIMIT - 1, HISTORY_LIMIT):
                contexts.current.run_row[:] = 62, 126
                contexts.slots[[17, 33]] = state << 16 | p16 ^ 0x8000
                contexts.history[[state, 256 + state]] = p22 << 10 | count
                contexts.runs[[62 | bit, 126 | bit]] = p16
                predict(contexts, inputs, 0, 1, 1)
                assert (np.abs(inputs) <= STRETCH_LIMIT).all()
                learn(contexts, 1, bit)
                for i, word in ((0, 17), (1, 33)):
                    assert contexts.slots[word] == plain_learn_slot(state << 16 | p16 ^ 0x8000, bit)
                    assert contexts.history[256 * i + state] == plain_learn_history(p22 << 10 | count, bit)
                    moved = int(contexts.runs[(62, 126)[i] | bit])
                    assert min(p16, 65535 * bit) <= moved <= max(p16, 65535 * bit)
                    now = (int(contexts.slots[word]) & 0xFFFF) ^ 0x8000
                    assert min(p16, 65535 * bit) <= now <= max(p16, 65535 * bit)
                    now = int(contexts.history[256 * i + state]) >> 10
                    assert min(p22, (2**22 - 1) * bit) <= now <= max(p22, (2**22 - 1) * bit)


def test_history_starts_where_its_state_says() -> None:
    contexts = new_contexts(2, 2)
    for state, (zeros, ones) in enumerate(state_counts().tolist()):
        expected = (2 * ones + 1) * 2**22 // (2 * (zeros + ones) + 2) << 10 | 6
        assert contexts.history[state] == contexts.history[256 + state] == expected < 2**32
