"""The gated PixelCNN: the same integers pixel by pixel and all at once, on all backends, in any company; causality."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.exact.ops import Ops
from neucomp.nets.gated_pixelcnn import GatedPixelCNN, GatedPixelCNNConfig, GatedPixelCNNNetwork
from tests.helpers.backends import BACKENDS
from tests.helpers.tile_networks import GATED, new_gated_model, new_gated_network, new_images


def step_by_step(ops: Ops, network: GatedPixelCNNNetwork, images: np.ndarray) -> np.ndarray:
    """Outputs (lanes, height, width, outputs)."""
    lanes, height, width, _ = images.shape
    net = GatedPixelCNN(ops, network, lanes, width)
    outputs = np.empty((lanes, height, width, 10 * network.config.logistics), np.int64)
    for row in range(height):
        net.begin_row(row)
        for column in range(width):
            outputs[:, row, column] = ops.fetch(net.predict(row, column))
            net.put(row, column, images[:, row, column])
    return outputs


@given(
    seed=st.integers(0, 99),
    gain=st.sampled_from([0.5, 1.6, 4.0]),
    layers=st.integers(1, 4),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
)
@settings(max_examples=10, deadline=None)
def test_pixel_by_pixel_is_all_at_once(seed: int, gain: float, layers: int, height: int, width: int) -> None:
    config = GatedPixelCNNConfig(8, layers, 2)
    images = new_images(3, height, width, seed)
    model = new_gated_model(seed, gain, config)
    model.rounding = True
    with torch.no_grad():
        outputs = model(torch.from_numpy(images).permute(0, 3, 1, 2).float())
    together = (outputs.double() * 256).round().long().permute(0, 2, 3, 1).numpy()
    assert np.array_equal(step_by_step(NumpyOps(), new_gated_network(seed, gain, config), images), together)


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_backends_agree(backend: str) -> None:
    images, network = new_images(5, 8, 6), new_gated_network()
    expected = step_by_step(NumpyOps(), network, images)
    assert np.array_equal(step_by_step(BACKENDS[backend](), network, images), expected)


def test_images_do_not_depend_on_each_other() -> None:
    images, network = new_images(7, 5, 8), new_gated_network(1)
    together = step_by_step(NumpyOps(), network, images)
    alone = np.concatenate([step_by_step(NumpyOps(), network, images[i : i + 1]) for i in range(7)])
    assert np.array_equal(alone, together)


@given(row=st.integers(0, 7), column=st.integers(0, 7), channel=st.integers(0, 2))
@settings(max_examples=10, deadline=None)
def test_only_the_past_counts(row: int, column: int, channel: int) -> None:
    """A change of a sample changes nothing up to its own pixel; and something later, unless there is nothing."""
    images = new_images(1, 8, 8, 5)
    images[0] = np.random.default_rng(5).integers(0, 256, images[0].shape)
    changed = images.copy()
    changed[0, row, column, channel] ^= 0x80
    network = new_gated_network(3)
    before, after = (step_by_step(NumpyOps(), network, each)[0].reshape(64, -1) for each in (images, changed))
    place = 8 * row + column
    assert np.array_equal(before[: place + 1], after[: place + 1])
    assert place == 63 or not np.array_equal(before[place + 1 :], after[place + 1 :])


def test_gradients_come_from_the_past_and_nothing_there_is_out_of_sight() -> None:
    model = new_gated_model(2, 1.0)
    samples = torch.randint(0, 256, (1, 3, 9, 9)).float().requires_grad_()
    model(samples)[0, :, 4, 4].sum().backward()
    assert samples.grad is not None
    seen = (samples.grad[0] != 0).any(0)
    assert not seen[4, 4:].any() and not seen[5:].any()
    assert seen[4, 1:4].all() and seen[3, 1:8].all() and seen[2, 1:8].all()


def test_configs_are_checked() -> None:
    assert GatedPixelCNNConfig.from_json(GATED.to_json()) == GATED
    for changed in (
        {"filters": 7},
        {"filters": 257},
        {"layers": 0},
        {"layers": 21},
        {"logistics": 17},
        {"layers": 2.0},
    ):
        with pytest.raises(ValueError):
            GatedPixelCNNConfig.from_json(json.dumps(json.loads(GATED.to_json()) | changed))
