"""Integer samples coded as binary decisions, each with a probability mixed from several logistic distributions.

A sample x is coded around an integer middle m: first whether x >= m; then, away from m, whether it lies beyond a step
of 2**k, beyond the next one, and so on (after eight the steps double); then the bits of its place in the last step, of
which the first three are modelled. For each decision every distribution gives a logit, and so do two counters and the
densities of values (`value_densities`), which alone tell something about bits that are not modelled; two
weight sets, chosen by small contexts, each mix all of them in float32; the mean of their logits is coded, and each set
learns from its own error. Where a network gives a mixture of logistics, that is another logit (`logistic_mixture`), and
begins with most of the weight. Decisions that the range of the samples answers are not coded, except the first: a
sample costs at least 0.0014 bits, so that a byte of payload never stands for more than 5,700 of them.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels import rangecoder
from neucomp.kernels import value_densities as densities
from neucomp.kernels.aligned import aligned_zeros
from neucomp.kernels.cells import cell_logit, update_cell
from neucomp.kernels.inline import inline, part
from neucomp.kernels.logistic_mixture import CENTRE as MIXTURE_CENTRE
from neucomp.kernels.logistic_mixture import log_odds, mass_beyond
from neucomp.kernels.logistic_tails import LANES, fill_escapes, probability, soft_plus
from neucomp.kernels.tables import STRETCH_UNITS
from neucomp.kernels.vectors import add_scaled, dot

MOST_DISTRIBUTIONS = LANES - 3
"""Lanes that are left beside two counters and the densities of values; a mixture takes another one."""

_MIXTURE, _FIRST_COUNTER, _SECOND_COUNTER, _DENSITY = LANES - 4, LANES - 3, LANES - 2, LANES - 1

SCALES = 5
"""Classes of k."""

TRENDS = 8
"""Classes of recent errors against those of a longer time."""

_EQUAL_STEPS = 8
_LAST_STEP = 12
_MODELLED_BITS = 3
_NODES = 1 + (_LAST_STEP + 1) + _MODELLED_BITS
_PLACE_NODE = 2 + _LAST_STEP
_SIGN_CELLS = 64  # by the middle's rounding and the class of k
_PLACE_CELLS = _SIGN_CELLS + 2 * (_LAST_STEP + 1) * SCALES
_CELLS = 256
MOST_STEPS = 64
LARGEST_SAMPLE = (1 + MOST_STEPS + 32) * rangecoder.LARGEST_STEP
"""Most bytes that one sample writes."""

SMALLEST_PROBABILITY = 64
"""Of 65536: a decision costs at least 0.0014 bits."""

_LEAST_CHANCE = 512
"""Of 65536, where densities alone tell."""

_TRUST_RATE = np.float32(0.02)

_START_WEIGHT = 0.7
_START_COUNTER_WEIGHT = 0.15
_START_DENSITY_WEIGHT = 0.3
_START_MIXTURE_WEIGHT = 0.7
_START_WEIGHT_BESIDE = 0.2
_START_COUNTER_WEIGHT_BESIDE = 0.05
_SLOW_COUNTER = 250
_FAST_COUNTER = 60
_ZERO = np.float32(0)
_HALF = np.float32(0.5)
_ONE = np.float32(1)
_TWO = np.float32(2)
_SEVENTHS = np.float32(7.999)
_WHOLE = np.float32(65536)
_GRID = np.float32(12288)
"""Added and taken away, it rounds to multiples of 2**-10: no product of a weight is too small for full precision."""

_LARGEST = np.float32(16)
_LOGIT_UNIT = np.float32(1 / STRETCH_UNITS)
CENTRE, INVERSE, NEAR, FAR, ESCAPE, LOGIT, SCRATCH, USED = range(8)
"""Rows of lanes: the centre, as a distance from where coding starts; the inverse scale; p at the ends of the interval
that is left (see `logistic_tails`); the part of a step's logit that all steps share; the mixer's inputs; scratch; 1 for
lanes in use, or 0."""


class SampleCoder(NamedTuple):
    """What is learned about the samples of all channels, and scratch."""

    lanes: NDArray[np.float32]  # (8, LANES): rows for the current sample
    scratch_bits: NDArray[np.int32]  # (LANES,): the memory of the row SCRATCH
    weights: NDArray[np.float32]  # (channels, SCALES + TRENDS, _NODES, LANES)
    cells: NDArray[np.uint32]  # (channels * 2 * _CELLS,)
    mixture: NDArray[np.float32]  # (3, logistics or 0): see `logistic_mixture`; for the current sample
    ages: NDArray[np.int64]  # (channels,): samples coded
    densities: densities.ValueDensities  # a row per channel
    trust: NDArray[np.float32]  # (channels,): in densities alone, 0 .. 2
    registers: NDArray[np.int64]  # (4,): of the range coder


def new_sample_coder(lowest: list[int], highest: list[int], distributions: int, logistics: int = 0) -> SampleCoder:
    """A coder that has seen nothing, for channels with these ranges and 1 to MOST_DISTRIBUTIONS distributions.

    logistics: in a mixture that comes with each sample; with it there is one distribution less at most. ValueError if
    there are more distributions than lanes.
    """
    if distributions > MOST_DISTRIBUTIONS - (logistics > 0):
        raise ValueError(f"there are no lanes for {distributions} distributions beside a mixture of {logistics}")
    channels = len(lowest)
    lanes = aligned_zeros(8 * LANES, np.float32).reshape(8, LANES)
    lanes[USED, :distributions] = 1.0
    shape = (channels, SCALES + TRENDS, _NODES, LANES)
    weights = aligned_zeros(math.prod(shape), np.float32).reshape(shape)
    weights[..., :distributions] = (_START_WEIGHT_BESIDE if logistics else _START_WEIGHT) / distributions
    counters = _START_COUNTER_WEIGHT_BESIDE if logistics else _START_COUNTER_WEIGHT
    weights[..., [_FIRST_COUNTER, _SECOND_COUNTER]] = counters
    weights[..., _DENSITY] = _START_DENSITY_WEIGHT
    if logistics:
        lanes[USED, _MIXTURE] = 1.0
        weights[..., _MIXTURE] = _START_MIXTURE_WEIGHT
    return SampleCoder(
        lanes=lanes,
        scratch_bits=lanes[SCRATCH].view(np.int32),
        weights=weights,
        cells=np.zeros(channels * 2 * _CELLS, np.uint32),
        mixture=np.zeros((3, logistics), np.float32),
        ages=np.zeros(channels, np.int64),
        densities=densities.new_value_densities(lowest, highest),
        trust=np.zeros(channels, np.float32),
        registers=np.zeros(4, np.int64),
    )


class Situation(NamedTuple):
    """Small contexts of one sample."""

    channel: int
    scale: int  # class of k, 0 .. SCALES - 1
    trend: int  # 0 .. TRENDS - 1
    rate: float  # of the mixer, float32
    counted: bool  # whether values are as the channel's range has them, so that their densities are known


@part
def _decide(coder, payload, decode, bit, situation, node, slow_cell, fast_cell, density_logit):
    """Mixes the row LOGIT and what densities say, codes a bit, and learns."""
    lanes = coder.lanes
    logits = lanes[LOGIT]
    used = lanes[USED]
    for i in range(LANES):
        logits[i] = ((min(max(logits[i], -_LARGEST), _LARGEST) + _GRID) - _GRID) * used[i]
    slow_cell += situation.channel * (2 * _CELLS)
    fast_cell += situation.channel * (2 * _CELLS) + _CELLS
    logits[_FIRST_COUNTER] = np.float32(cell_logit(coder.cells, slow_cell)) * _LOGIT_UNIT
    logits[_SECOND_COUNTER] = np.float32(cell_logit(coder.cells, fast_cell)) * _LOGIT_UNIT
    logits[_DENSITY] = (density_logit + _GRID) - _GRID
    sets = situation.channel * (SCALES + TRENDS)
    first = ((sets + situation.scale) * _NODES + node) * LANES
    second = ((sets + SCALES + situation.trend) * _NODES + node) * LANES
    first_logit = dot(coder.weights, first, lanes, LOGIT * LANES, LANES)
    second_logit = dot(coder.weights, second, lanes, LOGIT * LANES, LANES)
    mixed = np.int64(probability(_HALF * (first_logit + second_logit)) * _WHOLE)
    mixed = max(min(mixed, np.int64(65536 - SMALLEST_PROBABILITY)), np.int64(SMALLEST_PROBABILITY))
    bit = rangecoder.code_bit(coder.registers, payload, decode, bit, mixed)
    target = np.float32(bit)
    rate = situation.rate
    add_scaled(coder.weights, first, lanes, LOGIT * LANES, LANES, rate * (target - probability(first_logit)))
    add_scaled(coder.weights, second, lanes, LOGIT * LANES, LANES, rate * (target - probability(second_logit)))
    update_cell(coder.cells, slow_cell, bit, _SLOW_COUNTER)
    update_cell(coder.cells, fast_cell, bit, _FAST_COUNTER)
    return bit


@inline
def _prepare_steps(lanes, scratch_bits, width):
    """The row ESCAPE for steps of a width."""
    inverse = lanes[INVERSE]
    scratch = lanes[SCRATCH]
    for i in range(LANES):
        scratch[i] = inverse[i] * np.float32(width)
    fill_escapes(scratch, scratch_bits, lanes[ESCAPE])


@inline
def _measure(lanes, place, row):
    """A row's p at a distance from where coding starts."""
    centre = lanes[CENTRE]
    inverse = lanes[INVERSE]
    target = lanes[row]
    for i in range(LANES):
        target[i] = soft_plus((np.float32(place) - centre[i]) * inverse[i])


@part
def _density(coder, situation, middle, sign, start, width):
    """Sum of the densities of `width` values from a distance `start` on, above the middle or below it."""
    if not situation.counted:
        return np.float32(width)
    first = middle + start if sign != 0 else middle - start - width
    return densities.density(coder.densities, situation.channel, first, width)


@part
def _code_sign(coder, payload, decode, bit, middle, k, situation):
    """Whether the sample is at or above the middle; turns the centres away from it."""
    lanes = coder.lanes
    for i in range(LANES):
        lanes[LOGIT, i] = lanes[CENTRE, i] * lanes[INVERSE, i]
    if coder.mixture.size > 0:
        mass = mass_beyond(coder.mixture, 0)
        lanes[LOGIT, _MIXTURE] = log_odds(mass, _ONE - mass)
    lean = np.int64(min(max(lanes[CENTRE, 0], _ZERO), _ONE) * _SEVENTHS)
    cell = lean * SCALES + situation.scale
    width = np.int64(1) << k
    above = _density(coder, situation, middle, np.int64(1), np.int64(0), width)
    below = _density(coder, situation, middle, np.int64(0), np.int64(0), width)
    bit = _decide(coder, payload, decode, bit, situation, 0, cell, situation.trend, densities.lean(above, below))
    if bit == 0:
        for i in range(LANES):
            lanes[CENTRE, i] = -lanes[CENTRE, i]
        for i in range(coder.mixture.shape[1]):
            coder.mixture[MIXTURE_CENTRE, i] = -coder.mixture[MIXTURE_CENTRE, i]
    return bit


@part
def _code_steps(coder, payload, decode, distance, limit, k, middle, sign, situation):
    """Goes outwards step by step; returns where the last step starts, its width, and its number."""
    lanes = coder.lanes
    width = np.int64(1) << k
    start = np.int64(0)
    step = np.int64(0)
    _prepare_steps(lanes, coder.scratch_bits, width)
    beyond = mass_beyond(coder.mixture, 0)
    while start + width <= limit:
        _measure(lanes, start, NEAR)
        for i in range(LANES):
            z = (np.float32(start) - lanes[CENTRE, i]) * lanes[INVERSE, i]
            lanes[LOGIT, i] = (lanes[NEAR, i] - z) - lanes[ESCAPE, i]
        if coder.mixture.size > 0:
            left = mass_beyond(coder.mixture, start + width)
            lanes[LOGIT, _MIXTURE] = log_odds(left, beyond - left)
            beyond = left
        place = min(step, np.int64(_LAST_STEP))
        slow = _SIGN_CELLS + (place * SCALES + situation.scale) * 2 + sign
        fast = _SIGN_CELLS + place * TRENDS + situation.trend
        bit = np.int64(1) if distance >= start + width else np.int64(0)
        here = densities.lean(np.float32(width), _density(coder, situation, middle, sign, start, width))
        if _decide(coder, payload, decode, bit, situation, 1 + place, slow, fast, here) == 0:
            break
        start += width
        step += 1
        if step >= _EQUAL_STEPS:
            width += width
            _prepare_steps(lanes, coder.scratch_bits, width)
    return start, width, step


@part
def _code_by_density(coder, payload, decode, bit, channel, density_logit):
    """Codes a bit of which only densities tell something, as far as they have been right so far."""
    likely = probability(coder.trust[channel] * density_logit)
    chance = max(min(np.int64(likely * _WHOLE), np.int64(65536 - _LEAST_CHANCE)), np.int64(_LEAST_CHANCE))
    bit = rangecoder.code_bit(coder.registers, payload, decode, bit, chance)
    trust = coder.trust[channel] + _TRUST_RATE * (np.float32(bit) - likely) * ((density_logit + _GRID) - _GRID)
    coder.trust[channel] = min(max(trust, _ZERO), _TWO)
    return bit


@part
def _code_place(coder, payload, decode, distance, limit, start, width, step, middle, sign, situation):
    """The bits of the place within a step; returns the distance."""
    lanes = coder.lanes
    _measure(lanes, start, NEAR)
    _measure(lanes, start + width, FAR)
    mass_beyond_near = mass_beyond(coder.mixture, start)
    mass_beyond_far = mass_beyond(coder.mixture, start + width)
    depth = np.int64(0)
    while width > 1:
        width >>= 1
        mass_half_way = mass_beyond(coder.mixture, start + width) if depth < _MODELLED_BITS else _ZERO
        if start + width <= limit:
            bit = np.int64(1) if distance >= start + width else np.int64(0)
            far = _density(coder, situation, middle, sign, start + width, width)
            near = _density(coder, situation, middle, sign, start, width)
            if depth < _MODELLED_BITS:
                for i in range(LANES):
                    half = np.float32(width) * lanes[INVERSE, i]
                    lanes[LOGIT, i] = half - (lanes[FAR, i] - lanes[NEAR, i])
                if coder.mixture.size > 0:
                    lanes[LOGIT, _MIXTURE] = log_odds(mass_half_way - mass_beyond_far, mass_beyond_near - mass_half_way)
                slow = _PLACE_CELLS + (depth * 4 + min(step, 3)) * SCALES + situation.scale
                fast = _PLACE_CELLS + depth * TRENDS + situation.trend
                leaning = densities.lean(far, near)
                bit = _decide(coder, payload, decode, bit, situation, _PLACE_NODE + depth, slow, fast, leaning)
            else:
                bit = _code_by_density(coder, payload, decode, bit, situation.channel, densities.lean(far, near))
        else:
            bit = np.int64(0)
        if depth < _MODELLED_BITS:
            _measure(lanes, start + width, NEAR if bit != 0 else FAR)
        if bit != 0:
            start += width
            mass_beyond_near = mass_half_way
        else:
            mass_beyond_far = mass_half_way
        depth += 1
    return start


@part
def code_sample(coder, payload, decode, sample, middle, lowest, highest, k, situation):
    """Codes a sample in [lowest, highest] around a middle in the same range; returns it, as given or decoded.

    The rows CENTRE (from middle - 1/2) and INVERSE are set for the lanes in use, and so is the mixture.
    """
    bit = np.int64(1) if sample >= middle else np.int64(0)
    sign = _code_sign(coder, payload, decode, bit, middle, k, situation)
    limit = highest - middle if sign != 0 else middle - 1 - lowest
    distance = sample - middle if sign != 0 else middle - 1 - sample
    start, width, step = _code_steps(coder, payload, decode, distance, limit, k, middle, sign, situation)
    distance = _code_place(coder, payload, decode, distance, limit, start, width, step, middle, sign, situation)
    sample = min(max(middle + distance if sign != 0 else middle - 1 - distance, lowest), highest)
    if situation.counted:
        densities.learn(coder.densities, situation.channel, sample)
    return sample
