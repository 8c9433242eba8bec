"""What the least squares of an image remember, and where it stands.

Arrays are flat where vectors of LANES rows are loaded from them; the functions at the end say where those begin.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.covariances import TINY
from neucomp.kernels.inline import part
from neucomp.kernels.lanes import LANES
from neucomp.kernels.least_squares_plans import LINKS, Plan, choose_regressors, prior_covariance

SLOPE = 4
"""Fronts from one row to the next."""

RIGHT = SLOPE - 1
"""Columns to the right that are known in the row above."""

_TOP = LANES  # rows kept above the first, of which three are read
_RING = 16  # fronts whose samples are kept
_ERROR_RING = 8
_MOST_IMAGES = 30  # after which `history` forgets
_MIDDLE = np.float32(128)


class LeastSquares(NamedTuple):
    """The state for images of one size.

    Arrays by front are rings. `rows` are counted from _TOP rows above the image; a block is LANES rows; `most` is the
    largest number of regressors, and `packed` that of the elements of their matrix, the sample's row included.
    """

    height: int
    width: int
    channels: int
    rows: int
    blocks: int  # kept in `left` and `vectors`: more than a front has
    columns: int  # of `above`
    first_place: int  # of z = 0 (see `above`) among them
    packed: int
    unit: np.float32  # sample units in one unit of the 8-bit range
    constant: np.float32
    error_limit: np.float32  # squared errors count up to this
    counts: NDArray[np.int64]  # (channels,): regressors
    regressor_channel: NDArray[np.int64]  # (channels, most)
    regressor_delay: NDArray[np.int64]  # (channels, most): fronts ago; 0 for channels of the same pixel
    regressor_row: NDArray[np.int64]  # (channels, most): -3 to 0
    link_channel: NDArray[np.int64]  # (channels, LINKS): -1 if there are fewer
    link_regressor: NDArray[np.int64]  # (channels, LINKS)
    solve_window: NDArray[np.int64]  # (solves,), rising
    solve_count: NDArray[np.int64]  # (solves, channels): regressors, the first ones
    across: NDArray[np.float32]  # (windows, SLOPE): first to fourth power of the decay
    down: NDArray[np.float32]  # (windows * rows,): decay; 1 for rows that do not exist
    prior: NDArray[np.float32]  # (windows, channels, packed)
    samples: NDArray[np.float32]  # (_RING * channels * rows,) by front
    errors: NDArray[np.float32]  # (_ERROR_RING * channels * rows,) by front: squared, of the first solve
    weights: NDArray[np.float32]  # (SLOPE * channels * rows,) by front
    vectors: NDArray[np.float32]  # (channels * blocks * SLOPE * (most + 1) * LANES,) by front: differences, sample last
    left: NDArray[np.float32]  # (windows * channels * blocks * packed * LANES,)
    above: NDArray[np.float32]  # (windows * channels * SLOPE * packed * columns,) by z mod 4, then falling z // 4,
    # z = x + RIGHT, the pixel with which above(y, x) is complete
    part: NDArray[np.float32]  # (2, solves, channels, rows) by front, rows from 0: in sample units
    link: NDArray[np.float32]  # (2, solves, channels, LINKS, rows) by front, rows from 0
    history: NDArray[np.float32]  # (windows, channels, packed): mean of `above` after earlier images
    images: NDArray[np.int64]  # (1,): that have begun


def new_least_squares(plan: Plan, height: int, width: int, channels: int, bits: int) -> LeastSquares:
    """The state before the first image of (height, width, channels) with `bits` (1 to 16) a sample."""
    regressors = choose_regressors(plan, channels)
    counts = np.array([len(each) for each in regressors], np.int64)
    most = int(counts.max())
    packed = (most + 1) * (most + 2) // 2
    table = np.zeros((3, channels, most), np.int64)
    link_channel = np.full((channels, LINKS), -1, np.int64)
    link_regressor = np.zeros((channels, LINKS), np.int64)
    for channel, each in enumerate(regressors):
        links = [place for place, (_, dy, dx) in enumerate(each) if dy == dx == 0]
        table[:, channel, : len(each)] = np.array([(other, -dx - SLOPE * dy, dy) for other, dy, dx in each]).T
        link_channel[channel, : len(links)] = table[0, channel, links]
        link_regressor[channel, : len(links)] = links
    windows, solves = len(plan.windows), len(plan.solves)
    rows = _TOP + (height // LANES + 2) * LANES
    blocks = width // (SLOPE * LANES) + 3
    # A block's rows that have not begun, or have ended, reach up to LANES places over both ends.
    first_place = width // SLOPE + LANES + 2
    columns = first_place + 2 * LANES
    across = np.zeros((windows, SLOPE), np.float32)
    down = np.ones((windows, rows), np.float32)
    prior = np.zeros((windows, channels, packed), np.float32)
    for number, window in enumerate(plan.windows):
        across[number] = window.across
        for exponent in range(1, SLOPE):
            across[number, exponent] = across[number, exponent - 1] * across[number, 0]
        down[number, : _TOP + height] = window.down
        for channel, each in enumerate(regressors):
            covariance = prior_covariance(tuple(each), channel)
            prior[number, channel, : len(covariance)] = np.array(covariance) * window.prior
    return LeastSquares(
        height=height,
        width=width,
        channels=channels,
        rows=rows,
        blocks=blocks,
        columns=columns,
        first_place=first_place,
        packed=packed,
        unit=np.float32(2.0 ** max(bits - 8, 0)),
        constant=np.float32(plan.constant),
        error_limit=np.float32(plan.error_limit),
        counts=counts,
        regressor_channel=table[0],
        regressor_delay=table[1],
        regressor_row=table[2],
        link_channel=link_channel,
        link_regressor=link_regressor,
        solve_window=np.array([each.window for each in plan.solves], np.int64),
        solve_count=np.array([[min(each.regressors, count) for count in counts] for each in plan.solves], np.int64),
        across=across,
        down=down.reshape(-1),
        prior=prior,
        samples=np.zeros(_RING * channels * rows, np.float32),
        errors=np.zeros(_ERROR_RING * channels * rows, np.float32),
        weights=np.zeros(SLOPE * channels * rows, np.float32),
        vectors=np.zeros(channels * blocks * SLOPE * (most + 1) * LANES, np.float32),
        left=np.zeros(windows * channels * blocks * packed * LANES, np.float32),
        above=np.zeros(windows * channels * SLOPE * packed * columns, np.float32),
        part=np.zeros((2, solves, channels, rows), np.float32),
        link=np.zeros((2, solves, channels, LINKS, rows), np.float32),
        history=np.zeros((windows, channels, packed), np.float32),
        images=np.zeros(1, np.int64),
    )


def state_bytes(plan: Plan, height: int, width: int, channels: int) -> int:
    """Memory that `new_least_squares` takes, but for a few per cent: for callers who have a limit."""
    most = max(len(each) for each in choose_regressors(plan, channels))
    packed = (most + 1) * (most + 2) // 2
    places = width + width // SLOPE + (3 * SLOPE + 3) * LANES
    by_row = _RING + _ERROR_RING + SLOPE + 2 * (1 + LINKS) * len(plan.solves)
    return 4 * channels * (len(plan.windows) * packed * places + (height + 3 * LANES) * by_row)


def begin_image(state: LeastSquares) -> None:
    """Before the first front of every image: its samples are unknown, above it stands the mean of earlier images."""
    if state.images[0] > 0:
        above = state.above.reshape(*state.prior.shape[:2], SLOPE, state.packed, state.columns)
        total = np.zeros_like(state.history)
        for column in range(RIGHT, RIGHT + state.width):
            total += above[:, :, column % SLOPE, :, state.first_place - column // SLOPE]
        images = np.float32(min(state.images[0], _MOST_IMAGES))
        state.history[:] += (total / np.float32(state.width) - state.history) / images
        state.history[:] = (state.history + TINY) - TINY
        above[:] = state.history[:, :, None, :, None]
    state.images[0] += 1
    state.samples[:] = _MIDDLE
    state.errors[:] = 0
    state.weights[:] = 0


@part
def down_place(state, window, row):
    """Where the rows from `row` on begin in `down`; so the functions below, in other arrays, for a front or all."""
    return window * state.rows + _TOP + row


@part
def sample_place(state, front, channel, row):
    """Of `samples`."""
    return ((front & (_RING - 1)) * state.channels + channel) * state.rows + _TOP + row


@part
def error_place(state, front, channel, row):
    """Of `errors`."""
    return ((front & (_ERROR_RING - 1)) * state.channels + channel) * state.rows + _TOP + row


@part
def weight_place(state, front, channel, row):
    """Of `weights`."""
    return ((front & (SLOPE - 1)) * state.channels + channel) * state.rows + _TOP + row


@part
def vector_place(state, front, channel, row):
    """Of `vectors`."""
    slot = (channel * state.blocks + row // LANES % state.blocks) * SLOPE + (front & (SLOPE - 1))
    return slot * (state.regressor_row.shape[1] + 1) * LANES


@part
def left_place(state, window, channel, row):
    """Of `left`."""
    return ((window * state.channels + channel) * state.blocks + row // LANES % state.blocks) * state.packed * LANES


@part
def above_place(state, window, channel, front, row):
    """Of `above`, what the pixels of a front complete; the next row stands at the next place."""
    slot = (window * state.channels + channel) * SLOPE + (front & (SLOPE - 1))
    return slot * state.packed * state.columns + state.first_place - (front >> 2) + row
