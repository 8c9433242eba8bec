"""The definition of the WaveNet: the same integers on all backends and in blocks of all sizes, tables, configs."""

import hashlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.kernels.wave_constants import LOGISTIC, OUTPUTS, TANH
from neucomp.nets.wave_weights import proof_wave_network
from neucomp.nets.wavenet import WaveConfig, WaveState, advance, mixture, output_ranges
from tests.helpers.backends import BACKENDS
from tests.helpers.wave_steps import by_definition, make_features

NETWORK = proof_wave_network()


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_backends_agree(backend: str) -> None:
    features = make_features(1, 3, 60)
    assert np.array_equal(by_definition(NETWORK, features, BACKENDS[backend]()), by_definition(NETWORK, features))


@given(st.integers(0, 40), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=20)
def test_blocks_of_all_sizes_agree(split: int, seed: int) -> None:
    features = make_features(seed, 2, 40)
    assert np.array_equal(by_definition(NETWORK, features, split=split), by_definition(NETWORK, features))


def test_lanes_do_not_depend_on_each_other() -> None:
    features = make_features(2, 4, 30)
    alone = np.concatenate([by_definition(NETWORK, lane[None]) for lane in features])
    assert np.array_equal(alone, by_definition(NETWORK, features))


@pytest.mark.parametrize("frame", [0, 7, 39])
def test_is_causal_and_sees_as_far_as_it_should(frame: int) -> None:
    features = make_features(3, 1, 40)
    changed = features.copy()
    changed[0, frame] = -changed[0, frame]
    moved = (by_definition(NETWORK, features) != by_definition(NETWORK, changed)).any(-1)[0]
    last = frame + sum(NETWORK.config.dilations)
    assert not moved[:frame].any() and not moved[last + 1 :].any()
    assert moved[frame : last + 1].mean() > 0.7


def test_mixture() -> None:
    low, high = output_ranges()
    outputs = np.stack([low, high, np.zeros_like(low)])
    found = mixture(outputs, np.float32([1, 2, 256]))
    assert np.all(found.weights == np.float32(0.25))
    assert found.centres[:, 0].tolist() == pytest.approx([-32767 / 1024, 2 * 32767 / 1024, 0])
    assert found.inverse_scales[:, 0].tolist() == pytest.approx([np.exp(7), np.exp(-5) / 2, 1 / 256])
    uneven = np.zeros((1, OUTPUTS), np.int64)
    uneven[0, :4] = 0, 256, 512, -9999
    weights = mixture(uneven, np.float32([1])).weights[0]
    assert weights.sum() == 1 and np.all(weights * 65536 % 1 == 0)
    assert weights.tolist() == pytest.approx((np.exp([0, 1, 2, -39]) / np.exp([0, 1, 2]).sum()).tolist(), abs=1e-4)


def test_tables() -> None:
    x = np.arange(-2047, 2048) / 256
    assert np.array_equal(TANH, np.rint(1024 * np.tanh(x)).clip(-1023, 1023))
    assert np.array_equal(LOGISTIC, np.rint(1024 / (1 + np.exp(-x))))
    assert np.array_equal(TANH, -TANH[::-1]) and np.all(np.diff(TANH) >= 0)
    digests = [hashlib.sha256(table.tobytes()).hexdigest()[:16] for table in (TANH, LOGISTIC)]
    assert digests == ["edf9c444debc8063", "c2f7265b9e6de7c8"]


@pytest.mark.parametrize("wrong", [{"width": 24}, {"width": 272}, {"width": True}])
@pytest.mark.parametrize("dilations", [[], [0], [1, 5000], [True], [1] * 33, "1", [1.0]])
def test_configs_that_cannot_be(wrong: dict[str, int], dilations: object) -> None:
    values = {"width": 32, "dilations": [1, 2]}
    config = WaveConfig.from_json(json.dumps(values))
    assert config == WaveConfig(32, (1, 2)) and WaveConfig.from_json(config.to_json()) == config
    for change in (wrong, {"dilations": dilations}):
        with pytest.raises(ValueError, match="must be"):
            WaveConfig.from_json(json.dumps(values | change))
    with pytest.raises(ValueError, match="exactly these"):
        WaveConfig.from_json(json.dumps(values | {"more": 1}))


def test_products() -> None:
    config = NETWORK.config
    matrices = [tensor for tensor in NETWORK.tensors.values() if tensor.ndim == 2]
    assert config.products == sum(matrix.size for matrix in matrices)


def test_memory_is_of_a_size() -> None:
    state = WaveState(NumpyOps(), NETWORK)
    for frames in (1, 5, 2):
        advance(state, make_features(frames, 1, frames))
        assert [memory.shape[1] for memory in state.memory] == list(NETWORK.config.dilations)
