"""The network that a command's --weights names."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neucomp.cli.console import Console
from neucomp.errors import UnsupportedError
from neucomp.models import ALONE

if TYPE_CHECKING:
    from neucomp.nets.networks import Network


def find_network(path: str | None) -> "Network[Any] | None":
    """The network in a file, if one is named; where it cannot be had, the command ends with one line that says why."""
    if path is None:
        return None
    try:
        return _load(Path(path).read_bytes())
    except Exception as error:
        console = Console(quiet=True, verbose=False)
        console.fail(path, error)
        click.get_current_context().exit(console.exit_code)


def _load(packed: bytes) -> "Network[Any]":
    """The network of a file's bytes, of any kind that a model codes with alone."""
    from neucomp.nets.weights_file import read

    kind = read(packed)[0].architecture
    for model in ALONE.values():
        if model.architecture().name == kind:
            return model.architecture().unpack(packed)
    raise UnsupportedError(f"the weights are of a {kind!r:.40}, with which no model codes alone")
