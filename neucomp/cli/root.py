"""The command `neucomp`: finds its subcommands, and turns every way a run can end into an exit code."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

import click

from neucomp import __version__
from neucomp.cli.exits import EXIT_CODES, Exit
from neucomp.cli.stopping import Stopped, stopping_in_order

COMMANDS = {
    "compress": "neucomp.cli.compress",
    "decompress": "neucomp.cli.decompress",
    "info": "neucomp.cli.info",
    "verify": "neucomp.cli.verify",
    "heatmap": "neucomp.cli.heatmap",
    "score": "neucomp.cli.score",
    "sample": "neucomp.cli.sample",
    "complete": "neucomp.cli.complete",
    "models": "neucomp.cli.models",
    "train": "neucomp.cli.train",
    "bench": "neucomp.cli.bench",
}


class Commands(click.Group):
    """A group that imports a subcommand's module when it is asked for, and reports errors in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The click command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name]).command
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the subcommand; leaves by way of an exit code."""
        try:
            result = super().invoke(ctx)
            if sys.stdout is not None:  # the caller may have closed it
                sys.stdout.flush()
            return result
        except click.exceptions.Exit:
            if sys.stdout is not None:
                # What a command has reported already is not reported once more.
                try:
                    sys.stdout.flush()
                except OSError:
                    _forget_standard_output()
            raise
        except BrokenPipeError:
            _forget_standard_output()
            ctx.exit(Exit.BROKEN_PIPE)
        except Stopped as stopped:
            click.echo("neucomp: interrupted", err=True)
            ctx.exit(stopped.exit_code)
        except OSError as error:  # of standard output: commands report those of their files themselves
            _forget_standard_output()
            click.echo(f"neucomp: standard output: {error.strerror or error}", err=True)
            ctx.exit(Exit.SYSTEM)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Runs the command line and exits; usage errors take one line instead of click's four."""
        with stopping_in_order():
            try:
                code = super().main(
                    args, prog_name, complete_var, False, windows_expand_args=windows_expand_args, **extra
                )
            except click.ClickException as error:
                path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "neucomp"
                click.echo(f"{path}: {error.format_message().rstrip('.')} (see {path} --help)", err=True)
                code = error.exit_code
            except click.Abort:  # interrupted before a command ran
                code = Exit.INTERRUPTED
        sys.exit(code)


def _forget_standard_output() -> None:
    """What is still buffered cannot be written: without this, Python would try and complain again when it exits."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=EXIT_CODES,
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Lossless compression by models that learn each file while they code it.

    \b
      neucomp compress report.txt            writes report.txt.neu
      neucomp decompress report.txt.neu      writes report.txt
      tar c folder | neucomp compress -o folder.tar.neu
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(Exit.USAGE)
