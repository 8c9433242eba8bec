"""Text that reaches people: names that cannot steer a terminal, and lines that any standard output can take."""

import sys

import click


def printable(name: str) -> str:
    """A file name as it may be shown: names can hold characters that cannot be printed or that steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def say(line: str) -> None:
    """Prints a line; characters that standard output has no code for become escapes, as they do on stderr."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo(line.encode(encoding, "backslashreplace").decode(encoding))
