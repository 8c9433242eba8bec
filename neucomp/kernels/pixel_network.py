"""The pixel network along fronts: what depends on earlier fronts for many pixels at once, then sample by sample.

The network is defined in `docs/exact.md` ("The pixel network") and, for any pixels, in `neucomp.nets.pixelcnn`; this is
the same definition with the same numbers in every place. A front holds the pixels with x + 4 y = front, at most one of
each row. `prepare_pixels` takes any rows of a front, on any thread; `predict_sample` then gives the distribution of
each sample of a pixel, when the samples before it are known.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.tables import EXP24
from neucomp.kernels.inline import part
from neucomp.kernels.panels import multiply_rows
from neucomp.kernels.pixel_constants import (
    ACTIVATION_LIMIT,
    CHANNELS,
    INVERSE_SCALES,
    LINK_LIMIT,
    LOGISTICS,
    LOGIT_LIMIT,
    MEAN_DISTANCE,
    MEAN_LIMIT,
    MEAN_UNIT,
    SCALE_HIGH,
    SCALE_LOW,
    WEIGHT_BITS,
)
from neucomp.kernels.pixel_features import NEIGHBOURS, OFFSETS, activity_factor, read_features, relate
from neucomp.kernels.products import multiply

FRONT_STEP = 4
PADDING = 8
"""A pixel's front is x + FRONT_STEP * y; planes have that many pixels more on each side."""

CENTRES, INVERSE_SCALES_AT, WEIGHTS, MEAN = (number * LOGISTICS for number in range(4))
EXPECTED_ERROR = MEAN + 1
DISTRIBUTION = EXPECTED_ERROR + 1
"""Places in a distribution, float32 (17,): of the five logistics the centres, in steps of the samples, the inverse
scales and the weights, which sum to 1; the mean; about the mean distance from it."""

FIRST_OUTPUTS = 16
"""Outputs of the first head, one of them unused: a panel."""

_FIFTEENTH = np.float32(1 / 15)
_MEAN_STEP = np.float32(1 / MEAN_UNIT)
_WEIGHT_STEP = np.float32(2**-WEIGHT_BITS)
_LAST_EXP = 4095


class PixelWeights(NamedTuple):
    """Weights of a network; products of a layer with many pixels have them in panels (kernels.panels)."""

    input: NDArray[np.int16]  # (width / 16, 67, 32)
    input_bias: NDArray[np.int32]  # (width,)
    input_scale: NDArray[np.int32]  # (width,): 2**24 stands for 1, as in all scales
    up: NDArray[np.int16]  # (blocks, width / 16, width / 2, 32)
    up_bias: NDArray[np.int32]  # (blocks, width)
    up_scale: NDArray[np.int32]  # (blocks, width)
    down: NDArray[np.int16]  # (blocks, width / 16, width / 2, 32)
    down_bias: NDArray[np.int32]  # (blocks, width)
    down_scale: NDArray[np.int32]  # (blocks, width)
    output: NDArray[np.int16]  # (1 + hidden / 8, width / 2, 32): the first head, what the second and the third one read
    output_bias: NDArray[np.int32]  # (16 + 2 * hidden,)
    output_scale: NDArray[np.int32]  # (16 + 2 * hidden,)
    seen: NDArray[np.int16]  # (3, hidden): the first sample for the second head; the first and the second for the third
    second: NDArray[np.int8]  # (20, hidden)
    second_bias: NDArray[np.int32]  # (20,)
    second_scale: NDArray[np.int32]  # (20,)
    third: NDArray[np.int8]  # (28, hidden): three rows are unused
    third_bias: NDArray[np.int32]  # (28,)
    third_scale: NDArray[np.int32]  # (28,)


class PixelState(NamedTuple):
    """A network at work on an image of `rows` rows; one of two entries is for even fronts, the other for odd ones."""

    weights: PixelWeights
    extra_bits: NDArray[np.int64]  # (1,): bits of a sample, less 8
    windows: NDArray[np.int32]  # (rows, 3, 42): neighbours of each channel
    features: NDArray[np.int16]  # (rows, 134)
    residual: NDArray[np.int16]  # (rows, width)
    inside: NDArray[np.int16]  # (rows, width): of a block
    sums: NDArray[np.int32]  # (rows, width)
    outputs: NDArray[np.int32]  # (2, rows, 16 + 2 * hidden): outputs of the first head, sums for the others
    medians: NDArray[np.int32]  # (2, rows, 3): median-edge predictions
    activities: NDArray[np.int64]  # (2, rows)
    factors: NDArray[np.int64]  # (2, rows): see `activity_factor`
    first: NDArray[np.float32]  # (2, rows, 17): distributions of first samples
    hidden: NDArray[np.int16]  # (hidden,)
    head: NDArray[np.int32]  # (28,): outputs of a later head
    distribution: NDArray[np.float32]  # (17,): of the sample that comes


@part
def prepare_pixels(state, planes, front, first_row, last_row):
    """All that `predict_sample` needs for the pixels of a front in rows from first_row to last_row - 1.

    planes: int32 (channels, rows + 16, columns + 16), one or three channels in coding order, C-contiguous, known on all
    earlier fronts.
    """
    columns = planes.shape[2] - 2 * PADDING
    first = max(first_row, (front - columns + FRONT_STEP) // FRONT_STEP)
    last = min(last_row, front // FRONT_STEP + 1)
    weights = state.weights
    parity = front & 1
    for row in range(first, last):
        _read_pixel(state, planes, parity, row, front - FRONT_STEP * row)
    multiply_rows(weights.input, state.features, state.sums, first, last)
    for row in range(first, last):
        _activate(state.sums[row], weights.input_bias, weights.input_scale, state.residual[row])
    for block in range(weights.up.shape[0]):
        multiply_rows(weights.up[block], state.residual, state.sums, first, last)
        for row in range(first, last):
            _activate(state.sums[row], weights.up_bias[block], weights.up_scale[block], state.inside[row])
        multiply_rows(weights.down[block], state.inside, state.sums, first, last)
        for row in range(first, last):
            _add(state.sums[row], weights.down_bias[block], weights.down_scale[block], state.residual[row])
    for row in range(first, last):
        residual = state.residual[row]
        for i in range(residual.size):
            residual[i] = max(residual[i], np.int16(0))
    outputs = state.outputs[parity]
    multiply_rows(weights.output, state.residual, outputs, first, last)
    for row in range(first, last):
        for i in range(FIRST_OUTPUTS):
            value = _requantize(outputs[row, i], weights.output_bias[i], weights.output_scale[i])
            outputs[row, i] = _limited(value, -MEAN_LIMIT, MEAN_LIMIT)
        pixel = state.activities[parity, row]
        _distribute(outputs[row], state.medians[parity, row, 0], pixel, 0, 0, 0, state.first[parity, row])


@part
def predict_sample(state, front, row, channel, first, second):
    """Fills `distribution` for a channel's sample; first, second: the samples of the channels before it, if any."""
    parity = front & 1
    distribution = state.distribution
    if channel == 0:
        ready = state.first[parity, row]
        for i in range(DISTRIBUTION):
            distribution[i] = ready[i]
        return
    weights = state.weights
    medians = state.medians[parity, row]
    factor = state.factors[parity, row]
    extra_bits = state.extra_bits[0]
    first_difference = np.int64(first) - np.int64(medians[0])
    first_seen = relate(first_difference, factor, extra_bits)
    if channel == 1:
        _join(state, parity, row, 0, first_seen, 0, weights.seen[0], weights.seen[0])
        multiply(weights.second, state.hidden, state.head)
        _finish(state.head, weights.second_bias, weights.second_scale)
        second_difference = np.int64(0)
    else:
        second_difference = np.int64(second) - np.int64(medians[1])
        second_seen = relate(second_difference, factor, extra_bits)
        _join(state, parity, row, 1, first_seen, second_seen, weights.seen[1], weights.seen[2])
        multiply(weights.third, state.hidden, state.head)
        _finish(state.head, weights.third_bias, weights.third_scale)
    activity = state.activities[parity, row]
    _distribute(state.head, medians[channel], activity, channel, first_difference, second_difference, distribution)


@part
def _read_pixel(state, planes, parity, row, column):
    """Features of a pixel."""
    window = state.windows[row]
    for c in range(CHANNELS):
        plane = planes[min(c, planes.shape[0] - 1)]
        samples = window[c]
        for j in range(NEIGHBOURS):
            samples[j] = plane[row + PADDING + OFFSETS[j, 0], column + PADDING + OFFSETS[j, 1]]
    extra_bits = state.extra_bits[0]
    activity = read_features(window, extra_bits, state.medians[parity, row], state.features[row])
    state.activities[parity, row] = activity
    state.factors[parity, row] = activity_factor(activity, extra_bits)


@part
def _requantize(total, bias, scale):
    return (np.int64(np.int32(total + bias)) * np.int64(scale) + (1 << 23)) >> 24


@part
def _activate(sums, bias, scale, target):
    """The positive part of a layer's outputs."""
    for i in range(target.size):
        value = _requantize(sums[i], bias[i], scale[i])
        target[i] = min(max(value, np.int64(0)), np.int64(ACTIVATION_LIMIT))


@part
def _add(sums, bias, scale, target):
    """Adds a layer's outputs."""
    for i in range(target.size):
        value = np.int64(target[i]) + _requantize(sums[i], bias[i], scale[i])
        target[i] = min(max(value, np.int64(-ACTIVATION_LIMIT)), np.int64(ACTIVATION_LIMIT))


@part
def _join(state, parity, row, head, first, second, first_weights, second_weights):
    """What the second (head = 0) or third (1) head reads: the pixel's state, and the samples before."""
    size = state.hidden.size
    begin = FIRST_OUTPUTS + head * size
    sums = state.outputs[parity, row, begin : begin + size]
    bias = state.weights.output_bias[begin : begin + size]
    scale = state.weights.output_scale[begin : begin + size]
    for i in range(size):
        seen = np.int64(first_weights[i]) * first + np.int64(second_weights[i]) * second
        value = _requantize(np.int32(sums[i] + seen), bias[i], scale[i])
        state.hidden[i] = min(max(value, np.int64(0)), np.int64(ACTIVATION_LIMIT))


@part
def _finish(sums, bias, scale):
    """A head's outputs, in the place of its sums, in the range that the widest of them have."""
    for i in range(bias.size):
        sums[i] = _limited(_requantize(sums[i], bias[i], scale[i]), -MEAN_LIMIT, MEAN_LIMIT)


@part
def _limited(value, low, high):
    return min(max(np.int64(value), np.int64(low)), np.int64(high))


@part
def _distribute(outputs, median, activity, channel, first, second, distribution):
    """A distribution from outputs of a head; first, second: what earlier samples differ by from their predictions."""
    _weigh(outputs, distribution)
    step = np.float32(activity) * _FIFTEENTH
    unit = step * _MEAN_STEP
    # The channel before this one has the first links.
    near = np.float32(second if channel == 2 else first) * _MEAN_STEP
    far = np.float32(first) * _MEAN_STEP
    mean = np.float32(0)
    for k in range(LOGISTICS):
        centre = np.float32(_limited(outputs[LOGISTICS + k], -MEAN_LIMIT, MEAN_LIMIT)) * unit
        centre = np.float32(median) + centre
        if channel > 0:
            link = _limited(outputs[3 * LOGISTICS + k], -LINK_LIMIT, LINK_LIMIT)
            centre = centre + np.float32(link) * near
        if channel > 1:
            link = _limited(outputs[4 * LOGISTICS + k], -LINK_LIMIT, LINK_LIMIT)
            centre = centre + np.float32(link) * far
        scale = _limited(outputs[2 * LOGISTICS + k], SCALE_LOW, SCALE_HIGH)
        distribution[CENTRES + k] = centre
        distribution[INVERSE_SCALES_AT + k] = INVERSE_SCALES[np.uint64(scale - SCALE_LOW)] / step
        mean = mean + distribution[WEIGHTS + k] * centre
    error = np.float32(0)
    for k in range(LOGISTICS):
        away = abs(distribution[CENTRES + k] - mean) + MEAN_DISTANCE / distribution[INVERSE_SCALES_AT + k]
        error = error + distribution[WEIGHTS + k] * away
    distribution[MEAN] = mean
    distribution[EXPECTED_ERROR] = error


@part
def _weigh(outputs, distribution):
    """Weights of the logistics: the softmax of their logits."""
    best = 0
    largest = _limited(outputs[0], -LOGIT_LIMIT, LOGIT_LIMIT)
    for k in range(1, LOGISTICS):
        logit = _limited(outputs[k], -LOGIT_LIMIT, LOGIT_LIMIT)
        if logit > largest:
            best = k
            largest = logit
    total = np.int64(0)
    for k in range(LOGISTICS):
        below = largest - _limited(outputs[k], -LOGIT_LIMIT, LOGIT_LIMIT)
        total += EXP24[np.uint64(min(below, np.int64(_LAST_EXP)))]
    factor = np.int64(1 << (24 + WEIGHT_BITS)) // total
    left = np.int64(1 << WEIGHT_BITS)
    for k in range(LOGISTICS):
        below = largest - _limited(outputs[k], -LOGIT_LIMIT, LOGIT_LIMIT)
        weight = (np.int64(EXP24[np.uint64(min(below, np.int64(_LAST_EXP)))]) * factor) >> 24
        left -= weight
        distribution[WEIGHTS + k] = np.float32(weight) * _WEIGHT_STEP
    distribution[WEIGHTS + best] = distribution[WEIGHTS + best] + np.float32(left) * _WEIGHT_STEP
