"""Filters: against a plain version, around the end of their memory, and with numbers at the limits."""

import numpy as np
import pytest
from numba import njit

from neucomp.kernels import lms


@njit
def step(filters, row, target):
    guess = lms.predict(filters, row)
    lms.learn(filters, row, target, target - guess)
    return guess


class Plain:
    """A filter as its definition says it; past targets are kept as a list, newest first."""

    def __init__(self, taps: int, size: float) -> None:
        self.taps = taps
        self.past = [np.float32(0)] * taps
        self.weights = [np.float32(0)] * taps
        roots = np.sqrt(1.0 + np.arange(taps))
        self.profile = (1.0 / (roots * np.sqrt(roots))).astype(np.float32)
        self.taper = (1.0 / np.sqrt(1.0 + np.arange(taps) / 50)).astype(np.float32)
        self.size = size * sum(map(float, self.profile)) / taps

    def dot(self, a: list, b: list) -> float:
        lanes = [np.float32(0)] * 16
        for i in range(self.taps):
            lanes[i % 16] = lanes[i % 16] + a[i] * b[i]
        for half in (8, 4, 2, 1):
            lanes = [lanes[i] + lanes[i + half] for i in range(half)]
        return float(lanes[0])

    def step(self, target: float) -> float:
        guess = self.dot(self.weights, self.past)
        power = self.dot(self.profile, [x * x for x in self.past])
        move = self.size * (target - guess) / (power + 1.0)
        if abs(move) >= 2.0**-40:
            moved = zip(self.weights, self.past, self.taper, strict=True)
            self.weights = [w + (np.float32(move) * each) * x for w, x, each in moved]
        self.past = [np.float32(np.floor(target * 4096 + 0.5) / 4096), *self.past[:-1]]
        return guess


@pytest.mark.parametrize("scale", [1e-3, 1.0, 3e4, 2e9])
def test_equal_to_its_twin(scale: float) -> None:
    random = np.random.default_rng(4)
    filters = lms.new_filters([16, 48, 32], [0.1, 0.2, 0.3])
    plain = Plain(48, 0.2)
    for target in (random.normal(size=60) * scale).tolist():
        assert step(filters, 1, target) == plain.step(target)
    assert not filters.weights[:16].any() and not filters.weights[64:].any()


def test_memory_goes_on_at_its_end() -> None:
    """Behaviour does not depend on where in its memory a filter stands."""
    random = np.random.default_rng(6)
    targets = random.normal(size=9000) * 50
    young = lms.new_filters([32], [0.05])
    guesses = [step(young, 0, float(target)) for target in targets]
    plain = Plain(32, 0.05)
    assert [plain.step(float(target)) for target in targets[:4200]] == guesses[:4200]
    window = young.past[young.positions[0] : young.positions[0] + 32]
    assert (window == np.floor(targets[:-33:-1] * 4096 + 0.5).astype(np.float32) / 4096).all()


def test_it_learns_a_tone() -> None:
    filters = lms.new_filters([32], [0.2])
    tone = 1000 * np.sin(np.arange(3000) * 0.3)
    errors = [abs(target - step(filters, 0, float(target))) for target in tone]
    assert max(errors[-100:]) < 1 < max(errors[:100])


def test_no_number_is_too_small_for_full_precision() -> None:
    filters = lms.new_filters([16], [0.3])
    targets = [3e9, *[1e-9] * 50, 1e-4, *[2.0**-12] * 200, *[0.0] * 500, 5.0, *[1e-30] * 300]
    for target in targets:
        step(filters, 0, target)
        for values in (filters.weights, filters.past):
            known = np.abs(values[values != 0])
            assert known.size == 0 or known.min() >= 2.0**-79


def test_taps_fill_lanes() -> None:
    with pytest.raises(ValueError, match="multiples of 16"):
        lms.new_filters([24], [0.1])
