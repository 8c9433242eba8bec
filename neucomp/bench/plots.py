"""Plots: ratio against speed with the Pareto front, and bits of each file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import Bbox

from neucomp.bench.results import SYMBOLS, Result
from neucomp.bench.totals import Figures, Place, Total, by_kind, pareto_front

OWN = "neucomp"
MOST_FILES = 60
"""A plot of more files would be taller than a page is long."""

Points = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Theme:
    """Colours of text and marks on one kind of page; the page itself shows through unless it has a colour."""

    text: str
    grid: str
    own: str
    peer: str
    page: str = "none"


LIGHT = Theme(text="#1f2328", grid="#d8dee4", own="#0969da", peer="#6e7781")
DARK = Theme(text="#e6edf3", grid="#30363d", own="#58a6ff", peer="#9198a1")
PRINT = Theme(text="#1f2328", grid="#d8dee4", own="#0969da", peer="#6e7781", page="#ffffff")

SETTINGS: dict[Any, Any] = {"svg.hashsalt": OWN, "svg.fonttype": "path", "font.size": 10, "font.family": "DejaVu Sans"}
"""The same figures give the same bytes."""


def draw_ratio_speed(figures: Figures, places: Sequence[Place], theme: Theme) -> Figure:
    """Two panels, compression and decompression; the line joins the codecs that none other beats in both.

    Raises ValueError if no codec has finished all `places`, or times are not known.
    """
    totals: dict[str, Total] = {
        label: total for label in figures.labels if (total := figures.total(label, places)) is not None
    }
    if not totals:
        raise ValueError("no codec has finished all files: nothing to plot")
    encode, decode = {}, {}
    for label, total in totals.items():
        if total.encode_kb_s is None or total.decode_kb_s is None:
            raise ValueError(f"the times of {label} are not known: nothing to plot")
        encode[label] = total.encode_kb_s, total.compression_ratio
        decode[label] = total.decode_kb_s, total.compression_ratio
    size = next(iter(totals.values())).size
    figure = Figure(figsize=(9.6, 4.6), layout="constrained", facecolor=theme.page)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True, subplot_kw={"facecolor": "none"})
    _draw_panel(left, "compression speed", encode, theme)
    _draw_panel(right, "decompression speed", decode, theme)
    left.set_ylabel("compression ratio", color=theme.text)
    count = f"{len(places)} files" if len(places) > 1 else places[0].file
    caption = f"{count}, {size:,} bytes; up and to the right is better, the line joins the best"
    figure.supxlabel(caption, color=theme.peer, fontsize=9)
    left.margins(y=0.12)
    slowest = min(min(speed for speed, _ in points.values()) for points in (encode, decode))
    fastest = max(max(speed for speed, _ in points.values()) for points in (encode, decode))
    left.set_xlim(slowest / 2.5, fastest * 8)  # names stand to the right of their points
    figure.draw_without_rendering()
    for axes, points in ((left, encode), (right, decode)):
        _place_labels(axes, points, theme)
    return figure


def draw_files(figures: Figures, theme: Theme) -> Figure:
    """Bits per symbol of each file, one mark for each codec; of many files, those that hold most."""
    symbols = {}
    for place in figures.places():
        found = [figures.result(place, label) for label in figures.labels]
        symbols[place] = max(result.symbols for result in found if result is not None)
    places = sorted(symbols, key=lambda place: symbols[place])[-MOST_FILES:]
    several = len({place.suite for place in places}) > 1
    names = [f"{place.suite}/{place.file}" if several and place.suite else place.file for place in places]
    figure = Figure(figsize=(9.6, 1.3 + 0.24 * len(places)), layout="constrained", facecolor=theme.page)
    axes = figure.subplots(subplot_kw={"facecolor": "none"})
    peers = [label for label in figures.labels if not label.startswith(OWN)]
    own = [label for label in figures.labels if label.startswith(OWN)]
    pairs = matplotlib.colormaps["tab20"]  # of a strong and a pale colour each: the strong ones first
    colours = [pairs(number) for number in (*range(0, 20, 2), *range(1, 20, 2))]
    for label in [*peers, *own]:
        marked = {row: result for row, place in enumerate(places) if (result := figures.result(place, label))}
        values = [result.bits_per_symbol or 0.0 for result in marked.values()]
        axes.scatter(
            values,
            list(marked),
            label=label,
            color=theme.own if label in own else colours[peers.index(label) % 20],
            alpha=1 - 0.6 * own.index(label) / len(own) if label in own else 0.9,
            marker="D" if label in own else "o",
            s=36 if label in own else 22,
            linewidths=0,
            zorder=4 if label in own else 3,
        )
    axes.set_yticks(range(len(places)), [name if len(name) < 45 else f"...{name[-42:]}" for name in names])
    axes.set_ylim(-0.7, len(places) - 0.3)
    axes.set_xlim(left=0)
    axes.set_xlabel(f"bits per {SYMBOLS[figures.kind]}; left is better", color=theme.text)
    _dress(axes, theme)
    figure.legend(loc="outside upper left", ncols=6, frameon=False, labelcolor=theme.text, fontsize=9)
    return figure


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as what the suffix of `path` says; the same figure gives the same bytes."""
    with matplotlib.rc_context(SETTINGS):
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
    return path


def save_themes(figures: Figures, stem: Path) -> list[Path]:
    """Write `stem`-light.svg and `stem`-dark.svg: ratio against speed, over the files that every codec has finished."""
    themes = {"light": LIGHT, "dark": DARK}
    return [
        save(draw_ratio_speed(figures, figures.common, theme), stem.with_name(f"{stem.name}-{name}.svg"))
        for name, theme in themes.items()
    ]


def save_pictures(results: Iterable[Result], folder: Path) -> list[Path]:
    """Write both plots of each kind of files as PNG into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for figures in by_kind(results):
        if figures.common:
            figure = draw_ratio_speed(figures, figures.common, PRINT)
            paths.append(save(figure, folder / f"ratio-speed-{figures.kind}.png"))
        if figures.places():
            paths.append(save(draw_files(figures, PRINT), folder / f"files-{figures.kind}.png"))
    return paths


def _speed_text(kb_s: float, _position: int | None = None) -> str:
    """A tick of the speed axis."""
    if kb_s < 1000:
        return f"{kb_s:g} KB/s"
    return f"{kb_s / 1000:g} MB/s" if kb_s < 1e6 else f"{kb_s / 1e6:g} GB/s"


def _draw_panel(axes: Axes, title: str, points: Points, theme: Theme) -> None:
    """One direction: speed to the right, compression upwards."""
    axes.set_xscale("log")
    for own, colour, marker in ((False, theme.peer, "o"), (True, theme.own, "D")):
        group = [point for label, point in points.items() if label.startswith(OWN) == own]
        if group:
            speeds, ratios = zip(*group, strict=True)
            axes.scatter(speeds, ratios, s=42, color=colour, marker=marker, linewidths=0, zorder=3)
    front = [points[label] for label in pareto_front(points)]
    axes.plot(*zip(*front, strict=True), color=theme.text, linewidth=1, linestyle=(0, (4, 3)), alpha=0.6, zorder=2)
    axes.set_title(title, loc="left", color=theme.text, fontsize=11, pad=10)
    axes.xaxis.set_major_locator(LogLocator(10, numticks=6))
    axes.xaxis.set_major_formatter(FuncFormatter(_speed_text))
    axes.xaxis.set_minor_formatter(NullFormatter())
    _dress(axes, theme)


def _dress(axes: Axes, theme: Theme) -> None:
    axes.grid(True, color=theme.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", length=0, colors=theme.text, labelsize=9)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(theme.grid)


def _place_labels(axes: Axes, points: Points, theme: Theme) -> None:
    """Write each codec's name beside its point, on the first side where it covers no other name or point.

    The figure must have been laid out, because names have a size in pixels only.
    """
    sides = [(8, 0, "left", "center"), (-8, 0, "right", "center"), (0, 8, "center", "bottom"), (0, -8, "center", "top")]
    sides += [(7, 7, "left", "bottom"), (7, -7, "left", "top"), (-7, 7, "right", "bottom"), (-7, -7, "right", "top")]
    pixels = {label: axes.transData.transform(point) for label, point in points.items()}
    taken: list[Bbox] = []
    frame = axes.get_window_extent()
    for label, point in points.items():
        own = label.startswith(OWN)
        colour, weight = (theme.own, "bold") if own else (theme.text, "normal")
        look: dict[str, Any] = {"textcoords": "offset points", "color": colour, "fontweight": weight, "fontsize": 9}
        for dx, dy, horizontal, vertical in sides:
            note = axes.annotate(label, point, xytext=(dx, dy), ha=horizontal, va=vertical, **look)
            box = note.get_window_extent().padded(1)
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
            covers = any(box.overlaps(other) for other in taken)
            covers |= any(box.contains(*pixel) for other, pixel in pixels.items() if other != label)
            if inside and not covers:
                break
            note.remove()
        else:
            note = axes.annotate(label, point, xytext=(8, 0), va="center", **look)
            box = note.get_window_extent()
        taken.append(box)
