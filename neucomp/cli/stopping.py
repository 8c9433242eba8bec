"""Stopping in good order: Ctrl-C, SIGTERM and SIGHUP unwind the program as exceptions do, and leave no partial file."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from neucomp.cli.output import remove_unfinished


class Stopped(KeyboardInterrupt):
    """Raised in the main thread by the signal `signum`."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.exit_code = 128 + signum


@contextmanager
def stopping_in_order() -> Iterator[None]:
    """Turns the first such signal into `Stopped`; a second one ends the process at once, unfinished files removed.

    The second way out exists because unwinding waits for worker threads, and compiling a kernel cannot be interrupted.
    """
    stopped = False

    def stop(signum: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        if stopped:
            remove_unfinished()
            os._exit(128 + signum)
        stopped = True
        raise Stopped(signum)

    previous = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # not every system has SIGHUP
        # Ignored signals stay ignored: nohup, and background jobs of a shell script, rely on it.
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            previous[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
