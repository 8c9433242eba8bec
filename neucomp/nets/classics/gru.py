"""A recurrent network over bytes with gated units (GRU): a state of fixed size stands for all that was read.

    z, r = logistic(W x + U h)      n = tanh(W x + r (U h))      h' = z h + (1 - z) n      p(byte) = softmax(V h')

x is the byte before, one of 256. The reset gate r comes after the product, as in cuDNN.

Source: Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder".
"""

from dataclasses import dataclass

from neucomp.exact.ops import Array
from neucomp.kernels.wave_constants import GATE_LIMIT
from neucomp.nets.classics.classic import Classic
from neucomp.nets.configs import JsonConfig, require
from neucomp.nets.layers import GATES, LOGITS, SHARES, SYMBOLS, Layers, LayerSpec


@dataclass(frozen=True)
class GruConfig(JsonConfig):
    """Sizes of a network. ValueError if this version cannot run it."""

    width: int
    """Units of the state, at most 1024."""

    def __post_init__(self) -> None:
        require("width", self.width, 1, 1024)


def layers(config: GruConfig) -> dict[str, LayerSpec]:
    """W, U and V; outputs of W and U: for z, for r, for n."""
    width = config.width
    return {
        "input": LayerSpec(3 * width, 256, SYMBOLS, GATES),
        "recurrent": LayerSpec(3 * width, width, SHARES, GATES),
        "output": LayerSpec(256, width, SHARES, LOGITS),
    }


def read(layers: Layers, config: GruConfig, memory: Array | None, symbols: Array) -> tuple[Array, Array]:
    """See `Classic.read`. The state (lanes, width) is in shares, within +-1023."""
    h = layers.zeros(symbols.shape[0], config.width) if memory is None else memory
    states = []
    for x in layers.steps(layers.rows("input", symbols)):
        from_state = layers.clip(layers.linear("recurrent", h), -2 * GATE_LIMIT, 2 * GATE_LIMIT)
        x_keep, x_reset, x_new = layers.parts(x, 3)
        h_keep, h_reset, h_new = layers.parts(from_state, 3)
        keep, reset = layers.logistic(x_keep + h_keep), layers.logistic(x_reset + h_reset)
        new = layers.tanh(x_new + layers.shrink(reset * h_new))
        h = layers.shrink(keep * (h - new) + SHARES * new)
        states.append(h[:, None])
    return layers.linear("output", layers.join(states)), h


GRU = Classic(
    "gru", 256, GruConfig, layers, read, {"gru": "f0db2e30babddfa33a387a8a42f38864f99f06f9b5104ac3ea73995a1d75dc4e"}
)
