"""Stopping in good order: Ctrl-C, SIGTERM and SIGHUP unwind the program as exceptions do, and leave no partial file.

Work that can stop by itself, at a point of its own choice, asks `stopping_on_request` instead.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from neucomp.cli.output import remove_unfinished


class Stopped(KeyboardInterrupt):
    """Raised in the main thread by the signal `signum`."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.exit_code = 128 + signum


_stopped_by = 0


def raise_if_stopped(error: Exception) -> None:
    """Raises `Stopped` anew when a signal did, and what it met on its way up made this error of it.

    Extension modules do: one that is interrupted while it is imported reports that it cannot be imported.
    """
    if _stopped_by:
        raise Stopped(_stopped_by) from error


@contextmanager
def stopping_in_order() -> Iterator[None]:
    """Turns the first such signal into `Stopped`; a second one ends the process at once, unfinished files removed.

    The second way out exists because unwinding waits for worker threads, and compiling a kernel cannot be interrupted.
    """

    def stop(signum: int, _frame: FrameType | None) -> None:
        global _stopped_by
        if _stopped_by:
            remove_unfinished()
            os._exit(128 + signum)
        _stopped_by = signum
        raise Stopped(signum)

    with _handling(stop):
        yield


@contextmanager
def stopping_on_request() -> Iterator[Callable[[], int]]:
    """Yields what tells which signal has asked to stop, 0 while none has; a second one does what it did before."""
    asked = 0

    def ask(signum: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked and callable(before[signum]):
            before[signum](signum, frame)
        asked = signum

    with _handling(ask) as before:
        yield lambda: asked


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[dict[int, Any]]:
    """Sets a handler; yields those before, by signal, which come back at the end."""
    previous = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # not every system has SIGHUP
        # Ignored signals stay ignored: nohup, and background jobs of a shell script, rely on it.
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            previous[number] = signal.signal(number, handler)
    try:
        yield previous
    finally:
        for number, before in previous.items():
            signal.signal(number, before)
