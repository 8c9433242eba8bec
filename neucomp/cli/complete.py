"""`neucomp complete`."""

import click

from neucomp.cli import drawn, options
from neucomp.cli.console import Console
from neucomp.cli.source import open_source


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

    def draw(**more: object) -> object:
        with open_source(file, compressed=False) as source:
            data = source.file.read()
        return complete(
            model,
            data,
            size,
            keep=keep,
            count=count,
            temperature=temperature,
            seed=seed,
            device=device,
            **more,  # type: ignore
        )

    drawn.write_samples(ctx, Console(quiet, verbose), model, output, force, weights, draw)  # type: ignore
