"""Bit-history states: what has followed a context, in one byte.

A state stands for (n0, n1, last bit): how many zeros and ones a context has seen, with the count of the
rarer bit cut back when the other bit arrives, so that recent bits weigh more. The rules that bound the
counts are those of ZPAQ's indirect context models (Mahoney, "The ZPAQ Open Standard Format", ICM).
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

_LARGEST_MAJORITY = (20, 48, 15, 8, 6, 5)
"""Largest count of the more frequent bit, by the count of the rarer one."""

_LAST_BIT_KEPT_UP_TO = 17
"""States with more symbols than this do not remember the last bit."""


def _variants(n0: int, n1: int) -> int:
    """How many states the pair of counts has: 0 (not representable), 1, or 2 (one per last bit)."""
    more, less = max(n0, n1), min(n0, n1)
    if less < 0 or less >= len(_LARGEST_MAJORITY) or more > _LARGEST_MAJORITY[less]:
        return 0
    return 2 if less > 0 and n0 + n1 <= _LAST_BIT_KEPT_UP_TO else 1


def _discount(n: int) -> int:
    """The count that remains of `n` symbols when the opposite bit arrives."""
    return sum(n >= k for k in (1, 2, 3, 4, 5, 7, 8))


def _after(n0: int, n1: int, bit: int) -> tuple[int, int]:
    """Counts after one more bit, reduced until they are representable."""
    if n0 < n1:
        mirrored = _after(n1, n0, 1 - bit)
        return mirrored[1], mirrored[0]
    if bit:
        n0, n1 = _discount(n0), n1 + 1
    else:
        n0, n1 = n0 + 1, _discount(n1)
    while not _variants(n0, n1):
        if n1 < 2:
            n0 -= 1
        else:
            n0 = (n0 * (n1 - 1) + n1 // 2) // n1
            n1 -= 1
    return n0, n1


@cache
def _numbering() -> dict[tuple[int, int, int], int]:
    """State number of (n0, n1, last bit), by rising total; state 0 has seen nothing."""
    numbers: dict[tuple[int, int, int], int] = {}
    states = 0
    for total in range(50):
        for n1 in range(total + 1):
            variants = _variants(total - n1, n1)
            if variants:
                numbers[total - n1, n1, 0] = states
                numbers[total - n1, n1, 1] = states + variants - 1
                states += variants
    return numbers


def next_state_table() -> NDArray[np.uint8]:
    """State that follows state `s` after bit `y`, at index 2 * s + y; shape (512,)."""
    numbers = _numbering()
    table = np.zeros(512, np.uint8)
    for (n0, n1, _), state in numbers.items():
        for bit in (0, 1):
            table[2 * state + bit] = numbers[*_after(n0, n1, bit), bit]
    return table


def state_counts() -> NDArray[np.int32]:
    """(n0, n1) of each state, shape (256, 2); unused numbers hold zeros."""
    counts = np.zeros((256, 2), np.int32)
    for (n0, n1, _), state in _numbering().items():
        counts[state] = n0, n1
    return counts
