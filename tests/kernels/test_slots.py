"""Hashed slots: a twin on lists, and what must hold for any hash."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels.slots import WORDS_PER_SLOT, find_slot, new_slots, remember_byte, slot_start

INT64 = st.integers(-(2**63), 2**63 - 1)


def plain_find(slots: list[int], context_hash: int, mask: int) -> int:
    unsigned = context_hash % 2**64
    first, check = (unsigned >> 36) & mask, (unsigned >> 18) & 0xFFFF
    candidates = [16 * (first ^ neighbour) for neighbour in (0, 1, 2)]
    for candidate in candidates:
        if slots[candidate] & 0xFFFF == check:
            return candidate
    victim = min(candidates, key=lambda candidate: slots[candidate + 1] >> 16 & 255)
    slots[victim : victim + 16] = [check] + [0] * 15
    return victim


def plain_remember(slots: list[int], slot: int, byte: int) -> None:
    count, last, check = slots[slot] >> 24, slots[slot] >> 16 & 255, slots[slot] & 0xFFFF
    count = min(count + 1, 255) if count and last == byte else 1
    slots[slot] = count << 24 | byte << 16 | check


def hash_of(first: int, check: int) -> int:
    """A hash whose search begins at slot `first` and whose check is `check`."""
    return first << 36 | check << 18


@pytest.mark.parametrize("bits", [2, 5, 10])
def test_slots_are_cache_lines(bits: int) -> None:
    slots = new_slots(bits)
    assert (slots.dtype, slots.shape) == (np.uint32, (16 << bits,))
    assert slots.ctypes.data % 64 == 0
    assert not slots.any()


def test_finding_equals_its_twin() -> None:
    random = np.random.default_rng(1)
    bits = 4
    slots = new_slots(bits)
    plain = slots.tolist()
    hashes = random.integers(-(2**63), 2**63, 60).tolist()
    for _ in range(4000):
        context_hash = hashes[random.integers(len(hashes))]
        slot = find_slot(slots, context_hash, (1 << bits) - 1)
        assert slot == plain_find(plain, context_hash, (1 << bits) - 1)
        if random.random() < 0.7:  # use it
            node, state, p = random.integers(1, 16), int(random.integers(256)), int(random.integers(65536))
            slots[slot + node] = plain[slot + node] = state << 16 | p
        byte = int(random.integers(3))
        remember_byte(slots, slot, byte)
        plain_remember(plain, slot, byte)
        assert slots.tolist() == plain


@settings(deadline=None)
@given(INT64, st.integers(2, 27))
def test_no_hash_leads_out_of_the_table(context_hash: int, bits: int) -> None:
    """For every size of table whose words an int32 can count, without allocating it."""
    mask = (1 << bits) - 1
    start = slot_start(context_hash, mask)
    for neighbour in range(3):
        candidate = start ^ (neighbour << 4)
        assert 0 <= candidate <= (16 << bits) - 16 < 2**31
        assert candidate % WORDS_PER_SLOT == 0


@settings(deadline=None, max_examples=50)
@given(st.lists(INT64, min_size=1, max_size=3))
def test_a_slot_is_found_again(hashes: list[int]) -> None:
    slots = new_slots(2)
    found = find_slot(slots, hashes[0], 3)
    assert 0 <= found < slots.size
    assert find_slot(slots, hashes[0], 3) == found
    assert slots[found] & 0xFFFF == (hashes[0] >> 18) & 0xFFFF


def test_the_least_used_neighbour_gives_way() -> None:
    slots = new_slots(3)
    used = {4: 9, 5: 3, 6: 7}  # a search from slot 4 looks at 4, 5 and 6
    for number, state in used.items():
        slot = find_slot(slots, hash_of(number, 100 + number), 7)
        assert slot == 16 * number
        slots[slot + 1] = state << 16 | 123
        slots[slot + 9] = 5
    before = slots.copy()
    assert find_slot(slots, hash_of(4, 999), 7) == 16 * 5
    assert slots[16 * 5] == 999 and not slots[16 * 5 + 1 : 16 * 6].any()
    untouched = np.r_[0 : 16 * 5, 16 * 6 : slots.size]
    assert (slots[untouched] == before[untouched]).all()


def test_a_run_is_counted_up_to_255() -> None:
    slots = new_slots(2)
    slots[16] = 0xABCD
    for expected in [*range(1, 256), 255, 255]:
        remember_byte(slots, 16, 200)
        assert slots[16] == expected << 24 | 200 << 16 | 0xABCD
    remember_byte(slots, 16, 7)
    assert slots[16] == 1 << 24 | 7 << 16 | 0xABCD
