"""Suites of test files: which files, where they come from, and the SHA-256 that says they are the right ones.

A suite is a JSON file in `suites/`; most of the files themselves are not part of the repository.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from neucomp.bench.codec import Kind
from neucomp.bench.contents import read_image, read_sound
from neucomp.bench.harness import Subject
from neucomp.bench.small_files import write_npy, write_wav

SUITES_FOLDER = Path(__file__).parent / "suites"


def as_wav(data: bytes) -> bytes:
    """A WAV file with the samples of another audio file."""
    return write_wav(read_sound(data))


def as_tiles(data: bytes, pictures: int | None = None, side: int = 32) -> bytes:
    """The square tiles of a mosaic, row by row, as a batch (N, side, side, C) in a file of NumPy's.

    pictures: the most that are taken.
    """
    picture = read_image(data).samples[0]
    height, width, channels = picture.shape
    rows = picture.reshape(height // side, side, width // side, side, channels)
    return write_npy(rows.swapaxes(1, 2).reshape(-1, side, side, channels)[:pictures])


@dataclass(frozen=True)
class SuiteFile:
    """One file of a suite: its name in tables, its path below the data folder, and what it must contain."""

    name: str
    path: str
    sha256: str
    first: int | None = None  # use only this many bytes from the beginning
    pictures: int | None = None  # use only this many tiles

    def read(self, data_folder: Path) -> bytes:
        """The bytes of the file.

        Raises ValueError, saying what was found and what was expected, if they are not the ones of the manifest,
        and FileNotFoundError if there is no such file.
        """
        with (data_folder / self.path).open("rb") as file:
            data = file.read(-1 if self.first is None else self.first)
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise ValueError(f"{self.path} has SHA-256 {found[:16]}..., expected {self.sha256[:16]}...")
        return data


CONVERSIONS: dict[str, Callable[[bytes, SuiteFile], bytes]] = {
    "": lambda data, file: data,
    "wav": lambda data, file: as_wav(data),
    "tiles": lambda data, file: as_tiles(data, file.pictures),
}


@dataclass(frozen=True)
class Suite:
    """A named list of files with its origin.

    `convert`: what the files become before they are measured. `model`: what is measured of neucomp, "each" where the
    pictures of a batch are to be files of their own; by default what suits the file.
    """

    name: str
    title: str
    source: str
    kind: Kind
    files: tuple[SuiteFile, ...]
    convert: str = ""
    model: str | None = None

    def subjects(self, data_folder: Path) -> list[Subject]:
        """The files for `neucomp.bench.run`, read and checked when their turn comes."""

        def subject(file: SuiteFile) -> Subject:
            def read() -> bytes:
                try:
                    data = file.read(data_folder)
                except (OSError, ValueError) as error:
                    raise ValueError(f"{error} (source: {self.source})") from None
                return CONVERSIONS[self.convert](data, file)

            return Subject(file.name, read, self.name)

        return [subject(file) for file in self.files]


def suite_names() -> list[str]:
    """Names of the suites that come with the repository."""
    return sorted(path.stem for path in SUITES_FOLDER.glob("*.json"))


def load_suite(name: str) -> Suite:
    """Read the suite called `name`, or the manifest at the path `name` if that ends in .json."""
    path = Path(name) if name.endswith(".json") else SUITES_FOLDER / f"{name}.json"
    if not path.is_file():
        raise ValueError(f"no suite {name!r}; there are {', '.join(suite_names())}, or give the path of a manifest")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    convert = manifest.get("convert", "")
    if convert not in CONVERSIONS:
        raise ValueError(f"{path}: no conversion {convert!r}; there are {', '.join(filter(None, CONVERSIONS))}")
    return Suite(
        name=path.stem,
        title=manifest["title"],
        source=manifest["source"],
        kind=cast(Kind, manifest.get("kind", "bytes")),
        files=tuple(SuiteFile(**entry) for entry in manifest["files"]),
        convert=convert,
        model=manifest.get("model"),
    )
