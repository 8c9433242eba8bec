"""Compression against speed, as a picture for light and for dark pages."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import Bbox
from tables import Figures, Total

OWN = "neucomp"


@dataclass(frozen=True)
class Theme:
    """Colours of text and marks on one kind of page; the page itself shows through."""

    text: str
    grid: str
    own: str
    peer: str
    background: str


THEMES = {
    "light": Theme(text="#1f2328", grid="#d8dee4", own="#0969da", peer="#6e7781", background="#ffffff"),
    "dark": Theme(text="#e6edf3", grid="#30363d", own="#58a6ff", peer="#9198a1", background="#0d1117"),
}


def speed_text(kb_s: float, _position: int | None = None) -> str:
    """A tick of the speed axis, KB/s or MB/s."""
    return f"{kb_s:g} KB/s" if kb_s < 1000 else f"{kb_s / 1000:g} MB/s"


def place_labels(axes: Axes, points: dict[str, tuple[float, float]], theme: Theme) -> None:
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
        for dx, dy, horizontal, vertical in sides:
            note = axes.annotate(
                label,
                point,
                xytext=(dx, dy),
                textcoords="offset points",
                ha=horizontal,
                va=vertical,
                color=theme.own if own else theme.text,
                fontweight="bold" if own else "normal",
            )
            box = note.get_window_extent().padded(2)
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
            covers = any(box.overlaps(other) for other in taken)
            covers |= any(box.contains(*pixel) for other, pixel in pixels.items() if other != label)
            if inside and not covers:
                break
            note.remove()
        else:
            note = axes.annotate(label, point, xytext=(8, 0), textcoords="offset points", va="center", color=theme.text)
            box = note.get_window_extent()
        taken.append(box)


def draw_panel(axes: Axes, title: str, points: dict[str, tuple[float, float]], theme: Theme) -> None:
    """One direction: speed to the right, compression upwards."""
    own = [point for label, point in points.items() if label.startswith(OWN)]
    peers = [point for label, point in points.items() if not label.startswith(OWN)]
    axes.set_xscale("log")
    for group, colour, marker in ((peers, theme.peer, "o"), (own, theme.own, "D")):
        if group:
            speeds, ratios = zip(*group, strict=True)
            axes.scatter(speeds, ratios, s=42, color=colour, marker=marker, linewidths=0, zorder=3)
    levels = sorted(point for label, point in points.items() if label.startswith(OWN) and "-T" not in label)
    if len(levels) > 1:
        axes.plot(*zip(*levels, strict=True), color=theme.own, linewidth=1.5, zorder=2)
    axes.set_title(title, loc="left", color=theme.text, fontsize=11, pad=10)
    axes.xaxis.set_major_locator(LogLocator(10))
    axes.xaxis.set_major_formatter(FuncFormatter(speed_text))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(True, color=theme.grid, linewidth=0.8)
    axes.tick_params(which="both", length=0, colors=theme.text, labelsize=9)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(theme.grid)


def draw(figures: Figures, theme: Theme) -> Figure:
    """Two panels, compression and decompression, over the files that every codec has finished."""
    totals: dict[str, Total] = {
        label: total for label in figures.labels if (total := figures.total(label, figures.common)) is not None
    }
    if not totals:
        raise ValueError("no file that every codec has finished: nothing to plot")
    encode = {label: (total.encode_kb_s, total.compression_ratio) for label, total in totals.items()}
    decode = {label: (total.decode_kb_s, total.compression_ratio) for label, total in totals.items()}
    size = next(iter(totals.values())).size
    figure = Figure(figsize=(9.6, 4.4), layout="constrained", facecolor="none")
    left, right = figure.subplots(1, 2, sharex=True, sharey=True, subplot_kw={"facecolor": "none"})
    draw_panel(left, "compression speed", encode, theme)
    draw_panel(right, "decompression speed", decode, theme)
    left.set_ylabel("compression ratio", color=theme.text)
    caption = f"{len(figures.common)} files, {size / 1e6:,.1f} MB; up and to the right is better"
    figure.supxlabel(caption, color=theme.peer, fontsize=9)
    left.margins(y=0.1)
    slowest, fastest = min(encode.values())[0], max(decode.values())[0]
    left.set_xlim(slowest / 2, fastest * 8)  # names stand to the right of their points
    figure.draw_without_rendering()
    for axes, points in ((left, encode), (right, decode)):
        place_labels(axes, points, theme)
    return figure


def save_plots(figures: Figures, stem: Path) -> list[Path]:
    """Write `stem`-light and `stem`-dark as SVG; the same figures give the same bytes."""
    paths = []
    with matplotlib.rc_context({"svg.hashsalt": OWN, "font.size": 10, "font.family": "DejaVu Sans"}):
        for name, theme in THEMES.items():
            path = stem.with_name(f"{stem.name}-{name}.svg")
            draw(figures, theme).savefig(path, metadata={"Date": None})
            paths.append(path)
    return paths
