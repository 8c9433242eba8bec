"""Rows of the mixer as vectors: the numbers of the mixer itself."""

import numpy as np

from neucomp.kernels import mixer
from neucomp.kernels.row_mixer import WIDTH, dot_row, train_row
from neucomp.kernels.tables import STRETCH_LIMIT

LIMIT = int(mixer.WEIGHT_LIMIT)


def check(inputs: np.ndarray, row: np.ndarray, error: int) -> None:
    inputs = inputs.astype(np.int32)
    weights = np.full(3 * WIDTH, -77, np.int32)
    weights[WIDTH : 2 * WIDTH] = row
    expected = weights.copy()
    assert dot_row(inputs, weights, WIDTH) == mixer.dot_product(inputs, expected, WIDTH, WIDTH)
    train_row(inputs, weights, WIDTH, error)
    mixer.train_row(inputs, expected, WIDTH, WIDTH, error)
    assert (weights == expected).all()


def test_both_equal_the_mixer() -> None:
    random = np.random.default_rng(3)
    for _ in range(200):
        inputs = random.integers(-STRETCH_LIMIT, STRETCH_LIMIT + 1, WIDTH)
        error = int(random.integers(-mixer.ERROR_LIMIT + 1, mixer.ERROR_LIMIT))
        check(inputs, random.integers(-LIMIT, LIMIT + 1, WIDTH), error)


def test_both_equal_the_mixer_at_the_limits() -> None:
    ones = np.ones(WIDTH, np.int64)
    for x in (-STRETCH_LIMIT, STRETCH_LIMIT):
        for weight in (-LIMIT, LIMIT):
            for error in (1 - mixer.ERROR_LIMIT, mixer.ERROR_LIMIT - 1):
                check(x * ones, weight * ones, error)
