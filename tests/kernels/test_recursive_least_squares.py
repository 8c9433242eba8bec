"""Least squares that forget: against a plain version, one scalar at a time, and against the formula."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from neucomp.kernels import recursive_least_squares as squares


@njit
def step(bank, row, x, y, gain, ridge):
    """Predicts y from x, learns it, solves; returns the prediction."""
    start = bank.vectors[row]
    for i in range(x.size):
        bank.regressors[start + i] = x[i]
    guess = squares.predict(bank, row)
    squares.learn(bank, row, y, gain)
    squares.solve(bank, row, ridge)
    return guess


@njit
def forget(bank):
    squares.forget_traces(bank)


class Plain:
    """The same sums, in the same order, on lists."""

    def __init__(self, size: int, decay: float) -> None:
        self.size, self.decay = size, decay
        self.matrix = [[0.0] * size for _ in range(size)]
        self.vector = [0.0] * size
        self.weights = [0.0] * size

    def dot(self, a: list[float], b: list[float], first: int) -> float:
        """Elements from `first` on, in lanes that begin at a multiple of eight."""
        lanes = [0.0] * 8
        for i in range(first // 8 * 8, self.size):
            lanes[i % 8] += a[i] * b[i]
        for half in (4, 2, 1):
            lanes = [lanes[i] + lanes[i + half] for i in range(half)]
        return lanes[0]

    def step(self, x: list[float], y: float, gain: float, ridge: float) -> float:
        guess = self.dot(self.weights, x, 0)
        factor = gain * (1.0 - self.decay)
        for i in range(self.size):
            for j in range(i, self.size):
                self.matrix[i][j] = self.decay * self.matrix[i][j] + (factor * x[i]) * x[j]
            self.vector[i] = self.decay * self.vector[i] + (factor * y) * x[i]
        self.solve(ridge)
        return guess

    def solve(self, ridge: float) -> None:
        n = self.size
        a = [[self.matrix[i][j] + (ridge if i == j else 0.0) for j in range(n)] for i in range(n)]
        b = list(self.vector)
        inverses = []
        for pivot in range(n):
            inverse = 1.0 / a[pivot][pivot]
            inverses.append(inverse)
            for i in range(pivot + 1, n):
                factor = -(a[pivot][i] * inverse)
                for j in range(i, n):
                    a[i][j] += factor * a[pivot][j]
            factor = -(b[pivot] * inverse)
            for i in range(pivot + 1, n):
                b[i] += factor * a[pivot][i]
        self.weights = [0.0] * n
        for i in range(n - 1, -1, -1):
            row = [0.0 if j < i else a[i][j] for j in range(n)]
            self.weights[i] = (b[i] - self.dot(row, self.weights, i)) * inverses[i]


@given(st.integers(1, 19), st.sampled_from([0.9, 0.99, 0.9998]), st.integers(0))
@settings(deadline=None, max_examples=25)
def test_equal_to_its_twin(size: int, decay: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    bank = squares.new_least_squares([3, size, 5], [0.5, decay, 0.5])
    plain = Plain(size, decay)
    for _ in range(8):
        x = random.normal(size=size) * 1000
        y, gain = float(random.normal() * 1000), float(random.random())
        assert step(bank, 1, x, y, gain, 1 - decay) == plain.step(x.tolist(), y, gain, 1 - decay)
    start = bank.vectors[1]
    assert bank.weights[start : start + size].tolist() == plain.weights
    assert not bank.weights[:start].any() and not bank.weights[start + size :].any()


def test_it_finds_the_weights() -> None:
    random = np.random.default_rng(5)
    truth = np.array([0.5, -1.25, 0.0, 2.0, 0.125])
    bank = squares.new_least_squares([5], [0.999])
    for _ in range(300):
        x = random.normal(size=5) * 100
        guess = step(bank, 0, x, float(truth @ x), 1.0, 1e-9)
    assert abs(guess - truth @ x) < 1e-6
    assert np.abs(bank.weights[:5] - truth).max() < 1e-6


def test_without_anything_to_learn_from_the_weights_stay() -> None:
    bank = squares.new_least_squares([9], [0.99])
    bank.weights[:9] = 7.0
    step(bank, 0, np.zeros(9), 5.0, 1.0, 0.0)
    assert (bank.weights[:9] == 7.0).all()


def test_traces_are_forgotten() -> None:
    bank = squares.new_least_squares([2], [0.98])
    step(bank, 0, np.array([1.0, 2.0]), 1.0, 1e-60, 1.0)
    assert bank.covariances.any() and bank.products.any()
    forget(bank)
    assert not bank.covariances.any() and not bank.products.any()
