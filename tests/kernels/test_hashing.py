"""Hashes are arithmetic modulo 2**64, whatever the signs."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from neucomp.kernels.hashing import MULTIPLIER_A, MULTIPLIER_B, MULTIPLIER_C, chain, fold

INT64 = st.integers(-(2**63), 2**63 - 1)


def signed(value: int) -> int:
    return (value + 2**63) % 2**64 - 2**63


def plain_fold(value: int, salt: int) -> int:
    h = (value + salt * MULTIPLIER_C) * MULTIPLIER_A % 2**64
    h ^= h >> 29
    return signed(h * MULTIPLIER_B)


def plain_chain(value: int, following: int) -> int:
    return signed(value * MULTIPLIER_A + following)


@njit
def hash_both(value, following):
    return fold(value, following), chain(value, following)


@settings(deadline=None)
@given(INT64, INT64)
def test_hashes_equal_their_twins(value: int, following: int) -> None:
    assert hash_both(value, following) == (plain_fold(value, following), plain_chain(value, following))


def test_known_answers() -> None:
    assert hash_both(0, 0) == (0, 0)
    assert hash_both(1, 1) == (197268142643725073, 0x2545F4914F6CDD1E)


def test_multipliers_are_odd_and_fit() -> None:
    for multiplier in (MULTIPLIER_A, MULTIPLIER_B, MULTIPLIER_C):
        assert multiplier % 2 == 1 and 0 < multiplier < 2**63


def test_high_bits_spread_small_values() -> None:
    """The bits that choose a slot (36 up) and check it (18 to 33) take nearly all values that they can."""
    hashes = np.array([plain_fold(value, 3) % 2**64 for value in range(1 << 14)], np.uint64)
    for bits in ((hashes >> np.uint64(36)) & np.uint64(0xFFFF), (hashes >> np.uint64(18)) & np.uint64(0xFFFF)):
        assert len(set(bits.tolist())) > 0.85 * 65536 * (1 - np.exp(-0.25))
