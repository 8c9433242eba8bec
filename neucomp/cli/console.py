"""What a person sees while files are worked on: notes, errors and progress, all on stderr."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import click

from neucomp.cli.exits import Exit, explain
from neucomp.cli.output import is_terminal
from neucomp.cli.source import Source, title
from neucomp.codec import original_size
from neucomp.models import Tick

PROGRESS_DELAY_SECONDS = 0.5


class Console(logging.Handler):
    """Notes, errors, progress; as a context manager it also shows what the library logs, such as that it compiles.

    quiet: only errors. verbose: one line for each file even where stderr is not a terminal.
    """

    def __init__(self, quiet: bool, verbose: bool) -> None:
        super().__init__(logging.INFO)
        self.quiet = quiet
        self.terminal = is_terminal(sys.stderr) and not quiet
        self.talkative = not quiet and (verbose or self.terminal)
        self.exit_code = Exit.OK
        self._write: Callable[[str], None] = self._echo

    def note(self, message: str) -> None:
        """One line about a file that is done."""
        if self.talkative:
            self._write(message)

    def warn(self, name: str, message: str) -> None:
        """One line about something that is no error."""
        if not self.quiet:
            self._write(f"neucomp: {title(name)}: {message}")

    def fail(self, name: str, error: Exception) -> None:
        """One line about the error that ended the work on a file; the exit code becomes the highest so far."""
        code, message = explain(error, name)
        self.exit_code = max(self.exit_code, code)
        self._write(f"neucomp: {title(name)}: {message}")

    def decoded_size(self, source: Source) -> int | None:
        """The number of bytes that decoding a source will give, for its progress; None where that is not known.

        Damage is not reported here: decoding meets it again.
        """
        return original_size(source.file) if self.terminal and source.status is not None else None

    @contextmanager
    def progress(self, label: str, total: int | None) -> Iterator[Tick | None]:
        """A bar with rate and time left for work that takes longer than a moment; on a terminal only.

        total: bytes, None when unknown. Yields what to call with the number of bytes just done.
        """
        if not self.terminal:
            yield None
            return
        from tqdm import tqdm  # 50 ms that a command without a terminal saves

        def write_above(message: str) -> None:
            tqdm.write(message, file=sys.stderr)

        bar = tqdm(
            total=total,
            desc=label if len(label) <= 30 else f"...{label[-27:]}",
            unit="B",
            unit_scale=True,
            leave=False,
            delay=PROGRESS_DELAY_SECONDS,
            dynamic_ncols=True,
            file=sys.stderr,
        )

        def advance(count: int) -> None:
            bar.update(count)

        with bar:
            self._write = write_above
            try:
                yield advance
            finally:
                self._write = self._echo

    def emit(self, record: logging.LogRecord) -> None:
        """Shows a record of the library's logger."""
        if not self.quiet:
            self._write(f"neucomp: {record.getMessage()}")

    def __enter__(self) -> Self:
        logger = logging.getLogger("neucomp")
        self._level = logger.level
        logger.addHandler(self)
        logger.setLevel(logging.INFO)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logger = logging.getLogger("neucomp")
        logger.removeHandler(self)
        logger.setLevel(self._level)

    @staticmethod
    def _echo(message: str) -> None:
        click.echo(message, err=True)
