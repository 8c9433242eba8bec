"""The compiled WaveNet: the numbers of the definition, sample by sample, for each channel on its own."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels.wave_constants import OUTPUTS
from neucomp.kernels.wave_network import CENTRE, INVERSE, WEIGHT
from neucomp.nets.wave_state import blank_wave_step, new_wave_step
from neucomp.nets.wave_weights import bundled_wave_network, proof_wave_network
from neucomp.nets.wavenet import mixture
from tests.helpers.wave_steps import by_definition, by_steps, make_features

NETWORK = proof_wave_network()


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 40), st.floats(1e-6, 1e9))
@settings(deadline=None, max_examples=30)
def test_is_the_definition(seed: int, channels: int, frames: int, usual: float) -> None:
    features = make_features(seed, channels, frames)
    outputs, mixtures = by_steps(NETWORK, features, usual)
    assert np.array_equal(outputs, by_definition(NETWORK, features))
    expected = mixture(outputs.reshape(-1, OUTPUTS), np.full(channels * frames, usual, np.float32))
    found = mixtures.reshape(-1, 3, OUTPUTS // 3)
    assert np.array_equal(found[:, WEIGHT], expected.weights)
    assert np.array_equal(found[:, CENTRE], expected.centres)
    assert np.array_equal(found[:, INVERSE], expected.inverse_scales)


def test_the_network_that_ships_is_the_definition() -> None:
    network = bundled_wave_network("audio")
    features = make_features(5, 2, 300)
    assert np.array_equal(by_steps(network, features, 1.0)[0], by_definition(network, features))


def test_mixtures_make_sense() -> None:
    _, mixtures = by_steps(NETWORK, make_features(3, 1, 300), 7.0)
    assert np.isfinite(mixtures).all()
    assert np.all(mixtures[..., WEIGHT, :].sum(-1) == 1) and np.all(mixtures[..., INVERSE, :] > 0)


def test_the_proof_network_uses_its_range() -> None:
    outputs, _ = by_steps(NETWORK, make_features(4, 1, 300), 1.0)
    assert all(len(np.unique(outputs[..., place])) > 100 for place in range(OUTPUTS))


def test_rings_hold_what_the_dilations_need() -> None:
    step = new_wave_step(NETWORK, 2)
    assert step.rings.shape == (2, sum(NETWORK.config.dilations), NETWORK.config.width)
    assert blank_wave_step().rings.shape[0] == 0
