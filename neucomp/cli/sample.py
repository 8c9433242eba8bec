"""`neucomp sample`."""

from functools import partial

import click

from neucomp.cli import drawn, options
from neucomp.cli.console import Console


@click.command(name="sample", short_help="Draw text or images from a model.")
@drawn.model_argument
@click.option("-n", "--count", type=click.IntRange(min=1), default=1, show_default=True, help="How many.")
@click.option(
    "--size",
    callback=drawn.parse_sizes,
    metavar="SIZE",
    help="Bytes of a text, pixels of an image (32 or 24x32, the height first).",
)
@drawn.drawing
@options.verbosity
@click.pass_context
def command(
    ctx: click.Context,
    model: str,
    count: int,
    size: tuple[int, ...],
    output: str,
    force: bool,
    temperature: float,
    seed: int | None,
    device: str,
    weights: str | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Draw samples from a model that is a network alone: its decoder reads random bits.

    Text goes to the terminal, or one after the other into a file; images go on one sheet, a PNG.
    """
    from neucomp.drawing import sample

    draw = partial(sample, model, count, size, temperature=temperature, seed=seed, device=device)
    drawn.write_samples(ctx, Console(quiet, verbose), model, model, output, force, weights, draw)
