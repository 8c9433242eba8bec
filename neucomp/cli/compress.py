"""`neucomp compress`."""

import errno
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

import click

from neucomp import codec
from neucomp.cli import options
from neucomp.cli.batch import run_batch
from neucomp.cli.comparison import compare
from neucomp.cli.console import Console
from neucomp.cli.estimate import estimate
from neucomp.cli.network import find_network
from neucomp.cli.source import SUFFIX, Source
from neucomp.cli.transfer import Transfer
from neucomp.formats import MAGIC_SIZE, find_format


@click.command(name="compress", short_help="Compress files.")
@options.files
@options.output
@options.recursive
@options.levels
@click.option(
    "-m",
    "--model",
    default=codec.AUTO,
    show_default=True,
    help="The model to code with; see neucomp models. auto: image for images, audio for sound, streams for what holds "
    "deflate streams, bytes for all else.",
)
@options.threads
@options.device
@options.weights
@click.option(
    "--pixels",
    is_flag=True,
    help="Where a PNG cannot be built again byte for byte, keep its pixels and metadata: decompressing then gives an "
    "equal picture in another file.",
)
@click.option(
    "--samples",
    is_flag=True,
    help="Keep the samples and tags of FLAC files in WAV files, and compress these: SONG.flac becomes SONG.wav.neu. "
    "Takes the package soundfile.",
)
@options.max_samples
@options.max_expanded
@click.option("--check", is_flag=True, help="Decode the result and compare it before it is put in place.")
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
    level: int,
    model: str,
    threads: int,
    device: str,
    weights: str | None,
    pixels: bool,
    samples: bool,
    max_samples: int,
    max_expanded: int | None,
    check: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Compress each FILE into FILE.neu, beside it. The input stays.

    Without FILE, or for -, standard input goes to standard output. The output appears when it is complete, with the
    mode and the time of its input; a file that exists is not replaced without -f.
    """
    transfer = Transfer(files, output, stdout, force, keep, recursive)
    if stdout and (recursive or len(files) > 1):
        raise click.UsageError("compressed files cannot be joined, so -c is for one input; tar makes one file of many")
    options.check_model(model)
    options.check_weights(weights, model)
    network = find_network(weights)
    console = Console(quiet, verbose)

    def code(source: Source, target: BinaryIO) -> codec.Summary:
        if line := estimate(codec.suitable_model(model, source.file), level, threads, source.size):
            console.note(f"{source.title}: {line}")
        with console.progress(source.title, source.size) as tick:
            summary = codec.compress_stream(
                source.file,
                target,
                level=level,
                model=model,
                threads=threads,
                tick=tick,
                device=device,
                network=network,
                pixels=pixels,
                samples=samples,
                max_samples=max_samples,
                max_expanded=max_expanded,
            )
        if summary.hint:
            console.note(f"{source.title}: {summary.hint}")
        if check:
            target.seek(0)
            with (
                console.progress(f"checking {source.title}", summary.original_size) as tick,
                nullcontext() if summary.equal_samples else compare(source) as original,
            ):
                codec.decompress_stream(
                    target,
                    original,
                    threads=threads,
                    tick=tick,
                    device=device,
                    network=network,
                    max_samples=max_samples,
                    max_expanded=max_expanded,
                )
        return summary

    def derive(name: str) -> str:
        if name.endswith(SUFFIX) and not force:
            raise FileExistsError(errno.EEXIST, f"already ends in {SUFFIX} (use -f to compress it once more)", name)
        return _name(name, samples) + SUFFIX

    run_batch(
        ctx,
        console,
        files,
        lambda name: transfer.run(name, console, code, derive, compressing=True, readable=check),
        recursive=recursive,
        accepts=lambda name: not name.endswith(SUFFIX),
    )


def _name(name: str, samples: bool) -> str:
    """What decompressing gives: `name`, but for a FLAC file whose samples are kept in a WAV."""
    path = Path(name)
    if not samples or path.suffix.lower() != ".flac" or not path.is_file():
        return name
    with path.open("rb") as file:
        return str(path.with_suffix(".wav")) if find_format(file.read(MAGIC_SIZE)).name == "flac" else name
