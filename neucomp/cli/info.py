"""`neucomp info`."""

import shutil
import tempfile
from typing import BinaryIO, cast

import click

from neucomp.cli import options
from neucomp.cli.batch import run_batch
from neucomp.cli.console import Console
from neucomp.cli.display import say
from neucomp.cli.source import Source, open_source
from neucomp.overview import Info, info

_DESCRIBED = ("streams", "image")
"""Models whose only block says something about the whole file."""

EQUAL = {
    "image": ", not the file that was compressed but one with the same pixels and metadata (--pixels)",
    "audio": ", not the FLAC that was compressed but a WAV with the same samples and tags (--samples)",
}


@click.command(name="info", short_help="Say what files hold: model, level, sizes, blocks.")
@options.files
@click.option("-v", "--verbose", is_flag=True, help="Also list the blocks.")
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], verbose: bool) -> None:
    """Say what each FILE.neu holds: format, model, level, sizes, blocks.

    Reads the header and the index and decodes nothing: damage inside a block is for verify to find.
    """
    console = Console(quiet=False, verbose=verbose)

    def show(name: str) -> None:
        with open_source(name, compressed=True) as source:
            about = _overview(source)
        say(source.title)
        for label, value in _rows(about):
            say(f"  {label:<12} {value}")
        if verbose:
            _show_blocks(about)

    run_batch(ctx, console, files, show)


def _overview(source: Source) -> Info:
    if source.status is not None:
        return info(source.file)
    with tempfile.TemporaryFile() as copy:  # the index is at the end, and a pipe has none that one can go to
        shutil.copyfileobj(source.file, copy)
        copy.seek(0)
        return info(cast(BinaryIO, copy))


def _rows(about: Info) -> list[tuple[str, str]]:
    rows = [
        ("format", f"{about.format}, container version {about.version}"),
        ("model", f"{about.model}, level {about.level}"),
        ("original", f"{about.original_size:,} bytes{EQUAL.get(about.model, '') if about.equal_samples else ''}"),
        ("compressed", f"{about.compressed_size:,} bytes"),
        ("ratio", f"{about.compression_ratio:.3f}, {about.bits_per_byte:.3f} bits per byte"),
        ("blocks", f"{len(about.blocks):,}{_stored(about)}"),
    ]
    if about.model in _DESCRIBED and about.blocks[0].coded:
        rows.append(("holds", about.blocks[0].description))
    if about.sha256 is not None:
        rows.append(("sha-256", f"{about.sha256}... of the original"))
    if not about.original_size:
        rows = [row for row in rows if row[0] != "ratio"]
    if about.weights is not None:
        rows.insert(2, ("weights", f"{about.weights}..."))
    return rows


def _stored(about: Info) -> str:
    if not about.stored_blocks:
        return ""
    if about.stored_blocks < len(about.blocks):
        return f", {about.stored_blocks:,} of them stored as they are"
    return ", stored as it is" if len(about.blocks) == 1 else ", all stored as they are"


def _show_blocks(about: Info) -> None:
    say(f"  {'block':>7} {'original':>15} {'compressed':>15} {'bits/byte':>10}  what")
    for number, block in enumerate(about.blocks):
        bits_per_byte = 8 * block.compressed_size / block.original_size
        sizes = f"{block.original_size:>15,} {block.compressed_size:>15,}"
        say(f"  {number:>7} {sizes} {bits_per_byte:>10.3f}  {block.description}")
