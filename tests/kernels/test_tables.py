"""The tables are part of the file format: their contents never change."""

import hashlib
import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

from neucomp.kernels.tables import (
    SQUASH,
    SQUASH_LIMIT,
    STRETCH,
    STRETCH_LIMIT,
    STRETCH_UNITS,
    reciprocal_table,
    squash_table,
    stretch_table,
)

PINNED = {
    "squash": "6fa22b9d27b043190d94bc7f21acee18aba281eb3b63312930f1336afe108309",
    "stretch": "6b149da83b8b53468dc4f59ebf01d81da7f848c16f17c3d9d17666f017472279",
    "reciprocal": "eefc5d1e646d6e2e95e21d48f79f1e4e93c471618f7db9e2db4714dbc288242c",
}


def digest(table: np.ndarray) -> str:
    return hashlib.sha256(table.astype(table.dtype.newbyteorder("<")).tobytes()).hexdigest()


def test_contents_are_pinned() -> None:
    assert (SQUASH.dtype, SQUASH.shape, digest(SQUASH)) == (np.int32, (2 * SQUASH_LIMIT,), PINNED["squash"])
    assert (STRETCH.dtype, STRETCH.shape, digest(STRETCH)) == (np.int16, (4096,), PINNED["stretch"])
    reciprocals = reciprocal_table(256)
    assert (reciprocals.dtype, reciprocals.shape, digest(reciprocals)) == (np.int32, (256,), PINNED["reciprocal"])


def test_squash_is_the_logistic_function() -> None:
    logits = range(-SQUASH_LIMIT, SQUASH_LIMIT)
    exact = [65536 / (1 + math.exp(-x / STRETCH_UNITS)) for x in logits]
    assert min(abs(p - math.floor(p) - 0.5) for p in exact) > 1e-7  # floats are good enough to tell how to round
    assert SQUASH.tolist() == [min(max(round(p), 1), 65535) for p in exact]


def test_stretch_is_its_inverse() -> None:
    exact = [STRETCH_UNITS * math.log((i + 0.5) / (4095.5 - i)) for i in range(4096)]
    assert min(abs(x - math.floor(x) - 0.5) for x in exact) > 1e-7
    assert STRETCH.tolist() == [min(max(round(x), -STRETCH_LIMIT), STRETCH_LIMIT) for x in exact]
    back = SQUASH[STRETCH.astype(np.int64) + SQUASH_LIMIT]
    half_a_step = 65536 / 4 / STRETCH_UNITS / 2  # the steepest slope of squash, half a unit away
    assert np.abs(back - (16 * np.arange(4096) + 8)).max() <= half_a_step


def test_squash_rises_and_is_symmetric() -> None:
    assert (np.diff(SQUASH) >= 0).all()
    assert SQUASH.min() == 1 and SQUASH.max() == 65535
    assert (SQUASH[1:] + SQUASH[:0:-1] == 65536).all()


def test_stretch_rises_and_is_symmetric() -> None:
    assert (np.diff(STRETCH) >= 0).all()
    assert (STRETCH == -STRETCH[::-1]).all()
    assert STRETCH.max() == STRETCH_LIMIT < SQUASH_LIMIT


def test_reciprocals() -> None:
    assert reciprocal_table(1000).tolist() == [math.floor(65536 / (n + 1.5)) for n in range(1000)]


@pytest.mark.parametrize("precision", [3, 28])
def test_the_precision_of_the_program_does_not_matter(precision: int) -> None:
    """Regression: part of the arithmetic once ran in the caller's decimal context, which any program may change."""
    with localcontext() as context:
        context.prec = precision
        assert digest(squash_table()) == PINNED["squash"]
        assert digest(stretch_table()) == PINNED["stretch"]
        assert context.prec == precision and Decimal(1) / 3 == Decimal("0." + "3" * precision)
