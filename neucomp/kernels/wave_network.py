"""One step of the WaveNet: the mixture for a sample from its features, at the cost of one column of each layer.

The network is defined in `docs/exact.md` ("The WaveNet") and, for many frames at once, in `neucomp.nets.wavenet`; this
is the same definition with the same numbers in every place. Each layer keeps the stream of its last `dilation` samples
in a ring, one for each channel.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.tables import EXP24
from neucomp.kernels.inline import part, shared
from neucomp.kernels.panels import multiply_rows
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
    SCALE_HIGH,
    SCALE_LOW,
    SKIP_LIMIT,
    TANH,
    WEIGHT_BITS,
)

WEIGHT, CENTRE, INVERSE = range(3)
"""Rows of a mixture: weights, which sum to 1; centres, from the blend of all predictions; inverse scales."""

_MEAN_STEP = np.float32(1 / MEAN_UNIT)
_WEIGHT_STEP = np.float32(2**-WEIGHT_BITS)
_LAST_EXP = 4095


class WaveStep(NamedTuple):
    """Weights of a network, in panels (kernels.panels), and its state in a recording."""

    input: NDArray[np.int16]  # (width / 16, 16, 32)
    input_bias: NDArray[np.int32]  # (width,)
    input_scale: NDArray[np.int32]  # (width,): 2**24 stands for 1, as in all scales
    gate: NDArray[np.int16]  # (layers, width / 8, width, 32)
    gate_bias: NDArray[np.int32]  # (layers, 2 * width)
    gate_scale: NDArray[np.int32]  # (layers, 2 * width)
    out: NDArray[np.int16]  # (layers, width / 8, width / 2, 32)
    out_bias: NDArray[np.int32]  # (layers, 2 * width)
    out_scale: NDArray[np.int32]  # (layers, 2 * width)
    hidden: NDArray[np.int16]  # (width / 16, width / 2, 32)
    hidden_bias: NDArray[np.int32]  # (width,)
    hidden_scale: NDArray[np.int32]  # (width,)
    output: NDArray[np.int16]  # (1, width / 2, 32): four rows are unused
    output_bias: NDArray[np.int32]  # (12,)
    output_scale: NDArray[np.int32]  # (12,)
    dilations: NDArray[np.int64]  # (layers,)
    starts: NDArray[np.int64]  # (layers,): where a layer's ring begins
    rings: NDArray[np.int16]  # (channels, sum of dilations, width)
    counts: NDArray[np.int64]  # (channels,): samples read
    features: NDArray[np.int16]  # (1, 32): of the sample that comes; one is unused
    stream: NDArray[np.int16]  # (1, 2 * width): as it was a dilation ago, then as it is
    inside: NDArray[np.int16]  # (1, width): what a gate lets through, or a part of the head
    skip: NDArray[np.int32]  # (width,)
    sums: NDArray[np.int32]  # (1, 2 * width)
    outputs: NDArray[np.int64]  # (12,)
    mixture: NDArray[np.float32]  # (3, 4)


@shared
def _multiply(panels, inputs, sums):
    multiply_rows(panels, inputs, sums, 0, 1)


@part
def _requantize(total, bias, scale):
    return (np.int64(np.int32(total + bias)) * np.int64(scale) + (1 << 23)) >> 24


@part
def _limited(value, low, high):
    return min(max(np.int64(value), np.int64(low)), np.int64(high))


@part
def _run_layer(net, channel, layer):
    width = net.skip.size
    stream = net.stream[0]
    sums = net.sums[0]
    dilation = net.dilations[layer]
    ring = net.rings[channel, net.starts[layer] + net.counts[channel] % dilation]
    for i in range(width):
        stream[i] = ring[i]
        ring[i] = stream[width + i]
    _multiply(net.gate[layer], net.stream, net.sums)
    bias = net.gate_bias[layer]
    scale = net.gate_scale[layer]
    for i in range(2 * width):
        sums[i] = _limited(_requantize(sums[i], bias[i], scale[i]), -GATE_LIMIT, GATE_LIMIT) + GATE_LIMIT
    for i in range(width):
        product = np.int32(TANH[sums[i]]) * np.int32(LOGISTIC[sums[width + i]])
        net.inside[0, i] = (product + (1 << (GATE_BITS - 1))) >> GATE_BITS
    _multiply(net.out[layer], net.inside, net.sums)
    bias = net.out_bias[layer]
    scale = net.out_scale[layer]
    for i in range(width):
        moved = np.int64(stream[width + i]) + _requantize(sums[i], bias[i], scale[i])
        stream[width + i] = _limited(moved, -ACTIVATION_LIMIT, ACTIVATION_LIMIT)
    for i in range(width):
        moved = np.int64(net.skip[i]) + _requantize(sums[width + i], bias[width + i], scale[width + i])
        net.skip[i] = _limited(moved, -SKIP_LIMIT, SKIP_LIMIT)


@part
def run_network(net, channel):
    """The outputs for a channel's next sample, from `features`; call once for each sample."""
    width = net.skip.size
    stream = net.stream[0]
    sums = net.sums[0]
    _multiply(net.input, net.features, net.sums)
    for i in range(width):
        value = _requantize(sums[i], net.input_bias[i], net.input_scale[i])
        stream[width + i] = _limited(value, -ACTIVATION_LIMIT, ACTIVATION_LIMIT)
        net.skip[i] = 0
    for layer in range(net.dilations.size):
        _run_layer(net, channel, layer)
    net.counts[channel] += 1
    for i in range(width):
        net.inside[0, i] = _limited(net.skip[i], 0, ACTIVATION_LIMIT)
    _multiply(net.hidden, net.inside, net.sums)
    for i in range(width):
        value = _requantize(sums[i], net.hidden_bias[i], net.hidden_scale[i])
        net.inside[0, i] = _limited(value, 0, ACTIVATION_LIMIT)
    _multiply(net.output, net.inside, net.sums)
    for k in range(LOGISTICS):
        for row in range(3):
            i = row * LOGISTICS + k
            net.outputs[i] = _requantize(sums[i], net.output_bias[i], net.output_scale[i])
        net.outputs[k] = _limited(net.outputs[k], -LOGIT_LIMIT, LOGIT_LIMIT)
        net.outputs[LOGISTICS + k] = _limited(net.outputs[LOGISTICS + k], -MEAN_LIMIT, MEAN_LIMIT)
        net.outputs[2 * LOGISTICS + k] = _limited(net.outputs[2 * LOGISTICS + k], SCALE_LOW, SCALE_HIGH)


@part
def lay_mixture(net, usual):
    """Fills `mixture` from the outputs; usual: the usual error, a float32, in the unit of the samples."""
    outputs = net.outputs
    mixture = net.mixture
    best = 0
    for k in range(1, LOGISTICS):
        if outputs[k] > outputs[best]:
            best = k
    total = np.int64(0)
    for k in range(LOGISTICS):
        total += EXP24[min(outputs[best] - outputs[k], np.int64(_LAST_EXP))]
    factor = np.int64(1 << (24 + WEIGHT_BITS)) // total
    left = np.int64(1 << WEIGHT_BITS)
    unit = usual * _MEAN_STEP
    for k in range(LOGISTICS):
        weight = (np.int64(EXP24[min(outputs[best] - outputs[k], np.int64(_LAST_EXP))]) * factor) >> 24
        left -= weight
        mixture[WEIGHT, k] = np.float32(weight) * _WEIGHT_STEP
        mixture[CENTRE, k] = np.float32(outputs[LOGISTICS + k]) * unit
        mixture[INVERSE, k] = INVERSE_SCALES[outputs[2 * LOGISTICS + k] - SCALE_LOW] / usual
    mixture[WEIGHT, best] = mixture[WEIGHT, best] + np.float32(left) * _WEIGHT_STEP
