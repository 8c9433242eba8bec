"""`neucomp verify`."""

import click

from neucomp import codec
from neucomp.cli import options
from neucomp.cli.batch import run_batch
from neucomp.cli.console import Console
from neucomp.cli.display import say
from neucomp.cli.network import find_network
from neucomp.cli.source import is_compressed_name, open_source


@click.command(name="verify", short_help="Decode and check, without writing anything.")
@options.files
@options.recursive
@options.threads
@options.device
@options.weights
@options.max_size
@options.max_samples
@options.max_expanded
@options.verbosity
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    recursive: bool,
    threads: int,
    device: str,
    weights: str | None,
    max_size: int | None,
    max_samples: int,
    max_expanded: int | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Decode each FILE.neu and check it, without writing anything.

    Prints one line for each file that is whole; -q prints nothing, and the exit code says it all.
    """
    network = find_network(weights)
    console = Console(quiet, verbose)

    def check(name: str) -> None:
        with open_source(name, compressed=True) as source:
            with console.progress(source.title, console.decoded_size(source)) as tick:
                summary = codec.decompress_stream(
                    source.file,
                    None,
                    threads=threads,
                    max_size=max_size,
                    tick=tick,
                    device=device,
                    network=network,
                    max_samples=max_samples,
                    max_expanded=max_expanded,
                )
            if not quiet:
                say(f"{source.title}: ok, {summary.original_size:,} bytes")

    run_batch(ctx, console, files, check, recursive=recursive, accepts=is_compressed_name)
