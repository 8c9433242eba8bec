"""The command line: thin click commands over `neucomp.codec`, one module per command.

Nothing here imports numpy, numba or a model before a command needs it, so that `--help` and `--version` answer at once.
"""

from neucomp.cli.root import cli

__all__ = ["cli", "main"]


def main() -> None:
    """Runs the command line with the arguments of this process and ends it with an exit code of `neucomp.cli.exits`."""
    cli(prog_name="neucomp")
