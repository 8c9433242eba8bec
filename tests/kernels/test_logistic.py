"""Logistic distributions: rising, close to the logistic function, the same bits as plain float32 arithmetic; logits."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels.logistic import (
    BLOCK,
    CENTRE,
    HIGH,
    INVERSE_SCALE,
    LANES,
    LOGIT,
    LOW,
    MIDDLE,
    distribution,
    mass_logit,
    narrow_interval,
    open_interval,
    split_interval,
)
from neucomp.kernels.tables import STRETCH_LIMIT

F = np.float32


def plain_distribution(z: np.ndarray) -> np.ndarray:
    """The definition, each operation rounded to float32."""
    u = -np.clip(z.astype(np.float32), F(-12), F(12)) * F(1 / 16)
    e = F(1) + u * (F(1) + u * (F(0.5) + u * (F(1 / 6) + u * F(1 / 24))))
    for _ in range(4):
        e = e * e
    return np.asarray(F(1) / (F(1) + e), np.float32)


def test_it_equals_its_twin_and_is_nearly_logistic() -> None:
    z = np.linspace(-13, 13, 4001).astype(np.float32)
    values = np.array([distribution(each) for each in z], np.float32)
    assert (values == plain_distribution(z)).all()
    assert (np.diff(values) > -(2.0**-23)).all()
    for each, value in zip(z.tolist(), values.tolist(), strict=True):
        if abs(each) < 8:
            exact = 1 / (1 + math.exp(-each))
            assert abs(value - exact) < 0.02 * min(exact, 1 - exact) + 2.0**-23


@settings(deadline=None)
@given(st.floats(width=32, allow_nan=False), st.floats(width=32, allow_nan=False))
def test_it_stays_in_range_and_rises(a: float, b: float) -> None:
    low, high = sorted((F(a), F(b)))
    assert 0 < distribution(low) <= 1
    assert distribution(low) <= distribution(high) + F(2.0**-23)


def block_at(centres: np.ndarray, inverse_scales: np.ndarray) -> np.ndarray:
    block = np.zeros(BLOCK, np.float32)
    block[CENTRE : CENTRE + LANES] = centres
    block[INVERSE_SCALE : INVERSE_SCALE + LANES] = inverse_scales
    open_interval(block)
    return block


def test_an_interval_is_narrowed_to_a_sample() -> None:
    random = np.random.default_rng(5)
    centres, scales = random.uniform(-20, 280, LANES), random.uniform(0, 9, LANES)
    scales[3] = 0
    block = block_at(centres, scales)
    low, high = np.zeros(LANES, np.float32), np.ones(LANES, np.float32)
    lowest, size, floor = 0, 256, F(1e-6)
    while size > 1:
        middle = F(lowest + size // 2 - 0.5)
        split_interval(block, middle, floor)
        z = (middle - centres.astype(np.float32)) * scales.astype(np.float32)
        below = plain_distribution(z)
        assert (block[MIDDLE : MIDDLE + LANES] == below).all()
        logits = [mass_logit(*each, floor) for each in zip(low, below, high, strict=True)]
        assert (block[LOGIT : LOGIT + LANES] == np.array(logits, np.float32)).all()
        bit = int(random.integers(2))
        narrow_interval(block, bit)
        low, high = (below, high) if bit else (low, below)
        assert (block[LOW : LOW + LANES] == low).all() and (block[HIGH : HIGH + LANES] == high).all()
        size //= 2
        lowest += bit * size


@settings(deadline=None)
@given(st.floats(0, 1, width=32), st.floats(0, 1, width=32), st.sampled_from((2e-9, 1e-6, 1e-4)))
def test_logits_are_those_of_the_masses(above: float, below: float, floor: float) -> None:
    low, middle = F(0), F(below)
    high = middle + F(above)
    logit = float(mass_logit(low, middle, high, F(floor)))
    odds = (float(high - middle) + float(F(floor))) / (float(middle) + float(F(floor)))
    exact = min(max(256 * math.log(odds), -2047), 2047)
    assert abs(logit - exact) < 0.05


def test_a_mass_below_nothing_counts_as_nothing() -> None:
    step, floor = F(2.0**-23), F(2.0**-33)
    assert abs(mass_logit(F(0.5), F(0.5) + step, F(0.5), floor) + 256 * math.log(1025)) < 0.1
    assert abs(mass_logit(F(0.5), F(0.5) - step, F(0.5), floor) - 256 * math.log(1025)) < 0.1
    assert mass_logit(F(0), F(0.5), F(1), floor) == 0
    assert mass_logit(F(0), F(0), F(1), floor) == STRETCH_LIMIT
