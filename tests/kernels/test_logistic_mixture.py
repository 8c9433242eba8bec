"""Mixtures of logistics as logits, against NumPy in float64."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from numpy.typing import NDArray

from neucomp.kernels.logistic_mixture import log_odds, mass_beyond


@njit
def masses(mixture, places):
    found = np.zeros(places.size, np.float32)
    for i in range(places.size):
        found[i] = mass_beyond(mixture, places[i])
    return found


@njit
def odds(one, other):
    return log_odds(np.float32(one), np.float32(other))


def make_mixture(seed: int) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    shares = random.random(4)
    return np.array([shares / shares.sum(), random.normal(0, 50, 4), 1 / random.uniform(0.1, 80, 4)], np.float32)


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_mass(seed: int) -> None:
    mixture = make_mixture(seed)
    places = np.arange(-300, 301)
    found = masses(mixture, places)
    weights, centres, inverse = mixture.astype(np.float64)
    z = (places[:, None] - centres) * inverse
    expected = (weights * (0.5 - 0.5 * np.tanh(z / 2))).sum(1)
    assert np.abs(found - expected).max() < 2e-4
    assert np.all(np.diff(found) <= 1e-6) and found.min() > 0


def test_mass_far_away_is_small_but_not_too_small() -> None:
    mixture = np.array([[2**-16, 0.5, 0.25, 0.25], [0, 0, 0, 0], [1, 1, 1e9, 1e30]], np.float32)
    found = masses(mixture, np.array([-(1 << 40), 0, 20, 1 << 40]))
    assert abs(found[0] - mixture[0].sum()) < 1e-6 and 1e-30 < found[3] < found[2] < 1e-7


@given(st.floats(0, 1, width=32), st.floats(0, 1, width=32))
@settings(deadline=None)
def test_odds(one: float, other: float) -> None:
    least = 2.0**-40
    assert abs(odds(one, other) - np.log((one + least) / (other + least))) < 1e-4


def test_masses_that_rounding_made_negative_count_as_none() -> None:
    assert odds(-1e-8, 0.5) == odds(0, 0.5) < -20
