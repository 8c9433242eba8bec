"""PixelCNN++: mixtures of logistics for the pixels of many images in lockstep (Salimans 2017, arXiv:1701.05517).

Two streams of gated residual blocks: `rows` sees the rows above a pixel, `pixels` also what is left of it in its own
row, and it reads the first. Both go down to a quarter of the resolution and up again, with short-cuts between layers of
equal size. Every layer reads the concatenated ELU of its inputs. This differs from the paper in that layers which
change the resolution read it, too, that images grow without overlap, and that links between channels are clipped where
the paper has tanh.

How it is computed: see `lockstep`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.ops import Array, Ops
from neucomp.exact.tables import EXP15
from neucomp.kernels.tables import SQUASH, SQUASH_LIMIT
from neucomp.nets.configs import JsonConfig
from neucomp.nets.linears import linear_specs
from neucomp.nets.lockstep import ACTIVATION_LIMIT, INPUT_LIMIT, ONE, OUTPUTS, Kept, Lockstep, Shape, Taps, first_shapes
from neucomp.nets.transformer import TensorSpec

if TYPE_CHECKING:
    from neucomp.nets.pixelcnnpp_weights import PixelCNNppNetwork

SIZES = 3
"""Resolutions: whole, half, quarter."""

STREAMS = "rows", "pixels"


@dataclass(frozen=True)
class PixelCNNppConfig(JsonConfig):
    """Sizes of a network. ValueError if this version cannot run such a network."""

    filters: int
    """Channels of the streams: a multiple of 8, at most 256."""
    blocks: tuple[int, int, int]
    """Blocks of each stream on the way down, at the whole, half and quarter resolution; the paper has (5, 5, 5)."""
    logistics: int

    def __post_init__(self) -> None:
        if type(self.filters) is not int or not 8 <= self.filters <= 256 or self.filters % 8:
            raise ValueError("filters must be a multiple of 8 in [8, 256]")
        if not isinstance(self.blocks, tuple) or len(self.blocks) != SIZES:
            raise ValueError(f"blocks must be {SIZES} integers")
        if not all(type(n) is int and 1 <= n <= 8 for n in self.blocks):
            raise ValueError(f"blocks must be {SIZES} integers in [1, 8]")
        if type(self.logistics) is not int or not 1 <= self.logistics <= 16:
            raise ValueError("logistics must be in [1, 16]")

    def blocks_up(self, size: int) -> int:
        """Blocks on the way back at a resolution: one for each layer on the way down but the very last."""
        return self.blocks[size] + (size < SIZES - 1)


TAPS = {"rows": Taps(2, (-1, 0, 1)), "pixels": Taps(2, (-1, 0))}
"""Of blocks and of layers that shrink."""


def layer_shapes(config: PixelCNNppConfig) -> dict[str, Shape]:
    """All layers by name."""
    width, read = config.filters, 2 * config.filters
    shapes = first_shapes(width)
    for stream, taps in TAPS.items():
        beside = 1 if stream == "pixels" else 0
        for size in range(SIZES):
            ways = ("down", config.blocks[size], beside), ("up", config.blocks_up(size), beside + 1)
            for way, count, others in ways:
                for number in range(count):
                    name = block_name(stream, way, size, number)
                    shapes[f"{name}.first"] = Shape(width, read * (taps.number + others))
                    shapes[f"{name}.second"] = Shape(2 * width, read * taps.number)
            if size < SIZES - 1:
                shapes[f"{stream}.shrink{size}"] = Shape(width, read * taps.number)
                shapes[f"{stream}.grow{size}"] = Shape(4 * width, read)
    return shapes | {"out": Shape(OUTPUTS * config.logistics, read)}


def block_name(stream: str, way: str, size: int, number: int) -> str:
    """Beginning of the names of a block's two layers; way: "down" or "up"."""
    return f"{stream}.{way}{size}.{number}"


def tensor_specs(config: PixelCNNppConfig) -> dict[str, TensorSpec]:
    """All tensors of a network, by name."""
    specs: dict[str, TensorSpec] = {}
    for name, shape in layer_shapes(config).items():
        specs |= linear_specs(name, *shape)
    return specs


def elu_table() -> NDArray[np.int64]:
    """(8191,): ELU of x / 256, for x from -4095 to 4095, in 1/64."""
    x = np.arange(ACTIVATION_LIMIT + 1)
    positive = np.minimum((x + 2) >> 2, INPUT_LIMIT)
    negative = ((EXP15[x].astype(np.int64) + (1 << 8)) >> 9) - 64
    return np.concatenate([negative[:0:-1], positive])


class PixelCNNpp(Lockstep):
    """See `Lockstep`."""

    config: PixelCNNppConfig

    def __init__(self, ops: Ops, network: PixelCNNppNetwork, lanes: int, columns: int) -> None:
        """columns: of the images."""
        # Lower resolutions have whole positions.
        columns += -columns % (1 << (SIZES - 1))
        read = 2 * network.config.filters
        kept = {name: Kept(columns >> size, read) for name, size in _kept_layers(network.config)}
        super().__init__(ops, network, lanes, columns, kept)
        self._elu = ops.put(elu_table())
        self._sigmoid = ops.put(SQUASH.astype(np.int64))

    def begin_row(self, row: int) -> None:
        """See `Lockstep`."""
        self._pass("rows", row, None)

    def predict(self, row: int, column: int) -> Array:
        """See `Lockstep`."""
        self._pass("pixels", row, column)
        last = self._stage("pixels", "up", 0, self.config.blocks_up(0))
        return self._limit_outputs(self._apply("out", self._near(self._kept[last], ONE, row, column)))

    def _pass(self, stream: str, row: int, column: int | None) -> None:
        """A stream's layers at a position, or in a whole row, at each resolution that has new positions there."""
        new = [size for size in range(SIZES) if (row | (column or 0)) % (1 << size) == 0]
        h = self._begin(row, column)
        for size in new:
            y, x = row >> size, None if column is None else column >> size
            if size:
                before = self._kept[self._stage(stream, "down", size - 1, self.config.blocks[size - 1])]
                wide = None if x is None else 2 * x
                h = self._apply(f"{stream}.shrink{size - 1}", self._near(before, TAPS[stream], 2 * y, wide, 2))
            h = self._keep(self._stage(stream, "down", size, 0), y, x, h)
            for number in range(self.config.blocks[size]):
                h = self._block(stream, "down", size, number, y, x, h)
        for size in reversed(new):
            y, x = row >> size, None if column is None else column >> size
            if size < SIZES - 1:
                h = self._keep(self._stage(stream, "up", size, 0), y, x, self._grow(stream, size, y, x))
            for number in range(self.config.blocks_up(size)):
                h = self._block(stream, "up", size, number, y, x, h)

    def _block(self, stream: str, way: str, size: int, number: int, y: int, x: int | None, h: Array) -> Array:
        """A gated residual block."""
        name = f"{stream}.{way}{size}.{number}"
        beside = []
        if stream == "pixels":
            beside.append(self._stage("rows", way, size, number + 1))
        if way == "up":
            beside.append(self._stage(stream, "down", size, self.config.blocks_up(size) - 1 - number))
        source = self._kept[self._stage(stream, way, size, number)]
        inputs = self._near(source, TAPS[stream], y, x)
        for each in beside:
            inputs += self._near(self._kept[each], ONE, y, x)
        self._keep(f"{name}.inside", y, x, self._apply(f"{name}.first", inputs))
        outputs = self._apply(f"{name}.second", self._near(self._kept[f"{name}.inside"], TAPS[stream], y, x))
        values, gates = outputs[:, : self.config.filters], outputs[:, self.config.filters :]
        # The table has one entry less on the side of large numbers.
        open_ = self.ops.take(self._sigmoid, self.ops.clip(gates, -SQUASH_LIMIT, SQUASH_LIMIT - 1) + SQUASH_LIMIT)
        return self._keep(self._stage(stream, way, size, number + 1), y, x, h + ((values * open_ + (1 << 15)) >> 16))

    def _grow(self, stream: str, size: int, y: int, x: int | None) -> Array:
        """What comes up from the resolution below: each of its positions has four, each with outputs of its own."""
        source = self._kept[self._stage(stream, "up", size + 1, self.config.blocks_up(size + 1))]
        name, width = f"{stream}.grow{size}", self.config.filters
        if x is not None:
            begin = ((y & 1) * 2 + (x & 1)) * width
            return self._apply(name, self._near(source, ONE, y >> 1, x >> 1), begin, begin + width)
        begin = (y & 1) * 2 * width
        grown = self._apply(name, self._near(source, ONE, y >> 1, None), begin, begin + 2 * width)
        columns, lanes = source.shape[1] - 2, source.shape[2]
        return grown.reshape(columns, lanes, 2, width).swapaxes(1, 2).reshape(-1, width)

    def _keep(self, name: str, y: int, x: int | None, h: Array) -> Array:
        """Limits activations (n, filters) and keeps what layers read of them."""
        h = self.ops.clip(h, -ACTIVATION_LIMIT, ACTIVATION_LIMIT)
        kept = self._kept[name]
        place = kept[y & 1, 1:-1] if x is None else kept[y & 1, x + 1 : x + 2]
        filters = self.config.filters
        for begin, sign in (0, 1), (filters, -1):
            read = self.ops.take(self._elu, sign * h + ACTIVATION_LIMIT)
            place[..., begin : begin + filters] = read.reshape(*place.shape[:2], filters)
        return h

    def _stage(self, stream: str, way: str, size: int, number: int) -> str:
        """What stands before block `number` of a way, or behind the last one. The way up begins where the way down
        ends."""
        if way == "up" and size == SIZES - 1 and number == 0:
            way, number = "down", self.config.blocks[size]
        return f"{stream}.{way}{size}.{number}"


def _kept_layers(config: PixelCNNppConfig) -> list[tuple[str, int]]:
    """All that is kept, by name, with its resolution."""
    kept = []
    for stream in STREAMS:
        for size in range(SIZES):
            for way, count in ("down", config.blocks[size]), ("up", config.blocks_up(size)):
                kept += [(f"{stream}.{way}{size}.{number}", size) for number in range(count + 1)]
                kept += [(f"{stream}.{way}{size}.{number}.inside", size) for number in range(count)]
    return kept
