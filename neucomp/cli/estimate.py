"""How long compressing will take, said before it starts where that is long."""

from neucomp.models import Model
from neucomp.parallel import choose_threads

ANNOUNCED_SECONDS = 60
_FASTER_LEVELS = (3, 1)


def estimate(model: Model, level: int, threads: int, size: int | None) -> str | None:
    """A line such as `about 30 minutes at level 5 (level 3: 9 minutes, level 1: 4 minutes)`; None if it is not worth
    saying or the size is not known."""
    if size is None or _seconds(model, level, threads, size) < ANNOUNCED_SECONDS:
        return None
    faster = [
        f"level {other}: {_in_words(_seconds(model, other, threads, size))}"
        for other in _FASTER_LEVELS
        if model.speed(other) > 1.5 * model.speed(level)
    ]
    line = f"about {_in_words(_seconds(model, level, threads, size))} at level {level}"
    return f"{line} ({', '.join(faster)})" if faster else line


def _seconds(model: Model, level: int, threads: int, size: int) -> float:
    blocks = max(-(-size // model.block_size(level)), 1)
    workers = choose_threads(threads, model, level, min(size, model.block_size(level)), blocks)
    rounds = -(-blocks // workers)
    return size / blocks * rounds / 1000 / model.speed(level)


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
