"""`neucomp score`."""

import click

from neucomp import codec
from neucomp.cli import options
from neucomp.cli.batch import run_batch
from neucomp.cli.console import Console
from neucomp.cli.display import say
from neucomp.cli.network import find_network
from neucomp.cli.source import open_source
from neucomp.scoring import Score, score


@click.command(name="score", short_help="Rank files by how well a model explains them.")
@options.files
@options.recursive
@options.levels
@click.option(
    "-m", "--model", default=codec.AUTO, show_default=True, help="The model that is asked; see neucomp models."
)
@options.device
@options.weights
@options.max_samples
@options.verbosity
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    recursive: bool,
    level: int,
    model: str,
    device: str,
    weights: str | None,
    max_samples: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Say how many bits a model gives each FILE: first those that it explains best, last those unlike what it knows.

    A model that is a network alone, such as transformer, has an ideal size, the sum of -log2 of its probabilities; it
    stands beside that of the compressed file, both in bits for each symbol. Of other models, which learn while they
    code, only the file is measured. -v shows the blocks, too. Nothing is written.
    """
    options.check_model(model)
    options.check_weights(weights, model)
    network = find_network(weights)
    console = Console(quiet, verbose)
    found: list[tuple[str, Score]] = []

    def ask(name: str) -> None:
        with open_source(name, compressed=False) as source, console.progress(source.title, source.size) as tick:
            data = source.file.read()
            scored = score(data, model, level, device=device, network=network, max_samples=max_samples, tick=tick)
        found.append((source.title, scored))

    try:
        run_batch(ctx, console, files, ask, recursive=recursive)
    finally:
        if found:
            _show(found, verbose)


def _show(found: list[tuple[str, Score]], verbose: bool) -> None:
    """The table, best explained first."""
    say(f"{'ideal':>8} {'in file':>8} {'symbols':>12}  bits for each symbol of")
    for title, scored in sorted(found, key=lambda each: each[1].bits_per_symbol):
        say(f"{_line(scored.ideal_bits, scored.file_bits, scored.symbols)}  {title} ({scored.unit}s)")
        for number, block in enumerate(scored.blocks if verbose else ()):
            say(f"{_line(block.ideal_bits, block.file_bits, block.symbols)}    block {number}")


def _line(ideal: float | None, in_file: int, symbols: int) -> str:
    per_symbol = [
        f"{bits / symbols:8.4f}" if bits is not None and symbols else f"{'-':>8}" for bits in (ideal, in_file)
    ]
    return f"{' '.join(per_symbol)} {symbols:>12,}"
