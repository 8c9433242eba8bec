"""Dilated causal convolutions of two taps with gated units, residual and skip connections.

Source: van den Oord et al. 2016, "WaveNet: A Generative Model for Raw Audio". The networks for sound are made of them.
"""

from neucomp.exact.ops import Array
from neucomp.kernels.wave_constants import SKIP_LIMIT
from neucomp.nets.layers import ACTIVATIONS, GATES, SHARES, Layers, LayerSpec
from neucomp.nets.linears import LARGEST_ACTIVATION


def dilated_specs(width: int, count: int) -> dict[str, LayerSpec]:
    """The layers of `count` convolutions whose stream and skip connections have this width."""
    specs = {}
    for n in range(count):
        # Inputs: the stream as it was, then as it is. Outputs: of tanh, then of the logistic function.
        specs[f"layer{n}.gate"] = LayerSpec(2 * width, 2 * width, ACTIVATIONS, GATES)
        # Outputs: for the stream, then for the skip connection.
        specs[f"layer{n}.out"] = LayerSpec(2 * width, width, SHARES, ACTIVATIONS)
    return specs


def silence(layers: Layers, dilations: tuple[int, ...], lanes: int, width: int) -> list[Array]:
    """What convolutions remember that have read nothing: the stream (lanes, dilation, width) at the latest frames."""
    return [layers.zeros(lanes, dilation, width) for dilation in dilations]


def convolve(layers: Layers, memory: list[Array], h: Array) -> tuple[Array, list[Array]]:
    """The skip connections' sum (lanes, frames, width) for the next frames of the stream, h (lanes, frames, width), and
    what is remembered of them."""
    width, count = h.shape[-1], h.shape[1]
    skip, remembered = h * 0, []
    for n, past in enumerate(memory):
        both = layers.join([past, h])
        remembered.append(both[:, count:])
        gate = layers.matrix(f"layer{n}.gate")
        sums = layers.matmul(both[:, :count], gate[:width]) + layers.matmul(h, gate[width:])
        inside, let_through = layers.parts(layers.scaled(f"layer{n}.gate", sums), 2)
        gated = layers.shrink(layers.tanh(inside) * layers.logistic(let_through))
        to_stream, to_skip = layers.parts(layers.linear(f"layer{n}.out", gated), 2)
        h = layers.clip(h + to_stream, -LARGEST_ACTIVATION, LARGEST_ACTIVATION)
        skip = layers.clip(skip + to_skip, -SKIP_LIMIT, SKIP_LIMIT)
    return skip, remembered
