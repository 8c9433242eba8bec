"""`neucomp complete`."""

from typing import TYPE_CHECKING, Any

import click

from neucomp.cli import drawn, options
from neucomp.cli.console import Console
from neucomp.cli.source import open_source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@click.command(name="complete", short_help="Let a model continue a text or the upper part of images.")
@drawn.model_argument
@click.argument("file", type=click.Path())
@click.option("-n", "--count", type=click.IntRange(min=1), default=1, show_default=True, help="How many of each.")
@click.option("--keep", type=click.IntRange(min=0), help="Bytes, or rows, of FILE that stay.  [default: all]")
@click.option(
    "--size",
    type=click.IntRange(min=1),
    help="Bytes, or rows, in the end.  [default: twice as many as stay, or the usual size]",
)
@drawn.drawing
@options.verbosity
@click.pass_context
def command(
    ctx: click.Context,
    model: str,
    file: str,
    count: int,
    keep: int | None,
    size: int | None,
    output: str,
    force: bool,
    temperature: float,
    seed: int | None,
    device: str,
    weights: str | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Continue FILE, a text or the upper rows of images, with what a model draws.

    Output is that of neucomp sample.
    """
    from neucomp.drawing import complete

    def draw(**more: Any) -> "NDArray[np.uint8]":
        with open_source(file, compressed=False) as source:
            data = source.file.read()
        chosen: dict[str, Any] = {"temperature": temperature, "seed": seed, "device": device, **more}
        return complete(model, data, size, keep=keep, count=count, **chosen)

    drawn.write_samples(ctx, Console(quiet, verbose), file, model, output, force, weights, draw)
