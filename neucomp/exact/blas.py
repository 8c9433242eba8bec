"""NumPy's BLAS on one thread, for as long as somebody computes many small products.

Threads of BLAS wait for each other at the end of each product. For products of a fraction of a millisecond that gains
little, and on a machine that has other work it costs most of the time: a thread that waits keeps the processor from
those it waits for. Blocks are what neucomp spreads over threads.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController

_taken = Lock()


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread, in the whole process.

    Who comes first sets it and puts back what was there before; until then it is nobody else's business. So no order in
    which threads come and go leaves another number behind, though one that stays longer than the first may get more.
    """
    if not _taken.acquire(blocking=False):
        yield
        return
    try:
        with _controller().limit(limits=1, user_api="blas"):
            yield
    finally:
        _taken.release()


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
