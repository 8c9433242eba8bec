"""Networks over many small images in lockstep: what PixelCNN and PixelCNN++ have in common.

Images are lanes. Two rows are kept of everything that later positions read, so each position of each layer is computed
once, in the encoder as in the decoder. All values are integers: activations in 1/256, within +-4095; what layers read
in 1/64 or 1/128, within +-1023. Outputs are those of `kernels.pixel_mixture`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.ops import Array, Ops
from neucomp.nets.linears import put_linears, requantize

if TYPE_CHECKING:
    from neucomp.nets.networks import Network

ACTIVATION_LIMIT = 4095
INPUT_LIMIT = 1023
IMAGE_LIMIT = 255
"""Largest activations, inputs of layers, and inputs of the first layers: 2 * sample - 255, and 255 in each pixel."""

OUTPUT_LIMIT = 32767
OUTPUTS = 10
"""Of each logistic: a logit, three means, three logarithms of scales, three links."""

IMAGE_CHANNELS = 4


class Taps(NamedTuple):
    """Neighbours that a layer reads: of how many rows, the own one last, and of which columns."""

    rows: int
    columns: tuple[int, ...]

    @property
    def number(self) -> int:
        """How many there are."""
        return self.rows * len(self.columns)


ONE = Taps(1, (0,))
FIRST_TAPS = {"rows": Taps(2, (-1, 0, 1)), "above": Taps(1, (-1, 0, 1)), "left": Taps(2, (0,))}
"""Of the layers that read the image: shifted down by a row for the first two, to the right by a pixel for the third."""


class Shape(NamedTuple):
    """Of a layer: outputs, and inputs (tap after tap, then what it reads of other layers)."""

    outputs: int
    inputs: int
    largest_input: int = INPUT_LIMIT


def first_shapes(width: int) -> dict[str, Shape]:
    """Of the layers that read the image."""
    return {
        f"first.{name}": Shape(width, IMAGE_CHANNELS * taps.number, IMAGE_LIMIT) for name, taps in FIRST_TAPS.items()
    }


class Kept(NamedTuple):
    """What is kept of a layer: columns and channels."""

    columns: int
    channels: int


class Lockstep(ABC):
    """A network at work on images of equal shape, one for each lane; pixels are visited row by row.

    For each row `begin_row`; for each of its columns `predict`, then `put`.
    """

    def __init__(self, ops: Ops, network: Network[Any], lanes: int, columns: int, kept: dict[str, Kept]) -> None:
        """columns: of the images. kept: of each layer that later positions read, by name."""
        self.ops = ops
        self.config = network.config
        self._linears = put_linears(ops, network.tensors)
        self._kept = {name: ops.zeros((2, each.columns + 2, lanes, each.channels)) for name, each in kept.items()}
        """Of two rows (row, column, lane, channel), with zeros on both sides, what layers read."""
        self._image = ops.zeros((2, columns + 2, lanes, IMAGE_CHANNELS))

    @abstractmethod
    def begin_row(self, row: int) -> None:
        """All that depends on the rows above alone."""

    @abstractmethod
    def predict(self, row: int, column: int) -> Array:
        """Outputs (lanes, 10 * logistics) for a pixel, int64 within +-32767: see `kernels.pixel_mixture`."""

    def put(self, row: int, column: int, samples: NDArray[np.uint8]) -> None:
        """Takes the pixel of each image, samples (lanes, 3)."""
        values = np.full((len(samples), IMAGE_CHANNELS), IMAGE_LIMIT, np.float32)
        values[:, :-1] = 2 * samples.astype(np.float32) - IMAGE_LIMIT
        self._image[row & 1, column + 1] = self.ops.put(values)

    def _begin(self, row: int, column: int | None) -> Array:
        """What the first layers make of the image, in a row or at a position: 0, without a bias, of what would be above
        or to the left of it."""
        if column is None:
            return self._apply("first.rows", self._near(self._image, FIRST_TAPS["rows"], row - 1, None)) * (row > 0)
        above = self._apply("first.above", self._near(self._image, FIRST_TAPS["above"], row - 1, column))
        left = self._apply("first.left", self._near(self._image, FIRST_TAPS["left"], row, column - 1))
        return above * (row > 0) + left * (column > 0)

    def _near(self, source: Array, taps: Taps, row: int, column: int | None, step: int = 1) -> list[Array]:
        """What is kept around a position, for each tap (lanes, channels), or around each position of a row, `step`
        columns apart (columns * lanes, channels)."""
        columns, channels = source.shape[1] - 2, source.shape[-1]
        parts = []
        for each in range(row + 1 - taps.rows, row + 1):
            for offset in taps.columns:
                begin = 1 + offset if column is None else column + 1 + offset
                end = begin + (columns if column is None else 1)
                parts.append(source[each & 1, begin:end:step].reshape(-1, channels))
        return parts

    def _apply(self, name: str, parts: list[Array], begin: int = 0, end: int | None = None) -> Array:
        """Outputs from `begin` to `end` of a layer that reads parts (n, channels) side by side."""
        matrix, bias, scale = self._linears[name]
        sums = self.ops.matmul_parts(parts, matrix[:, begin:end]) + bias[begin:end]
        return requantize(sums, scale[begin:end])

    def _limit_outputs(self, outputs: Array) -> Array:
        return self.ops.clip(outputs, -OUTPUT_LIMIT, OUTPUT_LIMIT)
