"""Rows side by side: one scalar at a time gives the same bits, and other rows stay as they are."""

import numpy as np
import pytest
from numba import njit

from neucomp.kernels import row_blocks
from neucomp.kernels.row_blocks import ROWS, add_outer, eliminate
from neucomp.kernels.vectors import LANES_64

WIDTH = 3 * LANES_64


@njit
def run_eliminate(matrix, multipliers, row, width):
    eliminate(matrix, multipliers, row, width)


@njit
def run_add_outer(matrix, matrix_start, width, vector, vector_start, row, decay, factor):
    add_outer(matrix, matrix_start, width, vector, vector_start, row, decay, factor)


@pytest.mark.parametrize("run", [run_eliminate, row_blocks._interpreted_eliminate])
@pytest.mark.parametrize("row", range(0, WIDTH, ROWS))
def test_rows_take_up_those_above(run, row: int) -> None:
    random = np.random.default_rng(row)
    matrix, multipliers = random.normal(size=(2, WIDTH, WIDTH)) * 10.0 ** random.integers(-9, 9, (2, WIDTH, WIDTH))
    expected = matrix.copy()
    for r in range(row, row + ROWS):
        for above in range(row):
            for column in range(row - row % LANES_64, WIDTH):
                expected[r, column] += multipliers[above, r] * expected[above, column]
    run(matrix.reshape(-1), multipliers.reshape(-1), row, WIDTH)
    assert matrix.tolist() == expected.tolist()


@pytest.mark.parametrize("run", [run_add_outer, row_blocks._interpreted_add_outer])
@pytest.mark.parametrize("row", range(0, WIDTH, LANES_64))
def test_rows_fade_and_take_up_products(run, row: int) -> None:
    random = np.random.default_rng(row)
    memory, values = random.normal(size=5 + WIDTH * WIDTH), random.normal(size=3 + WIDTH)
    expected = memory.copy()
    for r in range(row, row + LANES_64):
        for column in range(row, WIDTH):
            place = 5 + r * WIDTH + column
            expected[place] = 0.75 * expected[place] + (1.1 * values[3 + r]) * values[3 + column]
    run(memory, 5, WIDTH, values, 3, row, 0.75, 1.1)
    assert memory.tolist() == expected.tolist()
