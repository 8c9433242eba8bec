"""Logistic autoregression, the fully visible sigmoid belief network: each pixel from all before it, by one layer.

    p(x[i] = 1 | x[:i]) = logistic(b[i] + sum over j < i of W[i, j] x[j])

Sources: Neal 1992, "Connectionist learning of belief networks"; Frey, Hinton and Dayan 1996, "Does the wake-sleep
algorithm produce good density estimators?".
"""

from dataclasses import dataclass

import numpy as np

from neucomp.exact.ops import Array
from neucomp.nets.classics.classic import Classic
from neucomp.nets.configs import JsonConfig, require
from neucomp.nets.layers import LOGITS, SYMBOLS, Layers, LayerSpec


@dataclass(frozen=True)
class FvsbnConfig(JsonConfig):
    """Sizes of a network. ValueError if this version cannot run it."""

    dims: int
    """Pixels of an image, at most 1024."""

    def __post_init__(self) -> None:
        require("dims", self.dims, 1, 1024)


def layers(config: FvsbnConfig) -> dict[str, LayerSpec]:
    """One layer, whose row i sees what is before pixel i."""
    before = np.tri(config.dims, k=-1, dtype=np.bool_)
    return {"output": LayerSpec(config.dims, config.dims, SYMBOLS, LOGITS, before)}


def read(layers: Layers, config: FvsbnConfig, memory: Array | None, symbols: Array) -> tuple[Array, Array]:
    """See `Classic.read`. It remembers all that it has read."""
    whole = symbols if memory is None else layers.join([memory, symbols])
    x, end = whole[:, 1:], whole.shape[1]
    part = slice(end - symbols.shape[1], end)
    return layers.scaled("output", layers.matmul(x, layers.matrix("output")[: end - 1, part]), part), whole


FVSBN = Classic(
    "fvsbn", 2, FvsbnConfig, layers, read, {"fvsbn": "82cb280246d70f6cf1525fddf40307945126f436acb0ce937dcb195c3f13f1ec"}
)
