"""Vectors of sixteen float32 numbers, so that kernels compute sixteen independent rows at once.

Compiled, such a vector is a value of LLVM's type <16 x float>: one register of AVX-512, two of AVX2, four of SSE or
NEON. Interpreted, it is a NumPy array of 16 numbers. Each number goes through its own IEEE 754 operations, + - * / with
rounding to nearest and nothing fused, so all of these give the same bits. (A loop over sixteen numbers would do, but
LLVM cannot prove that arrays do not overlap and checks it at run time, or gives up.)

    product = spread(factor) * load(numbers, index)
    store(numbers, index, load(numbers, index) + product)
"""

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import config
from numba.core import types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

LANES = 16

_FLOAT = ir.FloatType()
_VECTOR = ir.VectorType(_FLOAT, LANES)


class _LanesType(types.Type):
    def __init__(self) -> None:
        super().__init__("lanes")


_lanes = _LanesType()


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _define(symbol: Any, instruction: str) -> None:
    """Makes an operator on two vectors one instruction of LLVM."""

    @type_callable(symbol)
    def _type(context: Any) -> Any:
        def result(left: Any, right: Any) -> Any:
            return _lanes if left is _lanes and right is _lanes else None

        return result

    @lower_builtin(symbol, _LanesType, _LanesType)
    def _emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return getattr(builder, instruction)(*arguments)


_define(operator.add, "fadd")
_define(operator.sub, "fsub")
_define(operator.mul, "fmul")
_define(operator.truediv, "fdiv")


def _address(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _VECTOR.as_pointer())


@intrinsic
def _load(typing_context: Any, array: Any, index: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_address(context, builder, signature.args[0], *arguments), align=4)

    return _lanes(array, types.intp), emit


@intrinsic
def _store(typing_context: Any, array: Any, index: Any, vector: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _address(context, builder, signature.args[0], *arguments[:2]), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), emit


def _splat(builder: Any, number: Any) -> Any:
    single = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.IntType(32)(0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(single, ir.Constant(_VECTOR, ir.Undefined), mask)


@intrinsic
def _spread(typing_context: Any, number: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _splat(builder, arguments[0])

    return _lanes(types.float32), emit


@intrinsic
def _bounded(typing_context: Any, vector: Any, low: Any, high: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector, low, high = arguments
        raised = builder.select(builder.fcmp_ordered(">", vector, low), vector, low)
        return builder.select(builder.fcmp_ordered("<", raised, high), raised, high)

    return _lanes(vector, low, high), emit


def _load_interpreted(array: Any, index: Any) -> Any:
    return array[index : index + LANES].copy()


def _store_interpreted(array: Any, index: Any, vector: Any) -> None:
    array[index : index + LANES] = vector


def _spread_interpreted(number: Any) -> Any:
    return np.full(LANES, number, np.float32)


def _bounded_interpreted(vector: Any, low: Any, high: Any) -> Any:
    raised = np.where(vector > low, vector, low)
    return np.where(raised < high, raised, high)


load = _load_interpreted if config.DISABLE_JIT else _load
"""load(array, index): the sixteen numbers array[index : index + 16] of a contiguous float32 array."""

store = _store_interpreted if config.DISABLE_JIT else _store
"""store(array, index, vector): array[index : index + 16] = vector."""

spread = _spread_interpreted if config.DISABLE_JIT else _spread
"""spread(number): sixteen times the same float32."""

bounded = _bounded_interpreted if config.DISABLE_JIT else _bounded
"""bounded(vector, low, high): each number brought into [low, high], all three vectors; NaN becomes low."""
