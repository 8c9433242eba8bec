"""Work on threads with results in order: what comes out does not depend on the number of threads.

The compiled kernels release the interpreter lock, so that threads code blocks at the same time. At most `threads` + 1
items are inside at once, which bounds memory.
"""

import operator
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Generic, TypeVar

from neucomp.models import Model, Tick

Item = TypeVar("Item")
Result = TypeVar("Result")

POLL_S = 0.05
"""Seconds between looks at a running worker: how late progress and Ctrl-C may come."""


THREADS_MEMORY = 448 << 20
"""Bytes of working memory that threads may take together when the caller leaves their number to us."""


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_threads(threads: int) -> int:
    """A number of threads; `ValueError` for a negative number, `TypeError` for what is no integer."""
    threads = operator.index(threads)
    if threads < 0:
        raise ValueError(f"the number of threads must be 0 or more, got {threads}")
    return threads


def choose_threads(threads: int, model: Model, level: int, block_size: int, blocks: int | None) -> int:
    """Return the number of threads to use, at least 1: as many as asked for, or for 0 as many as there are cores and
    memory for; never more than blocks. Raises what `check_threads` does."""
    threads = check_threads(threads)
    if threads == 0:
        # A block is there as the original and as a payload, and one more waits for each that is at work.
        memory = model.memory(level, block_size) + 3 * block_size
        threads = min(available_cores(), THREADS_MEMORY // memory)
    if blocks is not None:
        threads = min(threads, blocks)
    return max(1, threads)


class InOrder(Generic[Item, Result]):
    """Runs `work(item, tick)` for each item that is put in, on `threads` >= 1 threads, and gives the results in order.

    With one thread the work runs in the calling thread. `tick(n)` is only ever called in the calling thread, with what
    the workers reported since the last call, and whatever it raises stops everything. Leaving the context cancels what
    still runs (its own tick raises) and joins the threads. An error in the work is raised in its place in the order.
    """

    def __init__(self, work: Callable[[Item, Tick], Result], threads: int, tick: Tick) -> None:
        self._work = work
        self._threads = threads
        self._tick = tick
        self._executor = ThreadPoolExecutor(threads, "neucomp") if threads > 1 else None
        self._pending: deque[Future[Result]] = deque()
        self._lock = threading.Lock()
        self._reported = 0
        self._cancelled = False

    def __enter__(self) -> "InOrder[Item, Result]":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._cancelled = True
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)

    def put(self, item: Item) -> list[Result]:
        """Take one more item; return the next results where this needs room, waiting for them."""
        if self._executor is None:
            return [self._work(item, self._tick)]
        self._pending.append(self._executor.submit(self._work, item, self._count))
        return [self._next()] if len(self._pending) > self._threads else []

    def drain(self) -> list[Result]:
        """Return all results that are left, waiting for them."""
        return [self._next() for _ in range(len(self._pending))]

    def _next(self) -> Result:
        future = self._pending.popleft()
        while wait([future], timeout=POLL_S).not_done:
            self._report()
        self._report()
        return future.result()

    def _count(self, symbols: int) -> None:
        with self._lock:
            self._reported += symbols
        if self._cancelled:
            raise _Cancelled

    def _report(self) -> None:
        with self._lock:
            symbols, self._reported = self._reported, 0
        self._tick(symbols)


class _Cancelled(Exception):
    """Ends the work in a thread whose result nobody wants any more."""
