"""The image model: fronts of pixels, compiled; one function codes in both directions.

Pixels with the same x + 4 y form a front. What depends on earlier fronts only, the least squares and the network's
trunk, is prepared for all pixels of a front at once; then its samples are coded one by one. A sample is a number of
binary decisions, its bits from the top. For each, every distribution says what part of its mass is above the middle of
what is left, and counters say what happened at this distance from a prediction, or with this value; several weight
sets, chosen by small contexts, each mix all of that; a second layer mixes the sets; the coder takes the result;
everything learns the bit.
"""

import numpy as np

from neucomp.kernels import apm, least_squares, logistic, mixer, pixel_network, rangecoder
from neucomp.kernels.cells import cautious_logit, cell_logit, update_cell
from neucomp.kernels.hashing import fold
from neucomp.kernels.inline import compiled, part
from neucomp.kernels.pixel_constants import LOGISTICS
from neucomp.kernels.prefetch import prefetch
from neucomp.kernels.row_mixer import WIDTH, dot_row, train_row
from neucomp.kernels.tables import SQUASH, SQUASH_LIMIT, STRETCH_LIMIT
from neucomp.models.image_contexts import (
    blend,
    describe,
    energy_class,
    extend_row,
    learn_errors,
    open_lanes,
    predict_simply,
)
from neucomp.models.image_planes import FRONT_STEP, PAD
from neucomp.models.image_state import (
    CELLS_OF_SLOT,
    DISTANCE_CLASSES,
    DISTANCES,
    ENERGY_CLASSES,
    EXPECTED_CLASSES,
    FINAL_RATE,
    FIRST_RATE,
    HALVING,
    LAST_RATE,
    MOST_SETS,
    NODES,
    REFINED_DISTANCES,
    RESIDUAL_LIMIT,
    RESIDUAL_ROWS,
    TEXTURES,
    VALUE_LIMIT,
)
from neucomp.models.image_terms import Predictor, Refinement, Selector

_FLOOR = np.float32(256e-6)
"""Mass added to a whole distribution on each side of a middle."""

SMALLEST_PROBABILITY = 2
FIRST_COMPONENT = logistic.LANES - LOGISTICS
"""Lanes from here on are the network's logistics."""

_DISTANCE_UNIT = np.float32(1.5)
_DISTANCES_APART = np.float32(4)
_MAP_SHIFT = 6
_HALF = np.float32(0.5)
_TWO = np.float32(2)


@part
def _uses_network(coder):
    return coder.contexts.used[Predictor.NETWORK] > np.float32(0)


@part
def _find_slots(coder, channel, salt):
    """Slots of the value contexts for the next four bits; `salt` stands for the bits so far."""
    contexts = coder.contexts
    slots = coder.value_cells.shape[1] // CELLS_OF_SLOT
    for i in range(contexts.value_kinds.size):
        kind = contexts.value_kinds[i]
        hashed = fold(contexts.values[kind], (kind * 4 + channel) * 65536 + salt)
        base = (hashed >> 24 & (slots - 1)) * CELLS_OF_SLOT
        coder.value_base[i] = base
        prefetch(coder.value_cells[i], base)


@part
def _predict_bit(coder, channel, bit_index, node, middle, size):
    """Fills the mixer's inputs for a decision at `middle` (between two samples), of an interval of `size` samples."""
    contexts = coder.contexts
    block = contexts.block
    inputs = coder.inputs
    floor = _FLOOR * np.float32(size) / np.float32(np.int64(1) << coder.bits)
    logistic.split_interval(block, middle, floor)
    count = contexts.lane_predictors.size
    for i in range(count):
        inputs[i] = np.int32(block[logistic.LOGIT + i])
    distance = (middle - contexts.centres[Predictor.BLEND]) * (_TWO * contexts.grain[0]) + np.float32(DISTANCES // 2)
    distance = np.int64(min(max(distance, np.float32(0)), np.float32(DISTANCES - 1)))
    for i in range(contexts.residual_kinds.size):
        row = channel * RESIDUAL_ROWS + contexts.residual_rows[contexts.residual_kinds[i]]
        index = (row * coder.bits + bit_index) * DISTANCES + distance
        coder.residual_index[i] = index
        inputs[count] = cell_logit(coder.residual_cells[i], index)
        count += 1
    if _uses_network(coder):
        below = np.float32(0)
        for k in range(LOGISTICS):
            share = coder.network.distribution[pixel_network.WEIGHTS + k]
            below = below + share * block[logistic.MIDDLE + FIRST_COMPONENT + k]
        mixture = coder.mixture
        mixture[2] = below
        inputs[count] = np.int32(logistic.mass_logit(mixture[0], below, mixture[1], floor))
        count += 1
    within = bit_index & 3
    leaf = (node & ((1 << within) - 1)) | 1 << within
    for i in range(contexts.value_kinds.size):
        index = coder.value_base[i] + leaf
        coder.value_index[i] = index
        inputs[count] = cautious_logit(coder.value_cells[i], index)
        count += 1


@part
def _mix(coder):
    """First layer: each set's logit and probability."""
    for s in range(coder.selectors.size):
        row = coder.first_row[s] + coder.selected[coder.selectors[s]]
        coder.row[s] = row
        logit = dot_row(coder.inputs, coder.weights, row * WIDTH)
        logit = max(min(logit, np.int64(STRETCH_LIMIT)), np.int64(-STRETCH_LIMIT))
        coder.outputs[s] = logit
        coder.probabilities[s] = SQUASH[np.uint32(logit + SQUASH_LIMIT)]


@part
def _refine(coder, channel, bit_row, node, bit_index, distance, mixed, logit):
    """The mixed probability, moved half of the way to what happened before in four contexts."""
    contexts = coder.contexts
    apart = distance * _DISTANCES_APART / contexts.expected[0] + np.float32(REFINED_DISTANCES // 2)
    apart = np.int64(min(max(apart, np.float32(0)), np.float32(REFINED_DISTANCES - 1)))
    maps, first, cells = coder.maps, coder.first_map, coder.map_cells
    clipped = max(min(logit, np.int64(STRETCH_LIMIT)), np.int64(-STRETCH_LIMIT))
    row = first[Refinement.DISTANCE] + bit_row * REFINED_DISTANCES + apart
    p0, cells[0] = apm.refine(maps, row, clipped)
    row = first[Refinement.EXPECTED] + bit_row * EXPECTED_CLASSES + contexts.expected_class[0]
    p1, cells[1] = apm.refine(maps, row, clipped)
    row = first[Refinement.NODE] + channel * NODES + _node_row(node, bit_index)
    p2, cells[2] = apm.refine(maps, row, clipped)
    row = first[Refinement.TEXTURE] + bit_row * TEXTURES + contexts.texture[0]
    p3, cells[3] = apm.refine(maps, row, clipped)
    return (4 * mixed + ((p0 + p1) + (p2 + p3)) + 4) >> 3


@part
def _node_row(node, bit_index):
    """Below NODES: the bits so far, as far as there is room for them."""
    return node if bit_index < 8 else 248 + bit_index


@part
def _learn_bit(coder, bit, final_row, logit, rate):
    contexts = coder.contexts
    for s in range(coder.selectors.size):
        error = ((bit << 16) - coder.probabilities[s]) * rate >> 6
        train_row(coder.inputs, coder.weights, coder.row[s] * WIDTH, error)
    error = (bit << 16) - np.int64(SQUASH[np.uint32(logit + SQUASH_LIMIT)])
    mixer.train_row(coder.outputs, coder.final_weights, final_row, MOST_SETS, error * coder.tuning[FINAL_RATE] >> 6)
    for i in range(coder.map_cells.size):
        apm.update_cell(coder.maps, coder.map_cells[i], bit, _MAP_SHIFT)
    for i in range(contexts.residual_kinds.size):
        update_cell(coder.residual_cells[i], coder.residual_index[i], bit, coder.tuning[RESIDUAL_LIMIT])
    for i in range(contexts.value_kinds.size):
        update_cell(coder.value_cells[i], coder.value_index[i], bit, coder.tuning[VALUE_LIMIT])
    logistic.narrow_interval(contexts.block, bit)
    coder.mixture[1 - bit] = coder.mixture[2]


@part
def _code_sample(decode, coder, payload, given, channel, energy, expected):
    """Codes the bits of a sample, which has been described; returns the sample."""
    contexts = coder.contexts
    bits = coder.bits
    mean = contexts.centres[Predictor.BLEND]
    unit = contexts.block[logistic.INVERSE_SCALE] * _DISTANCE_UNIT
    tuning = coder.tuning
    extra = (tuning[FIRST_RATE] - tuning[LAST_RATE]) * tuning[HALVING] // (tuning[HALVING] + coder.age[0])
    rate = tuning[LAST_RATE] + extra
    logistic.open_interval(contexts.block)
    coder.mixture[0] = np.float32(0)
    coder.mixture[1] = np.float32(1)
    selected = coder.selected
    node = np.int64(1)
    for bit_index in range(bits):
        if bit_index & 3 == 0:
            _find_slots(coder, channel, node)
        size = np.int64(1) << (bits - bit_index)
        lowest = (node << (bits - bit_index)) - (np.int64(1) << bits)
        middle = np.float32(lowest + (size >> 1)) - _HALF
        _predict_bit(coder, channel, bit_index, node, middle, size)
        bit_row = channel * bits + bit_index
        distance = np.int64(min(abs(middle - mean) * unit, np.float32(DISTANCE_CLASSES - 1)))
        selected[Selector.DISTANCE] = bit_row * DISTANCE_CLASSES + distance
        selected[Selector.ENERGY] = bit_row * ENERGY_CLASSES + energy
        selected[Selector.NODE] = channel * NODES + _node_row(node, bit_index)
        selected[Selector.EXPECTED] = bit_row * ENERGY_CLASSES + expected
        _mix(coder)
        final_row = (bit_row * ENERGY_CLASSES + energy) * MOST_SETS
        logit = mixer.dot_product(coder.outputs, coder.final_weights, final_row, MOST_SETS)
        logit = max(min(logit, np.int64(SQUASH_LIMIT - 1)), np.int64(-SQUASH_LIMIT))
        probability = np.int64(SQUASH[np.uint32(logit + SQUASH_LIMIT)])
        if coder.map_cells.size > 0:
            probability = _refine(coder, channel, bit_row, node, bit_index, middle - mean, probability, logit)
        probability = max(min(probability, np.int64(65536 - SMALLEST_PROBABILITY)), np.int64(SMALLEST_PROBABILITY))
        bit = given >> (bits - 1 - bit_index) & 1
        bit = rangecoder.code_bit(coder.registers, payload, decode, bit, probability)
        _learn_bit(coder, bit, final_row, logit, rate)
        node = node << 1 | bit
    coder.age[0] += 1
    return node - (np.int64(1) << bits)


@part
def _predict_well(coder, channel, row, front):
    """The predictions of the least squares; row counts from the image's edge."""
    contexts = coder.contexts
    centres = contexts.centres
    for solve in range(coder.solves.size):
        prediction = least_squares.predicted(coder.squares, front, solve, channel, row, coder.samples)
        centres[coder.solves[solve]] = min(max(prediction, np.float32(0)), contexts.largest[0])
    if contexts.used[Predictor.SLOW] == np.float32(0):
        centres[Predictor.SLOW] = centres[Predictor.FAST]


@part
def _open_components(coder, energy):
    """The network's logistics take their lanes; returns the class of the error that it expects, or else `energy`."""
    if not _uses_network(coder):
        return energy
    block = coder.contexts.block
    distribution = coder.network.distribution
    for k in range(LOGISTICS):
        block[logistic.CENTRE + FIRST_COMPONENT + k] = distribution[pixel_network.CENTRES + k]
        block[logistic.INVERSE_SCALE + FIRST_COMPONENT + k] = distribution[pixel_network.INVERSE_SCALES_AT + k]
    return energy_class(coder.contexts, distribution[pixel_network.EXPECTED_ERROR])


@part
def _code_rows(decode, coder, payload, front, top, bottom):
    """Codes the pixels of a front in rows [top, bottom), which are all on it and have been prepared."""
    planes = coder.planes
    contexts = coder.contexts
    width = planes.shape[2] - 2 * PAD
    for y in range(top, bottom):
        row = y + PAD
        column = front - FRONT_STEP * y + PAD
        for c in range(planes.shape[0]):
            predict_simply(contexts, planes, c, row, column)
            _predict_well(coder, c, y, front)
            network_error = np.float32(0)
            if _uses_network(coder):
                first, second = coder.samples[0], coder.samples[min(1, c)]
                pixel_network.predict_sample(coder.network, front, y, c, first, second)
                mean = coder.network.distribution[pixel_network.MEAN]
                contexts.centres[Predictor.NETWORK] = min(max(mean, np.float32(0)), contexts.largest[0])
                network_error = coder.network.distribution[pixel_network.EXPECTED_ERROR]
            blend(contexts, c, row, front)
            describe(contexts, planes, c, row, column, front, network_error)
            open_lanes(contexts, c)
            given = np.int64(0) if decode else np.int64(planes[c, row, column])
            energy = contexts.classes[Predictor.BLEND]
            expected = _open_components(coder, energy)
            kind = contexts.channel_class[c]
            sample = _code_sample(decode, coder, payload, given, kind, energy, expected)
            planes[c, row, column] = sample
            coder.samples[c] = sample
            learn_errors(contexts, c, row, front, sample)
        extend_row(contexts, planes, row, column, width, front)
        if coder.marks.size > 0:
            coder.marks[y, column - PAD] = rangecoder.mark(coder.registers)


@compiled
def run_fronts(prepares, codes, decode, coder, equations, payload, first_front, last_front, first_row, last_row):
    """Prepares, codes, or both, the pixels of fronts [first_front, last_front) in rows [first_row, last_row).

    Returns the front reached: last_front, or an earlier one of which nothing is done yet, as an encoder's payload might
    not have room for it. Rows are prepared as in `least_squares.prepare_rows`, then coded from the top.
    """
    planes = coder.planes
    height = planes.shape[1] - 2 * PAD
    width = planes.shape[2] - 2 * PAD
    for front in range(first_front, last_front):
        top = max(first_row, (front - width + FRONT_STEP) // FRONT_STEP)
        bottom = min(last_row, min(height - 1, front // FRONT_STEP) + 1)
        room = (bottom - top) * planes.shape[0] * coder.bits * rangecoder.LARGEST_STEP + 1
        if codes and not decode and coder.registers[rangecoder.POSITION] + room > payload.size:
            return front
        if prepares:
            least_squares.prepare_rows(coder.squares, equations, planes, front, first_row, last_row)
        if prepares and _uses_network(coder):
            pixel_network.prepare_pixels(coder.network, planes, front, first_row, min(last_row, height))
        if codes:
            _code_rows(decode, coder, payload, front, top, bottom)
    return last_front


@compiled
def start_images(decode, payload, registers):
    """Before the first pixel."""
    rangecoder.start_coder(registers, payload, decode)


@compiled
def finish_images(payload, registers):
    """After an encoder's last pixel; one byte of room is needed, which `run_fronts` has left."""
    rangecoder.finish_coder(registers, payload)
