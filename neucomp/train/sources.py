"""Training data on the command line: groups of files, some with weights, some held out for validation."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple


class Source(NamedTuple):
    """A file or a folder of training data."""

    group: str
    path: Path
    weight: float | None = None
    """Share of the group in what is read, relative to the others; None for its share of the bytes."""


class GroupSources(NamedTuple):
    """Where the data of a group are."""

    training: list[Source]
    validation: list[Source]
    """None if a part of the training data is to be held out."""


def by_group(sources: Sequence[Source], validation: Sequence[Source]) -> dict[str, GroupSources]:
    """The sources of each group, in the order of their first ones; ValueError if there are none to train on."""
    names = list(dict.fromkeys(source.group for source in sources))
    unknown = {source.group for source in validation} - set(names)
    if not names or unknown:
        raise ValueError(
            f"there is no training data for the group {min(unknown)!r}" if unknown else "no data are given"
        )
    return {
        name: GroupSources(*([source for source in each if source.group == name] for each in (sources, validation)))
        for name in names
    }


def find_files(sources: Sequence[Source]) -> Iterator[tuple[str, Path]]:
    """All files that sources name, and those below folders, by name: names relative to what was given, and paths."""
    for source in sources:
        if source.path.is_dir():
            paths = sorted(path for path in source.path.rglob("*") if path.is_file() and not path.is_symlink())
            yield from ((path.relative_to(source.path).as_posix(), path) for path in paths)
        else:
            yield source.path.name, source.path


def find_shares(sources: Sequence[Source], sizes: dict[str, int]) -> dict[str, float]:
    """Shares of the groups, by weights where they are given, else by size; ValueError if the weights make no sense."""
    weights: dict[str, float] = {}
    for source in sources:
        if source.weight is not None:
            if not 0 < source.weight < float("inf"):
                raise ValueError(f"the weight of the group {source.group!r} is {source.weight:g}, not above 0")
            if weights.setdefault(source.group, source.weight) != source.weight:
                raise ValueError(f"the group {source.group!r} has two weights")
    if weights and len(weights) < len(sizes):
        missing = next(name for name in sizes if name not in weights)
        raise ValueError(f"the group {missing!r} has no weight: give weights to all groups, or to none")
    known = weights or {name: float(size) for name, size in sizes.items()}
    total = sum(known.values())
    return {name: known[name] / total for name in sizes}
