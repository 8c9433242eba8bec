"""The pixel network: a mixture of logistics for each of a pixel's samples, from what is above it and to its left.

A perceptron with residual blocks sees 42 neighbours in three channels, as differences from a simple prediction over the
local activity (`kernels.pixel_features`), and gives five logistics for each channel; those of later channels also see
the earlier samples of the same pixel. The definition, with units and bounds, is in docs/exact.md ("The pixel network").
It is computed here for any pixels, on any `Ops`, and in `kernels.pixel_network` for the pixels of a front.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.ops import Array, Ops
from neucomp.kernels.pixel_constants import (
    ACTIVATION_LIMIT,
    CHANNELS,
    FEATURE_LIMIT,
    FEATURE_UNIT,
    INVERSE_SCALES,
    LINK_LIMIT,
    LOGISTICS,
    LOGIT_LIMIT,
    MEAN_DISTANCE,
    MEAN_LIMIT,
    MEAN_UNIT,
    OCTAVE,
    SCALE_HIGH,
    SCALE_LOW,
    WEIGHT_BITS,
    head_outputs,
)
from neucomp.kernels.pixel_features import ACTIVITY, FEATURES, LEVELS, LOGARITHMS, SHARES
from neucomp.nets.configs import JsonConfig
from neucomp.nets.linears import apply_linear, linear_specs, put_linears, requantize, softmax_weights
from neucomp.nets.transformer import TensorSpec

if TYPE_CHECKING:
    from neucomp.nets.pixel_weights import PixelNetwork


@dataclass(frozen=True)
class PixelConfig(JsonConfig):
    """Sizes of a pixel network. ValueError if this version cannot run such a network."""

    width: int
    """Of the residual stream: a multiple of 16, at most 1024."""
    blocks: int
    hidden: int
    """Of the heads of the later channels: a multiple of 32, at most 1024."""

    def __post_init__(self) -> None:
        _require("width", self.width, 16, 1024, 16)
        _require("blocks", self.blocks, 0, 16, 1)
        _require("hidden", self.hidden, 32, 1024, 32)

    @property
    def products(self) -> int:
        """Multiply-adds for a pixel."""
        outputs = sum(map(head_outputs, range(CHANNELS)))
        later = self.hidden * (outputs - head_outputs(0) + 3)
        return self.width * (FEATURES + 2 * self.blocks * self.width + head_outputs(0) + 2 * self.hidden) + later


def _require(name: str, value: object, low: int, high: int, multiple: int) -> None:
    if type(value) is not int or not low <= value <= high or value % multiple:
        raise ValueError(f"{name} must be a multiple of {multiple} in [{low}, {high}]")


def tensor_specs(config: PixelConfig) -> dict[str, TensorSpec]:
    """All tensors of a network, by name."""
    width, hidden = config.width, config.hidden
    specs = linear_specs("input", width, FEATURES)
    for n in range(config.blocks):
        specs |= linear_specs(f"block{n}.up", width, width) | linear_specs(f"block{n}.down", width, width)
    specs |= linear_specs("head0", head_outputs(0), width)
    for channel in (1, 2):
        specs |= linear_specs(f"join{channel}", hidden, width)
        specs |= linear_specs(f"head{channel}", head_outputs(channel), hidden)
        specs[f"join{channel}_seen"] = TensorSpec("int16", (hidden, channel), -32768, 32767)
    return specs


class Features(NamedTuple):
    """What the network reads of pixels."""

    values: NDArray[np.int64]  # (n, 133), within +-1023
    medians: NDArray[np.int64]  # (n, 3): median-edge predictions
    activity: NDArray[np.int64]  # (n, 1): 15 times the mean change between neighbours, plus 15


class Mixture(NamedTuple):
    """Distributions of n samples: logistics 1 / (1 + exp(-(value - centre) * inverse_scale)), weighted."""

    weights: NDArray[np.float32]  # (n, 5): multiples of 2**-16 that sum to 1
    centres: NDArray[np.float32]  # (n, 5): in steps of the samples
    inverse_scales: NDArray[np.float32]  # (n, 5)
    mean: NDArray[np.float32]  # (n,)
    expected_error: NDArray[np.float32]  # (n,): about the mean distance from the mean


class PixelState:
    """A network's weights, ready for work on a backend."""

    def __init__(self, ops: Ops, network: PixelNetwork) -> None:
        self.ops = ops
        self.config = network.config
        self.linears = put_linears(ops, network.tensors)
        self.seen = {channel: ops.put(network.tensors[f"join{channel}_seen"].T.astype(np.int64)) for channel in (1, 2)}


def find_features(windows: NDArray[np.int64], extra_bits: int = 0) -> Features:
    """Features of pixels from windows (n, 3, 42): samples of 8 + extra_bits bits, neighbours as OFFSETS lists them."""
    left, above, corner, right, left2, above2 = np.moveaxis(windows[:, :, :6], 2, 0)
    low, high = np.minimum(left, above), np.maximum(left, above)
    medians = np.clip(left + above - corner, low, high)
    changes = [(left, corner), (above, corner), (above, right), (left, left2), (above, above2)]
    change = sum((np.abs(a - b) for a, b in changes), np.zeros_like(left))
    activity = (15 << extra_bits) + change.sum(1, keepdims=True)
    values = np.empty((len(windows), FEATURES), np.int64)
    values[:, :ACTIVITY] = relate(windows - medians[:, :, None], activity[..., None], extra_bits).reshape(-1, ACTIVITY)
    level = _logarithm(activity)
    values[:, ACTIVITY:SHARES] = level - _logarithm(np.array(15 << extra_bits)) - 2 * OCTAVE
    values[:, SHARES:LEVELS] = np.maximum(_logarithm(3 * (change + (5 << extra_bits))) - level, -FEATURE_LIMIT)
    values[:, LEVELS:] = (medians >> extra_bits) - 128
    return Features(values, medians, activity)


def relate(differences: NDArray[np.int64], activity: NDArray[np.int64], extra_bits: int = 0) -> NDArray[np.int64]:
    """Differences of samples over the activity, in 1/96, within +-1023."""
    factor = (15 * FEATURE_UNIT << 15 + extra_bits) // activity
    ratios = (differences * factor + (1 << 14 + extra_bits)) >> 15 + extra_bits
    limited: NDArray[np.int64] = ratios.clip(-FEATURE_LIMIT, FEATURE_LIMIT)
    return limited


def _logarithm(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """128 * log2(values), of their 12 leading bits."""
    shift = np.zeros_like(values)
    for _ in range(24):
        shift += (values >> shift) >= len(LOGARITHMS)
    logarithms: NDArray[np.int64] = LOGARITHMS[values >> shift] + OCTAVE * shift
    return logarithms


def trunk(state: PixelState, features: NDArray[np.int64]) -> Array:
    """What all heads read (n, width), within [0, 1023], from features (n, 133)."""
    ops, linears = state.ops, state.linears
    h = ops.clip(apply_linear(ops, linears["input"], ops.put(features)), 0, ACTIVATION_LIMIT)
    for n in range(state.config.blocks):
        inside = ops.clip(apply_linear(ops, linears[f"block{n}.up"], h), 0, ACTIVATION_LIMIT)
        h = ops.clip(h + apply_linear(ops, linears[f"block{n}.down"], inside), -ACTIVATION_LIMIT, ACTIVATION_LIMIT)
    return ops.clip(h, 0, ACTIVATION_LIMIT)


def head(state: PixelState, h: Array, channel: int, residuals: NDArray[np.int64]) -> NDArray[np.int64]:
    """Outputs of a channel (n, 15 + 5 * channel), in their ranges.

    h: what `trunk` gave. residuals (n, channel): samples of the channels before it, less their median-edge predictions,
    as `relate` gives them.
    """
    ops = state.ops
    if channel:
        join = state.linears[f"join{channel}"]
        sums = ops.matmul(h, join.matrix) + join.bias
        for number in range(channel):
            sums = sums + ops.put(residuals[:, number, None]) * state.seen[channel][number]
        h = ops.clip(requantize(sums, join.scale), 0, ACTIVATION_LIMIT)
    outputs: NDArray[np.int64] = ops.fetch(apply_linear(ops, state.linears[f"head{channel}"], h))
    return outputs.clip(*output_ranges(channel))


def output_ranges(channel: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Least and largest outputs of a channel's head."""
    ranges = [(-LOGIT_LIMIT, LOGIT_LIMIT), (-MEAN_LIMIT, MEAN_LIMIT), (SCALE_LOW, SCALE_HIGH)]
    ranges += [(-LINK_LIMIT, LINK_LIMIT)] * channel
    low, high = np.repeat(np.array(ranges, np.int64), LOGISTICS, 0).T
    return low, high


def mixture(
    outputs: NDArray[np.int64], median: NDArray[np.int64], activity: NDArray[np.int64], differences: NDArray[np.int64]
) -> Mixture:
    """The distributions that outputs of a head stand for.

    outputs (n, 15 + 5 * channel); median (n,): the channel's median-edge prediction; activity (n, 1); differences (n,
    channel): samples of the channels before, the first first, less their median-edge predictions.
    """
    logits, means, scales, *links = outputs.reshape(len(outputs), -1, LOGISTICS).swapaxes(0, 1)
    weights = softmax_weights(logits, WEIGHT_BITS).astype(np.float32) * np.float32(2**-WEIGHT_BITS)
    step = activity.astype(np.float32) * np.float32(1 / 15)
    centres = median[:, None].astype(np.float32) + means.astype(np.float32) * (step * np.float32(1 / MEAN_UNIT))
    for link, difference in zip(links, differences[:, ::-1].T, strict=True):
        moved = difference[:, None].astype(np.float32) * np.float32(1 / MEAN_UNIT)
        centres = centres + link.astype(np.float32) * moved
    inverse = INVERSE_SCALES[scales - SCALE_LOW] / step
    mean = _ordered_sum(weights * centres)
    away = np.abs(centres - mean[:, None]) + MEAN_DISTANCE / inverse
    return Mixture(weights, centres, inverse, mean, _ordered_sum(weights * away))


def _ordered_sum(terms: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sums of terms (n, 5), from the first to the last."""
    total: NDArray[np.float32] = np.zeros(len(terms), np.float32)
    for term in terms.T:
        total = total + term
    return total
