"""The mixer: equal to unbounded integers everywhere, its limits included."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels.mixer import (
    ERROR_LIMIT,
    LANES,
    LARGEST_WIDTH,
    WEIGHT_LIMIT,
    WEIGHT_ONE,
    dot_product,
    train_row,
)
from neucomp.kernels.tables import STRETCH_LIMIT

LIMIT = int(WEIGHT_LIMIT)
WIDTHS = (LANES, 2 * LANES, LARGEST_WIDTH)


def plain_dot(inputs: list[int], weights: list[int]) -> int:
    terms = [x * (w >> 4) >> 8 for x, w in zip(inputs, weights, strict=True)]
    assert sum(abs(term) for term in terms) < 2**31  # so no partial sum, in any order, leaves an int32
    assert all(abs(x * (w >> 4)) < 2**31 for x, w in zip(inputs, weights, strict=True))
    return sum(terms) >> 8


def plain_train(inputs: list[int], weights: list[int], error: int) -> list[int]:
    assert all(abs(x * error) + 0x800 < 2**31 for x in inputs)
    steps = [(x * error + 0x800) >> 12 for x in inputs]
    assert all(abs(w + step) < 2**31 for w, step in zip(weights, steps, strict=True))
    return [min(max(w + step, -LIMIT), LIMIT) for w, step in zip(weights, steps, strict=True)]


def check(inputs: np.ndarray, weights: np.ndarray, error: int) -> None:
    """Compares both functions with their twins, on the middle one of three rows."""
    width = inputs.size
    inputs = inputs.astype(np.int32)
    rows = np.full(3 * width, -77, np.int32)
    rows[width : 2 * width] = weights
    before = rows[width : 2 * width].tolist()
    assert dot_product(inputs, rows, width, width) == plain_dot(inputs.tolist(), before)
    train_row(inputs, rows, width, width, error)
    assert rows[width : 2 * width].tolist() == plain_train(inputs.tolist(), before, error)
    assert (rows[:width] == -77).all() and (rows[2 * width :] == -77).all()


def test_both_equal_their_twins() -> None:
    random = np.random.default_rng(3)
    for width in WIDTHS:
        for _ in range(50):
            inputs = random.integers(-STRETCH_LIMIT, STRETCH_LIMIT + 1, width)
            weights = random.integers(-LIMIT, LIMIT + 1, width)
            check(inputs, weights, int(random.integers(-ERROR_LIMIT + 1, ERROR_LIMIT)))


def test_nothing_overflows_at_the_limits() -> None:
    for width in WIDTHS:
        ones = np.ones(width, np.int64)
        signs = np.where(np.arange(width) % 2, 1, -1)
        halves = np.where(np.arange(width) < width // 2, 1, -1)
        for inputs in (ones, -ones, signs, halves):
            for weights in (ones, -ones, signs, -signs, halves):
                for error in (ERROR_LIMIT - 1, 1 - ERROR_LIMIT):
                    check(inputs * STRETCH_LIMIT, weights * LIMIT, error)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_both_equal_their_twins_anywhere(data: st.DataObject) -> None:
    def some(limit: int) -> np.ndarray:
        numbers = st.one_of(st.sampled_from([-limit, -1, 0, 1, limit]), st.integers(-limit, limit))
        return np.array(data.draw(st.lists(numbers, min_size=LANES, max_size=LANES)))

    check(some(STRETCH_LIMIT), some(LIMIT), data.draw(st.integers(-ERROR_LIMIT + 1, ERROR_LIMIT - 1)))


def test_a_weight_of_one_passes_a_logit_on() -> None:
    weights = np.zeros(LANES, np.int32)
    weights[5] = WEIGHT_ONE
    for logit in range(-STRETCH_LIMIT, STRETCH_LIMIT + 1):
        inputs = np.zeros(LANES, np.int32)
        inputs[5] = logit
        assert dot_product(inputs, weights, 0, LANES) == logit


def test_learning_moves_towards_the_bit() -> None:
    inputs = np.zeros(LANES, np.int32)
    inputs[:2] = 1000, -1000
    weights = np.zeros(LANES, np.int32)
    for _ in range(10):
        train_row(inputs, weights, 0, LANES, 20_000)
    assert weights[0] > 0 > weights[1] and not weights[2:].any()
    assert dot_product(inputs, weights, 0, LANES) > 0
