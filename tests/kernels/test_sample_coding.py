"""Samples as decisions: round trips at all limits, costs near those of the distributions, and never for nothing."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from neucomp.kernels import rangecoder
from neucomp.kernels import sample_coding as coding


@njit
def run(decode, coder, payload, samples, centres, scales, middles, ranges, ks):
    """Codes samples on channel 1 around given distributions; fills in `samples` when decoding."""
    rangecoder.start_coder(coder.registers, payload, decode)
    for t in range(samples.size):
        for i in range(centres.shape[1]):
            coder.lanes[coding.CENTRE, i] = np.float32(centres[t, i] - (np.float64(middles[t]) - 0.5))
            coder.lanes[coding.INVERSE, i] = np.float32(1.0 / scales[t, i])
        situation = coding.Situation(np.int64(1), t % coding.SCALES, t % coding.TRENDS, np.float32(0.01), t % 9 > 0)
        samples[t] = coding.code_sample(
            coder, payload, decode, samples[t], middles[t], ranges[t, 0], ranges[t, 1], ks[t], situation
        )
    if not decode:
        rangecoder.finish_coder(coder.registers, payload)


def check(samples, centres, scales, ranges, ks) -> int:
    """Round trip; returns the size in bytes."""
    samples = np.array(samples, np.int64)
    centres, scales = np.array(centres, np.float64), np.array(scales, np.float64)
    ranges, ks = np.array(ranges, np.int64), np.array(ks, np.int64)
    middles = np.clip(np.floor(centres[:, 0] + 0.5).astype(np.int64), ranges[:, 0], ranges[:, 1])
    payload = np.zeros(samples.size * coding.LARGEST_SAMPLE + 64, np.uint8)
    whole = [0, int(ranges[:, 0].min())], [0, int(ranges[:, 1].max())]
    coder = coding.new_sample_coder(*whole, centres.shape[1])
    run(False, coder, payload, samples.copy(), centres, scales, middles, ranges, ks)
    size = int(coder.registers[rangecoder.POSITION])
    decoder = coding.new_sample_coder(*whole, centres.shape[1])
    decoded = np.zeros_like(samples)
    run(True, decoder, payload[:size].copy(), decoded, centres, scales, middles, ranges, ks)
    assert decoded.tolist() == samples.tolist()
    assert decoder.registers[rangecoder.POSITION] == size + rangecoder.BYTES_PAST_END
    assert np.array_equal(coder.weights, decoder.weights) and np.array_equal(coder.cells, decoder.cells)
    fresh = coding.new_sample_coder(*whole, centres.shape[1])
    assert np.array_equal(coder.weights[0], fresh.weights[0]) and not np.array_equal(coder.weights[1], fresh.weights[1])
    assert not coder.weights[..., centres.shape[1] : coding.MOST_DISTRIBUTIONS].any()
    return size


LOWEST, HIGHEST = -(1 << 31), (1 << 31) - 1
ANY = st.one_of(st.integers(LOWEST, HIGHEST), st.integers(-9, 9), st.sampled_from([LOWEST, HIGHEST]))


@given(st.integers(1, coding.MOST_DISTRIBUTIONS), st.data())
@settings(deadline=None, max_examples=60)
def test_any_samples(distributions: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    samples, centres, scales, ranges, ks = [], [], [], [], []
    for _ in range(count):
        low, sample, high = sorted(data.draw(ANY) for _ in range(3))
        samples.append(sample)
        ranges.append((low, high))
        ks.append(data.draw(st.integers(0, 31)))
        centres.append([data.draw(st.floats(-4e9, 4e9)) for _ in range(distributions)])
        scales.append([data.draw(st.floats(0.05, 4e9)) for _ in range(distributions)])
    check(samples, centres, scales, ranges, ks)


@pytest.mark.parametrize("scale", [1.0, 4.0, 40.0, 3000.0])
def test_cost_is_near_that_of_the_distribution(scale: float) -> None:
    """Samples that follow one of two distributions; the other one is far too wide."""
    random = np.random.default_rng(2)
    count = 6000
    centres = random.uniform(-100, 100, (count, 2))
    samples = np.floor(random.logistic(centres[:, 0], scale) + 0.5).astype(np.int64)
    mass = [
        1 / (1 + math.exp(-(x + 0.5 - c) / scale)) - 1 / (1 + math.exp(-(x - 0.5 - c) / scale))
        for x, c in zip(samples, centres[:, 0], strict=True)
    ]
    ideal = -sum(math.log2(max(p, 1e-12)) for p in mass) / 8
    k = max(0, math.floor(math.log2(scale)))
    scales = np.tile([scale, scale * 9], (count, 1))
    size = check(samples, centres, scales, np.tile([-40_000, 40_000], (count, 1)), [k] * count)
    assert size < 1.03 * ideal + 100


@pytest.mark.parametrize("left_out", [5, 3])
@pytest.mark.parametrize("scale", [1.0, 30.0, 400.0])
def test_values_that_never_occur_cost_little(scale: float, left_out: int) -> None:
    """Each third or fifth value is missing: what is learned of that saves some of what it should."""
    random = np.random.default_rng(3)
    count = 20_000
    centres = random.uniform(-30, 30, (count, 1))
    samples = np.floor(random.logistic(centres[:, 0], scale) + 0.5).astype(np.int64)
    thinned = np.where(samples % left_out == 0, samples + 1, samples)
    k = max(0, math.floor(math.log2(scale)))
    sizes = [
        check(each, centres, np.full((count, 1), scale), [(-20_000, 20_000)] * count, [k] * count)
        for each in (samples, thinned)
    ]
    saved = count * math.log2(left_out / (left_out - 1)) / 8
    assert sizes[1] < sizes[0] - 0.25 * saved


def test_no_sample_is_free() -> None:
    """The bound of `SMALLEST_PROBABILITY`, also where the range leaves no choice."""
    for low, high in ((5, 5), (-1000, 1000)):
        count = 60_000
        size = check([5] * count, [[5.0]] * count, [[0.05]] * count, [(low, high)] * count, [0] * count)
        least = count * -math.log2(1 - coding.SMALLEST_PROBABILITY / 65536) / 8
        assert least <= size < 4 * least + 60
    assert least / count * 23_000 > 4  # bytes of a sample
