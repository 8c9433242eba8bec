"""Files of all versions decode, and this version still writes the bytes that it wrote when they were made.

If the coded bytes change on purpose before a release, run `python -m tests.golden.make --again`; after it, give neucomp
a new version, and run it without `--again`. Never delete the files of a released version.
"""

import hashlib
import io
import json
from pathlib import Path

import pytest

import neucomp
from neucomp.models.byte_recipes import EFFORTS
from tests.golden.make import FOLDER, MANIFEST, Entry, cases, describe, encode

VERSIONS = sorted(path.parent.name for path in FOLDER.glob(f"*/{MANIFEST}"))


def manifest(version: str) -> dict[str, Entry]:
    listed = json.loads((FOLDER / version / MANIFEST).read_text(encoding="utf-8"))
    return {name: Entry(**entry) for name, entry in listed.items()}


def files() -> list[tuple[str, str]]:
    return [(version, name) for version in VERSIONS for name in manifest(version)]


def test_there_are_golden_files() -> None:
    assert neucomp.__version__ in VERSIONS, "run python -m tests.golden.make and commit what it writes"
    assert set(manifest(neucomp.__version__)) == {f"{name}.neu" for name in cases()}
    for folder in FOLDER.iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            assert folder.name in VERSIONS, "a version without its manifest"


@pytest.mark.parametrize("version", VERSIONS)
def test_no_file_is_missing(version: str) -> None:
    assert {path.name for path in (FOLDER / version).iterdir()} == {MANIFEST, *manifest(version)}


@pytest.mark.parametrize(("version", "name"), files())
def test_file_decodes(version: str, name: str) -> None:
    entry = manifest(version)[name]
    blob = (FOLDER / version / name).read_bytes()
    assert hashlib.sha256(blob).hexdigest() == entry.compressed_sha256, "the golden file itself has changed"
    original = neucomp.decompress(blob, max_size=entry.original_size)
    assert describe(original, blob) == entry
    with neucomp.open(io.BytesIO(blob)) as file:
        middle = entry.original_size // 2
        file.seek(middle)
        assert file.read() == original[middle:]


@pytest.mark.parametrize("name", cases())
def test_this_version_writes_the_same(name: str) -> None:
    case = cases()[name]
    entry = manifest(neucomp.__version__)[f"{name}.neu"]
    assert hashlib.sha256(case.original()).hexdigest() == entry.original_sha256, "the original is another one"
    blob = encode(case)
    assert (len(blob), hashlib.sha256(blob).hexdigest()) == (entry.compressed_size, entry.compressed_sha256), (
        "coded bytes have changed: see the top of this file"
    )


def test_golden_files_are_of_all_kinds() -> None:
    entries = manifest(neucomp.__version__)
    assert {entry.level for entry in entries.values()} == set(range(1, 10))
    assert any(entry.blocks > 1 and 0 < entry.stored_blocks < entry.blocks for entry in entries.values())
    blobs = [(Path(FOLDER) / neucomp.__version__ / name).read_bytes() for name in entries]
    described = "\n".join(block.description for blob in blobs for block in neucomp.info(blob).blocks)
    for kind in ("stored", "text", "markup", "code", "records", "samples", "network to depth", "lanes"):
        assert kind in described
    for level in EFFORTS:
        blocks = [each for each in described.split("\n") if f"level {level}, " in each]
        assert any("network" in each for each in blocks) == (EFFORTS[level].network_depth is not None)
        assert any("network" not in each for each in blocks) or level not in (1, 3, 5, 9)
