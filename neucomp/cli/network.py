"""The network that a command's --weights names."""

from typing import TYPE_CHECKING

import click

from neucomp.cli.console import Console

if TYPE_CHECKING:
    from neucomp.nets.weights import Network


def find_network(path: str | None) -> "Network | None":
    """The network in a file, if one is named; where it cannot be had, the command ends with one line that says why."""
    if path is None:
        return None
    from neucomp.nets.weights import load_network

    try:
        return load_network(path)
    except Exception as error:
        console = Console(quiet=True, verbose=False)
        console.fail(path, error)
        click.get_current_context().exit(console.exit_code)
