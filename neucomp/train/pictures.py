"""Pictures to train pixel networks on: groups of them, some held out for validation, and copies of the others.

Held out are whole pictures, chosen by hashes of the seed, the group and the name.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neucomp.kernels.pixel_drawing import BORDER, Pool
from neucomp.train.copies import make_copies
from neucomp.train.sources import Source, by_group, find_files, find_shares

SUFFIXES = {".png", ".webp", ".tif", ".tiff", ".bmp", ".ppm", ".pgm", ".jpg", ".jpeg"}
_HELD_OUT = 20
"""One picture of as many is for validation, and at least one."""

Picture = NDArray[np.uint8]  # (height, width, 3): red, green, blue


@dataclass(frozen=True)
class PictureGroup:
    """Pictures of one kind."""

    name: str
    share: float
    """Of what is read; the shares of all groups sum to 1."""
    pixels: int
    """To train on, copies not counted."""
    validation: Pool
    digest: str
    """SHA-256 of all its pictures."""


@dataclass(frozen=True)
class Pictures:
    """All groups of a training run."""

    pool: Pool
    """What is read: pictures of all groups, and copies of them."""
    groups: tuple[PictureGroup, ...]

    def describe(self) -> str:
        """One line: names, sizes in millions of pixels and shares."""
        parts = (f"{group.name} {group.pixels / 1e6:.2f} Mpixel x {group.share:.3f}" for group in self.groups)
        return ", ".join(parts)

    @property
    def digest(self) -> str:
        """SHA-256 of names, shares and data."""
        lines = (f"{group.name} {group.share:.9f} {group.digest}\n" for group in self.groups)
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_pictures(sources: Sequence[Source], seed: int = 0, validation: Sequence[Source] = ()) -> Pictures:
    """Reads pictures, and all those below folders; sources of one group are joined.

    validation: pictures for validation; of groups that have some here, nothing is held out.
    ValueError if there are too few, or the weights make no sense; OSError if a file cannot be read as a picture.
    """
    training: dict[str, list[Picture]] = {}
    held_out: dict[str, list[Picture]] = {}
    for name, group in by_group(sources, validation).items():
        found, chosen = _read(group.training), [picture for _, picture in _read(group.validation)]
        pictures, chosen = ([picture for _, picture in found], chosen) if chosen else _hold_out(found, name, seed)
        if not pictures or not chosen:
            raise ValueError(
                f"too little data: the group {name!r} has {len(pictures)} pictures to train on and {len(chosen)} for "
                f"validation; one of each, of more than {2 * BORDER} pixels in both directions, is the least"
            )
        training[name], held_out[name] = pictures, chosen
    sizes = {name: sum(map(_area, pictures)) for name, pictures in training.items()}
    shares = find_shares(sources, sizes)
    pooled: list[Picture] = []
    weights: list[float] = []
    groups = []
    for name, pictures in training.items():
        begin = len(pooled)
        for number, picture in enumerate(pictures):
            pooled += [picture, *make_copies(picture, np.random.default_rng((seed, begin, number)))]
        added = sum(map(_area, pooled[begin:]))
        weights += [shares[name] * _area(picture) / added for picture in pooled[begin:]]
        digest = hashlib.sha256(b"".join(map(_digest, [*pictures, *held_out[name]]))).hexdigest()
        groups.append(PictureGroup(name, shares[name], sizes[name], make_pool(held_out[name]), digest))
    return Pictures(make_pool(pooled, weights), tuple(groups))


def make_pool(pictures: Sequence[Picture], weights: Sequence[float] | None = None) -> Pool:
    """Pictures, each with the given weight in what is drawn, or with its area."""
    heights, widths = np.array([picture.shape[:2] for picture in pictures], np.int64).T.copy()
    areas = heights * widths
    starts = 3 * np.concatenate([[0], np.cumsum(areas)[:-1]])
    samples = np.concatenate([picture[..., (1, 0, 2)].reshape(-1) for picture in pictures])
    shares = np.cumsum(areas if weights is None else weights)
    return Pool(samples, starts.astype(np.int64), heights, widths, shares / shares[-1])


def _read(sources: Sequence[Source]) -> list[tuple[str, Picture]]:
    """Names and pictures; files of other kinds in folders are passed over, and so are pictures that are too small."""
    named = {source.path for source in sources}
    paths = [each for each in find_files(sources) if each[1] in named or each[1].suffix.lower() in SUFFIXES]
    pictures = ((name, _read_picture(path)) for name, path in paths)
    return [(name, picture) for name, picture in pictures if min(picture.shape[:2]) > 2 * BORDER]


def _read_picture(path: Path) -> Picture:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def _hold_out(found: list[tuple[str, Picture]], group: str, seed: int) -> tuple[list[Picture], list[Picture]]:
    """Pictures for training, in order, and for validation."""
    order = sorted(
        {name for name, _ in found}, key=lambda name: hashlib.sha256(f"{seed} {group} {name}".encode()).digest()
    )
    chosen = set(order[: max(1, len(found) // _HELD_OUT)])
    training, validation = ([picture for name, picture in found if (name in chosen) == held] for held in (False, True))
    return training, validation


def _area(picture: Picture) -> int:
    return len(picture) * len(picture[0])


def _digest(picture: Picture) -> bytes:
    return hashlib.sha256(f"{picture.shape}".encode() + picture.tobytes()).digest()
