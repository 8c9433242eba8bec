"""Symbols drawn from random bits: an encoder gives the bits back, and symbols come as often as their rows say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.coder import TOTAL, Decoder, encode
from neucomp.errors import CorruptDataError
from neucomp.sampler import Sampler, reshaped
from tests.helpers.drawn_bits import is_drawn_from


def wild_rows(random: np.random.Generator, count: int, alphabet: int = 256) -> np.ndarray:
    shares = random.gamma(0.05, size=(count, alphabet)) + 1e-12
    freqs = 1 + (shares / shares.sum(1, keepdims=True) * (TOTAL - alphabet)).astype(np.int64)
    freqs[:, 0] += TOTAL - freqs.sum(1)
    return freqs


@given(st.integers(0, 999), st.integers(1, 300), st.integers(2, 256))
@settings(deadline=None, max_examples=40)
def test_what_was_drawn_is_coded_by_the_bits_that_it_was_drawn_from(seed: int, count: int, alphabet: int) -> None:
    rows = wild_rows(np.random.default_rng(seed), count, alphabet)
    sampler, symbols = Sampler(np.random.PCG64(seed)), np.zeros(count, np.uint8)
    for part in np.array_split(np.arange(count), 3):
        drawn = symbols[part]
        sampler.code(drawn, rows[part])
        symbols[part] = drawn
    payload = encode(symbols, rows)
    if not sampler.gaps:
        assert is_drawn_from(payload, sampler)
        again = np.zeros_like(symbols)
        Decoder(bytes(sampler.read)).code(again, rows)  # the bits themselves decode, too
        assert np.array_equal(again, symbols)


def test_gaps_are_drawn_anew() -> None:
    """These bits lie beyond all symbols, where a decoder refuses them."""

    class Ones:
        def random_raw(self, count: int) -> np.ndarray:
            return np.full(count, 0xFFFFFFFF_FFFFFFFF, np.uint64)

    rows = np.tile([TOTAL // 3, TOTAL // 3, TOTAL // 3 + 1], (40, 1))
    with pytest.raises(CorruptDataError):
        Decoder(b"\xff" * 400).code(np.zeros(40, np.uint8), rows)
    sampler, symbols = Sampler(Ones()), np.zeros(40, np.uint8)  # type: ignore[arg-type]
    sampler.code(symbols, rows)
    assert sampler.gaps > 0
    assert symbols[0] == 2


def test_known_symbols_stay() -> None:
    rows = wild_rows(np.random.default_rng(0), 50)
    sampler, symbols = Sampler(np.random.PCG64(3), known=30), np.arange(50).astype(np.uint8)
    for begin in range(0, 50, 20):
        sampler.code(symbols[begin : begin + 20], rows[begin : begin + 20])
    assert symbols[:30].tolist() == list(range(30))
    other = np.zeros(20, np.uint8)
    Sampler(np.random.PCG64(3)).code(other, rows[30:])
    assert symbols[30:].tolist() == other.tolist()


def test_symbols_come_as_often_as_they_should() -> None:
    row = np.array([TOTAL // 2, TOTAL // 4, TOTAL // 8, TOTAL // 8])
    symbols = np.zeros(20_000, np.uint8)
    Sampler(np.random.PCG64(1)).code(symbols, np.tile(row, (symbols.size, 1)))
    shares = np.bincount(symbols, minlength=4) / symbols.size
    assert np.abs(shares - row / TOTAL).max() < 0.015


@given(st.integers(0, 99), st.sampled_from([0.01, 0.5, 0.9, 1.0, 1.5, 100.0]))
@settings(deadline=None)
def test_temperatures(seed: int, temperature: float) -> None:
    rows = wild_rows(np.random.default_rng(seed), 5, 20)
    changed = reshaped(rows, temperature)
    assert changed.min() >= 1 and (changed.sum(1) == TOTAL).all()
    assert np.array_equal(changed.argmax(1), rows.argmax(1))
    largest = changed.max(1) - rows.max(1)
    assert (largest >= -20).all() if temperature < 1 else (largest <= 20).all()


def test_no_temperature() -> None:
    for temperature in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="temperature"):
            Sampler(np.random.PCG64(0), temperature=temperature)
