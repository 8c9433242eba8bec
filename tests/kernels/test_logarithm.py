"""Logits from counts: close to the logarithm everywhere, rising, and the same table on every machine."""

import hashlib
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels import logarithm
from neucomp.kernels.inline import compiled
from neucomp.kernels.logarithm import LOGARITHMS, log_ratio
from neucomp.kernels.tables import EXACT

LARGEST = 1 << 36
BOUND = Decimal("1.2")
"""How far a logit may be from the exact one, as the docstring says and `docs/exact.md` proves."""


@compiled
def logits(ones, zeros, results):  # type: ignore[no-untyped-def]
    for i in range(ones.size):
        results[i] = log_ratio(ones[i], zeros[i])


def logit(ones: int, zeros: int) -> int:
    results = np.zeros(1, np.int64)
    logits(np.array([ones]), np.array([zeros]), results)
    return int(results[0])


def twin_log(value: int) -> int:
    """2**16 * ln(value) from its 12 leading bits, on Python's integers."""
    bits = value.bit_length() - 1
    return bits * 45426 + int(LOGARITHMS[(value << 11 >> bits) - 2048])


def test_the_table_is_part_of_the_format() -> None:
    expected = "c13ccfc13d91e42f88ce712630917aa67e304d5100b7b02f05a31e9beab9e2f5"
    assert hashlib.sha256(LOGARITHMS.astype("<i4").tobytes()).hexdigest() == expected


def test_the_table_is_exact() -> None:
    with localcontext(EXACT):
        exact = [65536 * (Decimal(2048 + i) / 2048).ln() for i in range(2048)]
        assert LOGARITHMS.tolist() == [round(value) for value in exact]
        assert min(abs(value % 1 - Decimal("0.5")) for value in exact) > Decimal("0.0002")
        assert round(65536 * Decimal(2).ln()) == logarithm._LOG_2


@settings(deadline=None)
@given(st.integers(1, LARGEST), st.integers(1, LARGEST))
def test_close_to_the_logarithm(ones: int, zeros: int) -> None:
    got = logit(ones, zeros)
    assert got == (twin_log(ones) - twin_log(zeros)) >> 8
    with localcontext(EXACT):
        assert abs(got - 256 * (Decimal(ones) / zeros).ln()) < BOUND


@pytest.mark.parametrize("shift", range(25))
def test_powers_of_two(shift: int) -> None:
    """Exact up to rounding: to the next integer below, by a factor of two at a time."""
    expected = shift * 45426
    assert logit(1 << shift, 1) == expected >> 8
    assert logit(1, 1 << shift) == -expected >> 8
    assert logit(3 << shift, 3) == expected >> 8


def test_it_rises() -> None:
    """With the ones, and falls with the zeros: over all small counts, and around where leading bits change."""
    random = np.random.default_rng(1)
    near = (1 << random.integers(12, 36, 3000)) + random.integers(-3, 4, 3000)
    counts = np.unique(np.concatenate([np.arange(1, 9000), near, random.integers(1, LARGEST, 3000), [LARGEST]]))
    results = np.zeros(counts.size, np.int64)
    for other in (1, 77, 1 << 23, LARGEST):
        logits(counts, np.full_like(counts, other), results)
        assert (np.diff(results) >= 0).all()
        logits(np.full_like(counts, other), counts, results)
        assert (np.diff(results) <= 0).all()
        assert results[np.searchsorted(counts, min(other, LARGEST))] == 0


def test_frequencies_of_a_network_stay_far_inside() -> None:
    """Counts of a node sum to at most 2**24: a logit is then within 256 * 24 * ln 2."""
    assert -4260 < logit(1, 2**24) < logit(2**24, 1) < 4260
