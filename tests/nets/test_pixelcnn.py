"""The definition of the pixel network: the same integers on all backends, tables, configs."""

import hashlib
import json

import numpy as np
import pytest

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.kernels.pixel_constants import INVERSE_SCALES, SCALE_HIGH, SCALE_LOW
from neucomp.kernels.pixel_features import LOGARITHMS, OFFSETS
from neucomp.nets.pixel_weights import proof_pixel_network
from neucomp.nets.pixelcnn import PixelConfig, PixelState, find_features, head, mixture, output_ranges, relate, trunk
from tests.helpers.backends import BACKENDS

NETWORK = proof_pixel_network()


def windows(count: int, bits: int = 8) -> np.ndarray:
    random = np.random.default_rng(count)
    wild = random.integers(0, 1 << bits, (count, 3, len(OFFSETS)))
    return (wild * random.choice([0, 0.01, 0.3, 1], (count, 1, 1))).astype(np.int64)


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_backends_agree(backend: str) -> None:
    features = find_features(windows(300)).values
    residuals = np.random.default_rng(1).integers(-1023, 1024, (300, 2))
    states = [PixelState(ops, NETWORK) for ops in (NumpyOps(), BACKENDS[backend]())]
    streams = [trunk(state, features) for state in states]
    assert np.array_equal(streams[0], states[1].ops.fetch(streams[1]))
    for channel in range(3):
        outputs = [head(s, h, channel, residuals[:, :channel]) for s, h in zip(states, streams, strict=True)]
        assert np.array_equal(outputs[0], outputs[1])


def test_pixels_do_not_depend_on_each_other() -> None:
    features = find_features(windows(64)).values
    state = PixelState(NumpyOps(), NETWORK)
    alone = np.concatenate([trunk(state, features[i : i + 1]) for i in range(64)])
    assert np.array_equal(alone, trunk(state, features))


@pytest.mark.parametrize("bits", [8, 11, 16])
def test_features(bits: int) -> None:
    found = find_features(windows(500, bits), bits - 8)
    assert np.abs(found.values).max() <= 1023
    assert found.activity.min() >= 15 << (bits - 8)
    near = np.abs(found.values[:, :126]) < 1000
    differences = windows(500, bits) - found.medians[:, :, None]
    exact = (differences / (found.activity[..., None] / 15) * 96).reshape(500, -1)
    assert np.abs(found.values[:, :126] - exact)[near].max() < 0.6
    level = 128 * np.log2(found.activity[:, 0] / (15 << (bits - 8))) - 256
    assert np.abs(found.values[:, 126] - level).max() < 1.6


def test_features_of_a_flat_place() -> None:
    found = find_features(np.full((1, 3, len(OFFSETS)), 77))
    assert found.values[0].tolist() == [0] * 126 + [-256, 0, 0, 0, -51, -51, -51]
    assert found.medians.tolist() == [[77, 77, 77]] and found.activity.tolist() == [[15]]


def test_relate() -> None:
    found = relate(np.array([[0, 1, -1, 2, 255, -255]]), np.array([[30]]))
    assert found.tolist() == [[0, 48, -48, 96, 1023, -1023]]


def test_mixture() -> None:
    low, high = output_ranges(2)
    outputs = np.stack([low, high, np.zeros_like(low)])
    median, activity = np.array([10, 20, 30]), np.array([[15], [30], [3840]])
    found = mixture(outputs, median, activity, np.array([[5, -5], [5, -5], [7, 7]]))
    assert np.all(found.weights == np.float32([13108, 13107, 13107, 13107, 13107]) / 65536)
    assert found.centres[:, 0].tolist() == pytest.approx([10 - 32767 / 1024, 20 + 2 * 32767 / 1024, 30])
    assert found.inverse_scales[:, 0].tolist() == pytest.approx([np.exp(7), np.exp(-5) / 2, 1 / 256])
    assert found.mean.tolist() == pytest.approx(found.centres[:, 0].tolist())
    assert found.expected_error.tolist() == pytest.approx((1.3862944 / found.inverse_scales[:, 0]).tolist(), rel=1e-4)


def test_links_take_the_nearest_channel_first() -> None:
    outputs = np.zeros((1, 25), np.int64)
    outputs[:, 15:20], outputs[:, 20:] = 1024, 512
    found = mixture(outputs, np.array([100]), np.array([[15]]), np.array([[6, -20]]))
    assert found.centres.tolist() == [[100 - 20 + 3] * 5]


def test_tables() -> None:
    assert len(INVERSE_SCALES) == SCALE_HIGH - SCALE_LOW + 1
    assert np.allclose(INVERSE_SCALES, np.exp(np.arange(-SCALE_LOW, -SCALE_HIGH - 1, -1) / 256), rtol=1e-7)
    assert np.array_equal(LOGARITHMS[1:], np.rint(128 * np.log2(np.arange(1, 4096))))
    digests = [hashlib.sha256(table.tobytes()).hexdigest()[:16] for table in (INVERSE_SCALES, LOGARITHMS)]
    assert digests == ["dc252f05f6a9cfe7", "1c057d09cdd7630f"]


@pytest.mark.parametrize("wrong", [{"width": 24}, {"blocks": -1}, {"hidden": 8}, {"width": True}, {"width": 2048}])
def test_configs_that_cannot_be(wrong: dict[str, int]) -> None:
    values = {"width": 32, "blocks": 1, "hidden": 32}
    assert PixelConfig.from_json(json.dumps(values)) == PixelConfig(32, 1, 32)
    with pytest.raises(ValueError, match="must be"):
        PixelConfig.from_json(json.dumps(values | wrong))
    with pytest.raises(ValueError, match="exactly these"):
        PixelConfig.from_json(json.dumps(values | {"more": 1}))
