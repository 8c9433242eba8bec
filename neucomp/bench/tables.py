"""Results as tables of text, which the terminal, Markdown and HTML show each in its way."""

from collections.abc import Sequence
from typing import NamedTuple

from neucomp.bench.results import SYMBOLS, Result
from neucomp.bench.totals import Figures, Place, Total

ABSENT = "–"
UNKNOWN = "?"


class Cell(NamedTuple):
    """A text, what to sort it by, and whether it is the best of its kind."""

    text: str
    value: float | str = ""
    best: bool = False


class Table(NamedTuple):
    """Cells below their heads; in the first `names` columns stand names, in the others numbers, and in the last `sums`
    rows what belongs below all others."""

    title: str
    heads: list[str]
    rows: list[list[Cell]]
    names: int = 1
    sums: int = 0


def codec_table(figures: Figures, places: Sequence[Place], title: str = "") -> Table:
    """One row for each codec, over the files at `places`."""
    totals = {label: total for label in figures.labels if (total := figures.total(label, places))}
    models = any(total.model_bytes for total in totals.values())
    smallest = min((total.compressed_size for total in totals.values()), default=0)
    rows = []
    for label, total in sorted(totals.items(), key=lambda item: item[1].compressed_size):
        row = [Cell(label, label), *_costs(total, total.compressed_size == smallest and len(totals) > 1)]
        if models:
            row += [_model(total.model_bytes), _break_even(total.model_bytes, figures.break_even(label, places))]
        rows.append(row)
    heads = ["codec", "bytes", f"bits per {SYMBOLS[figures.kind]}", "ratio", "encode KB/s", "decode KB/s"]
    heads += ["encode MB", "decode MB"] + (["model MB", "break-even MB"] if models else [])
    return Table(title or _title(figures, places, list(totals.values())), heads, rows)


def _costs(total: Total, best: bool) -> list[Cell]:
    return [
        Cell(f"{total.compressed_size:,}", total.compressed_size, best),
        Cell(f"{total.bits_per_symbol:.3f}", total.bits_per_symbol, best),
        Cell(f"{total.compression_ratio:.2f}", total.compression_ratio, best),
        Cell(speed(total.encode_kb_s), total.encode_kb_s or 0.0),
        Cell(speed(total.decode_kb_s), total.decode_kb_s or 0.0),
        megabytes(total.encode_peak_bytes),
        megabytes(total.decode_peak_bytes),
    ]


def _title(figures: Figures, places: Sequence[Place], totals: Sequence[Total]) -> str:
    name = places[0].file if len(places) == 1 else f"{len(places)} files"
    size = f"{totals[0].size:,} bytes" if totals else "no result"
    symbol = SYMBOLS[figures.kind]
    missing = [label for label in figures.labels if figures.total(label, places) is None]
    return (
        f"{name}, {size}"
        + (f", {totals[0].symbols:,} {symbol}s" if totals and symbol != "byte" else "")
        + (f"; without {', '.join(missing)}, which did not finish them all" if missing else "")
    )


def file_table(figures: Figures, places: Sequence[Place], bits: bool = True) -> Table:
    """One row for each file, one column for each codec: bits per symbol, or bytes and below them totals."""
    suites = len({place.suite for place in places}) > 1
    rows = []
    for place in places:
        found = [figures.result(place, label) for label in figures.labels]
        size = next(result.size for result in found if result is not None)
        values = [_value(result, bits) for result in found]
        name = f"{place.suite}/{place.file}" if suites and place.suite else place.file
        rows.append([Cell(name, name), Cell(f"{size:,}", size), *_marked(values, ".3f" if bits else ",d")])
    if len(places) > 1:
        totals = [figures.total(label, places) for label in figures.labels]
        size = next((total.size for total in totals if total), 0)
        head = [Cell("total", ""), Cell(f"{size:,}" if size else ABSENT, size)]
        if not bits:
            rows.append([*head, *_marked([total.compressed_size if total else None for total in totals], ",d")])
            head = [Cell(f"bits per {SYMBOLS[figures.kind]}", ""), Cell("")]
        rows.append([*head, *_marked([total.bits_per_symbol if total else None for total in totals], ".3f")])
    title = f"bits per {SYMBOLS[figures.kind]}" if bits else "bytes"
    return Table(title, ["file", "original", *figures.labels], rows, sums=len(rows) - len(places))


def _value(result: Result | None, bits: bool) -> float | None:
    if result is None:
        return None
    return result.bits_per_symbol if bits else result.compressed_size


def trouble_table(results: Sequence[Result]) -> Table:
    """What gave no result, and why; codecs that do not suit a file are no trouble, but are listed, too."""
    rows = []
    for each in results:
        name = f"{each.suite}/{each.file}" if each.suite else each.file
        rows.append([Cell(text, text) for text in (each.label, name, each.status, each.detail)])
    return Table("Without a result", ["codec", "file", "status", "reason"], rows, names=4)


def _marked(numbers: Sequence[float | None], form: str) -> list[Cell]:
    """Numbers as cells, the smallest marked, a dash for what is missing."""
    present = [number for number in numbers if number is not None]
    smallest = format(min(present), form) if len(present) > 1 else ""
    return [mark(number, form, smallest) for number in numbers]


def mark(number: float | None, form: str, smallest: str) -> Cell:
    """A number that may be missing; the best if it looks like the smallest."""
    if number is None:
        return Cell(ABSENT, float("inf"))
    text = format(number, form)
    return Cell(text, number, text == smallest)


def speed(kb_s: float | None) -> str:
    """KB/s to two or three significant digits, as a repeated measurement does not agree on more; a dash for None."""
    if kb_s is None:
        return ABSENT
    if kb_s < 10:
        return f"{kb_s:.1f}"
    digits = 10 ** max(len(str(round(kb_s))) - 2, 0)
    return f"{round(kb_s / digits) * digits:,}"


def megabytes(count: float | None, form: str = ",.0f") -> Cell:
    """Bytes as millions."""
    return Cell(ABSENT, 0.0) if count is None else Cell(format(count / 1e6, form), count)


def _model(count: int | None) -> Cell:
    return Cell(UNKNOWN, 0.0) if count is None else megabytes(count or None, ".1f")


def _break_even(model_bytes: int | None, count: float | None) -> Cell:
    if model_bytes is None:
        return Cell(UNKNOWN, 0.0)
    if count == float("inf"):
        return Cell("never", count)
    return megabytes(count or None, ",.1f" if count is not None and count < 1e7 else ",.0f")


def origin(results: Sequence[Result]) -> str:
    """When, where and with what versions results were measured."""
    dates = sorted({result.date for result in results})
    if not dates:
        return "Nothing was measured."
    machines = sorted({result.machine for result in results})
    versions = sorted({result.version for result in results}, key=str.lower)
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    return f"Measured {when} on {'; '.join(machines)}, with {', '.join(versions)}."


def markdown(table: Table) -> str:
    """A table in Markdown, the best in bold."""
    rule = ["---" if i < table.names else "---:" for i in range(len(table.heads))]
    lines = [[f"**{cell.text}**" if cell.best else _escaped(cell.text) for cell in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in ([_escaped(head) for head in table.heads], rule, *lines))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
