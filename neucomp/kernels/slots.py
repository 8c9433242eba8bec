"""Hashed nibble slots: the table that remembers what followed each context.

A slot is one cache line, 16 words of 32 bits, and serves one context for four binary decisions (a nibble):

    word 0        check 16 | byte that followed last 8 | how often in a row 8     (run, used in first-nibble slots)
    words 1..15   probability 16 (xor 0x8000, so that zero means one half) | bit-history state 8, at the node that the
                  bits of the nibble so far lead to, counted from 1 as in a binary heap
"""

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.aligned import aligned_zeros
from neucomp.kernels.inline import inline

WORDS_PER_SLOT = 16


def new_slots(bits: int) -> NDArray[np.uint32]:
    """2**bits empty slots on cache-line boundaries, shape (16 * 2**bits,): 64 bytes a slot."""
    return aligned_zeros(WORDS_PER_SLOT << bits, np.uint32)


@inline
def slot_start(context_hash, mask):
    """First word of the slot where the search for a hash begins; mask = slots - 1 < 2**28."""
    return ((context_hash >> 36) & mask) << 4


@inline
def find_slot(slots, context_hash, mask):
    """First word of the slot that belongs to a hash, among three neighbours; else the least used of them, emptied."""
    start = slot_start(context_hash, mask)
    check = (context_hash >> 18) & 0xFFFF
    victim = start
    least_used = np.int64(256)
    for neighbour in range(3):
        candidate = start ^ (neighbour << 4)
        if np.int64(slots[np.uint32(candidate)]) & 0xFFFF == check:
            return candidate
        used = np.int64(slots[np.uint32(candidate + 1)]) >> 16 & 255
        if used < least_used:
            least_used = used
            victim = candidate
    for word in range(WORDS_PER_SLOT):
        slots[np.uint32(victim + word)] = 0
    slots[np.uint32(victim)] = check
    return victim


@inline
def remember_byte(slots, slot, byte):
    """Notes in the slot's first word that `byte` followed: counts it if it did so last time, else starts anew."""
    word = np.int64(slots[np.uint32(slot)])
    count = word >> 24
    if count != 0 and (word >> 16 & 255) == byte:
        count = min(count + 1, 255)
    else:
        count = np.int64(1)
    slots[np.uint32(slot)] = (word & 0xFFFF) | byte << 16 | count << 24
