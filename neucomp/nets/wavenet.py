"""The WaveNet: a mixture of logistics for each sample of a recording, from what the adaptive filters say and have said.

Dilated causal convolutions of two taps with gated units, tanh x logistic, residual and skip connections (van den Oord
et al. 2016, "WaveNet: A Generative Model for Raw Audio") over features of the filters' predictions and errors
(`kernels.wave_features`). The definition, with units and bounds, is in docs/exact.md ("The WaveNet"). It is computed
here for any stretch of frames at once, on any `Ops`, and in `kernels.wave_network` for one sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.ops import Ops
from neucomp.kernels.pixel_constants import INVERSE_SCALES
from neucomp.kernels.wave_constants import (
    ACTIVATION_LIMIT,
    LOGISTICS,
    LOGIT_LIMIT,
    MEAN_LIMIT,
    MEAN_UNIT,
    OUTPUTS,
    SCALE_HIGH,
    SCALE_LOW,
    WEIGHT_BITS,
)
from neucomp.kernels.wave_features import FEATURES
from neucomp.nets.configs import JsonConfig
from neucomp.nets.dilations import convolve, dilated_specs, silence
from neucomp.nets.layers import ExactLayers, layer_tensors
from neucomp.nets.linears import linear_specs, softmax_weights
from neucomp.nets.transformer import TensorSpec

if TYPE_CHECKING:
    from neucomp.nets.wave_weights import WaveNetwork

_MOST_LAYERS = 32
_LARGEST_DILATION = 4096


@dataclass(frozen=True)
class WaveConfig(JsonConfig):
    """Sizes of a WaveNet. ValueError if this version cannot run such a network."""

    width: int
    """Of the residual stream and the skip connections: a multiple of 16, at most 256."""
    dilations: tuple[int, ...]
    """Of the layers, 1 to 32 of them: how far back the older of a convolution's two taps lies, up to 4096."""

    def __post_init__(self) -> None:
        if type(self.width) is not int or not 16 <= self.width <= 256 or self.width % 16:
            raise ValueError("width must be a multiple of 16 in [16, 256]")
        if not isinstance(self.dilations, tuple):
            raise ValueError("dilations must be a tuple")
        right = all(type(d) is int and 1 <= d <= _LARGEST_DILATION for d in self.dilations)
        if not right or not 1 <= len(self.dilations) <= _MOST_LAYERS:
            raise ValueError(f"dilations must be 1 to {_MOST_LAYERS} integers in [1, {_LARGEST_DILATION}]")

    @property
    def products(self) -> int:
        """Multiply-adds for a sample."""
        return self.width * (FEATURES + 6 * self.width * len(self.dilations) + self.width + OUTPUTS)


def tensor_specs(config: WaveConfig) -> dict[str, TensorSpec]:
    """All tensors of a network, by name."""
    width = config.width
    specs = linear_specs("input", width, FEATURES) | layer_tensors(dilated_specs(width, len(config.dilations)))
    return specs | linear_specs("hidden", width, width) | linear_specs("output", OUTPUTS, width)


class Mixture(NamedTuple):
    """Distributions of n samples: logistics 1 / (1 + exp(-(value - centre) * inverse_scale)), weighted."""

    weights: NDArray[np.float32]  # (n, 4): multiples of 2**-16 that sum to 1
    centres: NDArray[np.float32]  # (n, 4): from the blend of all predictions
    inverse_scales: NDArray[np.float32]  # (n, 4)


class WaveState:
    """A network's weights, ready for work on a backend, and its memory of what it has read."""

    def __init__(self, ops: Ops, network: WaveNetwork, lanes: int = 1) -> None:
        self.ops = ops
        self.layers = ExactLayers(ops, network.tensors)
        self.memory = silence(self.layers, network.config.dilations, lanes, network.config.width)


def advance(state: WaveState, features: NDArray[np.int64]) -> NDArray[np.int64]:
    """Outputs (lanes, frames, 12) for the next frames of each lane, from their features (lanes, frames, 31)."""
    layers = state.layers
    h = layers.clip(layers.linear("input", state.ops.put(features)), -ACTIVATION_LIMIT, ACTIVATION_LIMIT)
    skip, state.memory = convolve(layers, state.memory, h)
    hidden = layers.relu(layers.linear("hidden", layers.relu(skip)))
    outputs: NDArray[np.int64] = state.ops.fetch(layers.linear("output", hidden))
    return outputs.clip(*output_ranges())


def output_ranges() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Least and largest outputs."""
    ranges = [(-LOGIT_LIMIT, LOGIT_LIMIT), (-MEAN_LIMIT, MEAN_LIMIT), (SCALE_LOW, SCALE_HIGH)]
    low, high = np.repeat(np.array(ranges, np.int64), LOGISTICS, 0).T
    return low, high


def mixture(outputs: NDArray[np.int64], usual: NDArray[np.float32]) -> Mixture:
    """The distributions that outputs (n, 12) stand for, where `usual` (n,) is the usual error in the samples' unit."""
    logits, means, scales = outputs.reshape(len(outputs), 3, LOGISTICS).swapaxes(0, 1)
    centres = means.astype(np.float32) * (usual[:, None] * np.float32(1 / MEAN_UNIT))
    inverse = INVERSE_SCALES[scales - SCALE_LOW] / usual[:, None]
    return Mixture(
        softmax_weights(logits, WEIGHT_BITS).astype(np.float32) * np.float32(2**-WEIGHT_BITS), centres, inverse
    )
