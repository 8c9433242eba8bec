"""Writes the golden files of the version that runs: `python -m tests.golden.make [--again]`.

Each version has a folder of its own, and keeps it: files of released versions must decode for ever. `--again` writes
the folder of this version anew, which is right until the version is released, when the coded bytes change on purpose.
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

import neucomp
from neucomp.formats.wav import plain_file
from neucomp.models import MODELS
from neucomp.models.plain import TransformerModel
from tests.formats.sound_files import aiff_file
from tests.helpers.classics import images_file, sound_file
from tests.helpers.forced_network import forced_network
from tests.helpers.nested_files import nested_file
from tests.helpers.picture_files import drawing, gray_batch, pixmap, stored_png
from tests.helpers.small_blocks import SmallBlocks
from tests.helpers.sounds import murmur
from tests.helpers.specimens import SPECIMENS, machine_code, markup, noise, records, samples, text
from tests.helpers.tile_networks import as_npy, likely_images

FOLDER = Path(__file__).parent
MANIFEST = "manifest.json"
SMALL_BLOCK = 700


@dataclass(frozen=True)
class Case:
    """One file: its original is made anew each time, and must be the same."""

    original: Callable[[], bytes]
    level: int
    small_blocks: bool = False
    """Whether the file is cut into blocks of at most SMALL_BLOCK bytes."""
    network: bool | None = None
    """Whether the byte model codes beside a network; None: where that is shorter."""
    transformer_lanes: int | None = None
    """Not the byte model, but the transformer alone, with so many lanes."""
    model: str = "auto"


@dataclass(frozen=True)
class Entry:
    """What the manifest says of a file."""

    level: int
    blocks: int
    stored_blocks: int
    original_size: int
    original_sha256: str
    compressed_size: int
    compressed_sha256: str


def cases() -> dict[str, Case]:
    """All files by name."""
    found = {
        f"{name}-{level}": Case(lambda make=make: make(2000), level)  # type: ignore[misc]
        for name, make in SPECIMENS.items()
        for level in (1, 5, 9)
        if name != "noise"
    }
    for name, make, level in (("text", text, 3), ("markup", markup, 5), ("records", records, 9)):
        found[f"{name}-{level}-beside"] = Case(lambda make=make: make(1500), level, network=True)  # type: ignore[misc]
        found[f"{name}-{level}-without"] = Case(lambda make=make: make(1500), level, network=False)  # type: ignore[misc]
    return found | {
        "empty": Case(bytes, 5),
        "one-byte": Case(lambda: b"n", 5),
        "zeros": Case(lambda: bytes(5000), 5),
        "all-bytes": Case(lambda: bytes(range(256)) * 3, 7),
        "noise": Case(lambda: noise(500), 5),
        "long": Case(lambda: bytes(70_000), 1),
        "blocks-1": Case(lambda: text(2500) + noise(1500) + samples(800), 1, small_blocks=True),
        "blocks-5": Case(lambda: markup(700) + records(700) + machine_code(700), 5, small_blocks=True),
        "levels-2": Case(lambda: text(1500), 2),
        "levels-3": Case(lambda: markup(1500), 3),
        "levels-4": Case(lambda: records(1500), 4, network=True),
        "levels-6": Case(lambda: text(1500), 6, network=True),
        "levels-7": Case(lambda: machine_code(1500), 7, network=True),
        "levels-8": Case(lambda: samples(1500), 8, network=True),
        "photo-1": Case(lambda: pixmap(40, 56), 1),
        "photo-5": Case(lambda: pixmap(40, 56), 5),
        "photo-9": Case(lambda: pixmap(40, 56), 9),
        "gray-batch-5": Case(lambda: gray_batch(3, 24, 24), 5),
        "picture-png-5": Case(lambda: stored_png(30, 44), 5),
        "drawing-5": Case(lambda: drawing(48, 64), 5),
        "wav-1": Case(lambda: plain_file(murmur(3000, 2), 16, 44_100), 1),
        "wav-5": Case(lambda: plain_file(murmur(3000, 2), 16, 44_100), 5),
        "wav-9": Case(lambda: plain_file(murmur(3000, 2), 16, 44_100), 9),
        "wav-loop-5": Case(lambda: plain_file(np.tile(murmur(1500, 1), (5, 1)), 16, 44_100), 5),
        "wav-surround-5": Case(lambda: plain_file(murmur(400, 6) << 8, 24, 48_000), 5),
        "aiff-5": Case(lambda: aiff_file(murmur(900, 1), 16, 8000, None, b"COMM", 0), 5),
        "streams-1": Case(nested_file, 1),
        "streams-5": Case(nested_file, 5),
        "transformer-1-lane": Case(lambda: text(700), 5, transformer_lanes=1),
        "transformer-7-lanes": Case(lambda: text(1500) + noise(200), 5, transformer_lanes=7),
        "counts-5": Case(lambda: text(3000) + noise(200), 5, model="counts"),
        "fvsbn-5": Case(lambda: images_file(30, shape=(8, 8)), 5, model="fvsbn"),
        "nade-5": Case(lambda: images_file(30, shape=(8, 8)), 5, model="nade"),
        "made-5": Case(lambda: images_file(30, shape=(8, 8)), 5, model="made"),
        "gru-5": Case(lambda: text(5000), 5, model="gru"),
        "wavenet-5": Case(lambda: sound_file(_codes(abs(np.arange(3000) % 90 - 45) - 22)), 5, model="wavenet"),
        "pixelcnn++-5": Case(lambda: as_npy(likely_images(3, 8, 12)), 5, model="pixelcnn++"),
        "pixelcnn-5": Case(lambda: as_npy(likely_images(3, 8, 12)), 5, model="pixelcnn"),
    }


def _codes(loudness: np.ndarray) -> bytes:
    """Loudness within +-127 as codes of the mu-law, in which silence is 255."""
    return np.where(loudness < 0, 127 + loudness, 255 - loudness).astype(np.uint8).tobytes()


def encode(case: Case) -> bytes:
    """The file that this version writes."""
    if case.transformer_lanes is not None:
        with patch.dict(MODELS, transformer=TransformerModel(lanes=case.transformer_lanes)):
            return neucomp.compress(case.original(), case.level, model="transformer")
    model = SmallBlocks(SMALL_BLOCK) if case.small_blocks else MODELS["bytes"]
    choice = nullcontext() if case.network is None else forced_network(case.network)
    with patch.dict(MODELS, bytes=model), choice:
        return neucomp.compress(case.original(), case.level, model=case.model)


def describe(original: bytes, blob: bytes) -> Entry:
    about = neucomp.info(blob)
    return Entry(
        level=about.level,
        blocks=len(about.blocks),
        stored_blocks=sum(not block.coded for block in about.blocks),
        original_size=len(original),
        original_sha256=hashlib.sha256(original).hexdigest(),
        compressed_size=len(blob),
        compressed_sha256=hashlib.sha256(blob).hexdigest(),
    )


def main(arguments: list[str]) -> None:
    """Writes and reads back all files of this version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="replace the files of this version")
    options = parser.parse_args(arguments)
    folder = FOLDER / neucomp.__version__
    if folder.exists() and not options.again:
        parser.error(f"{folder} exists; --again replaces it, which is wrong once version {folder.name} is released")
    blobs: dict[str, bytes] = {}
    entries: dict[str, Entry] = {}
    for name, case in cases().items():
        original = case.original()
        blobs[name] = encode(case)
        if neucomp.decompress(blobs[name]) != original:
            sys.exit(f"{name} does not come back: nothing was written")
        entries[name] = describe(original, blobs[name])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, blob in blobs.items():
        (folder / f"{name}.neu").write_bytes(blob)
    manifest = {f"{name}.neu": asdict(entry) for name, entry in entries.items()}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(f"{len(blobs)} files, {sum(map(len, blobs.values()))} bytes, in {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
