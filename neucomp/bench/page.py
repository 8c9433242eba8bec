"""The results as one HTML file that needs nothing else: sortable tables, plots, and where it all comes from."""

import io
import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template

import matplotlib
from matplotlib.figure import Figure

from neucomp.bench.plots import LIGHT, SETTINGS, draw_files, draw_ratio_speed
from neucomp.bench.results import SYMBOLS, Result
from neucomp.bench.tables import Cell, Table, codec_table, file_table, origin, speed, trouble_table
from neucomp.bench.totals import Figures, by_kind

TITLES = {"bytes": "Files", "image": "Images", "audio": "Recordings"}


def page(results: Sequence[Result]) -> str:
    """The whole file."""
    template = Template(files("neucomp.bench").joinpath("page.html").read_text(encoding="utf-8"))
    sections = [_section(figures) for figures in by_kind(results)]
    if trouble := [result for result in results if not result.verified]:
        sections.append(f"<h2>Without a result</h2>{_table(trouble_table(trouble))}")
    sections.append(f"<h2>All results</h2>{_table(_all_results(results))}")
    verified = [result for result in results if result.verified]
    return template.substitute(origin=escape(origin(verified)), sections="\n".join(sections))


def _section(figures: Figures) -> str:
    places, parts = figures.places(), [f"<h2>{TITLES[figures.kind]}</h2>"]
    with matplotlib.rc_context(SETTINGS | {"svg.fonttype": "none"}):
        if figures.common:
            parts.append(_svg(draw_ratio_speed(figures, figures.common, LIGHT), "Compression ratio against speed"))
            parts.append(_table(codec_table(figures, figures.common)))
        if places:
            symbol = SYMBOLS[figures.kind]
            parts.append(f"<h3>Bits per {symbol} of each file</h3>")
            parts.append(_svg(draw_files(figures, LIGHT), f"Bits per {symbol} of each file"))
            parts.append(_table(file_table(figures, places)))
    return "\n".join(parts)


def _svg(figure: Figure, title: str) -> str:
    """A figure as an element of the page, in the colours that the page has, light or dark."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    for name, colour in (("text", LIGHT.text), ("grid", LIGHT.grid), ("own", LIGHT.own), ("peer", LIGHT.peer)):
        svg = svg.replace(colour, f"var(--{name})")
    return f'<figure role="img" aria-label="{escape(title)}">{svg}</figure>'


def _table(table: Table) -> str:
    head = "".join(
        f'<th scope="col"{_class("name" if number < table.names else "")}><button>{escape(text)}</button></th>'
        for number, text in enumerate(table.heads)
    )
    rows = [f"<tr>{''.join(map(_cell, row))}</tr>" for row in table.rows]
    body, foot = "".join(rows[: len(rows) - table.sums]), "".join(rows[len(rows) - table.sums :])
    caption = f"<caption>{escape(table.title)}</caption>"
    parts = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody><tfoot>{foot}</tfoot>"
    return f'<div class="wide"><table>{caption}{parts}</table></div>'


def _cell(cell: Cell) -> str:
    if isinstance(cell.value, str):
        return f"<td{_class('name')}>{escape(cell.text)}</td>"
    value = json.dumps(cell.value if cell.value != float("inf") else 1e300)
    return f'<td data-value="{value}"{_class("best" if cell.best else "")}>{escape(cell.text)}</td>'


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _all_results(results: Sequence[Result]) -> Table:
    rows = []
    for each in results:
        names = (each.suite, each.file, each.label, each.version, each.status, each.compared, each.device)
        numbers = (
            Cell(f"{each.threads}", each.threads),
            Cell(f"{each.repeat}", each.repeat),
            Cell(f"{each.size:,}", each.size),
            _number(each.compressed_size, ",d"),
            _number(each.bits_per_symbol, ".3f"),
            _number(each.compression_ratio, ".2f"),
            _speed(each.encode_kb_s),
            _speed(each.decode_kb_s),
            _number(each.encode_peak_bytes, ",d"),
            _number(each.decode_peak_bytes, ",d"),
            _number(each.model_bytes, ",d"),
        )
        rows.append([*(Cell(name, name) for name in names), *numbers])
    heads = ["suite", "file", "codec", "version", "status", "compared", "device", "threads", "repeats", "original"]
    heads += ["compressed", "bits per symbol", "ratio", "encode KB/s", "decode KB/s", "encode memory", "decode memory"]
    return Table("sizes and memory in bytes", [*heads, "model"], rows, names=7)


def _number(number: float | None, form: str) -> Cell:
    return Cell("", -1.0) if number is None else Cell(format(number, form), number)


def _speed(kb_s: float | None) -> Cell:
    return Cell("", -1.0) if kb_s is None else Cell(speed(kb_s), kb_s)
