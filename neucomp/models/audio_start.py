"""What the audio model knows before its first sample: how to mix, as it has learned in a series of recordings.

A coder that starts from nothing spends its first thousands of samples on learning how much to trust which distribution,
which is all that a spoken word has. A start holds the mixer's weights after training, for each level; they go on
learning, but as slowly as if the coder had seen some thousands of samples. Filters start from nothing, and so do
counters: those of least squares would make words 0.3 % smaller and other recordings 0.1 % larger, counters change
nothing.

The file is made by benchmarks/recipes/audio_start, which says what went into it.
"""

import hashlib
import io
import zlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import UnsupportedError
from neucomp.models.audio_efforts import EFFORTS, NO_NETWORK

if TYPE_CHECKING:
    from numpy.lib.npyio import NpzFile

    from neucomp.kernels.sample_coding import SampleCoder
    from neucomp.models.audio_efforts import Effort

START_FILE = "audio-start.npz"
COLD = 0
STARTS: dict[int, str] = {1: "111558fa7365f54d75c241a3416db4e26b8677d301f5704bb03fa870e0899537"}
"""SHA-256 of the starts' file by their number in payloads (1 .. 15), which is never reused; COLD stands for none."""

_WEIGHT_STEP = 1 / 64
_AGE = 4000
"""Samples that the mixer's rate takes for seen (1,000 cost words 0.1 %)."""


def layout_of(effort: "Effort") -> int:
    """A number that changes with the distributions and the network, which give the weights their meaning."""
    lanes: list[object] = [(int(guess), decay) for guess, decay in effort.distributions]
    if effort.network != NO_NETWORK:
        lanes.append(effort.network)
    return zlib.crc32(repr(lanes).encode())


def summarize(weights: NDArray[np.float64]) -> NDArray[np.int8]:
    """The mixer's weights of one channel in small integers."""
    steps: NDArray[np.int8] = np.rint(weights / _WEIGHT_STEP).clip(-127, 127).astype(np.int8)
    return steps


def apply_start(coder: "SampleCoder", start: NDArray[np.int8]) -> None:
    """Gives a fresh coder the weights of a start, all channels the same."""
    coder.weights[:] = start.astype(np.float32) * np.float32(_WEIGHT_STEP)
    coder.ages[:] = _AGE


def start_for(level: int) -> int:
    """The number of the start that recordings get at a level: the newest that fits, or COLD."""
    return max((number for number in STARTS if _fits(number, level)), default=COLD)


def _fits(number: int, level: int) -> bool:
    starts = _open_starts(number)
    return f"{level}.weights" in starts and int(starts[f"{level}.layout"]) == layout_of(EFFORTS[level])


@cache
def read_start(number: int, level: int) -> NDArray[np.int8]:
    """A start; UnsupportedError if this version has none such for this level, or it is not what it should be."""
    if number not in STARTS or not _fits(number, level):
        raise UnsupportedError(
            f"a recording needs start {number} of level {level}, which this version does not have: update neucomp, or "
            "the file is damaged"
        )
    weights: NDArray[np.int8] = _open_starts(number)[f"{level}.weights"]
    return weights


@cache
def _open_starts(number: int) -> "NpzFile":
    """The arrays of a file, read when they are asked for."""
    packed = files("neucomp.weights").joinpath(START_FILE).read_bytes()
    if hashlib.sha256(packed).hexdigest() != STARTS[number]:
        raise UnsupportedError("the audio model's starts in this installation are damaged: install neucomp again")
    starts: NpzFile = np.load(io.BytesIO(packed), allow_pickle=False)
    return starts
