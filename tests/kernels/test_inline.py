"""Parts of kernels: what they compute does not depend on how they are compiled."""

import os
from collections.abc import Callable

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from neucomp.kernels import inline

NUMBERS = np.arange(1, 20) ** 3 % 17 / 7

pytestmark = pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled")


def make_kernel(part: Callable[..., Callable[..., float]]) -> Callable[[NDArray[np.float64]], float]:
    """Parts that call parts, one of them twice, with and without a result, for two kinds of arguments."""

    @part
    def scaled(value, factor):  # type: ignore[no-untyped-def]
        return value / factor

    @part
    def fill(target, factor):  # type: ignore[no-untyped-def]
        for i in range(target.size):
            target[i] = scaled(target[i], factor) + scaled(i, 3)

    @part
    def total(values):  # type: ignore[no-untyped-def]
        result = 0.0
        for value in values:
            result += value
        return result

    @inline.compiled
    def kernel(values):  # type: ignore[no-untyped-def]
        before = total(values)
        fill(values, 2)
        fill(values, 0.3)
        return before + total(values)

    return kernel


@pytest.mark.parametrize("part", [inline.part, inline.shared])
def test_parts_compute_what_functions_do(part: Callable[..., Callable[..., float]]) -> None:
    found, expected = NUMBERS.copy(), NUMBERS.copy()
    assert make_kernel(part)(found) == make_kernel(numba.njit)(expected)
    assert np.array_equal(found, expected) and not np.array_equal(found, NUMBERS)


def test_the_quick_way_is_taken() -> None:
    """The release of numba that tests run with is one that parts were tried with."""
    assert inline._PARTS["pipeline_class"].__name__ == "PartCompiler"
