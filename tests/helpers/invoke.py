"""The command line in this process."""

import click.testing

from neucomp.cli import cli


def run(*arguments: str, code: int = 0, stdin: bytes = b"") -> click.testing.Result:
    """Runs `neucomp` with arguments, and checks the exit code."""
    result = click.testing.CliRunner().invoke(cli, arguments, input=stdin, prog_name="neucomp")
    assert result.exit_code == code, result.output
    return result
