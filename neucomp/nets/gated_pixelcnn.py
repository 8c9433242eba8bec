"""Gated PixelCNN for the pixels of many images in lockstep (van den Oord 2016, arXiv:1606.05328).

Two stacks of gated convolutions, tanh(a) * logistic(b): `rows` sees the rows above a pixel, so that nothing there is
out of sight; `pixels` sees what is left of it in its own row, reads the first stack in each layer, and adds each
layer's outcome to what came before. This differs from the paper in that kernels are of 3 x 2 and 2 x 1 pixels, that
what the first stack gives to the second has passed its gate, and that the outputs are the mixture of logistics of
PixelCNN++ in place of three softmaxes over 256 values.

How it is computed: see `lockstep`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neucomp.exact.ops import Array, Ops
from neucomp.kernels.wave_constants import GATE_BITS, GATE_LIMIT, LOGISTIC, TANH
from neucomp.nets.configs import JsonConfig, require
from neucomp.nets.linears import linear_specs
from neucomp.nets.lockstep import ACTIVATION_LIMIT, INPUT_LIMIT, ONE, OUTPUTS, Kept, Lockstep, Shape, Taps, first_shapes
from neucomp.nets.networks import Architecture, Network
from neucomp.nets.transformer import TensorSpec

if TYPE_CHECKING:
    from typing import TypeAlias

TAPS = {"rows": Taps(2, (-1, 0, 1)), "pixels": Taps(1, (-1, 0))}

READ_BITS = 1
"""Layers read activations in 1/128, within +-1023."""

GATED_BITS = 1
"""tanh * logistic is read in units of 2**-9, so that 1 is read as 4 is of other activations."""


@dataclass(frozen=True)
class GatedPixelCNNConfig(JsonConfig):
    """Sizes of a network. ValueError if this version cannot run such a network."""

    filters: int
    """Channels of the stacks, 8 to 256."""
    layers: int
    """Of each stack, 1 to 20; the paper has 15, of 128 channels."""
    logistics: int
    """Of the mixture, 1 to 16."""

    def __post_init__(self) -> None:
        require("filters", self.filters, 8, 256)
        require("layers", self.layers, 1, 20)
        require("logistics", self.logistics, 1, 16)


def layer_shapes(config: GatedPixelCNNConfig) -> dict[str, Shape]:
    """All layers by name."""
    width = config.filters
    shapes = first_shapes(width)
    for n in range(config.layers):
        shapes[f"rows{n}"] = Shape(2 * width, width * TAPS["rows"].number)
        shapes[f"pixels{n}"] = Shape(2 * width, width * (TAPS["pixels"].number + 1))
        shapes[f"pixels{n}.out"] = Shape(width, width)
    shapes["hidden"] = Shape(2 * width, width)
    return shapes | {"out": Shape(OUTPUTS * config.logistics, 2 * width)}


def tensor_specs(config: GatedPixelCNNConfig) -> dict[str, TensorSpec]:
    """All tensors of a network, by name."""
    specs: dict[str, TensorSpec] = {}
    for name, shape in layer_shapes(config).items():
        specs |= linear_specs(name, *shape)
    return specs


class GatedPixelCNN(Lockstep):
    """See `Lockstep`."""

    config: GatedPixelCNNConfig

    def __init__(self, ops: Ops, network: GatedPixelCNNNetwork, lanes: int, columns: int) -> None:
        """columns: of the images."""
        width, layers = network.config.filters, network.config.layers
        kept = {f"rows{n}": Kept(columns, width) for n in range(layers + 1)}
        kept |= {f"pixels{n}{part}": Kept(columns, width) for n in range(layers) for part in ("", ".inside")}
        kept |= {"last": Kept(columns, width), "hidden": Kept(columns, 2 * width)}
        super().__init__(ops, network, lanes, columns, kept)
        self._tanh = ops.put(TANH.astype(np.int64))
        self._logistic = ops.put(LOGISTIC.astype(np.int64))

    def begin_row(self, row: int) -> None:
        """See `Lockstep`."""
        self._keep("rows0", row, None, self._read(self._begin(row, None)))
        for n in range(self.config.layers):
            inputs = self._near(self._kept[f"rows{n}"], TAPS["rows"], row, None)
            self._keep(f"rows{n + 1}", row, None, self._gate(self._apply(f"rows{n}", inputs)))

    def predict(self, row: int, column: int) -> Array:
        """See `Lockstep`."""
        h = self._limit(self._begin(row, column))
        for n in range(self.config.layers):
            self._keep(f"pixels{n}", row, column, self._read(h))
            inputs = self._near(self._kept[f"pixels{n}"], TAPS["pixels"], row, column)
            inputs += self._near(self._kept[f"rows{n + 1}"], ONE, row, column)
            self._keep(f"pixels{n}.inside", row, column, self._gate(self._apply(f"pixels{n}", inputs)))
            inside = self._near(self._kept[f"pixels{n}.inside"], ONE, row, column)
            h = self._limit(h + self._apply(f"pixels{n}.out", inside))
        self._keep("last", row, column, self._read(h))
        hidden = self._apply("hidden", self._near(self._kept["last"], ONE, row, column))
        self._keep("hidden", row, column, self.ops.clip(self._read(hidden), 0, INPUT_LIMIT))
        return self._limit_outputs(self._apply("out", self._near(self._kept["hidden"], ONE, row, column)))

    def _limit(self, h: Array) -> Array:
        return self.ops.clip(h, -ACTIVATION_LIMIT, ACTIVATION_LIMIT)

    def _read(self, h: Array) -> Array:
        """Activations as layers read them."""
        return self.ops.clip((h + (1 << (READ_BITS - 1))) >> READ_BITS, -INPUT_LIMIT, INPUT_LIMIT)

    def _gate(self, outputs: Array) -> Array:
        """tanh of the first half times the logistic function of the second, as layers read it."""
        index = self.ops.clip(outputs, -GATE_LIMIT, GATE_LIMIT) + GATE_LIMIT
        values = self.ops.take(self._tanh, index[:, : self.config.filters])
        gates = self.ops.take(self._logistic, index[:, self.config.filters :])
        return (values * gates + (1 << (GATE_BITS + GATED_BITS - 1))) >> (GATE_BITS + GATED_BITS)

    def _keep(self, name: str, y: int, x: int | None, values: Array) -> None:
        """Keeps what layers read (n, channels), of a position or of a row."""
        kept = self._kept[name]
        place = kept[y & 1, 1:-1] if x is None else kept[y & 1, x + 1 : x + 2]
        place[...] = values.reshape(place.shape)


BUNDLED = {
    "cifar-gated": "2336008373819076572197ad9fb2308a6c77a4cc9fe2e6a3d13e5812530fedc0",
}
"""Networks in the package: the SHA-256 of the safetensors file in weights/<name>.safetensors.zlib, by name."""

ARCHITECTURE = Architecture("gated pixelcnn", GatedPixelCNNConfig.from_json, tensor_specs, BUNDLED)

GatedPixelCNNNetwork: TypeAlias = Network[GatedPixelCNNConfig]
