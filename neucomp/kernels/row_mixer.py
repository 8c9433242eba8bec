"""Rows of the mixer that are one vector: the arithmetic of `mixer.py` for exactly WIDTH inputs.

A loop of 32 steps is unrolled before the compiler thinks of vectors, and then stays scalar (a third of all time in the
image model). Sums of integers do not depend on their order, so these give the numbers of `dot_product` and `train_row`.
"""

from typing import Any

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

from neucomp.kernels import mixer
from neucomp.kernels.inline import inline

WIDTH = 32

_I32 = ir.IntType(32)
_ROW = ir.VectorType(_I32, WIDTH)


def _spread(number: int) -> Any:
    return ir.Constant(_ROW, [number] * WIDTH)


def _address(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _ROW.as_pointer())


@intrinsic
def _dot_row(typing_context: Any, inputs: Any, weights: Any, row: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        x = builder.load(_address(context, builder, kinds[0], arguments[0], ir.IntType(64)(0)), align=4)
        w = builder.load(_address(context, builder, kinds[1], arguments[1], arguments[2]), align=4)
        terms = builder.ashr(builder.mul(x, builder.ashr(w, _spread(4))), _spread(8))
        name = f"llvm.vector.reduce.add.v{WIDTH}i32"
        add = cgutils.get_or_insert_function(builder.module, ir.FunctionType(_I32, [_ROW]), name)
        return builder.sext(builder.ashr(builder.call(add, [terms]), _I32(8)), ir.IntType(64))

    return types.int64(inputs, weights, types.int64), emit


@intrinsic
def _train_row(typing_context: Any, inputs: Any, weights: Any, row: Any, error: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        x = builder.load(_address(context, builder, kinds[0], arguments[0], ir.IntType(64)(0)), align=4)
        address = _address(context, builder, kinds[1], arguments[1], arguments[2])
        error = builder.trunc(arguments[3], _I32)
        single = builder.insert_element(ir.Constant(_ROW, ir.Undefined), error, _I32(0))
        errors = builder.shuffle_vector(single, ir.Constant(_ROW, ir.Undefined), _spread(0))
        steps = builder.ashr(builder.add(builder.mul(x, errors), _spread(0x800)), _spread(12))
        w = builder.add(builder.load(address, align=4), steps)
        limit = int(mixer.WEIGHT_LIMIT)
        w = builder.select(builder.icmp_signed("<", w, _spread(limit)), w, _spread(limit))
        w = builder.select(builder.icmp_signed(">", w, _spread(-limit)), w, _spread(-limit))
        builder.store(w, address, align=4)
        return context.get_dummy_value()

    return types.void(inputs, weights, types.int64, types.int64), emit


def _dot_interpreted(inputs: Any, weights: Any, row: Any) -> Any:
    return mixer.dot_product(inputs, weights, row, WIDTH)


def _train_interpreted(inputs: Any, weights: Any, row: Any, error: Any) -> None:
    mixer.train_row(inputs, weights, row, WIDTH, error)


_dot = _dot_interpreted if config.DISABLE_JIT else _dot_row
_train = _train_interpreted if config.DISABLE_JIT else _train_row


@inline
def dot_row(inputs, weights, row):
    """`mixer.dot_product` of weights[row : row + WIDTH]."""
    return _dot(inputs, weights, row)


@inline
def train_row(inputs, weights, row, error):
    """`mixer.train_row` of weights[row : row + WIDTH]."""
    _train(inputs, weights, row, error)
