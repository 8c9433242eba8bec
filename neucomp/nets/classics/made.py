"""MADE: a perceptron whose masks make it autoregressive, so that one pass gives all conditionals of an image.

Each unit of a hidden layer has a number m in [1, dims - 1] and sees the units before it whose number is at most m,
where pixel i has the number i + 1; the output for pixel i sees the units whose number is at most i. So no path leads
from a pixel to an output that does not come after it. A decoder needs a pass for each pixel.

Source: Germain, Gregor, Murray and Larochelle 2015, "MADE: Masked Autoencoder for Distribution Estimation".
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.ops import Array
from neucomp.nets.classics.classic import Classic
from neucomp.nets.configs import JsonConfig, require
from neucomp.nets.layers import ACTIVATIONS, LOGITS, SYMBOLS, Layers, LayerSpec


@dataclass(frozen=True)
class MadeConfig(JsonConfig):
    """Sizes of a network. ValueError if this version cannot run it."""

    dims: int
    """Pixels of an image, 2 to 1024."""
    hidden: tuple[int, ...]
    """Units of each hidden layer, one to four of at most 1024 units."""

    def __post_init__(self) -> None:
        require("dims", self.dims, 2, 1024)
        if not isinstance(self.hidden, tuple) or not 1 <= len(self.hidden) <= 4:
            raise ValueError("hidden must be a tuple of 1 to 4 numbers")
        for units in self.hidden:
            require("hidden", units, 1, 1024)


def layers(config: MadeConfig) -> dict[str, LayerSpec]:
    """The hidden layers and the one of logits, with their masks."""
    specs = {}
    before: NDArray[np.int64] = np.arange(1, config.dims + 1)
    for n, units in enumerate(config.hidden):
        numbers = 1 + np.arange(units) % (config.dims - 1)
        reads = ACTIVATIONS if n else SYMBOLS
        specs[f"hidden{n}"] = LayerSpec(units, len(before), reads, ACTIVATIONS, before <= numbers[:, None])
        before = numbers
    seen = before <= np.arange(config.dims)[:, None]
    specs["output"] = LayerSpec(config.dims, len(before), ACTIVATIONS, LOGITS, seen)
    return specs


def read(layers: Layers, config: MadeConfig, memory: Array | None, symbols: Array) -> tuple[Array, Array]:
    """See `Classic.read`. It remembers all that it has read."""
    whole = symbols if memory is None else layers.join([memory, symbols])
    x, end = whole[:, 1:], whole.shape[1]
    part = slice(end - symbols.shape[1], end)
    h = layers.relu(layers.scaled("hidden0", layers.matmul(x, layers.matrix("hidden0")[: end - 1])))
    for n in range(1, len(config.hidden)):
        h = layers.relu(layers.linear(f"hidden{n}", h))
    return layers.scaled("output", layers.matmul(h, layers.matrix("output")[:, part]), part), whole


MADE = Classic(
    "made", 2, MadeConfig, layers, read, {"made": "e17192068971b211ff8f17e35b0efda4cb7abb524efa6054a13c01b476e2a429"}
)
