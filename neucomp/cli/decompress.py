"""`neucomp decompress`."""

import errno
from typing import BinaryIO

import click

from neucomp import codec
from neucomp.cli import options
from neucomp.cli.batch import run_batch
from neucomp.cli.console import Console
from neucomp.cli.network import find_network
from neucomp.cli.source import SUFFIX, Source, is_compressed_name
from neucomp.cli.transfer import Transfer


@click.command(name="decompress", short_help="Give compressed files back.")
@options.files
@options.output
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
    output: str | None,
    stdout: bool,
    force: bool,
    keep: bool,
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
    """Decompress each FILE.neu into FILE, beside it. The input stays.

    Without FILE, or for -, standard input goes to standard output; with -c, several files follow each other there.
    Every block and the whole are checked before the output appears; standard output gets each block as it is decoded,
    so look at the exit code there.
    """
    transfer = Transfer(files, output, stdout, force, keep, recursive)
    network = find_network(weights)
    console = Console(quiet, verbose)

    def code(source: Source, target: BinaryIO) -> codec.Summary:
        with console.progress(source.title, console.decoded_size(source)) as tick:
            return codec.decompress_stream(
                source.file,
                target,
                threads=threads,
                max_size=max_size,
                tick=tick,
                device=device,
                network=network,
                max_samples=max_samples,
                max_expanded=max_expanded,
            )

    def derive(name: str) -> str:
        if not is_compressed_name(name):
            raise OSError(errno.EINVAL, f"does not end in {SUFFIX}, so the output has no name (use -o or -c)", name)
        return name.removesuffix(SUFFIX)

    run_batch(
        ctx,
        console,
        files,
        lambda name: transfer.run(name, console, code, derive, compressing=False),
        recursive=recursive,
        accepts=is_compressed_name,
    )
