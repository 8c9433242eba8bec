"""Vectors of sixteen numbers: each number as NumPy computes it, to the last bit."""

import numpy as np
import pytest
from numba import njit

from neucomp.kernels.lanes import LANES, bounded, load, spread, store

RANDOM = np.random.default_rng(5)
KINDS = {
    "numbers": RANDOM.normal(0, 1000, 3 * LANES),
    "magnitudes": 10.0 ** RANDOM.uniform(-30, 30, 3 * LANES) * RANDOM.choice([-1, 1], 3 * LANES),
    "limits": np.tile([0.0, -0.0, 1.0, -1.0, 3e38, -3e38, 1e-38, np.inf], 6),
}


@njit
def _compute(left, right, results):  # type: ignore[no-untyped-def]
    """All operations on the numbers from place 3 on, one after the other."""
    a, b = load(left, 3), load(right, 3)
    store(results, 1, a + b)
    store(results, 1 + LANES, a - b)
    store(results, 1 + 2 * LANES, a * b)
    store(results, 1 + 3 * LANES, a / b)
    store(results, 1 + 4 * LANES, spread(right[0]) - a * b)
    store(results, 1 + 5 * LANES, bounded(a, spread(np.float32(-7)), b))


@pytest.mark.parametrize("left", KINDS)
@pytest.mark.parametrize("right", KINDS)
@np.errstate(all="ignore")
def test_operations_are_those_of_numpy(left: str, right: str) -> None:
    first, second = KINDS[left].astype(np.float32), KINDS[right][::-1].astype(np.float32)
    results = np.full(6 * LANES + 2, 77, np.float32)
    _compute(first, second, results)
    a, b = first[3 : 3 + LANES], second[3 : 3 + LANES]
    raised = np.where(a > -7, a, np.float32(-7))
    expected = [a + b, a - b, a * b, a / b, second[0] - a * b, np.where(raised < b, raised, b)]
    assert np.array_equal(results[1:-1].view(np.int32), np.concatenate(expected).view(np.int32))
    assert results[0] == results[-1] == 77


def test_bounded_numbers_are_numbers() -> None:
    numbers = np.full(3 + LANES, np.nan, np.float32)
    results = np.zeros(6 * LANES + 2, np.float32)
    _compute(numbers, np.ones_like(numbers), results)
    assert (results[1 + 5 * LANES : -1] == -7).all()
