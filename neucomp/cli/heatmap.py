"""`neucomp heatmap`."""

import click

from neucomp.cli import options
from neucomp.cli.batch import run_batch
from neucomp.cli.console import Console
from neucomp.cli.display import say
from neucomp.cli.output import STREAM, open_output, refuse_terminal
from neucomp.cli.source import open_source
from neucomp.codec import check_level


@click.command(name="heatmap", short_help="Draw where the bits of an image go.")
@click.argument("file", type=click.Path())
@click.option("-o", "--output", metavar="FILE", type=click.Path(), required=True, help="The picture to write, a PNG.")
@click.option("-f", "--force", is_flag=True, help="Replace an output file that exists; write to a terminal.")
@options.levels
@options.threads
@options.max_samples
@options.verbosity
@click.pass_context
def command(
    ctx: click.Context,
    file: str,
    output: str,
    force: bool,
    level: int,
    threads: int,
    max_samples: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Draw what each pixel of the image FILE takes when it is compressed, as a picture of the same size.

    Dark pixels cost next to nothing, bright ones much. Prints how many bits a pixel takes on average, and how many the
    brightest colour stands for.
    """
    console = Console(quiet, verbose)

    def draw_file(name: str) -> None:
        from PIL import Image

        from neucomp.heatmap import draw, pixel_bits

        if output == STREAM:
            refuse_terminal(force)
        with open_source(name, compressed=True) as source, open_output(output, None, force=force) as target:
            data = source.file.read()
            bits = pixel_bits(data, check_level(level), threads=threads or 2, max_samples=max_samples)
            picture, most = draw(bits)
            Image.fromarray(picture).save(target, "PNG")
        mean = f"{bits.mean():.2f} bits a pixel, {bits.sum() / 8:,.0f} bytes in all"
        if output != STREAM and not quiet:
            say(f"{source.title}: {mean}; the brightest colour is {most:.1f} bits a pixel or more")

    run_batch(ctx, console, [file], draw_file)
