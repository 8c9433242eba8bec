"""Least squares that follow a signal: each new sample counts, and old ones fade.

A row of a bank predicts y from n regressors x as w . x, where w minimises the sum over the past of

    gain x decay**age x (y - w . x)**2      plus      ridge x |w|**2

For that it keeps the covariance R = sum of gain decay**age x x' and the vector b = sum of gain decay**age x y, and
solves (R + ridge I) w = b now and then by elimination without pivots (R = L D L'; Golub and Van Loan, Matrix
Computations, 4.1). A gain that falls with the recent error keeps loud passages from drowning quiet ones. All sums are
in float64, in the order that `vectors` writes down; only the upper triangle of R is kept, in whole blocks of lanes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.aligned import aligned_zeros
from neucomp.kernels.inline import inline, part
from neucomp.kernels.row_blocks import ROWS, add_outer, eliminate
from neucomp.kernels.vectors import LANES_64, add_scaled, decay_and_add, dot, padded, set_scaled

_BLOCK = ~np.int64(LANES_64 - 1)
_SMALLEST_PIVOT = 1e-9
_NOTHING = 1e-60
"""What has faded below this becomes 0 (see `forget_traces`)."""


class LeastSquares(NamedTuple):
    """A bank: one row for each predictor."""

    sizes: NDArray[np.int64]  # (rows,): regressors n of each row
    decays: NDArray[np.float64]  # (rows,): in (0, 1)
    vectors: NDArray[np.int64]  # (rows,): where a row's part of the vectors begins
    matrices: NDArray[np.int64]  # (rows,): where its covariance begins, n by n, both up to a multiple of LANES_64
    regressors: NDArray[np.float64]  # vectors of all rows, each padded with zeros
    weights: NDArray[np.float64]  # likewise
    products: NDArray[np.float64]  # likewise: b
    covariances: NDArray[np.float64]  # R
    matrix: NDArray[np.float64]  # scratch for the largest row
    multipliers: NDArray[np.float64]  # likewise
    vector: NDArray[np.float64]  # scratch
    inverse_pivots: NDArray[np.float64]  # scratch


def new_least_squares(sizes: list[int], decays: list[float]) -> LeastSquares:
    """A bank that has seen nothing and predicts 0."""
    widths = [padded(size, LANES_64) for size in sizes]
    areas = [width * width for width in widths]
    total, largest = sum(widths), max(widths)
    return LeastSquares(
        sizes=np.array(sizes, np.int64),
        decays=np.array(decays, np.float64),
        vectors=np.cumsum([0, *widths[:-1]], dtype=np.int64),
        matrices=np.cumsum([0, *areas[:-1]], dtype=np.int64),
        regressors=aligned_zeros(total, np.float64),
        weights=aligned_zeros(total, np.float64),
        products=aligned_zeros(total, np.float64),
        covariances=aligned_zeros(sum(areas), np.float64),
        matrix=aligned_zeros(max(areas), np.float64),
        multipliers=aligned_zeros(max(areas), np.float64),
        vector=aligned_zeros(largest, np.float64),
        inverse_pivots=np.zeros(largest),
    )


@inline
def predict(bank, row):
    """w . x"""
    size = (bank.sizes[row] + LANES_64 - 1) & _BLOCK
    start = bank.vectors[row]
    return dot(bank.weights, start, bank.regressors, start, size)


@part
def learn(bank, row, target, gain):
    """Adds the current regressors and what they should have predicted, with weight (1 - decay) * gain."""
    width = (bank.sizes[row] + LANES_64 - 1) & _BLOCK
    start = bank.vectors[row]
    decay = bank.decays[row]
    gain *= 1.0 - decay
    for i in range(0, width, LANES_64):
        add_outer(bank.covariances, bank.matrices[row], width, bank.regressors, start, i, decay, gain)
    decay_and_add(bank.products, start, bank.regressors, start, width, decay, gain * target)


@part
def solve(bank, row, ridge):
    """Finds the weights; they stay as they were where the covariance is not positive definite."""
    size = bank.sizes[row]
    width = (size + LANES_64 - 1) & _BLOCK
    start = bank.vectors[row]
    matrix = bank.matrix
    multipliers = bank.multipliers
    vector = bank.vector
    set_scaled(vector, 0, bank.products, start, width, 1.0)
    for i in range(size):
        first = i & _BLOCK
        rest = width - first
        line = i * width
        if i % ROWS == 0:
            for r in range(i, i + ROWS):
                place = r * width
                set_scaled(matrix, place + first, bank.covariances, bank.matrices[row] + place + first, rest, 1.0)
                matrix[place + r] += ridge
            eliminate(matrix, multipliers, i, width)
        for r in range(i - i % ROWS, i):
            add_scaled(matrix, line + first, matrix, r * width + first, rest, multipliers[r * width + i])
        if not matrix[line + i] > _SMALLEST_PIVOT:
            return
        inverse = 1.0 / matrix[line + i]
        bank.inverse_pivots[i] = inverse
        set_scaled(multipliers, line + first, matrix, line + first, rest, -inverse)
        factor = -(vector[i] * inverse)
        for j in range(i + 1, min(first + LANES_64, size)):
            vector[j] += factor * matrix[line + j]
        first += LANES_64
        add_scaled(vector, first, matrix, line + first, width - first, factor)
    weights = bank.weights
    for i in range(width):
        weights[start + i] = 0.0
    for i in range(size - 1, -1, -1):
        first = i & _BLOCK
        known = dot(matrix, i * width + first, weights, start + first, width - first)
        weights[start + i] = (vector[i] - known) * bank.inverse_pivots[i]


@part
def forget_traces(bank):
    """Sets what has all but faded to 0.

    Called every few thousand samples, it keeps a decay of 0.98 from ever reaching numbers too small for full precision,
    which processors may round to 0 as they like.
    """
    for values in (bank.covariances, bank.products):
        for i in range(values.size):
            if abs(values[i]) < _NOTHING:
                values[i] = 0.0
