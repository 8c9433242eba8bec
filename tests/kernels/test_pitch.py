"""The long-term predictor against its formula, written plainly, and at its limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels import pitch
from neucomp.kernels.inline import compiled
from neucomp.kernels.pitch import FIRST_LAG, LAGS, new_pitch


@compiled
def run(bank, row, signal, predictions):
    for t in range(signal.size):
        predictions[t] = pitch.predict(bank, row)
        pitch.learn(bank, row, signal[t])


@compiled
def forget(bank):
    pitch.forget_traces(bank)


def predicted(signal: np.ndarray, rows: int = 1, row: int = 0) -> np.ndarray:
    bank = new_pitch(rows)
    predictions = np.zeros(signal.size)
    run(bank, row, signal.astype(np.float64), predictions)
    for other in range(rows):
        assert other == row or not bank.products.reshape(rows, -1)[other].any()
    return predictions


def plain(signal: np.ndarray) -> np.ndarray:
    """The same with whole arrays, one lag beside the other."""
    h = (np.floor(np.clip(signal, -(2.0**33), 2.0**33) * 16 + 0.5) / 16).astype(np.float32)
    decay, floor = np.float32(0.998), np.float32(2.0**-20)
    products = np.zeros(LAGS, np.float32)
    squares = [np.float32(0)]  # up to each sample
    found = []
    lag = -1
    reach = FIRST_LAG + LAGS
    for t in range(len(h)):
        past = np.zeros(reach, np.float32)
        energy = np.zeros(reach + 1, np.float32)
        known = h[max(0, t - reach) : t][::-1]
        past[: len(known)] = known
        recent = np.array(squares[max(0, len(squares) - reach - 1) :][::-1], np.float32)
        energy[: len(recent)] = recent
        energies = energy[FIRST_LAG : FIRST_LAG + LAGS].astype(np.float64)
        likely = np.maximum(products, np.float32(0)).astype(np.float64)
        if t % 8 == 0:
            scores = likely * likely / (energies + 1.0)
            lag = int(scores.argmax()) if scores.max() > 0.01 else -1
        shifted = past[FIRST_LAG - 1 : FIRST_LAG - 1 + LAGS]
        guess = likely[lag] / (energies[lag] + 1.0) * np.float64(shifted[lag]) if lag >= 0 else 0.0
        found.append(min(max(guess, -(2.0**33)), 2.0**33))
        products = decay * products + h[t] * shifted
        squares.append(decay * squares[-1] + (h[t] * h[t] + floor))
    return np.array(found)


@given(st.integers(0), st.integers(1, 6000), st.sampled_from([30, 200, 791, 900]), st.sampled_from([0.1, 40.0, 1e12]))
@settings(deadline=None, max_examples=12)
def test_formula(seed: int, size: int, period: int, loudness: float) -> None:
    random = np.random.default_rng(seed)
    signal = np.resize(random.normal(size=period), size) * loudness + random.normal(size=size)
    assert np.array_equal(predicted(signal), plain(signal))


@pytest.mark.parametrize("period", [FIRST_LAG, 100, FIRST_LAG + LAGS - 1])
def test_a_period_is_found(period: int) -> None:
    random = np.random.default_rng(1)
    signal = np.resize(random.normal(size=period) * 100, 6 * period + 3000)
    late = slice(-500, None)
    errors = (signal - predicted(signal, 3, 1))[late]
    assert np.abs(errors).mean() < 0.05 * np.abs(signal[late]).mean()


def test_noise_has_no_period() -> None:
    signal = np.random.default_rng(1).normal(size=4000) * 100
    assert np.abs(predicted(signal)).mean() < 0.35 * np.abs(signal).mean()


def test_no_number_is_too_small_for_full_precision() -> None:
    bank = new_pitch(1)
    signal = np.zeros(200_000)
    signal[:50] = np.arange(50) / 16
    for start in range(0, signal.size, 2048):
        run(bank, 0, signal[start : start + 2048], np.zeros(2048))
        forget(bank)
    for array in (bank.products, bank.squares):
        known = np.abs(array[array != 0])
        assert known.size == 0 or known.min() > 1e-30
    assert not bank.products.any()
