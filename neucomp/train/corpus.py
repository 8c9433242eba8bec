"""What a network is trained on: groups of files with weights, a part of each held out for validation.

Held out are whole files, or 64 KB pieces of longer ones, chosen by hashes of the seed, the group and the file, so that
the choice does not change with what else is there.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.nets.rows import find_rows, new_readers
from neucomp.train.sources import Source, by_group, find_files, find_shares

LOOK_BACK = 48
"""Bytes before a window from which the hashes of its first contexts are made: three long words."""

_PIECE = 64 << 10
_VALIDATION_SHARE = 0.02
_LARGEST_VALIDATION = 256 << 10
"""Validation takes a 50th of a group, at most 256 KB, and at least one piece, in pieces of up to 64 KB."""

_MOST_PIECES_OF_A_FEW = 8
"""A group of fewer pieces is cut into shorter ones, so that one of them is not too much to hold out."""


@dataclass(frozen=True)
class Group:
    """Data of one kind."""

    name: str
    share: float
    """Of the windows; the shares of all groups sum to 1."""
    training: NDArray[np.uint8]
    validation: NDArray[np.uint8]
    digest: str
    """SHA-256 of both."""


class Windows(NamedTuple):
    """What a network reads in a step, and what it is to predict."""

    symbols: NDArray[np.int64]  # (windows, length): the byte before each
    targets: NDArray[np.int64]  # (windows, length)
    rows: NDArray[np.int64]  # (windows, length, 8): rows in all tables one after the other


@dataclass(frozen=True)
class Corpus:
    """All groups of a training run."""

    groups: tuple[Group, ...]

    def sample(self, chance: np.random.Generator, count: int, length: int, table_bits: tuple[int, ...]) -> Windows:
        """`count` random windows, from groups by their shares."""
        size = LOOK_BACK + length + 1
        windows = np.empty((count, size), np.uint8)
        for i, number in enumerate(chance.choice(len(self.groups), count, p=[group.share for group in self.groups])):
            data = self.groups[number].training
            start = int(chance.integers(0, data.size - size + 1))
            windows[i] = data[start : start + size]
        return read_windows(windows, table_bits)

    def describe(self) -> str:
        """One line: names, sizes in MB and shares."""
        parts = (f"{group.name} {group.training.size / 1e6:.2f} MB x {group.share:.3f}" for group in self.groups)
        return ", ".join(parts)

    @property
    def digest(self) -> str:
        """SHA-256 of names, shares and data."""
        lines = (f"{group.name} {group.share:.9f} {group.digest}\n" for group in self.groups)
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_windows(windows: NDArray[np.uint8], table_bits: tuple[int, ...]) -> Windows:
    """Windows (count, LOOK_BACK + length + 1) of data, with the rows of their contexts."""
    first_rows = np.cumsum([0, *(1 << bits for bits in table_bits[:-1])], dtype=np.int64)
    rows = find_rows(windows[:, :-1], new_readers(len(windows)), table_bits)[:, LOOK_BACK:] + first_rows
    whole = windows.astype(np.int64)
    return Windows(whole[:, LOOK_BACK:-1], whole[:, LOOK_BACK + 1 :], rows)


def cut_windows(data: NDArray[np.uint8], length: int, most: int) -> NDArray[np.uint8]:
    """Up to `most` windows (count, LOOK_BACK + length + 1) that predict different bytes, spread over the data."""
    count = (data.size - LOOK_BACK - 1) // length
    chosen = np.unique(np.linspace(0, count - 1, min(most, count)).astype(np.int64))
    windows: NDArray[np.uint8] = data[chosen[:, None] * length + np.arange(LOOK_BACK + length + 1)]
    return windows


def read_corpus(sources: Sequence[Source], length: int, seed: int = 0, validation: Sequence[Source] = ()) -> Corpus:
    """Reads files and all files below folders; sources of one group are joined.

    length: bytes of a window, for which each group must have room in both parts.
    validation: files for validation; of groups that have some here, nothing is held out.
    ValueError if there is too little data, or the weights make no sense; OSError if a file cannot be read.
    """
    parts = {}
    for name, group in by_group(sources, validation).items():
        files, held_out = _read(group.training), _read(group.validation)
        pieces = [data for _, data in held_out]
        training, pieces = ([data for _, data in files], pieces) if pieces else _hold_out(files, name, seed)
        parts[name] = tuple(np.frombuffer(b"".join(piece), np.uint8) for piece in (training, pieces))
        _require(name, LOOK_BACK + length + 1, *(part.size for part in parts[name]))
    shares = find_shares(sources, {name: part[0].size for name, part in parts.items()})
    groups = []
    for name, (training_part, validation_part) in parts.items():
        digest = hashlib.sha256(training_part.tobytes() + b"\0" + validation_part.tobytes()).hexdigest()
        groups.append(Group(name, shares[name], training_part, validation_part, digest))
    return Corpus(tuple(groups))


def _require(name: str, least: int, training_size: int, validation_size: int) -> None:
    if min(training_size, validation_size) < least:
        raise ValueError(
            f"too little data: the group {name!r} has {training_size:,} bytes to train on and {validation_size:,} for "
            f"validation; {least:,} of each are the least"
        )


def _read(sources: Sequence[Source]) -> list[tuple[str, bytes]]:
    """Names, relative to what was given, and contents."""
    return [(name, path.read_bytes()) for name, path in find_files(sources)]


def _hold_out(files: Sequence[tuple[str, bytes]], group: str, seed: int) -> tuple[list[bytes], list[bytes]]:
    """Pieces for training, in order, and for validation."""
    total = sum(len(data) for _, data in files)
    size = min(_PIECE, max(total // _MOST_PIECES_OF_A_FEW, 1))
    pieces = {
        (name, number): data[start : start + size]
        for name, data in files
        for number, start in enumerate(range(0, len(data), size))
    }
    order = sorted(pieces, key=lambda key: hashlib.sha256(f"{seed} {group} {key[0]} {key[1]}".encode()).digest())
    wanted = min(_VALIDATION_SHARE * total, _LARGEST_VALIDATION)
    chosen: set[tuple[str, int]] = set()
    for key in order:
        if wanted <= 0:
            break
        chosen.add(key)
        wanted -= len(pieces[key])
    training = [piece for key, piece in pieces.items() if key not in chosen]
    return training, [piece for key, piece in pieces.items() if key in chosen]
