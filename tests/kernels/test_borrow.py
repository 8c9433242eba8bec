"""Borrowed state: the same arrays, and nobody loses or gains a reference."""

import sys
from typing import Any, NamedTuple

import numpy as np

from neucomp.kernels.borrow import borrow
from neucomp.kernels.inline import compiled


class Inner(NamedTuple):
    numbers: np.ndarray


class Outer(NamedTuple):
    inner: Inner
    table: np.ndarray
    factor: int


@compiled
def work(state: Any) -> Any:
    state = borrow(state)
    for i in range(state.inner.numbers.size):
        state.inner.numbers[i] *= state.factor
        state.table[0, i] += state.inner.numbers[i]
    return state.table[0].sum()


def test_the_arrays_are_the_same() -> None:
    state = Outer(Inner(np.arange(4)), np.ones((2, 4), np.int64), 3)
    before = [sys.getrefcount(state.table), sys.getrefcount(state.inner.numbers)]
    assert work(state) == 22
    assert state.inner.numbers.tolist() == [0, 3, 6, 9]
    assert state.table.tolist() == [[1, 4, 7, 10], [1, 1, 1, 1]]
    assert [sys.getrefcount(state.table), sys.getrefcount(state.inner.numbers)] == before
