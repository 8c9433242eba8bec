"""NADE: the conditionals of an image from hidden units that share their weights, in time linear in the pixels.

    h[i] = logistic(c + sum over j < i of W[:, j] x[j])        p(x[i] = 1 | x[:i]) = logistic(b[i] + V[i] . h[i])

The sum is carried from pixel to pixel, one column of W at a time.

Source: Larochelle and Murray 2011, "The Neural Autoregressive Distribution Estimator".
"""

from dataclasses import dataclass
from typing import NamedTuple

from neucomp.exact.ops import Array
from neucomp.nets.classics.classic import Classic
from neucomp.nets.configs import JsonConfig, require
from neucomp.nets.layers import GATES, LOGITS, SHARES, SYMBOLS, Layers, LayerSpec


@dataclass(frozen=True)
class NadeConfig(JsonConfig):
    """Sizes of a network. ValueError if this version cannot run it."""

    dims: int
    """Pixels of an image, at most 1024."""
    hidden: int
    """Hidden units, at most 1024."""

    def __post_init__(self) -> None:
        require("dims", self.dims, 1, 1024)
        require("hidden", self.hidden, 1, 1024)


def layers(config: NadeConfig) -> dict[str, LayerSpec]:
    """W with c, and V with b."""
    return {
        "hidden": LayerSpec(config.hidden, config.dims, SYMBOLS, GATES),
        "output": LayerSpec(config.dims, config.hidden, SHARES, LOGITS),
    }


class Sums(NamedTuple):
    """What is remembered of so many pixels."""

    pixels: int
    sums: Array  # (lanes, hidden): of columns of W


def read(layers: Layers, config: NadeConfig, memory: Sums | None, symbols: Array) -> tuple[Array, Sums]:
    """See `Classic.read`."""
    columns, outputs = layers.matrix("hidden"), layers.matrix("output")
    pixels, sums = memory or Sums(0, layers.zeros(symbols.shape[0], config.hidden))
    logits = []
    for t in range(symbols.shape[1]):
        pixel = pixels + t
        if pixel:  # before the first one nothing is known
            sums = sums + layers.matmul(symbols[:, t : t + 1], columns[pixel - 1 : pixel])
        h = layers.logistic(layers.scaled("hidden", sums))
        part = slice(pixel, pixel + 1)
        logits.append(layers.scaled("output", layers.matmul(h, outputs[:, part]), part))
    return layers.join(logits), Sums(pixels + symbols.shape[1], sums)


NADE = Classic(
    "nade", 2, NadeConfig, layers, read, {"nade": "5181aeb70e8323ff1c8027a03f87257a942c136ad0a4180b60bd488f2d693b64"}
)
