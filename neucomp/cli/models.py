"""`neucomp models`."""

import click

from neucomp.models import MODELS


@click.command(name="models", short_help="List the models to code with.")
def command() -> None:
    """List the models that this neucomp can code with: name, id in the file format, what it is for."""
    width = max(map(len, MODELS))
    for name, model in MODELS.items():
        click.echo(f"{name:<{width}}  {model.id:>3}  {model.summary}")
