"""What a person sees of a run: progress on stderr, tables on stdout."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable
from rich.text import Text

from neucomp.bench.results import SYMBOLS, Result
from neucomp.bench.tables import Table, codec_table, file_table, markdown, origin, speed, trouble_table
from neucomp.bench.totals import by_kind

MOST_FILES_EACH = 3
"""Up to so many files have a table of their own."""


def describe(result: Result) -> str:
    """A result as a line."""
    name = f"{result.suite}/{result.file}" if result.suite else result.file
    head = f"{name if len(name) <= 40 else f'...{name[-37:]}':<40} {result.label:<16}"
    if not result.verified or result.bits_per_symbol is None:
        return f"{head} {result.status.upper()}: {result.detail}"
    return (
        f"{head} {result.size:>11,} -> {result.compressed_size:>11,} "
        f"{result.bits_per_symbol:7.3f} bits/{SYMBOLS[result.kind]}"
        f" {speed(result.encode_kb_s):>8} / {speed(result.decode_kb_s):>8} KB/s"
    )


def explain_missing(error: Exception) -> str:
    """Why a codec cannot be used here, and what helps."""
    return f"{error} (pip install 'neucomp[bench]')" if isinstance(error, ModuleNotFoundError) else str(error)


@contextmanager
def progress(
    stream: IO[str], total: int, quiet: bool
) -> Iterator[tuple[Callable[[Result], None], Callable[[str], None]]]:
    """Yields what to call before a measurement, and with a line for each that is done.

    On a terminal a bar shows what is being measured; elsewhere there are the lines alone. total: measurements at most.
    """
    console = Console(file=stream, highlight=False, soft_wrap=True)
    if quiet:
        yield (lambda result: None), (lambda line: None)
        return
    if not console.is_terminal:
        yield (lambda result: None), (lambda line: console.print(Text(line)))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=total)

        def begin(result: Result) -> None:
            bars.update(task, description=f"{result.label} on {result.file[-30:]}")

        def end(line: str) -> None:
            console.print(Text(line))
            bars.advance(task)

        yield begin, end


def show(results: Sequence[Result], stream: IO[str], as_markdown: bool = False) -> None:
    """Print the tables, of each file if they are few and of all together, and where the figures come from."""
    for figures in by_kind(results):
        places = figures.places()
        if len(places) <= MOST_FILES_EACH:
            for place in places:
                show_table(codec_table(figures, [place]), stream, as_markdown)
        else:
            show_table(file_table(figures, places), stream, as_markdown)
        if len(figures.common) > 1:
            show_table(codec_table(figures, figures.common), stream, as_markdown)
    if trouble := [result for result in results if not result.verified]:
        show_table(trouble_table(trouble), stream, as_markdown)
    print(origin([result for result in results if result.verified]), file=stream)


def show_table(table: Table, stream: IO[str], as_markdown: bool = False) -> None:
    """Print one table."""
    if as_markdown:
        print(f"{table.title}\n\n{markdown(table)}\n", file=stream)
        return
    console = Console(file=stream, highlight=False)
    shown = RichTable(title=Text(table.title), title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for number, head in enumerate(table.heads):
        broken = Text(head.replace(" ", "\n") if number >= table.names else head)
        shown.add_column(broken, justify="left" if number < table.names else "right", vertical="bottom", no_wrap=True)
    for row in table.rows:
        shown.add_row(*(Text(cell.text, style="bold green" if cell.best else "") for cell in row))
    # Wider than the terminal, if it must be: a number that was cut would be another number.
    console.width = max(
        console.width, Measurement.get(console, console.options.update(max_width=10_000), shown).maximum
    )
    console.print(shown, soft_wrap=True)
    console.print()
