"""Suites of test files: which files, where they come from, and the SHA-256 that says they are the right ones.

A suite is a JSON file in `suites/`; the files themselves are not part of the repository.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

SUITES_FOLDER = Path(__file__).parent / "suites"


@dataclass(frozen=True)
class SuiteFile:
    """One file of a suite: its name in tables, its path below the data folder, and what it must contain."""

    name: str
    path: str
    sha256: str
    first: int | None = None  # use only this many bytes from the beginning

    def read(self, data_folder: Path) -> bytes:
        """The bytes to compress.

        Raises ValueError, saying what was found and what was expected, if they are not the ones of the manifest,
        and FileNotFoundError if there is no such file.
        """
        with (data_folder / self.path).open("rb") as file:
            data = file.read(-1 if self.first is None else self.first)
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise ValueError(f"{self.path} has SHA-256 {found[:16]}..., expected {self.sha256[:16]}...")
        return data


@dataclass(frozen=True)
class Suite:
    """A named list of files with its origin."""

    name: str
    title: str
    source: str
    files: tuple[SuiteFile, ...]


def suite_names() -> list[str]:
    """Names of the suites that come with the repository."""
    return sorted(path.stem for path in SUITES_FOLDER.glob("*.json"))


def load_suite(name: str) -> Suite:
    """Read the suite called `name`, or the manifest at the path `name` if that ends in .json."""
    path = Path(name) if name.endswith(".json") else SUITES_FOLDER / f"{name}.json"
    if not path.is_file():
        raise ValueError(f"no suite {name!r}; there are {', '.join(suite_names())}, or give the path of a manifest")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    files = tuple(SuiteFile(**entry) for entry in manifest["files"])
    return Suite(path.stem, manifest["title"], manifest["source"], files)
