"""State without reference counts: for the time of a call, Python holds it.

numba counts references to every array of a NamedTuple at each function that gets it, inlined or not, with atomic
additions: a third of all time in a kernel of many pieces (measured on the image model). Arrays that own nothing are
not counted, and the compiler sees that.
"""

from typing import Any

from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic


def _as_it_is(state: Any) -> Any:
    """Interpreted kernels count references as Python does."""
    return state


def _without_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder, value)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        array.parent = cgutils.get_null_value(array.parent.type)
        return array._getvalue()
    if isinstance(kind, types.BaseTuple):
        for i, member in enumerate(kind.types):
            stripped = _without_owner(context, builder, member, builder.extract_value(value, i))
            value = builder.insert_value(value, stripped, i)
    return value


@intrinsic
def _borrow(context: Any, state: Any) -> Any:
    """The same arrays, nested tuples included, without their owners."""

    def emit(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _without_owner(target, builder, signature.args[0], arguments[0])

    return state(state), emit


borrow = _as_it_is if config.DISABLE_JIT else _borrow
