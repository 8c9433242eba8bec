"""Symmetric linear equations, LANES systems at a time, by L D L'.

A packed matrix has the elements (row, column <= row) in this order, each a vector of LANES numbers, one of each system.
The right-hand side is a further row. Element (row, column) of L D is that of the matrix minus the products of the
elements before it, of its own row of L D and of row `column` of L, in the order of columns. (Golub and Van Loan, Matrix
Computations, 4.1.) Four rows are taken together where that is possible: fewer loads, the same sums.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.inline import part
from neucomp.kernels.lanes import LANES, bounded, load, spread, store

_GROUP = 4
_SMALLEST_PIVOT = np.float32(2.0**-19)
"""Of the diagonal, for equations that do not determine their solution; what rounding leaves is below some 2**-21."""


class Equations(NamedTuple):
    """Memory for systems of a largest size."""

    matrix: NDArray[np.float32]  # packed
    factor: NDArray[np.float32]  # packed: L
    products: NDArray[np.float32]  # (_GROUP, size + 1, LANES): rows of L D
    inverse: NDArray[np.float32]  # (size, LANES): of D
    solution: NDArray[np.float32]  # (size, LANES)


def new_equations(size: int) -> Equations:
    """Memory for up to `size` unknowns."""
    packed = (size + 1) * (size + 2) // 2 * LANES
    return Equations(
        np.empty(packed, np.float32),
        np.empty(packed, np.float32),
        np.empty(_GROUP * (size + 1) * LANES, np.float32),
        np.empty(size * LANES, np.float32),
        np.empty(size * LANES, np.float32),
    )


@part
def _eliminate_group(matrix, factor, products, stride, source0, source1, source2, source3, columns):
    """The first columns of four rows of L D; `source`: where the rows begin in the matrix."""
    base = 0
    for column in range(columns):
        total0 = load(matrix, source0 + column * LANES)
        total1 = load(matrix, source1 + column * LANES)
        total2 = load(matrix, source2 + column * LANES)
        total3 = load(matrix, source3 + column * LANES)
        for at in range(0, column * LANES, LANES):
            known = load(factor, base + at)
            total0 = total0 - load(products, at) * known
            total1 = total1 - load(products, at + stride) * known
            total2 = total2 - load(products, at + 2 * stride) * known
            total3 = total3 - load(products, at + 3 * stride) * known
        at = column * LANES
        store(products, at, total0)
        store(products, at + stride, total1)
        store(products, at + 2 * stride, total2)
        store(products, at + 3 * stride, total3)
        base += (column + 1) * LANES


@part
def _eliminate(matrix, factor, products, start, source, first_column, columns):
    """Columns from `first_column` on of one row of L D, which begins at `start`."""
    for column in range(first_column, columns):
        total = load(matrix, source + column * LANES)
        base = _row_start(column)
        for at in range(0, column * LANES, LANES):
            total = total - load(products, start + at) * load(factor, base + at)
        store(products, start + column * LANES, total)


@part
def _divide_row(equations, start, row):
    """A row of L, and the inverse of its pivot."""
    base = _row_start(row)
    diagonal = load(equations.matrix, base + row * LANES)
    pivot = diagonal
    for at in range(0, row * LANES, LANES):
        product = load(equations.products, start + at)
        quotient = product * load(equations.inverse, at)
        store(equations.factor, base + at, quotient)
        pivot = pivot - product * quotient
    pivot = bounded(pivot, diagonal * spread(_SMALLEST_PIVOT), diagonal)
    store(equations.inverse, row * LANES, spread(np.float32(1)) / pivot)


@part
def _row_start(row):
    return row * (row + 1) // 2 * LANES


@part
def solve(equations, size, last_row):
    """Solves the first `size` equations of `matrix`, which stays as is; its row `last_row` is the right-hand side."""
    matrix, factor, products, solution = equations.matrix, equations.factor, equations.products, equations.solution
    stride = products.size // _GROUP
    for first in range(0, size + 1, _GROUP):
        known = 0
        if first + _GROUP <= size + 1:
            known = first
            fourth = last_row if first + 3 == size else first + 3
            _eliminate_group(
                *(matrix, factor, products, stride),
                *(_row_start(first), _row_start(first + 1), _row_start(first + 2), _row_start(fourth), first),
            )
        for row in range(first, min(first + _GROUP, size + 1)):
            start = (row - first) * stride
            source = _row_start(last_row if row == size else row)
            _eliminate(matrix, factor, products, start, source, known, min(row, size))
            if row < size:
                _divide_row(equations, start, row)
    start = size % _GROUP * stride
    for at in range(0, size * LANES, LANES):
        store(solution, at, load(products, start + at) * load(equations.inverse, at))
    for row in range(size - 1, 0, -1):
        value = load(solution, row * LANES)
        base = _row_start(row)
        for at in range(0, row * LANES, LANES):
            store(solution, at, load(solution, at) - value * load(factor, base + at))
