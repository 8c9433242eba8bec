"""Trains the classics: python benchmarks/recipes/classics/train.py NAME DATA [STEPS]

DATA holds the unpacked training data: `gutenberg/` for gru, `audio/` for wavenet; the images for fvsbn, nade and made
come with scikit-learn. Writes NAME.safetensors.zlib, NAME.csv (steps, bits per symbol in training, held out) and, while
it is at work, NAME.checkpoint, from which it goes on if it was stopped.
"""

import csv
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from digits import TEST, load_bits
from numpy.typing import NDArray
from sound import mu_law
from torch import Tensor

from neucomp.nets.classics.classic import Classic
from neucomp.nets.classics.fvsbn import FVSBN, FvsbnConfig
from neucomp.nets.classics.gru import GRU, GruConfig
from neucomp.nets.classics.made import MADE, MadeConfig
from neucomp.nets.classics.nade import NADE, NadeConfig
from neucomp.nets.classics.wavenet import WAVENET, PlainWaveConfig
from neucomp.train.classic_training import ClassicSettings, ClassicTraining, train

HELD_OUT_BOOKS = ("1661-8", "145-8", "2000-8")
HELD_OUT_IMAGES = 200
WAVE_LANES, WAVE_LENGTH = 8, 1024
TEXT_LANES, TEXT_LENGTH = 192, 64


class Data(NamedTuple):
    """What a run reads: the batch of a step, and batches that are held out."""

    draw: Callable[[int], Tensor]
    held_out: list[Tensor]
    described: str


class Run(NamedTuple):
    """How a network is trained."""

    classic: Classic
    config: Any
    settings: ClassicSettings
    data: Callable[[Path], Data]


def stretches(data: NDArray[np.uint8], lanes: int, length: int) -> Callable[[int], Tensor]:
    """Batches of stretches from anywhere."""

    def draw(step: int) -> Tensor:
        starts = np.random.default_rng(step).integers(0, len(data) - length, lanes)
        return torch.from_numpy(data[starts[:, None] + np.arange(length)].astype(np.int64))

    return draw


def images(path: Path) -> Data:
    """The digits that are not for tests, some of them held out."""
    bits = torch.from_numpy(load_bits()[:-TEST].astype(np.int64))
    seen, held_out = bits[:-HELD_OUT_IMAGES], bits[-HELD_OUT_IMAGES:]

    def draw(step: int) -> Tensor:
        return seen[torch.from_numpy(np.random.default_rng(step).integers(0, len(seen), 100))]

    return Data(draw, [held_out], f"{len(seen)} digits of scikit-learn, 8 x 8, 8 or more of 16 for 1")


def books(path: Path) -> Data:
    """English books, but for those held out."""
    all_books = {book: book.read_bytes() for book in sorted((path / "gutenberg").glob("*.txt"))}
    seen = b"".join(text for book, text in all_books.items() if book.stem not in HELD_OUT_BOOKS)
    held_out = np.frombuffer((path / "gutenberg" / "1661-8.txt").read_bytes(), np.uint8)
    draw = stretches(np.frombuffer(seen, np.uint8), TEXT_LANES, TEXT_LENGTH)
    batches = [stretches(held_out, 64, 512)(0)]
    return Data(draw, batches, f"{len(seen):,} bytes of English books from Project Gutenberg")


def recordings(path: Path) -> Data:
    """Speech at 8 and 16 kHz and music at 16 kHz; every eighth file of a folder is held out."""
    seen: list[NDArray[np.uint8]] = []
    held_out: list[NDArray[np.uint8]] = []
    for folder in sorted((path / "audio").iterdir()):
        for number, file in enumerate(sorted(folder.glob("*.flac"))):
            (held_out if number % 8 == 7 else seen).append(mu_law(file))
    silence = np.full(WAVE_LENGTH, 255, np.uint8)
    pool, rest = (np.concatenate([part for file in files for part in (file, silence)]) for files in (seen, held_out))
    described = f"{len(pool):,} samples of speech and music, mu-law, 8 and 16 kHz"
    return Data(stretches(pool, WAVE_LANES, WAVE_LENGTH), [stretches(rest, 32, 2048)(0)], described)


_DIGITS = ClassicSettings(steps=1200, rate=2e-3, weight_decay=0.1, averaged=400)

RUNS = {
    "fvsbn": Run(FVSBN, FvsbnConfig(64), replace(_DIGITS, steps=2000), images),
    "nade": Run(NADE, NadeConfig(64, 64), _DIGITS, images),
    "made": Run(MADE, MadeConfig(64, (128, 128)), _DIGITS, images),
    "gru": Run(GRU, GruConfig(128), ClassicSettings(300, 4e-3, 0.02, rounded=0.05, averaged=30, validations=10), books),
    "wavenet": Run(
        WAVENET,
        PlainWaveConfig(24, 48, (1, 2, 4, 8, 16, 32, 64, 128)),
        ClassicSettings(2500, rate=4e-3, matrix_rate=0.02, rounded=0.05),
        recordings,
    ),
}


def main(name: str, path: Path, steps: str | None = None) -> None:
    classic, config, settings, load = RUNS[name]
    settings = replace(settings, steps=int(steps)) if steps else settings
    training, data = ClassicTraining(classic, config, settings), load(path)
    checkpoint = Path(f"{name}.checkpoint")
    if checkpoint.exists():
        training.from_dict(torch.load(checkpoint, weights_only=True))

    def save() -> None:
        torch.save(training.to_dict(), checkpoint)

    log = train(training, data.draw, data.held_out, saved=save)
    provenance = {
        "made": f"{datetime.now(UTC):%Y-%m-%d}",
        "data": data.described,
        "steps": str(training.step),
        "minutes": f"{training.seconds / 60:.1f}",
        "held out": f"{log[-1][2]:.4f} bits per symbol",
    }
    classic.architecture.save(f"{name}.safetensors.zlib", training.export(provenance))
    with open(f"{name}.csv", "a", newline="") as file:
        csv.writer(file).writerows((step, f"{seen:.4f}", f"{held_out:.4f}") for step, seen, held_out in log)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
