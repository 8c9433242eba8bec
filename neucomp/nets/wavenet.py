"""The WaveNet: a mixture of logistics for each sample of a recording, from what the adaptive filters say and have said.

Dilated causal convolutions of two taps with gated units, tanh x logistic, residual and skip connections (van den Oord
et al. 2016, "WaveNet: A Generative Model for Raw Audio") over features of the filters' predictions and errors
(`kernels.wave_features`). The definition, with units and bounds, is in docs/exact.md ("The WaveNet"). It is computed
here for any stretch of frames at once, on any `Ops`, and in `kernels.wave_network` for one sample.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.ops import Array, Ops
from neucomp.exact.tables import EXP24
from neucomp.kernels.network_constants import EXP_SIZE
from neucomp.kernels.pixel_constants import INVERSE_SCALES
from neucomp.kernels.wave_constants import (
    ACTIVATION_LIMIT,
    GATE_BITS,
    GATE_LIMIT,
    LOGISTIC,
    LOGISTICS,
    LOGIT_LIMIT,
    MEAN_LIMIT,
    MEAN_UNIT,
    OUTPUTS,
    SCALE_HIGH,
    SCALE_LOW,
    SKIP_LIMIT,
    TANH,
    WEIGHT_BITS,
)
from neucomp.kernels.wave_features import FEATURES
from neucomp.nets.transformer import TensorSpec

if TYPE_CHECKING:
    from neucomp.nets.wave_weights import WaveNetwork

_LARGEST_BIAS = 1 << 30
_MOST_LAYERS = 32
_LARGEST_DILATION = 4096


@dataclass(frozen=True)
class WaveConfig:
    """Sizes of a WaveNet. ValueError if this version cannot run such a network."""

    width: int
    """Of the residual stream and the skip connections: a multiple of 16, at most 256."""
    dilations: tuple[int, ...]
    """Of the layers, 1 to 32 of them: how far back the older of a convolution's two taps lies, up to 4096."""

    def __post_init__(self) -> None:
        if type(self.width) is not int or not 16 <= self.width <= 256 or self.width % 16:
            raise ValueError("width must be a multiple of 16 in [16, 256]")
        right = all(type(d) is int and 1 <= d <= _LARGEST_DILATION for d in self.dilations)
        if not right or not 1 <= len(self.dilations) <= _MOST_LAYERS:
            raise ValueError(f"dilations must be 1 to {_MOST_LAYERS} integers in [1, {_LARGEST_DILATION}]")

    @classmethod
    def from_json(cls, text: str) -> WaveConfig:
        """What `to_json` wrote; ValueError if it is anything else."""
        try:
            values: object = json.loads(text)
        except RecursionError:
            raise ValueError("the configuration is nested too deeply") from None
        names = [field.name for field in fields(cls)]
        if not isinstance(values, dict) or sorted(values) != sorted(names):
            raise ValueError(f"a configuration must have exactly these entries: {', '.join(names)}")
        if not isinstance(values["dilations"], list):
            raise ValueError("dilations must be a list")
        return cls(values["width"], tuple(values["dilations"]))

    def to_json(self) -> str:
        """All fields, as JSON."""
        return json.dumps(asdict(self))

    @property
    def products(self) -> int:
        """Multiply-adds for a sample."""
        return self.width * (FEATURES + 6 * self.width * len(self.dilations) + self.width + OUTPUTS)


def tensor_specs(config: WaveConfig) -> dict[str, TensorSpec]:
    """All tensors of a network, by name."""
    width = config.width
    specs = _linear("input", width, FEATURES)
    for n in range(len(config.dilations)):
        # Inputs: the stream as it was, then as it is. Outputs: of tanh, then of the logistic function.
        specs |= _linear(f"layer{n}.gate", 2 * width, 2 * width)
        # Outputs: for the stream, then for the skip connection.
        specs |= _linear(f"layer{n}.out", 2 * width, width)
    return specs | _linear("hidden", width, width) | _linear("output", OUTPUTS, width)


def _linear(name: str, outputs: int, inputs: int) -> dict[str, TensorSpec]:
    return {
        name: TensorSpec("int8", (outputs, inputs), -128, 127, ACTIVATION_LIMIT),
        f"{name}_bias": TensorSpec("int32", (outputs,), -_LARGEST_BIAS, _LARGEST_BIAS),
        f"{name}_scale": TensorSpec("int32", (outputs,), 0, (1 << 31) - 1),
    }


class Linear(NamedTuple):
    """A matrix (inputs, outputs), float32; biases of its sums, and scales, 2**24 standing for 1, int64."""

    matrix: Array
    bias: Array
    scale: Array


class Mixture(NamedTuple):
    """Distributions of n samples: logistics 1 / (1 + exp(-(value - centre) * inverse_scale)), weighted."""

    weights: NDArray[np.float32]  # (n, 4): multiples of 2**-16 that sum to 1
    centres: NDArray[np.float32]  # (n, 4): from the blend of all predictions
    inverse_scales: NDArray[np.float32]  # (n, 4)


class WaveState:
    """A network's weights, ready for work on a backend, and its memory of what it has read."""

    def __init__(self, ops: Ops, network: WaveNetwork, lanes: int = 1) -> None:
        self.ops = ops
        self.config = network.config
        tensors = network.tensors
        self.linears = {
            name.removesuffix("_scale"): Linear(
                ops.put(tensors[name.removesuffix("_scale")].T.astype(np.float32)),
                ops.put(tensors[name.replace("_scale", "_bias")].astype(np.int64)),
                ops.put(tensors[name].astype(np.int64)),
            )
            for name in tensors
            if name.endswith("_scale")
        }
        self.tanh, self.logistic = ops.put(TANH), ops.put(LOGISTIC)
        shapes = ((lanes, dilation, self.config.width) for dilation in self.config.dilations)
        self.memory = [ops.put(np.zeros(shape, np.int64)) for shape in shapes]
        """For each layer, the stream (lanes, dilation, width) at the latest frames."""


def advance(state: WaveState, features: NDArray[np.int64]) -> NDArray[np.int64]:
    """Outputs (lanes, frames, 12) for the next frames of each lane, from their features (lanes, frames, 31)."""
    ops, width, count = state.ops, state.config.width, features.shape[1]
    h = ops.clip(_apply(state, "input", ops.put(features)), -ACTIVATION_LIMIT, ACTIVATION_LIMIT)
    skip = 0
    for n in range(len(state.config.dilations)):
        both = ops.join([state.memory[n], h])
        state.memory[n] = both[:, count:]
        gate = state.linears[f"layer{n}.gate"]
        sums = ops.matmul(both[:, :count], gate.matrix[:width]) + ops.matmul(h, gate.matrix[width:]) + gate.bias
        inside = ops.clip(_requantize(sums, gate.scale), -GATE_LIMIT, GATE_LIMIT) + GATE_LIMIT
        products = ops.take(state.tanh, inside[..., :width]) * ops.take(state.logistic, inside[..., width:])
        out = _apply(state, f"layer{n}.out", (products + (1 << (GATE_BITS - 1))) >> GATE_BITS)
        h = ops.clip(h + out[..., :width], -ACTIVATION_LIMIT, ACTIVATION_LIMIT)
        skip = ops.clip(skip + out[..., width:], -SKIP_LIMIT, SKIP_LIMIT)
    hidden = ops.clip(_apply(state, "hidden", ops.clip(skip, 0, ACTIVATION_LIMIT)), 0, ACTIVATION_LIMIT)
    outputs: NDArray[np.int64] = ops.fetch(_apply(state, "output", hidden)).clip(*output_ranges())
    return outputs


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
    return Mixture(_weights(logits).astype(np.float32) * np.float32(2**-WEIGHT_BITS), centres, inverse)


def _weights(logits: NDArray[np.int64]) -> NDArray[np.int64]:
    """The softmax of logits (n, 4) in 1/256 nat: integers that sum to 2**16; the largest takes what rounding leaves."""
    best = logits.argmax(1)[:, None]
    below = np.take_along_axis(logits, best, 1) - logits
    shares = EXP24[np.minimum(below, EXP_SIZE - 1)].astype(np.int64)
    weights: NDArray[np.int64] = shares * ((1 << 24 + WEIGHT_BITS) // shares.sum(1, keepdims=True)) >> 24
    left = (1 << WEIGHT_BITS) - weights.sum(1, keepdims=True)
    np.put_along_axis(weights, best, np.take_along_axis(weights, best, 1) + left, 1)
    return weights


def _apply(state: WaveState, name: str, x: Array) -> Array:
    linear = state.linears[name]
    return _requantize(state.ops.matmul(x, linear.matrix) + linear.bias, linear.scale)


def _requantize(sums: Array, scale: Array) -> Array:
    return (sums * scale + (1 << 23)) >> 24
