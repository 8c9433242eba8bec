"""Sums and updates of float vectors in a written order, at the speed of vector registers.

A compiler may not reorder float additions, so a plain loop over a sum stays scalar. Here the order is part of the
definition: LANES sums run side by side, lane i adds the products number i, i + LANES, ..., and in the end the lanes are
added in halves (lane i and lane i + LANES / 2, and so on). Processors with narrower registers do the same in several
steps, interpreted kernels with NumPy. Every product and every sum is rounded on its own: nothing is fused.

All arrays are contiguous, of one dtype, float32 or float64, and addressed by flat indices; sizes are multiples of the
lanes, and the caller answers for it that both ranges lie within their arrays.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

LANES_32 = 16
"""Lanes of float32."""

LANES_64 = 8
"""Lanes of float64."""

_I32 = ir.IntType(32)
_I64 = ir.IntType(64)


def padded(size: int, lanes: int) -> int:
    """`size` up to a multiple of `lanes`."""
    return -(-size // lanes) * lanes


class Lanes:
    """What code generators share: vectors of the element type of a call's arrays."""

    def __init__(self, context: Any, builder: Any, signature: Any) -> None:
        self.context = context
        self.builder = builder
        self.signature = signature
        single = signature.args[0].dtype == types.float32
        self.element = ir.FloatType() if single else ir.DoubleType()
        self.bytes = 4 if single else 8
        self.lanes = LANES_32 if single else LANES_64
        self.vector = ir.VectorType(self.element, self.lanes)

    def start(self, argument: int, arguments: Any) -> Any:
        """Address of the element where the array `argument`, followed by its first index, begins."""
        array = self.context.make_array(self.signature.args[argument])(self.context, self.builder, arguments[argument])
        return self.builder.gep(array.data, [arguments[argument + 1]])

    def _address(self, start: Any, index: Any) -> Any:
        return self.builder.bitcast(self.builder.gep(start, [index]), self.vector.as_pointer())

    def load(self, start: Any, index: Any) -> Any:
        """The elements from an index on."""
        return self.builder.load(self._address(start, index), align=self.bytes)

    def store(self, value: Any, start: Any, index: Any) -> None:
        """Writes elements from an index on."""
        self.builder.store(value, self._address(start, index), align=self.bytes)

    def spread(self, scalar: Any) -> Any:
        """The scalar in all lanes."""
        one = self.builder.insert_element(ir.Constant(self.vector, ir.Undefined), scalar, _I32(0))
        return self.builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(_I32, self.lanes), [0] * self.lanes))

    def sum(self, first: Any = None) -> Any:
        """A variable for a vector, which begins as `first` or 0."""
        variable = cgutils.alloca_once(self.builder, self.vector)
        self.builder.store(first or ir.Constant(self.vector, [0.0] * self.lanes), variable)
        return variable

    def add(self, variable: Any, vector: Any) -> None:
        """To a variable of `sum`."""
        self.builder.store(self.builder.fadd(self.builder.load(variable), vector), variable)

    def total(self, vector: Any) -> Any:
        """Sum of the lanes, in halves."""
        size = self.lanes
        while size > 1:
            size //= 2
            parts = [ir.Constant(ir.VectorType(_I32, size), list(range(i, i + size))) for i in (0, size)]
            low, high = (self.builder.shuffle_vector(vector, vector, part) for part in parts)
            vector = self.builder.fadd(low, high)
        return self.builder.extract_element(vector, _I32(0))

    def blocks(self, size: Any) -> Any:
        """A loop over the first index of each block of lanes."""
        return cgutils.for_range_slice(self.builder, _I64(0), size, _I64(self.lanes), intp=_I64)


def same_dtype(*arrays: Any) -> bool:
    """Whether the arguments of a call are what the generators can work with."""
    kinds = {array.dtype for array in arrays if isinstance(array, types.Array) and array.layout == "C"}
    return all(isinstance(array, types.Array) for array in arrays) and kinds in ({types.float32}, {types.float64})


def _summing(term: Callable[[Any, Any, Any], Any]) -> Any:
    """The sum of term(builder, x, y) over the elements x and y of two ranges."""

    @intrinsic
    def code(typing_context: Any, a: Any, a_start: Any, b: Any, b_start: Any, size: Any) -> Any:
        if not same_dtype(a, b):
            return None

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            lanes = Lanes(context, builder, signature)
            first, second = lanes.start(0, arguments), lanes.start(2, arguments)
            total = lanes.sum()
            with lanes.blocks(arguments[4]) as (index, _):
                lanes.add(total, term(builder, lanes.load(first, index), lanes.load(second, index)))
            return lanes.total(builder.load(total))

        return a.dtype(a, types.intp, b, types.intp, types.intp), generate

    return code


def _scaling(result: Callable[[Any, Any, Any], Any]) -> Any:
    """target = result(builder, target, factor * source)."""

    @intrinsic
    def code(
        typing_context: Any, target: Any, target_start: Any, source: Any, source_start: Any, size: Any, factor: Any
    ) -> Any:
        if not same_dtype(target, source):
            return None

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            lanes = Lanes(context, builder, signature)
            goal, start = lanes.start(0, arguments), lanes.start(2, arguments)
            scale = lanes.spread(arguments[5])
            with lanes.blocks(arguments[4]) as (index, _):
                scaled = builder.fmul(scale, lanes.load(start, index))
                lanes.store(result(builder, lanes.load(goal, index), scaled), goal, index)
            return context.get_dummy_value()

        return types.void(target, types.intp, source, types.intp, types.intp, target.dtype), generate

    return code


_dot = _summing(lambda builder, x, y: builder.fmul(x, y))
_dot_squares = _summing(lambda builder, x, y: builder.fmul(x, builder.fmul(y, y)))
_set_scaled = _scaling(lambda builder, target, scaled: scaled)
_add_scaled = _scaling(lambda builder, target, scaled: builder.fadd(target, scaled))


@intrinsic
def _decay_and_add(
    typing_context: Any,
    target: Any,
    target_start: Any,
    source: Any,
    source_start: Any,
    size: Any,
    decay: Any,
    factor: Any,
) -> Any:
    if not same_dtype(target, source):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = Lanes(context, builder, signature)
        goal, start = lanes.start(0, arguments), lanes.start(2, arguments)
        fade, scale = lanes.spread(arguments[5]), lanes.spread(arguments[6])
        with lanes.blocks(arguments[4]) as (index, _):
            kept = builder.fmul(fade, lanes.load(goal, index))
            lanes.store(builder.fadd(kept, builder.fmul(scale, lanes.load(start, index))), goal, index)
        return context.get_dummy_value()

    kind = target.dtype
    return types.void(target, types.intp, source, types.intp, types.intp, kind, kind), generate


@intrinsic
def _add_product(
    typing_context: Any,
    target: Any,
    target_start: Any,
    source: Any,
    source_start: Any,
    factors: Any,
    factors_start: Any,
    size: Any,
    factor: Any,
) -> Any:
    if not same_dtype(target, source, factors):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = Lanes(context, builder, signature)
        goal, start, other = lanes.start(0, arguments), lanes.start(2, arguments), lanes.start(4, arguments)
        scale = lanes.spread(arguments[7])
        with lanes.blocks(arguments[6]) as (index, _):
            scaled = builder.fmul(scale, lanes.load(other, index))
            product = builder.fmul(scaled, lanes.load(start, index))
            lanes.store(builder.fadd(lanes.load(goal, index), product), goal, index)
        return context.get_dummy_value()

    index = types.intp
    return types.void(target, index, source, index, factors, index, index, target.dtype), generate


def _part(array: NDArray[Any], start: int, size: int) -> NDArray[Any]:
    return array.reshape(-1)[start : start + size]


def _interpreted_dot(a: NDArray[Any], a_start: int, b: NDArray[Any], b_start: int, size: int) -> Any:
    lanes = LANES_32 if a.dtype == np.float32 else LANES_64
    products = (_part(a, a_start, size) * _part(b, b_start, size)).reshape(-1, lanes)
    total = np.zeros(lanes, a.dtype)
    for row in products:
        total = total + row
    while total.size > 1:
        total = total[: total.size // 2] + total[total.size // 2 :]
    return total[0]


def _interpreted_dot_squares(a: NDArray[Any], a_start: int, b: NDArray[Any], b_start: int, size: int) -> Any:
    return _interpreted_dot(a, a_start, _part(b, b_start, size) ** 2, 0, size)


def _interpreted_set_scaled(
    target: NDArray[Any], target_start: int, source: NDArray[Any], source_start: int, size: int, factor: Any
) -> None:
    _part(target, target_start, size)[:] = _part(source, source_start, size) * target.dtype.type(factor)


def _interpreted_add_scaled(
    target: NDArray[Any], target_start: int, source: NDArray[Any], source_start: int, size: int, factor: Any
) -> None:
    part = _part(target, target_start, size)
    part += _part(source, source_start, size) * target.dtype.type(factor)


def _interpreted_decay_and_add(
    target: NDArray[Any],
    target_start: int,
    source: NDArray[Any],
    source_start: int,
    size: int,
    decay: Any,
    factor: Any,
) -> None:
    part = _part(target, target_start, size)
    kind = target.dtype.type
    part[:] = part * kind(decay) + _part(source, source_start, size) * kind(factor)


def _interpreted_add_product(
    target: NDArray[Any],
    target_start: int,
    source: NDArray[Any],
    source_start: int,
    factors: NDArray[Any],
    factors_start: int,
    size: int,
    factor: Any,
) -> None:
    scaled = _part(factors, factors_start, size) * target.dtype.type(factor)
    part = _part(target, target_start, size)
    part += scaled * _part(source, source_start, size)


dot = _interpreted_dot if config.DISABLE_JIT else _dot
"""dot(a, a_start, b, b_start, size): the sum of a[a_start + i] * b[b_start + i] over i < size."""

dot_squares = _interpreted_dot_squares if config.DISABLE_JIT else _dot_squares
"""dot_squares(a, a_start, b, b_start, size): the sum of a * (b * b), in the order of `dot`."""

set_scaled = _interpreted_set_scaled if config.DISABLE_JIT else _set_scaled
"""set_scaled(target, target_start, source, source_start, size, factor): target = factor * source."""

add_scaled = _interpreted_add_scaled if config.DISABLE_JIT else _add_scaled
"""add_scaled(target, target_start, source, source_start, size, factor): target += factor * source."""

add_product = _interpreted_add_product if config.DISABLE_JIT else _add_product
"""add_product(target, target_start, source, source_start, factors, factors_start, size, factor): target += (factor *
factors) * source."""

decay_and_add = _interpreted_decay_and_add if config.DISABLE_JIT else _decay_and_add
"""decay_and_add(target, target_start, source, source_start, size, decay, factor): target = decay * target + factor *
source."""
