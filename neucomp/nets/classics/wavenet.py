"""The WaveNet as published: a sample of 8 bits (mu-law) by a softmax over its 256 values, from the samples before.

Dilated causal convolutions (`nets.dilations`) over rows of weights for the samples; ReLU, a layer, ReLU, a layer on the
sum of the skip connections.

Source: van den Oord et al. 2016, "WaveNet: A Generative Model for Raw Audio".
"""

from dataclasses import dataclass

from neucomp.exact.ops import Array
from neucomp.nets.classics.classic import Classic
from neucomp.nets.configs import JsonConfig, require
from neucomp.nets.dilations import convolve, dilated_specs, silence
from neucomp.nets.layers import ACTIVATIONS, LOGITS, SYMBOLS, Layers, LayerSpec
from neucomp.nets.linears import LARGEST_ACTIVATION


@dataclass(frozen=True)
class PlainWaveConfig(JsonConfig):
    """Sizes of a network. ValueError if this version cannot run it."""

    width: int
    """Of the stream and the skip connections, at most 256."""
    hidden: int
    """Units between them and the softmax, at most 1024."""
    dilations: tuple[int, ...]
    """Of the layers, 1 to 48 of them: how far back the older of a convolution's two taps lies, up to 1024."""

    def __post_init__(self) -> None:
        require("width", self.width, 1, 256)
        require("hidden", self.hidden, 1, 1024)
        if not isinstance(self.dilations, tuple) or not 1 <= len(self.dilations) <= 48:
            raise ValueError("dilations must be a tuple of 1 to 48 numbers")
        for dilation in self.dilations:
            require("dilations", dilation, 1, 1024)


def layers(config: PlainWaveConfig) -> dict[str, LayerSpec]:
    """Rows for samples, the convolutions, and what makes logits of their sum."""
    specs = {"input": LayerSpec(config.width, 256, SYMBOLS, ACTIVATIONS)}
    specs |= dilated_specs(config.width, len(config.dilations))
    specs["hidden"] = LayerSpec(config.hidden, config.width, ACTIVATIONS, ACTIVATIONS)
    specs["output"] = LayerSpec(256, config.hidden, ACTIVATIONS, LOGITS)
    return specs


def read(
    layers: Layers, config: PlainWaveConfig, memory: list[Array] | None, symbols: Array
) -> tuple[Array, list[Array]]:
    """See `Classic.read`."""
    memory = memory or silence(layers, config.dilations, symbols.shape[0], config.width)
    h = layers.clip(layers.rows("input", symbols), -LARGEST_ACTIVATION, LARGEST_ACTIVATION)
    skip, memory = convolve(layers, memory, h)
    hidden = layers.relu(layers.linear("hidden", layers.relu(skip)))
    return layers.linear("output", hidden), memory


WAVENET = Classic(
    "plain wavenet",
    256,
    PlainWaveConfig,
    layers,
    read,
    {"wavenet": "6cdfc17fb583e0cd312e95a210545ea99c6305c0a095eebece49382ccb148583"},
)
