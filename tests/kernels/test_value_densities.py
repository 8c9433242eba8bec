"""Densities of values: against a plain version, at the limits of ranges, and their logarithms."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels import value_densities as densities
from neucomp.kernels.inline import compiled
from neucomp.kernels.value_densities import MOST_VALUES, WIDEST, new_value_densities


@compiled
def learn(bank, row, values):
    for value in values:
        densities.learn(bank, row, value)


@compiled
def density(bank, row, first, size):
    return densities.density(bank, row, first, size)


@compiled
def lean(a, b):
    return densities.lean(a, b)


def plain(values: np.ndarray, first: int, size: int) -> float:
    total = 0.0
    for value in range(first, first + size):
        distances = np.abs(values - value)
        mean = np.clip(16 - distances, 0, None).sum() / 256
        total += ((distances == 0).sum() + 6) / (mean + 6)
    return total


@given(st.integers(0), st.integers(1, 400), st.integers(-70_000, 70_000), st.integers(0, 200))
@settings(deadline=None, max_examples=40)
def test_formula(seed: int, span: int, lowest: int, count: int) -> None:
    random = np.random.default_rng(seed)
    highest = lowest + span - 1
    values = np.clip(np.round(random.normal(size=count) * span / 4 + (lowest + highest) / 2), lowest, highest)
    bank = new_value_densities([0, lowest, -5], [0, highest, 5])
    learn(bank, 1, values.astype(np.int64))
    first = int(random.integers(lowest, highest + 1))
    size = int(random.integers(1, min(WIDEST, highest - first + 1) + 1))
    assert density(bank, 1, first, size) == pytest.approx(plain(values, first, size), rel=1e-5)
    for row in (0, 2):
        assert density(bank, row, 0, 1) == 1


def test_what_is_not_counted() -> None:
    bank = new_value_densities([-100, 0], [100, MOST_VALUES])
    learn(bank, 0, np.full(500, 7))
    learn(bank, 1, np.full(500, 7))
    assert density(bank, 0, 7, 1) > 8
    assert density(bank, 0, 0, WIDEST + 1) == WIDEST + 1
    assert density(bank, 0, -101, 2) == density(bank, 0, 100, 2) == 2
    assert density(bank, 0, 1 << 40, 3) == 3
    assert density(bank, 1, 7, 1) == 1
    edge = new_value_densities([-3], [3])
    learn(edge, 0, np.array([-3, 3, 3]))
    assert density(edge, 0, 3, 1) > density(edge, 0, -3, 1) > 1


@given(st.floats(2**-6, 64, width=32), st.floats(2**-6, 64, width=32))
@settings(deadline=None)
def test_leaning(a: float, b: float) -> None:
    a, b = np.float32(a), np.float32(b)
    found = lean(a, b)
    assert lean(b, a) == -found
    true = math.log(float(a) / float(b))
    assert abs(found) <= abs(true) * 1.0001 + 1e-5 and abs(found) < 3.7
    if abs(true) < math.log(9):
        assert found == pytest.approx(true, rel=0.02, abs=1e-6)
