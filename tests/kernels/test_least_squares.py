"""Least squares of fronts against a twin that goes from pixel to pixel, with == on every coefficient."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from neucomp.kernels import least_squares_plans
from neucomp.kernels.lanes import LANES
from neucomp.kernels.least_squares import (
    PADDING,
    SLOPE,
    LeastSquares,
    begin_image,
    new_least_squares,
    predicted,
    prepare_rows,
    state_bytes,
)
from neucomp.kernels.least_squares_plans import LINKS, OTHERS, Plan, Solve, Window, choose_regressors
from neucomp.kernels.linear_equations import new_equations
from tests.helpers.least_squares_twin import Twin

ONE = Plan((Window(0.84, 0.8),), (Solve(0),), own=6, earlier=3, later=1, own_of_few=7)
SEVERAL = Plan(
    (Window(0.9, 0.95, 1.0), Window(0.5, 0.6)),
    (Solve(0), Solve(1), Solve(1, 4)),
    own=4,
    earlier=2,
    later=1,
    own_of_few=9,
)
SHAPES = [(1, 1, 1), (1, 1, 9), (1, 9, 1), (2, 3, 2), (2, 18, 3), (3, 7, 11), (4, 4, 5), (6, 3, 4)]


@njit
def run(state, memory, samples, planes, split, visible, parts, links, predictions):  # type: ignore[no-untyped-def]
    """Goes through the fronts; rows from `split` on are prepared after the others.

    memory, samples: scratch. visible (planes' shape): what has been coded, filled front by front. parts (solves,
    channels, height, width), links (solves, channels, LINKS, height, width), predictions as parts.
    """
    for front in range(state.width + SLOPE * (state.height - 1)):
        for first, last in ((0, split), (split, state.height)):
            prepare_rows(state, memory, visible, front, first, last)
        for row in range(state.height):
            column = front - SLOPE * row
            if 0 <= column < state.width:
                parts[:, :, row, column] = state.part[front & 1, :, :, row]
                links[:, :, :, row, column] = state.link[front & 1, :, :, :, row]
                for channel in range(state.channels):
                    for number in range(state.solve_window.size):
                        prediction = predicted(state, front, number, channel, row, samples)
                        predictions[number, channel, row, column] = prediction
                    sample = planes[channel, PADDING + row, PADDING + column]
                    samples[channel] = sample
                    visible[channel, PADDING + row, PADDING + column] = sample


def run_fronts(state: LeastSquares, image: np.ndarray, split: int = LANES) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parts, links and predictions of an image (channels, height, width)."""
    planes = np.pad(image.astype(np.int32), ((0, 0), (PADDING, PADDING), (PADDING, PADDING)))
    solves = len(state.solve_window)
    parts = np.zeros((solves, *image.shape), np.float32)
    links = np.zeros((solves, image.shape[0], LINKS, *image.shape[1:]), np.float32)
    predictions = np.zeros_like(parts)
    begin_image(state)
    memory, samples = new_equations(state.regressor_row.shape[1]), np.zeros(state.channels, np.int32)
    run(state, memory, samples, planes, split, np.full_like(planes, -(1 << 20)), parts, links, predictions)
    return parts, links, predictions


def scene(shape: tuple[int, int, int], bits: int, seed: int = 1) -> np.ndarray:
    """A gradient, an edge and noise; channels are alike."""
    random = np.random.default_rng(seed)
    channels, height, width = shape
    y, x = np.mgrid[:height, :width]
    light = 10 * x + 7 * y + 90 * (x + 2 * y > width) + random.normal(0, 9, (height, width))
    image = light + random.normal(0, 5, shape) + 20 * np.arange(channels)[:, None, None]
    return np.clip(image * 2.0 ** (bits - 8), 0, 2**bits - 1).astype(np.int32)


def check_against_twin(plan: Plan, images: list[np.ndarray], bits: int) -> None:
    channels, height, width = images[0].shape
    state = new_least_squares(plan, height, width, channels, bits)
    twin = Twin(plan, height, width, channels, bits)
    for image in images:
        parts, links, predictions = run_fronts(state, image)
        expected = twin.run(image)
        assert np.array_equal(parts, expected[0])
        assert np.array_equal(links, expected[1])
        assert np.isfinite(predictions).all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("plan", "bits"), [(ONE, 8), (SEVERAL, 16), (SEVERAL, 1)])
def test_fronts_equal_the_twin(shape: tuple[int, int, int], plan: Plan, bits: int) -> None:
    check_against_twin(plan, [scene(shape, bits)], bits)


def test_the_next_image_goes_on_where_the_last_ended() -> None:
    check_against_twin(SEVERAL, [scene((2, 5, 6), 8, seed) for seed in range(3)], 8)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32), st.sampled_from(SHAPES), st.lists(st.integers(0, 65535), min_size=1, max_size=3))
def test_images_of_few_values_equal_the_twin(seed: int, shape: tuple[int, int, int], values: list[int]) -> None:
    """Constant ones too: their equations do not determine anything."""
    image = np.random.default_rng(seed).choice(values, shape).astype(np.int32)
    check_against_twin(SEVERAL, [image], 16)


def test_rows_may_be_split() -> None:
    image = scene((3, 3 * LANES + 5, 29), 8)
    results = [
        run_fronts(new_least_squares(SEVERAL, *image.shape[1:], 3, 8), image, split)
        for split in (0, LANES, 3 * LANES, 4 * LANES)
    ]
    for other in results[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_predictions_do_not_depend_on_later_samples() -> None:
    """Not on later channels of the same pixel either."""
    shape = (3, 20, 9)
    image = scene(shape, 8)
    before = run_fronts(new_least_squares(SEVERAL, *shape[1:], 3, 8), image)[2]
    for y, x, channel in ((0, 0, 0), (3, 8, 1), (11, 4, 2), (19, 0, 0)):
        changed = image.copy()
        changed[channel, y, x] ^= 255
        after = run_fronts(new_least_squares(SEVERAL, *shape[1:], 3, 8), changed)[2]
        fronts = np.add.outer(SLOPE * np.arange(20), np.arange(9))
        earlier = fronts < x + SLOPE * y
        assert np.array_equal(after[:, :, earlier], before[:, :, earlier])
        assert np.array_equal(after[:, : channel + 1, y, x], before[:, : channel + 1, y, x])
        assert not np.array_equal(after, before)


@pytest.mark.parametrize("name", ["FAST", "DEFAULT", "STRONG", "BEST"])
def test_plans_predict(name: str) -> None:
    """Far better than the mean of the left and the upper neighbour, by any of their solves."""
    image = scene((3, 40, 40), 8)
    predictions = run_fronts(new_least_squares(getattr(least_squares_plans, name), 40, 40, 3, 8), image)[2]
    errors = np.abs(predictions - image)[:, 1:, 8:, 8:].mean(axis=(1, 2, 3))
    simple = np.abs(image[1:, 8:, 8:] - (image[1:, 7:-1, 8:] + image[1:, 8:, 7:-1]) / 2).mean()
    assert (errors < 0.75 * simple).all()


@pytest.mark.parametrize(("height", "width", "channels"), [(512, 768, 3), (3000, 40, 1), (10, 2000, 4), (64, 64, 30)])
def test_memory_is_foreseen(height: int, width: int, channels: int) -> None:
    for plan in (least_squares_plans.FAST, least_squares_plans.BEST):
        state = new_least_squares(plan, height, width, channels, 8)
        taken = sum(field.nbytes for field in state if isinstance(field, np.ndarray))
        assert 0.9 * taken < state_bytes(plan, height, width, channels) < 1.1 * taken


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 60])
def test_regressors_are_on_earlier_fronts(channels: int) -> None:
    for plan in (ONE, SEVERAL, least_squares_plans.BEST):
        for channel, regressors in enumerate(choose_regressors(plan, channels)):
            assert len(set(regressors)) == len(regressors)
            assert len({other for other, _, _ in regressors} - {channel}) <= OTHERS
            for other, dy, dx in regressors:
                assert (dy == dx == 0 and channel - LINKS <= other < channel) or dx + SLOPE * dy < 0
                assert 0 <= other < channels and -3 <= dy <= 0 and -3 <= dx <= 3
