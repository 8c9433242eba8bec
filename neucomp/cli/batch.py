"""Many files, one after the other: a failure is reported, and the work goes on with the next file."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn

import click

from neucomp.cli.console import Console
from neucomp.cli.output import STREAM
from neucomp.cli.source import files_below, is_folder
from neucomp.cli.stopping import raise_if_stopped


def run_batch(
    ctx: click.Context,
    console: Console,
    names: Sequence[str],
    action: Callable[[str], None],
    *,
    recursive: bool = False,
    accepts: Callable[[str], bool] = lambda name: True,
) -> NoReturn:
    """Calls `action` with every name and ends the command with the highest exit code.

    names: from the command line; none means standard input.
    recursive: a folder stands for the files below it whose names `accepts` wants.
    """

    def attempt(name: str) -> None:
        try:
            action(name)
        except BrokenPipeError:
            raise  # nobody reads the output any more: the other files would meet the same
        except Exception as error:
            raise_if_stopped(error)
            console.fail(name, error)

    with console:
        for name in names or [STREAM]:
            if recursive and is_folder(name):
                for path in files_below(name, accepts, partial(console.fail, name)):
                    attempt(path)
            else:
                attempt(name)
    ctx.exit(console.exit_code)
