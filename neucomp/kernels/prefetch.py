"""A hint to the processor that a table entry will be needed; it never changes a result."""

from typing import Any

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic


def _without_compiler(array: Any, index: Any) -> None:
    """Interpreted kernels have no use for the hint."""


@intrinsic
def _prefetch(context: Any, array: Any, index: Any) -> Any:
    """Emits llvm.prefetch (write, moderate locality, data) for array[index]."""

    def emit(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = target.make_array(signature.args[0])(target, builder, arguments[0]).data
        address = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [address.type, *[ir.IntType(32)] * 3])
        name = "llvm.prefetch.p0" if str(address.type) == "ptr" else "llvm.prefetch.p0i8"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        builder.call(function, [address, *(ir.Constant(ir.IntType(32), v) for v in (1, 2, 1))])
        return target.get_dummy_value()

    return types.void(array, index), emit


prefetch = _without_compiler if config.DISABLE_JIT else _prefetch
