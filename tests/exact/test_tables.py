"""The tables are part of the file format: their contents never change."""

import hashlib
import math
from decimal import localcontext
from fractions import Fraction

import numpy as np
import pytest

from neucomp.exact.tables import EXP15, EXP24, EXP_UNITS, RSQRT, exp_table
from neucomp.kernels.network_constants import EXP_SIZE, RSQRT_FIRST

PINNED = {
    "EXP15": "86633ce44354f0e99b78fba661e28ded5ef6ac109a08d409cea2f8ce7d92f634",
    "EXP24": "1bd9a9f6b43d3b3e9b62cbdf7d9e4f1f7a11b82f9f2441203fe1c42d7f9491a1",
    "RSQRT": "2743db0848aa2e82a484bc798a09be02a95c773aaf84b41b01f14e6630999f36",
}


def digest(table: np.ndarray) -> str:
    return hashlib.sha256(table.astype("<i4").tobytes()).hexdigest()


def test_contents_are_pinned() -> None:
    tables = {"EXP15": EXP15, "EXP24": EXP24, "RSQRT": RSQRT}
    assert {name: digest(table) for name, table in tables.items()} == PINNED
    assert {table.dtype for table in tables.values()} == {np.dtype(np.int32)}


@pytest.mark.parametrize(("table", "one"), [(EXP15, 1 << 15), (EXP24, 1 << 24)])
def test_exponentials(table: np.ndarray, one: int) -> None:
    exact = [one * math.exp(-i / EXP_UNITS) for i in range(EXP_SIZE)]
    assert min(abs(x - math.floor(x) - 0.5) for x in exact) > 1e-7  # floats are good enough to tell how to round
    assert table.tolist() == [round(x) for x in exact]
    assert table[0] == one and (np.diff(table) <= 0).all()


def test_what_the_network_relies_on() -> None:
    assert EXP15[-1] == 0  # what is outside of the window has no share
    assert EXP24[-1] >= 1 and 256 * int(EXP24[0]) <= 1 << 32


def test_reciprocal_square_roots() -> None:
    assert RSQRT.size == 3 * RSQRT_FIRST
    for i, root in enumerate(RSQRT.tolist(), RSQRT_FIRST):
        square = Fraction(1 << 42, i)
        assert (root - Fraction(1, 2)) ** 2 < square < (root + Fraction(1, 2)) ** 2
    assert (RSQRT[0], RSQRT[-1]) == (1 << 15, (1 << 14) + 1)


@pytest.mark.parametrize("precision", [3, 28])
def test_the_precision_of_the_program_does_not_matter(precision: int) -> None:
    with localcontext() as context:
        context.prec = precision
        assert np.array_equal(exp_table(1 << 24), EXP24)
