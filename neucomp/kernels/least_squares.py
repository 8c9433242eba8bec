"""Weighted least squares over the causal neighbourhood of a pixel, for all rows of a front at once.

Pixels are coded in fronts: pixel (y, x) is on front x + 4 y, and all that its prediction needs is on earlier fronts:
neighbours up to three columns to the right for each row up. So the pixels of a front do not depend on each other, and
their equations are solved sixteen rows at a time, one in each lane of a vector.

A channel is predicted by a linear combination of regressors: its own neighbours, those of other channels, and the
channels of the same pixel that are coded before it; all as differences from the mean of the left and the upper
neighbour in their channel. The coefficients are those that would have been best in the pixels around, in windows
without an edge that move along (`covariances`). A pixel's weight is 1 / (constant + squared errors around it), so that
errors at edges do not spoil the equations of their neighbourhood. (Li and Orchard 2001; Ye and Hou 2009.)

All numbers are float32, in units of the 8-bit range, and no sum depends on how rows are split over blocks or threads.
Results are clipped and rounded to 1/1024, so that nothing below that can matter either.
"""

import numpy as np

from neucomp.kernels.covariances import add_above, learn_block
from neucomp.kernels.inline import part
from neucomp.kernels.lanes import LANES, bounded, load, spread, store
from neucomp.kernels.least_squares_plans import LINKS
from neucomp.kernels.least_squares_state import (
    RIGHT,
    SLOPE,
    LeastSquares,
    above_place,
    begin_image,
    down_place,
    error_place,
    left_place,
    new_least_squares,
    sample_place,
    state_bytes,
    vector_place,
    weight_place,
)
from neucomp.kernels.linear_equations import solve

__all__ = [
    "LANES",
    "PADDING",
    "SLOPE",
    "LeastSquares",
    "begin_image",
    "new_least_squares",
    "predicted",
    "prepare_rows",
    "state_bytes",
]

PADDING = 8
"""Rows and columns around the samples of a plane."""

_LEFT = 3  # columns to the left of a row that are made up

_ZERO = np.float32(0)
_HALF = np.float32(0.5)
_QUARTER = np.float32(0.25)
_ONE = np.float32(1)
_LARGEST = np.float32(255)
_ROUNDING = np.float32(1.5 * 2**13)  # float32 numbers around this one are multiples of 1/1024
_LINK_ROUNDING = np.float32(1.5 * 2**9)  # and of 1/16384
_PART_LIMIT = np.float32(2047)
_LINK_LIMIT = np.float32(8)


# The pixels that were coded last: samples, weights, vectors.


@part
def _read_samples(state, planes, front, first_row, last_row):
    """Takes a front's samples of some rows from the planes and makes up those beside the image."""
    scale = _ONE / state.unit
    for channel in range(state.channels):
        for row in range(first_row, last_row):
            column = front - SLOPE * row
            place = sample_place(state, front, channel, row)
            if column >= state.width:
                state.samples[place] = state.samples[sample_place(state, front - 1, channel, row)]
            elif column >= 0:
                state.samples[place] = np.float32(planes[channel, PADDING + row, PADDING + column]) * scale
            elif row > 0:
                # Left of a row stands the first sample of the row above.
                state.samples[place] = np.float32(planes[channel, PADDING + row - 1, PADDING]) * scale


@part
def _extend_upwards(state, front):
    """Above the first row stands the sample of its front, for the next columns; what was there has been used."""
    if 0 <= front < state.width:
        for channel in range(state.channels):
            sample = state.samples[sample_place(state, front, channel, 0)]
            for ago in range(3 * SLOPE):
                state.samples[sample_place(state, front - ago, channel, -1 - ago // SLOPE)] = sample


@part
def _base(state, front, channel, row):
    """Mean of the left and the upper neighbour."""
    left = load(state.samples, sample_place(state, front - 1, channel, row))
    upper = load(state.samples, sample_place(state, front - SLOPE, channel, row - 1))
    return (left + upper) * spread(_HALF)


@part
def _difference(state, front, channel, regressor, row):
    """A regressor, as difference from the base in its channel."""
    other = state.regressor_channel[channel, regressor]
    place = sample_place(
        state,
        front - state.regressor_delay[channel, regressor],
        other,
        row + state.regressor_row[channel, regressor],
    )
    return load(state.samples, place) - _base(state, front, other, row)


@part
def _describe_block(state, front, channel, row):
    """Fills the vectors of pixels whose samples are known."""
    place = vector_place(state, front, channel, row)
    for regressor in range(state.counts[channel]):
        store(state.vectors, place, _difference(state, front, channel, regressor, row))
        place += LANES
    sample = load(state.samples, sample_place(state, front, channel, row))
    store(state.vectors, place, sample - _base(state, front, channel, row))


@part
def _measure_errors(state, front, channel, row):
    """Squared errors of the first solve; beside the image stand those of its nearest pixel, or of that above."""
    scale = spread(_ONE / state.unit)
    slot = (front & 1) * state.part.shape[1] * state.channels + channel
    prediction = load(state.part.reshape(-1), slot * state.rows + row) * scale
    for number in range(LINKS):
        other = state.link_channel[channel, number]
        if other >= 0:
            link = load(state.link.reshape(-1), (slot * LINKS + number) * state.rows + row)
            prediction = prediction + link * load(state.samples, sample_place(state, front, other, row))
    prediction = bounded(prediction, spread(_ZERO), spread(_LARGEST))
    error = load(state.samples, sample_place(state, front, channel, row)) - prediction
    place = error_place(state, front, channel, row)
    store(state.errors, place, bounded(error * error, spread(_ZERO), spread(state.error_limit)))
    for lane in range(LANES):
        column = front - SLOPE * (row + lane)
        if column == -1:
            before = error_place(state, front - RIGHT, channel, row + lane - 1)
            state.errors[place + lane] = state.errors[before]
        elif column == state.width:
            state.errors[place + lane] = state.errors[error_place(state, front - 1, channel, row + lane)]


@part
def _weigh_block(state, front, channel, row):
    """Weights by the errors around; pixels that do not exist weigh nothing."""
    here = load(state.errors, error_place(state, front, channel, row))
    west = load(state.errors, error_place(state, front - 1, channel, row))
    north = load(state.errors, error_place(state, front - SLOPE, channel, row - 1))
    north_west = load(state.errors, error_place(state, front - SLOPE - 1, channel, row - 1))
    north_east = load(state.errors, error_place(state, front - SLOPE + 1, channel, row - 1))
    around = ((west + north) + (north_west + north_east)) * spread(_QUARTER)
    place = weight_place(state, front, channel, row)
    store(state.weights, place, spread(_ONE) / (spread(state.constant) + (here + around)))
    for lane in range(LANES):
        column = front - SLOPE * (row + lane)
        if column < 0 or column >= state.width or row + lane >= state.height:
            state.weights[place + lane] = _ZERO


# Learning and prediction.


@part
def _learn_window(state, matrix, window, channel, front, row):
    """Learns a block's pixels of a front; fills `matrix` with the covariances for its pixels of the next front."""
    size = state.counts[channel] + 1
    places = (
        *(left_place(state, window, channel, row), above_place(state, window, channel, front, row), state.columns),
        *(vector_place(state, front, channel, row), vector_place(state, front - 1, channel, row)),
        *(vector_place(state, front - 2, channel, row), vector_place(state, front - 3, channel, row)),
        *(weight_place(state, front, channel, row), weight_place(state, front - 1, channel, row)),
        *(weight_place(state, front - 2, channel, row), weight_place(state, front - 3, channel, row)),
    )
    decays, down = state.across[window], load(state.down, down_place(state, window, row))
    learn_block(matrix, state.left, state.above, state.vectors, state.weights, decays, down, size, places)
    place = above_place(state, window, channel, front, row - 1)
    add_above(matrix, state.above, state.prior[window, channel], down, size, place, state.columns)


@part
def _predict_block(state, solution, number, channel, front, row):
    """Fills `part` and `link` from a solution."""
    size = state.solve_count[number, channel]
    slot = ((front & 1) * state.part.shape[1] + number) * state.channels + channel
    total = _base(state, front, channel, row)
    for regressor in range(size):
        if state.regressor_delay[channel, regressor] > 0:
            difference = _difference(state, front, channel, regressor, row)
            total = total + load(solution, regressor * LANES) * difference
    for order in range(LINKS):
        other = state.link_channel[channel, order]
        if other >= 0:
            link = spread(_ZERO)
            regressor = state.link_regressor[channel, order]
            if regressor < size:
                link = bounded(load(solution, regressor * LANES), spread(-_LINK_LIMIT), spread(_LINK_LIMIT))
                link = (link + spread(_LINK_ROUNDING)) - spread(_LINK_ROUNDING)
                total = total - link * _base(state, front, other, row)
            store(state.link.reshape(-1), (slot * LINKS + order) * state.rows + row, link)
    total = bounded(total, spread(-_PART_LIMIT), spread(_PART_LIMIT))
    total = (total + spread(_ROUNDING)) - spread(_ROUNDING)
    store(state.part.reshape(-1), slot * state.rows + row, total * spread(state.unit))


@part
def _begin_block(state, channel, row):
    """What the block's place remembers belongs to rows far above."""
    for window in range(state.across.shape[0]):
        place = left_place(state, window, channel, row)
        state.left[place : place + state.packed * LANES] = _ZERO


@part
def prepare_rows(state, equations, planes, front, first_row, last_row):
    """Learns the pixels of the front before and predicts those of `front`, in rows [first_row, last_row).

    equations: memory of the calling thread, for `most` unknowns.
    planes: int32 (channels, height + 2 * PADDING, width + 2 * PADDING), read where the image's pixels of the front
    before are. `first_row` is a multiple of LANES, `last_row` too or at least the height. Every front of an image in
    its order; of a front, the rows above `first_row` first.
    """
    learned = front - 1
    first = max(first_row, (learned - state.width - RIGHT + SLOPE) // SLOPE)
    last = min(last_row, state.height, (learned + _LEFT) // SLOPE + 1)
    _read_samples(state, planes, learned, first, last)
    last = min(last, front // SLOPE + 1)
    first_predicted = (front - state.width + SLOPE) // SLOPE
    if first < last:
        for row in range(first // LANES * LANES, last, LANES):
            for channel in range(state.channels):
                if front == SLOPE * row:
                    _begin_block(state, channel, row)
                _describe_block(state, learned, channel, row)
                _measure_errors(state, learned, channel, row)
                _weigh_block(state, learned, channel, row)
            if row == 0:
                _extend_upwards(state, learned)
            for channel in range(state.channels):
                window = np.int64(-1)
                for number in range(state.solve_window.size):
                    if window != state.solve_window[number]:
                        window = state.solve_window[number]
                        _learn_window(state, equations.matrix, window, channel, learned, row)
                    if max(row, first_predicted) < min(row + LANES, last):
                        solve(equations, state.solve_count[number, channel], state.counts[channel])
                        _predict_block(state, equations.solution, number, channel, front, row)


@part
def predicted(state, front, solve, channel, row, samples):
    """A solve's prediction, finite, not clipped, in sample units; `samples`: those of the same pixel, as known."""
    prediction = state.part[front & 1, solve, channel, row]
    for order in range(LINKS):
        other = state.link_channel[channel, order]
        if other >= 0:
            prediction += state.link[front & 1, solve, channel, order, row] * np.float32(samples[other])
    return prediction
