"""Integer matrix-vector products: int8 or int16 weights, int16 inputs, sums that are exact in int32.

A plain loop is compiled to the instruction that multiplies 16-bit numbers and adds them in pairs, but with a remainder
and a horizontal sum for each row (29 G multiply-adds a second at 192 inputs). Where the processor has that instruction
for vectors, four rows are taken at a time and as many inputs as a vector holds (49 G), or half as many columns of a
matrix whose rows stand in pairs. Sums of integers that stay within int32 do not depend on their order, so all ways give
the same numbers.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import config
from numba.core import cgutils, types
from numba.core.codegen import get_host_cpu_features
from numba.extending import intrinsic

from neucomp.kernels.inline import inline

ROWS = 4
"""Rows of the matrix that are multiplied at once."""

_INSTRUCTIONS = {"avx512bw": (32, "llvm.x86.avx512.pmaddw.d.512"), "avx2": (16, "llvm.x86.avx2.pmadd.wd")}
"""By the name of the processor's feature: inputs that a vector holds, and the instruction's name in LLVM."""


def _instruction() -> tuple[int, str] | None:
    """The widest of `_INSTRUCTIONS` on the processor that numba compiles for."""
    chosen = config.CPU_FEATURES
    features = get_host_cpu_features() if chosen is None else chosen
    for name, instruction in _INSTRUCTIONS.items():
        if f"+{name}" in features.split(","):
            return instruction
    return None


INSTRUCTION = None if config.DISABLE_JIT else _instruction()
LANES = INSTRUCTION[0] if INSTRUCTION else 1


@inline
def _multiply_row(weights, inputs):
    total = np.int32(0)
    for i in range(weights.size):
        total = np.int32(total + np.int32(np.int32(weights[i]) * np.int32(inputs[i])))
    return total


@intrinsic
def _multiply_rows(typing_context, weights, inputs, sums, first):
    """sums[first:first + ROWS] for a matrix whose rows are a multiple of LANES long."""

    def generate(context, builder, signature, arguments):
        i8, i16, i32, i64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))
        lanes, name = INSTRUCTION
        pairs = ir.VectorType(i32, lanes // 2)
        matrix, vector, target = (
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args[:3], arguments[:3], strict=True)
        )
        first = arguments[3]
        element = i8 if signature.args[0].dtype == types.int8 else i16

        def function(name: str, result: ir.Type, *operands: ir.Type) -> Any:
            return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, operands), name)

        def load(array: Any, index: Any, element: ir.Type) -> Any:
            pointer = builder.gep(array.data, [index])
            vector_type = ir.VectorType(element, lanes)
            return builder.load(builder.bitcast(pointer, vector_type.as_pointer()), align=element.width // 8)

        width = builder.extract_value(vector.shape, 0)
        starts = [builder.mul(builder.add(first, i64(row)), width) for row in range(ROWS)]
        totals = [cgutils.alloca_once_value(builder, ir.Constant(pairs, [0] * (lanes // 2))) for _ in range(ROWS)]
        multiply = function(name, pairs, ir.VectorType(i16, lanes), ir.VectorType(i16, lanes))
        with cgutils.for_range(builder, builder.udiv(width, i64(lanes))) as loop:
            offset = builder.mul(loop.index, i64(lanes))
            x = load(vector, offset, i16)
            for start, total in zip(starts, totals, strict=True):
                row = load(matrix, builder.add(start, offset), element)
                row = row if element == i16 else builder.sext(row, x.type)
                builder.store(builder.add(builder.load(total), builder.call(multiply, [row, x])), total)
        add = function(f"llvm.vector.reduce.add.v{lanes // 2}i32", i32, pairs)
        for number, total in enumerate(totals):
            builder.store(
                builder.call(add, [builder.load(total)]), builder.gep(target.data, [builder.add(first, i64(number))])
            )
        return context.get_dummy_value()

    return types.void(weights, inputs, sums, first), generate


@intrinsic
def _multiply_columns(typing_context, pairs, inputs, sums, first):
    """sums[first:first + LANES // 2] for pairs of rows, as `multiply_columns` has them."""

    def generate(context, builder, signature, arguments):
        i16, i32, i64 = (ir.IntType(bits) for bits in (16, 32, 64))
        lanes, name = INSTRUCTION
        numbers, columns = ir.VectorType(i16, lanes), ir.VectorType(i32, lanes // 2)
        matrix, vector, target = (
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args[:3], arguments[:3], strict=True)
        )
        first = arguments[3]
        multiply = cgutils.get_or_insert_function(builder.module, ir.FunctionType(columns, [numbers, numbers]), name)
        row_size = builder.mul(builder.extract_value(matrix.shape, 1), i64(2))
        start = builder.mul(first, i64(2))
        total = cgutils.alloca_once_value(builder, ir.Constant(columns, [0] * (lanes // 2)))
        inputs = builder.bitcast(vector.data, i32.as_pointer())
        undefined = ir.Constant(columns, ir.Undefined)
        everywhere = ir.Constant(columns, [0] * (lanes // 2))
        with cgutils.for_range(builder, builder.extract_value(matrix.shape, 0)) as loop:
            place = builder.gep(matrix.data, [builder.add(start, builder.mul(loop.index, row_size))])
            row = builder.load(builder.bitcast(place, numbers.as_pointer()), align=2)
            pair = builder.load(builder.gep(inputs, [loop.index]), align=2)
            one = builder.insert_element(undefined, pair, i32(0))
            x = builder.bitcast(builder.shuffle_vector(one, undefined, everywhere), numbers)
            builder.store(builder.add(builder.load(total), builder.call(multiply, [row, x])), total)
        place = builder.gep(target.data, [first])
        builder.store(builder.load(total), builder.bitcast(place, columns.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(pairs, inputs, sums, first), generate


@inline
def multiply_columns(pairs, inputs, sums):
    """sums[j] = sum of pairs[i, j, 0] * inputs[2 i] + pairs[i, j, 1] * inputs[2 i + 1]: products of columns.

    int16 (n / 2, columns, 2), int16 (n,), int32 (at least columns,), all contiguous; sums stay within int32.
    """
    half, columns, _ = pairs.shape
    if LANES > 1 and columns % (LANES // 2) == 0:
        for first in range(0, columns, LANES // 2):
            _multiply_columns(pairs, inputs, sums, np.int64(first))
    else:
        for j in range(columns):
            total = np.int32(0)
            for i in range(half):
                first_product = np.int32(np.int32(pairs[i, j, 0]) * np.int32(inputs[2 * i]))
                second_product = np.int32(np.int32(pairs[i, j, 1]) * np.int32(inputs[2 * i + 1]))
                total = np.int32(total + np.int32(first_product + second_product))
            sums[j] = total


@inline
def multiply(weights, inputs, sums):
    """sums[o] = weights[o] . inputs: int8 or int16 (outputs, n), int16 (n,), int32 (at least outputs,), all contiguous.

    No partial sum of a row may leave int32: networks are checked when they are loaded.
    """
    outputs = weights.shape[0]
    if LANES > 1 and outputs % ROWS == 0 and inputs.size % LANES == 0:
        for first in range(0, outputs, ROWS):
            _multiply_rows(weights, inputs, sums, np.int64(first))
    else:
        for row in range(outputs):
            sums[row] = _multiply_row(weights[row], inputs)
