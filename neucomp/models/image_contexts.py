"""What the image model knows of a sample before it is coded: predictions, expected errors, contexts of counters."""

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.hashing import chain
from neucomp.kernels.inline import part
from neucomp.kernels.logistic import CENTRE, INVERSE_SCALE
from neucomp.models.image_expectations import expect_error, learn_expectation
from neucomp.models.image_planes import PAD
from neucomp.models.image_state import ENERGY_CLASSES, PREDICTORS, RING, ROWS_ABOVE, SCALE_ROWS
from neucomp.models.image_terms import Energy, Predictor, Residual, Value

_MOST_ENERGY = 4095
_SCALE_COUNTS = 1024
_LONGEST_MEMORY = 400
"""Samples after which a scale forgets."""

_F0 = np.float32(0)
_HALF = np.float32(0.5)
_QUARTER = np.float32(0.25)
_EIGHTH = np.float32(0.125)
_TWO = np.float32(2)
_EIGHT = np.float32(8)
_OWN_SHARE = np.float32(0.65)
_CHANNEL_SHARE = np.float32(0.35)
_NEAR_CHANNEL = np.float32(0.7)
_FAR_CHANNEL = np.float32(0.3)
_SMALLEST_ERROR = np.float32(0.15)
_DEVIATION = np.float32(1.3863)
"""Mean absolute error of a logistic distribution of scale 1: ln 4."""


def _energy_classes() -> NDArray[np.uint8]:
    """Class of an expected error e at index 8 e: floor(2.2 log2(1 + 8 e / 3)), below ENERGY_CLASSES, in integers."""
    # floor(2.2 log2 x) >= c if and only if x**11 >= 2**(5 c)
    table = np.zeros(_MOST_ENERGY + 1, np.uint8)
    for i in range(_MOST_ENERGY + 1):
        while table[i] + 1 < ENERGY_CLASSES and (3 + i) ** 11 >= 3**11 << 5 * (int(table[i]) + 1):
            table[i] += 1
    return table


_CLASSES = _energy_classes()
_SCALE_RATES = (np.float32(5) / (np.arange(_SCALE_COUNTS, dtype=np.float32) * np.float32(5) + np.float32(18))).astype(
    np.float32
)
"""Rate of a mean after n samples: 1 / (n + 3.6)."""


@part
def energy_class(contexts, energy):
    """Class of an expected error, float32 >= 0."""
    return np.int64(_CLASSES[np.uint32(min(np.int64(energy * _EIGHT * contexts.grain[0]), np.int64(_MOST_ENERGY)))])


@part
def _median(a, b, c):
    """The median of a, b and a + b - c."""
    return max(min(a, b), min(max(a, b), a + b - c))


@part
def _clip(contexts, prediction):
    return min(max(prediction, _F0), contexts.largest[0])


@part
def predict_simply(contexts, planes, channel, row, column):
    """The predictions from a handful of neighbours; row and column count from the padding's edge."""
    plane = planes[channel]
    left, up, corner = plane[row, column - 1], plane[row - 1, column], plane[row - 1, column - 1]
    centres = contexts.centres
    reference = contexts.references[channel]
    if reference >= 0:
        other = planes[reference]
        here = other[row, column]
        left_step = left - other[row, column - 1]
        up_step = up - other[row - 1, column]
        corner_step = corner - other[row - 1, column - 1]
        centres[Predictor.EDGE] = _clip(contexts, np.float32(here + _median(left_step, up_step, corner_step)))
        centres[Predictor.SLOPE] = _clip(contexts, np.float32(here) + np.float32(left_step + up_step) * _HALF)
        centres[Predictor.PLANE] = np.float32(_median(left, up, corner))
    else:
        slope = plane[row - 1, column + 1] - corner
        centres[Predictor.EDGE] = np.float32(_median(left, up, corner))
        centres[Predictor.SLOPE] = _clip(contexts, np.float32(left + up) * _HALF + np.float32(slope) * _QUARTER)
        centres[Predictor.PLANE] = _clip(contexts, np.float32(left + up - corner))


@part
def blend(contexts, channel, row, front):
    """Errors nearby, and the blend of all predictions by them."""
    errors = contexts.errors
    y = row - PAD + ROWS_ABOVE
    w = errors[(front - 1) & (RING - 1), y, channel]
    ww = errors[(front - 2) & (RING - 1), y, channel]
    nw = errors[(front - 5) & (RING - 1), y - 1, channel]
    n = errors[(front - 4) & (RING - 1), y - 1, channel]
    ne = errors[(front - 3) & (RING - 1), y - 1, channel]
    nww = errors[(front - 6) & (RING - 1), y - 1, channel]
    nee = errors[(front - 2) & (RING - 1), y - 1, channel]
    nn = errors[(front - 8) & (RING - 1), y - 2, channel]
    nnw = errors[(front - 9) & (RING - 1), y - 2, channel]
    nne = errors[(front - 7) & (RING - 1), y - 2, channel]
    weights = np.float32(0)
    total = np.float32(0)
    for i in range(PREDICTORS):
        contexts.energies[i] = ((_TWO * (w[i] + n[i]) + (nw[i] + ne[i])) + (ww[i] + nn[i])) * _EIGHTH
        near = w[i] * w[i] + n[i] * n[i]
        middle = (nw[i] * nw[i] + ne[i] * ne[i]) + (ww[i] * ww[i] + nn[i] * nn[i])
        far = (nww[i] * nww[i] + nee[i] * nee[i]) + (nnw[i] * nnw[i] + nne[i] * nne[i])
        weight = np.float32(1) / (((near + middle * _HALF) + far * _QUARTER) * contexts.grain[1] + _HALF)
        weight = weight * weight * contexts.used[i]
        weights += weight
        total += weight * contexts.centres[i]
    contexts.centres[Predictor.BLEND] = total / weights


@part
def _describe_energies(contexts, planes, channel, row, column, front, network_error):
    """Fills `classes`, `energy_rows` and what the regression expects."""
    plane = planes[channel]
    classes = contexts.classes
    before = np.float32(0)
    reference = contexts.references[channel]
    if reference >= 0:
        before = contexts.channel_errors[reference]
        further = contexts.references[reference]
        if further >= 0:
            before = before * _NEAR_CHANNEL + contexts.channel_errors[further] * _FAR_CHANNEL
    for i in range(PREDICTORS):
        energy = contexts.energies[i]
        if reference >= 0:
            energy = energy * _OWN_SHARE + before * _CHANNEL_SHARE
        classes[i] = energy_class(contexts, energy)
        contexts.energy_rows[Energy.OWN, i] = classes[i]
    left, up, corner = plane[row, column - 1], plane[row - 1, column], plane[row - 1, column - 1]
    right, above = plane[row - 1, column + 1], plane[row - 2, column]
    across = abs(left - corner) + abs(up - right) + abs(up - corner)
    down = abs(left - corner) + abs(up - above) + abs(right - plane[row - 2, column + 1])
    gradient = np.float32(across + down) * _EIGHTH
    expected = expect_error(contexts, channel, row, front, gradient, network_error)
    contexts.expected_class[0] = expected
    own = energy_class(contexts, contexts.energies[Predictor.BLEND])
    channels = energy_class(contexts, before) // 3
    for i in range(PREDICTORS):
        contexts.energy_rows[Energy.CHANNELS, i] = own + ENERGY_CLASSES * channels
        contexts.energy_rows[Energy.EXPECTED, i] = expected


@part
def open_lanes(contexts, channel):
    """Centres and inverse scales of the distributions, for the current sample."""
    block = contexts.block
    lanes = contexts.lane_predictors.size
    first = contexts.channel_class[channel] * (SCALE_ROWS * ENERGY_CLASSES)
    size = contexts.scales.size // lanes
    for i in range(lanes):
        predictor = contexts.lane_predictors[i]
        index = i * size + first + contexts.energy_rows[contexts.lane_energies[i], predictor]
        contexts.lane_scales[i] = index
        block[CENTRE + i] = contexts.centres[predictor]
        block[INVERSE_SCALE + i] = _DEVIATION / max(contexts.scales[index], _SMALLEST_ERROR)


@part
def _texture(plane, row, column, prediction):
    """Eight bits: which neighbours and extrapolations are above a prediction."""
    left, up = plane[row, column - 1], plane[row - 1, column]
    before, above = plane[row, column - 2], plane[row - 2, column]
    bits = np.int64(np.float32(up) > prediction)
    bits |= np.int64(np.float32(left) > prediction) << 1
    bits |= np.int64(np.float32(plane[row - 1, column - 1]) > prediction) << 2
    bits |= np.int64(np.float32(plane[row - 1, column + 1]) > prediction) << 3
    bits |= np.int64(np.float32(above) > prediction) << 4
    bits |= np.int64(np.float32(before) > prediction) << 5
    bits |= np.int64(np.float32(2 * up - above) > prediction) << 6
    bits |= np.int64(np.float32(2 * left - before) > prediction) << 7
    return bits


@part
def describe(contexts, planes, channel, row, column, front, network_error):
    """Everything that the counters, the scales and the mixer are told of a sample; network_error: see expect_error."""
    _describe_energies(contexts, planes, channel, row, column, front, network_error)
    plane = planes[channel]
    centres, classes = contexts.centres, contexts.classes
    mean = centres[Predictor.BLEND]
    rounded = np.int64(mean + _HALF)
    texture = _texture(plane, row, column, mean)
    contexts.texture[0] = texture
    reference = contexts.references[channel]
    residual = np.int64(0)
    near = np.int64(0)
    far = np.int64(0)
    further = np.int64(-1)
    if reference >= 0:
        residual = contexts.channel_residuals[reference]
        near = np.int64(planes[reference, row, column])
        further = np.int64(contexts.references[reference])
        if further >= 0:
            far = np.int64(planes[further, row, column])
    grain = contexts.grain[0]
    clipped = np.int64(min(max(np.float32(residual) * grain, np.float32(-16)), np.float32(15)))
    half_class = classes[Predictor.BLEND] // 2
    residual_rows = contexts.residual_rows
    residual_rows[Residual.ENERGY] = classes[Predictor.BLEND]
    residual_rows[Residual.TEXTURE] = texture
    residual_rows[Residual.CHANNEL] = clipped + 16 + 32 * half_class

    left, up = np.int64(plane[row, column - 1]), np.int64(plane[row - 1, column])
    values = contexts.values
    next_plane = planes[min(channel + 1, planes.shape[0] - 1)]
    last_plane = planes[planes.shape[0] - 1]
    values[Value.CHANNELS] = chain(near, far) if reference >= 0 else chain(left, up)
    if reference >= 0:
        values[Value.CHANNELS_BLEND] = chain(chain(near, far), rounded)
    else:
        values[Value.CHANNELS_BLEND] = chain(chain(left, next_plane[row, column - 1]), last_plane[row, column - 1])
    corner, right = np.int64(plane[row - 1, column - 1]), np.int64(plane[row - 1, column + 1])
    before = np.int64(plane[row, column - 2])
    step = np.int64(0)
    step_down = np.int64(0)
    if reference >= 0:
        nearest, farther = planes[reference], planes[max(further, 0)]
        step = near - np.int64(nearest[row, column - 1])
        step_down = near - np.int64(nearest[row - 1, column])
        step_aside = near - np.int64(nearest[row - 1, column + 1])
        has_far = np.int64(1) if further >= 0 else np.int64(0)
        far_step = far - np.int64(farther[row, column - 1]) * has_far
        far_step_down = far - np.int64(farther[row - 1, column]) * has_far
        far_step_aside = far - np.int64(farther[row - 1, column + 1]) * has_far
        values[Value.STEPS] = chain(left + step, up + step_down)
        values[Value.BOTH_STEPS] = chain(chain(left, step), far_step)
        values[Value.BOTH_STEPS_DOWN] = chain(chain(up, step_down), far_step_down)
        values[Value.BOTH_STEPS_ASIDE] = chain(chain(right, step_aside), far_step_aside)
        values[Value.DIFFERENCE] = chain(chain(near, far), left - np.int64(nearest[row, column - 1]))
    else:
        values[Value.STEPS] = chain(chain(left, up), right)
        values[Value.BOTH_STEPS] = chain(left, corner)
        values[Value.BOTH_STEPS_DOWN] = chain(up, corner)
        values[Value.BOTH_STEPS_ASIDE] = chain(up, right)
        values[Value.DIFFERENCE] = chain(left, before)
    values[Value.NEIGHBOURS] = chain(chain(left, up), step)
    values[Value.BLEND] = chain(rounded, classes[Predictor.BLEND])
    values[Value.STEP] = chain(left, step)
    values[Value.STEP_DOWN] = chain(up, step_down)
    values[Value.LINE] = chain(chain(left, before), corner)
    values[Value.COLUMN] = chain(chain(up, np.int64(plane[row - 2, column])), right)
    values[Value.TEXTURE] = chain(rounded, texture)
    values[Value.AROUND] = chain(chain(left >> 2, up >> 2), chain(corner >> 2, right >> 2))


@part
def learn_errors(contexts, channel, row, front, value):
    """Remembers how far each prediction was off, and how far each distribution's centre."""
    sample = np.float32(value)
    y = row - PAD + ROWS_ABOVE
    errors = contexts.errors[front & (RING - 1), y, channel]
    for i in range(PREDICTORS):
        errors[i] = abs(sample - contexts.centres[i])
    contexts.channel_errors[channel] = errors[Predictor.BLEND]
    learn_expectation(contexts, channel, errors[Predictor.BLEND])
    contexts.channel_residuals[channel] = value - np.int64(contexts.centres[Predictor.BLEND] + _HALF)
    for i in range(contexts.lane_predictors.size):
        index = contexts.lane_scales[i]
        count = np.int64(contexts.scale_counts[index])
        error = abs(sample - contexts.block[CENTRE + i])
        contexts.scales[index] += (error - contexts.scales[index]) * _SCALE_RATES[np.uint32(count)]
        contexts.scale_counts[index] = min(count + 1, _LONGEST_MEMORY)


@part
def extend_row(contexts, planes, row, column, width, front):
    """After a pixel at either end of a row: fills what lies beside it, of which no pixel is in the image."""
    errors = contexts.errors
    y = row - PAD + ROWS_ABOVE
    if column == PAD:
        for c in range(planes.shape[0]):
            for j in range(PAD):
                planes[c, row + 1, j] = planes[c, row, PAD]
            if y + 1 < errors.shape[1]:
                for back in range(1, 4):
                    for i in range(PREDICTORS):
                        error = errors[front & (RING - 1), y, c, i]
                        errors[(front + 4 - back) & (RING - 1), y + 1, c, i] = error
    if column == PAD + width - 1:
        for c in range(planes.shape[0]):
            for j in range(PAD):
                planes[c, row, column + 1 + j] = planes[c, row, column]
            for on in range(1, 3):
                for i in range(PREDICTORS):
                    errors[(front + on) & (RING - 1), y, c, i] = errors[front & (RING - 1), y, c, i]
