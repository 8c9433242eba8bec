"""Float vectors: the written order, with every product and sum rounded on its own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from neucomp.kernels.vectors import (
    LANES_32,
    LANES_64,
    add_product,
    add_scaled,
    decay_and_add,
    dot,
    dot_squares,
    padded,
    set_scaled,
)

LANES = {np.float32: LANES_32, np.float64: LANES_64}


@njit
def run_dot(a, a_start, b, b_start, size):
    return dot(a, a_start, b, b_start, size)


@njit
def run_dot_squares(a, a_start, b, b_start, size):
    return dot_squares(a, a_start, b, b_start, size)


@njit
def run_set_scaled(target, target_start, source, source_start, size, factor):
    set_scaled(target, target_start, source, source_start, size, factor)


@njit
def run_add_scaled(target, target_start, source, source_start, size, factor):
    add_scaled(target, target_start, source, source_start, size, factor)


@njit
def run_decay_and_add(target, target_start, source, source_start, size, decay, factor):
    decay_and_add(target, target_start, source, source_start, size, decay, factor)


@njit
def run_add_product(target, target_start, source, source_start, factors, factors_start, size, factor):
    add_product(target, target_start, source, source_start, factors, factors_start, size, factor)


def plain_dot(a: np.ndarray, b: np.ndarray) -> float:
    """One scalar at a time."""
    kind = a.dtype.type
    lanes = LANES[kind]
    sums = [kind(0)] * lanes
    for i in range(a.size):
        sums[i % lanes] = kind(sums[i % lanes] + kind(a[i] * b[i]))
    while len(sums) > 1:
        half = len(sums) // 2
        sums = [kind(sums[i] + sums[i + half]) for i in range(half)]
    return float(sums[0])


@given(
    st.sampled_from([np.float32, np.float64]), st.integers(0, 9), st.integers(0, 5), st.integers(0, 5), st.integers(0)
)
@settings(deadline=None, max_examples=60)
def test_all_equal_their_twins(kind: type, blocks: int, a_start: int, b_start: int, seed: int) -> None:
    size = blocks * LANES[kind]
    random = np.random.default_rng(seed)
    a = random.normal(size=size + 10).astype(kind)
    b = (random.normal(size=size + 10) * 10.0 ** random.integers(-9, 9, size + 10)).astype(kind)
    decay, factor = kind(random.normal()), kind(random.normal())
    first, second = a[a_start : a_start + size], b[b_start : b_start + size]
    assert run_dot(a, a_start, b, b_start, size) == plain_dot(first, second)
    assert run_dot_squares(a, a_start, b, b_start, size) == plain_dot(first, second * second)
    scaled, added, faded, multiplied = a.copy(), a.copy(), a.copy(), a.copy()
    factors = random.normal(size=size + 3).astype(kind)
    run_set_scaled(scaled, a_start, b, b_start, size, factor)
    run_add_scaled(added, a_start, b, b_start, size, factor)
    run_decay_and_add(faded, a_start, b, b_start, size, decay, factor)
    run_add_product(multiplied, a_start, b, b_start, factors, 3, size, factor)
    for i in range(size):
        assert multiplied[a_start + i] == kind(first[i] + kind(kind(factor * factors[3 + i]) * second[i]))
        assert scaled[a_start + i] == kind(factor * second[i])
        assert added[a_start + i] == kind(first[i] + kind(factor * second[i]))
        assert faded[a_start + i] == kind(kind(decay * first[i]) + kind(factor * second[i]))
    for changed in (scaled, added, faded, multiplied):
        assert np.array_equal(changed[:a_start], a[:a_start])
        assert np.array_equal(changed[a_start + size :], a[a_start + size :])


def test_the_order_matters() -> None:
    """Otherwise the test above could not fail."""
    a = np.zeros(4 * LANES_32, np.float32)
    a[[0, 1, LANES_32]] = 1e8, 1, -1e8
    ones = np.ones_like(a)
    assert run_dot(a, 0, ones, 0, a.size) == 1 != float(np.float32(np.float32(1e8 + 1) - 1e8))


@pytest.mark.parametrize(("size", "expected"), [(0, 0), (1, 8), (8, 8), (9, 16)])
def test_padded(size: int, expected: int) -> None:
    assert padded(size, 8) == expected
