"""Several rows of a symmetric matrix at once, to the bit as if one came after the other.

What the rows have in common is read once for all of them, and what changes stays in registers. Matrices are float64
and contiguous, in rows of `width`, a multiple of LANES_64; of each row the columns from the block of lanes on are meant
in which its block of rows begins, which is the upper triangle and a little more. All rows of a block must exist.
"""

from typing import Any

import numpy as np
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from neucomp.kernels.vectors import LANES_64, Lanes, same_dtype

ROWS = 4
"""Of `eliminate`. `add_outer` works on LANES_64 rows."""


@intrinsic
def _eliminate(typing_context: Any, matrix: Any, multipliers: Any, row: Any, width: Any) -> Any:
    if not same_dtype(matrix, multipliers) or matrix.dtype != types.float64:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = Lanes(context, builder, signature)
        row, width = arguments[2:]
        index = row.type
        elements, factors = (context.make_array(signature.args[i])(context, builder, arguments[i]).data for i in (0, 1))
        begin = builder.and_(row, index(-LANES_64))
        starts = [builder.mul(builder.add(row, index(i)), width) for i in range(ROWS)]
        with cgutils.for_range_slice(builder, begin, width, index(LANES_64), intp=index) as (column, _):
            places = [builder.add(start, column) for start in starts]
            sums = [lanes.sum(lanes.load(elements, place)) for place in places]
            with cgutils.for_range(builder, row, intp=index) as above:
                start = builder.mul(above.index, width)
                known = lanes.load(elements, builder.add(start, column))
                first = builder.add(start, row)
                for i, total in enumerate(sums):
                    factor = builder.load(builder.gep(factors, [builder.add(first, index(i))]))
                    lanes.add(total, builder.fmul(lanes.spread(factor), known))
            for total, place in zip(sums, places, strict=True):
                lanes.store(builder.load(total), elements, place)
        return context.get_dummy_value()

    return types.void(matrix, multipliers, types.intp, types.intp), generate


@intrinsic
def _add_outer(
    typing_context: Any,
    matrix: Any,
    matrix_start: Any,
    width: Any,
    vector: Any,
    vector_start: Any,
    row: Any,
    decay: Any,
    factor: Any,
) -> Any:
    if not same_dtype(matrix, vector) or matrix.dtype != types.float64:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = Lanes(context, builder, signature)
        width, row = arguments[2], arguments[5]
        index = row.type
        elements, values = lanes.start(0, arguments), lanes.start(3, arguments)
        fade = lanes.spread(arguments[6])
        factors = builder.fmul(lanes.spread(arguments[7]), lanes.load(values, row))
        scales = [lanes.spread(builder.extract_element(factors, index(i))) for i in range(LANES_64)]
        starts = [builder.mul(builder.add(row, index(i)), width) for i in range(LANES_64)]
        with cgutils.for_range_slice(builder, row, width, index(LANES_64), intp=index) as (column, _):
            source = lanes.load(values, column)
            for scale, start in zip(scales, starts, strict=True):
                place = builder.add(start, column)
                kept = builder.fmul(fade, lanes.load(elements, place))
                lanes.store(builder.fadd(kept, builder.fmul(scale, source)), elements, place)
        return context.get_dummy_value()

    kind = matrix.dtype
    return types.void(matrix, types.intp, types.intp, vector, types.intp, types.intp, kind, kind), generate


def _interpreted_eliminate(matrix: NDArray[Any], multipliers: NDArray[Any], row: int, width: int) -> None:
    first = row - row % LANES_64
    elements = matrix[: (row + ROWS) * width].reshape(-1, width)
    for above in range(row):
        factors = multipliers[above * width + row : above * width + row + ROWS]
        elements[row:, first:] += np.outer(factors, elements[above, first:])


def _interpreted_add_outer(
    matrix: NDArray[Any],
    matrix_start: int,
    width: int,
    vector: NDArray[Any],
    vector_start: int,
    row: int,
    decay: float,
    factor: float,
) -> None:
    begin = matrix_start + row * width
    elements = matrix[begin : begin + LANES_64 * width].reshape(-1, width)[:, row:]
    values = vector[vector_start + row : vector_start + width]
    elements[:] = decay * elements + np.outer(factor * values[:LANES_64], values)


eliminate = _interpreted_eliminate if config.DISABLE_JIT else _eliminate
"""eliminate(matrix, multipliers, row, width): ROWS rows from `row`, a multiple of ROWS, take up all rows above `row`,
one after the other: row r takes up row p times multipliers[p * width + r]."""

add_outer = _interpreted_add_outer if config.DISABLE_JIT else _add_outer
"""add_outer(matrix, matrix_start, width, vector, vector_start, row, decay, factor): LANES_64 rows from `row`, a
multiple of LANES_64, become decay * matrix + (factor * vector[r]) * vector."""
