"""The learning curve as a picture. Needs matplotlib: pip install neucomp[train]."""

from collections.abc import Sequence
from pathlib import Path

from neucomp.train.checkpoint import Point


def draw_curve(path: Path, history: Sequence[Point]) -> None:
    """Bits per byte of the deepest exit against bytes seen, in training and for each group's validation.

    path: of a .png or .svg file, which is written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    megabytes = [point.bytes_seen / 1e6 for point in history]
    axes.plot(megabytes, [point.training[-1] for point in history], color="black", marker=".", label="training")
    for name in history[-1].validation if history else []:
        seen = [
            (mb, point.validation[name][-1])
            for mb, point in zip(megabytes, history, strict=True)
            if name in point.validation
        ]
        axes.plot(*zip(*seen, strict=True), marker=".", linewidth=1, label=name)
    axes.set(xlabel="MB seen", ylabel="bits per byte", title="Learning curve: validation by group")
    axes.grid(alpha=0.3)
    axes.set_xlim(left=0)
    if history:
        axes.set_ylim(0, 1.05 * max(point.training[-1] for point in history[len(history) // 20 :]))
        axes.legend(ncols=2, fontsize="small")
    figure.savefig(path, dpi=110)
