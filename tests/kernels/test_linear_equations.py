"""Linear equations against a twin that solves one system, and against exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
from numba import njit

from neucomp.kernels.lanes import LANES
from neucomp.kernels.linear_equations import new_equations, solve
from tests.helpers.least_squares_twin import solution

LARGEST = 12


@njit
def _solve(equations, matrix, size, last_row, results):  # type: ignore[no-untyped-def]
    equations.matrix[:] = matrix
    solve(equations, size, last_row)
    results[:] = equations.solution[: results.size]


def solve_compiled(matrices: np.ndarray, size: int) -> np.ndarray:
    """Solutions (LANES, size) for symmetric matrices (LANES, n, n), n - 1 >= size, right-hand sides in the last row."""
    rows, columns = np.tril_indices(LARGEST + 1)
    packed = np.zeros((len(rows), LANES), np.float32)
    n = matrices.shape[1]
    packed[: n * (n + 1) // 2] = matrices[:, rows[rows < n], columns[rows < n]].T
    results = np.zeros(size * LANES, np.float32)
    _solve(new_equations(LARGEST), packed.reshape(-1), size, n - 1, results)
    return results.reshape(size, LANES).T


def covariances(seed: int, size: int, samples: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).integers(-20, 20, (LANES, samples, size + 1)).astype(np.float32)
    return np.einsum("lsi,lsj->lij", vectors, vectors)


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
@pytest.mark.parametrize("samples", [1, 3, 100])
def test_solutions_equal_the_twins(size: int, samples: int) -> None:
    matrices = covariances(size, LARGEST, samples) + np.eye(LARGEST + 1, dtype=np.float32)
    expected = np.array([solution(matrix, size) for matrix in matrices])
    assert np.array_equal(solve_compiled(matrices, size), expected)


@pytest.mark.parametrize("size", [1, 2, 4, 5, 8])
def test_solutions_solve_the_equations(size: int) -> None:
    matrices = covariances(size, size, 200)
    for matrix, found in zip(matrices.astype(int).tolist(), solve_compiled(matrices, size).tolist(), strict=True):
        for row in range(size):
            left = sum(Fraction(matrix[row][k]) * Fraction(found[k]) for k in range(size))
            assert abs(left - matrix[size][row]) < Fraction(matrix[row][row], 10**5)


def test_undetermined_solutions_are_finite() -> None:
    ones = np.ones((LANES, 9, 9), np.float32)
    scales = 2.0 ** np.arange(-30, 34, 4)[:LANES, None, None]
    for matrices in (ones * scales.astype(np.float32), 1e-12 * np.eye(9, dtype=np.float32) + 0 * ones):
        assert np.abs(solve_compiled(matrices, 8)).max() < 1e7
