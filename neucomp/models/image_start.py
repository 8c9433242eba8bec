"""What the image model knows before its first image: it has been trained on photographs, large and tiny.

A coder that starts from nothing spends the first thousands of samples on learning how to mix, which is all that a small
image has. A start holds what a coder has learned in a long series of images: the mixer's weights and the widths of its
distributions. Both go on learning. Counters start from nothing: those around predictions would make the file ten times
as long for 0.3 % of a tile of 32 x 32 pixels, those of values are another matter in each image.

There is a start for each level with its network; it knows the channels of RGB images, of which gray ones use the first.
The file is made by benchmarks/recipes/image_start, which says what went into it.
"""

import hashlib
import io
import zlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import UnsupportedError
from neucomp.models.image_terms import Predictor

if TYPE_CHECKING:
    from numpy.lib.npyio import NpzFile

    from neucomp.models.image_efforts import Effort
    from neucomp.models.image_state import ImageCoder

KINDS = 3
"""Classes of channels that a start knows: green (or gray), red, blue."""

START_FILE = "image-start.npz"
COLD = 0
STARTS: dict[int, str] = {1: "0bc561cdf479f7becd24b37e01871e5503be115915f830fe7e6ee1d0ecdb2908"}
"""SHA-256 of the starts' file by their number in payloads (1 .. 15), which is never reused; COLD stands for none."""

_WEIGHT_STEP = 1 << 14
_SCALE_STEPS = 32
"""Of a scale of 1."""

_SCALE_COUNT = 12
"""What is known of a scale counts as much as so many samples (5 times as many cost photographs 0.1 %)."""

_AGE = 60_000
"""Samples that the mixer's rate takes for seen (a tenth of it costs tiles 0.2 %)."""


class Start(NamedTuple):
    """What a coder of RGB images has learned, in small integers."""

    weights: NDArray[np.int8]  # as in the coder; WEIGHT_ONE / _WEIGHT_STEP stands for 1
    final_weights: NDArray[np.int8]  # the same
    scales: NDArray[np.uint16]  # in units of 1 / _SCALE_STEPS; 0 where nothing is known
    layout: NDArray[np.uint32]  # what `layout_of` says of the level


def layout_of(effort: "Effort", network: int) -> int:
    """A number that changes with anything that gives another meaning to what is in a start."""
    lanes = [lane for lane in effort.lanes if network or lane[0] != Predictor.NETWORK]
    parts = (lanes, effort.residuals, effort.values, effort.selectors, effort.squares, network)
    return zlib.crc32(repr(parts).encode())


def summarize(coder: "ImageCoder", layout: int) -> Start:
    """What a coder of RGB images has learned."""
    scales = np.rint(coder.contexts.scales * _SCALE_STEPS).clip(1, 65535)
    return Start(
        weights=_steps(coder.weights),
        final_weights=_steps(coder.final_weights),
        scales=np.where(coder.contexts.scale_counts > 0, scales, 0).astype(np.uint16),
        layout=np.array([layout], np.uint32),
    )


def _steps(weights: NDArray[np.int32]) -> NDArray[np.int8]:
    return np.rint(weights / _WEIGHT_STEP).clip(-127, 127).astype(np.int8)


def apply_start(coder: "ImageCoder", start: Start) -> None:
    """Fills a fresh coder of gray, RGB or RGBA images; ValueError if it is laid out otherwise than when trained."""
    kinds = int(coder.contexts.channel_class.max()) + 1
    common = min(kinds, KINDS)
    ends = [*coder.first_row[1:].tolist(), coder.weights.size // coder.inputs.size]
    begin = known_begin = 0
    for end in ends:
        size = (end * coder.inputs.size - begin) // kinds
        known = start.weights[known_begin : known_begin + size * KINDS]
        coder.weights[begin : begin + size * common] = known[: size * common] * np.int32(_WEIGHT_STEP)
        begin += size * kinds
        known_begin += size * KINDS
    if known_begin != start.weights.size:
        raise ValueError(f"a start has {start.weights.size} weights, where {known_begin} are needed")
    final = start.final_weights.reshape(KINDS, -1)[:common] * np.int32(_WEIGHT_STEP)
    coder.final_weights.reshape(kinds, -1)[:common] = final

    lanes = coder.contexts.lane_predictors.size
    widths = start.scales.reshape(lanes, KINDS, -1)[:, :common]
    scales = coder.contexts.scales.reshape(lanes, kinds, -1)[:, :common]
    scales[:] = np.where(widths > 0, widths.astype(np.float32) * np.float32(1 / _SCALE_STEPS), scales)
    coder.contexts.scale_counts.reshape(lanes, kinds, -1)[:, :common] = np.where(widths > 0, _SCALE_COUNT, 0)
    coder.age[0] = _AGE


def suits_start(channels: int, bits: int) -> bool:
    """Whether images are of a kind that starts are for: gray, RGB or RGBA, 8 bits a sample."""
    return channels in (1, KINDS, KINDS + 1) and bits == 8


def start_for(level: int, network: int, channels: int, bits: int) -> int:
    """The number of the start that images get, or COLD."""
    if not suits_start(channels, bits):
        return COLD
    return max((number for number in STARTS if _has(number, level, network)), default=COLD)


def _has(number: int, level: int, network: int) -> bool:
    return f"{level}.{network}.weights" in _open_starts(number)


@cache
def read_start(number: int, level: int, network: int) -> Start:
    """A start; UnsupportedError if this version has none for this level and network, or it is not what it should be."""
    if number not in STARTS or not _has(number, level, network):
        raise UnsupportedError(
            f"an image needs start {number} of level {level} with network {network}, which this version does not have: "
            "update neucomp"
        )
    return Start(*(_open_starts(number)[f"{level}.{network}.{name}"] for name in Start._fields))


@cache
def _open_starts(number: int) -> "NpzFile":
    """The arrays of a file, read when they are asked for."""
    packed = files("neucomp.weights").joinpath(START_FILE).read_bytes()
    if hashlib.sha256(packed).hexdigest() != STARTS[number]:
        raise UnsupportedError("the image model's starts in this installation are damaged: install neucomp again")
    starts: NpzFile = np.load(io.BytesIO(packed), allow_pickle=False)
    return starts
