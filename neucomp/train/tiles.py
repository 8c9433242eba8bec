"""Small images of one size to train PixelCNN++ on: arrays of images, or pictures cut into tiles."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neucomp.train.pictures import SUFFIXES
from neucomp.train.sources import Source, by_group, find_files, find_shares

SIDE = 32
_HELD_OUT = 50
"""One tile of as many is for validation, and at least one."""

Images = NDArray[np.uint8]  # (n, 32, 32, 3): red, green, blue


@dataclass(frozen=True)
class TileGroup:
    """Tiles of one kind."""

    name: str
    share: float
    """Of what is read; the shares of all groups sum to 1."""
    training: Images
    validation: Images
    digest: str
    """SHA-256 of all its tiles."""


@dataclass(frozen=True)
class Tiles:
    """All groups of a training run."""

    groups: tuple[TileGroup, ...]

    def describe(self) -> str:
        """One line: names, numbers of tiles and shares."""
        return ", ".join(f"{group.name} {len(group.training):,} x {group.share:.3f}" for group in self.groups)

    @property
    def digest(self) -> str:
        """SHA-256 of names, shares and data."""
        lines = (f"{group.name} {group.share:.9f} {group.digest}\n" for group in self.groups)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def sample(self, chance: np.random.Generator, count: int) -> Images:
        """Tiles to train on, half of them mirrored (count, 32, 32, 3)."""
        chosen = chance.choice(len(self.groups), count, p=[group.share for group in self.groups])
        tiles = [self.groups[number].training for number in chosen]
        drawn = np.stack([group[chance.integers(len(group))] for group in tiles])
        mirrored = chance.random(count) < 0.5
        drawn[mirrored] = drawn[mirrored, :, ::-1]
        return drawn


def read_tiles(sources: Sequence[Source], seed: int = 0, validation: Sequence[Source] = ()) -> Tiles:
    """Reads pictures, which are cut into tiles, arrays (`.npy`, uint8, (n, 32, 32, 3)), and all those below folders.

    validation: files for validation; of groups that have some here, nothing is held out.
    ValueError if there are too few, or the weights make no sense; OSError if a file cannot be read.
    """
    parts = {}
    for number, (name, group) in enumerate(by_group(sources, validation).items()):
        tiles, chosen = _read(group.training), _read(group.validation)
        if not len(chosen) and len(tiles) > 1:
            held = np.zeros(len(tiles), np.bool_)
            order = np.random.default_rng((seed, number)).permutation(len(tiles))
            held[order[: max(1, len(tiles) // _HELD_OUT)]] = True
            tiles, chosen = tiles[~held], tiles[held]
        if not len(tiles) or not len(chosen):
            raise ValueError(
                f"too little data: the group {name!r} has {len(tiles)} tiles of {SIDE} x {SIDE} pixels to train on and "
                f"{len(chosen)} for validation; one of each is the least"
            )
        parts[name] = tiles, chosen
    shares = find_shares(sources, {name: len(tiles) for name, (tiles, _) in parts.items()})
    return Tiles(
        tuple(
            TileGroup(name, shares[name], *both, hashlib.sha256(b"".join(part.tobytes() for part in both)).hexdigest())
            for name, both in parts.items()
        )
    )


def _read(sources: Sequence[Source]) -> Images:
    """All tiles; files of other kinds in folders are passed over."""
    named = {source.path for source in sources}
    suffixes = {*SUFFIXES, ".npy"}
    paths = [path for _, path in find_files(sources) if path in named or path.suffix.lower() in suffixes]
    return np.concatenate([np.zeros((0, SIDE, SIDE, 3), np.uint8), *map(_read_file, paths)])


def _read_file(path: Path) -> Images:
    if path.suffix.lower() == ".npy":
        images: Images = np.load(path, allow_pickle=False)
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != (SIDE, SIDE, 3):
            raise ValueError(f"{path} is {images.dtype} {images.shape}, not uint8 (n, {SIDE}, {SIDE}, 3)")
        return images
    with Image.open(path) as image:
        picture = np.asarray(image.convert("RGB"))
    rows, columns = picture.shape[0] // SIDE, picture.shape[1] // SIDE
    cut = picture[: rows * SIDE, : columns * SIDE].reshape(rows, SIDE, columns, SIDE, 3)
    return cut.swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
