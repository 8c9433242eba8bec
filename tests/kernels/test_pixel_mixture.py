"""Frequencies of mixtures of logistics: valid whatever the outputs, and those of the formula."""

import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels.pixel_mixture import INVERSE_SCALES, SCALE_HIGH, SCALE_LOW
from neucomp.nets.pixel_mixture import Mixtures
from neucomp.train.tile_loss import cost


def bits_of(outputs: np.ndarray, samples: np.ndarray, logistics: int) -> np.ndarray:
    """Bits of each lane's pixel, by frequencies."""
    mixtures = Mixtures(len(outputs), logistics)
    mixtures.begin(outputs)
    bits = np.zeros(len(outputs))
    for channel in range(3):
        freqs = mixtures.frequencies(channel, samples)
        assert freqs.min() >= 1 and (freqs.sum(1) == 1 << 24).all()
        bits -= np.log2(freqs[np.arange(len(outputs)), samples[:, channel]] / (1 << 24))
        mixtures.learn(channel, samples)
    return bits


@given(seed=st.integers(0, 999), logistics=st.integers(1, 16), size=st.sampled_from([0, 10, 1000, 32767]))
@settings(max_examples=40, deadline=None)
def test_any_outputs_give_valid_frequencies(seed: int, logistics: int, size: int) -> None:
    random = np.random.default_rng(seed)
    outputs = random.integers(-size, size + 1, (20, 10 * logistics))
    samples = random.choice(np.array([0, 1, 127, 254, 255], np.uint8), (20, 3))
    assert np.isfinite(bits_of(outputs, samples, logistics)).all()


def test_bits_are_those_of_the_formula() -> None:
    random = np.random.default_rng(0)
    lanes, logistics = 400, 5
    outputs = np.zeros((lanes, 10, logistics))
    outputs[:, 0] = random.normal(0, 1, (lanes, logistics))
    outputs[:, 1:4] = random.normal(0, 4, (lanes, 3, logistics))
    outputs[:, 4:7] = random.normal(3, 0.7, (lanes, 3, logistics))
    outputs[:, 7:] = random.normal(0, 1, (lanes, 3, logistics))
    whole = np.round(outputs * 256).astype(np.int64).reshape(lanes, -1)
    samples = np.clip(random.normal(127, 40, (lanes, 3)), 0, 255).astype(np.uint8)
    found = bits_of(whole, samples, logistics)
    pixels = torch.from_numpy(samples).float().view(lanes, 3, 1, 1)
    expected = cost(torch.from_numpy(whole / 256).float().view(lanes, -1, 1, 1), pixels).numpy() / math.log(2)
    likely = expected < 40
    assert likely.sum() > lanes / 2
    assert np.abs(found - expected)[likely].max() < 0.02


def test_what_is_known_of_a_pixel_changes_the_weights() -> None:
    """Two logistics far apart: the first sample tells which one it is, so the others are certain."""
    outputs = np.zeros((1, 20), np.int64)
    outputs[0, 2:8] = [-3200, 3200] * 3
    outputs[0, 8:14] = 256
    samples = np.array([[27, 27, 27]], np.uint8)
    mixtures = Mixtures(1, 2)
    mixtures.begin(outputs)
    first = mixtures.frequencies(0, samples)[0, 227] / (1 << 24)
    mixtures.learn(0, samples)
    second = mixtures.frequencies(1, samples)[0, 227] / (1 << 24)
    assert first > 0.02 and second < 1e-5


def test_scales() -> None:
    exact = np.exp(-np.arange(SCALE_LOW, SCALE_HIGH + 1) / 256)
    assert np.abs(INVERSE_SCALES / exact - 1).max() < 1e-7
