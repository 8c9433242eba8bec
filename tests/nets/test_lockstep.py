"""Networks over images in lockstep: the same integers pixel by pixel and all at once, on all backends, in any company;
causality."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.exact.ops import Ops
from neucomp.nets.gated_pixelcnn import GatedPixelCNN, GatedPixelCNNConfig
from neucomp.nets.lockstep import Lockstep
from neucomp.nets.networks import Network
from neucomp.nets.pixelcnnpp import PixelCNNpp, PixelCNNppConfig
from neucomp.train.float_lockstep import FloatLockstep
from tests.helpers.backends import BACKENDS
from tests.helpers.tile_networks import new_gated_model, new_gated_network, new_images, new_model, new_network


class Kind(NamedTuple):
    """Of networks: the definition, those that nobody has trained, in integers and in training, and some sizes."""

    definition: Callable[[Ops, Network[Any], int, int], Lockstep]
    network: Callable[..., Network[Any]]
    model: Callable[..., FloatLockstep]
    configs: tuple[Any, ...]


KINDS = {
    "pixelcnn++": Kind(
        PixelCNNpp,
        new_network,
        new_model,
        tuple(PixelCNNppConfig(8, blocks, 2) for blocks in ((1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2), (2, 2, 2))),
    ),
    "gated": Kind(
        GatedPixelCNN, new_gated_network, new_gated_model, tuple(GatedPixelCNNConfig(8, n, 2) for n in range(1, 5))
    ),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def step_by_step(kind: Kind, ops: Ops, network: Network[Any], images: np.ndarray) -> np.ndarray:
    """Outputs (lanes, height, width, outputs)."""
    lanes, height, width, _ = images.shape
    net = kind.definition(ops, network, lanes, width)
    outputs = np.empty((lanes, height, width, 10 * network.config.logistics), np.int64)
    for row in range(height):
        net.begin_row(row)
        for column in range(width):
            outputs[:, row, column] = ops.fetch(net.predict(row, column))
            net.put(row, column, images[:, row, column])
    return outputs


def all_at_once(model: FloatLockstep, images: np.ndarray) -> np.ndarray:
    """The same by a model in training, with rounding, which may read rows by fours."""
    model.rounding = True
    height = images.shape[1]
    padded = np.pad(images, ((0, 0), (0, -height % 4), (0, 0), (0, 0)))
    with torch.no_grad():
        outputs = model(torch.from_numpy(padded).permute(0, 3, 1, 2).float())
    return (outputs.double() * 256).round().long().permute(0, 2, 3, 1).numpy()[:, :height]


@given(
    name=st.sampled_from(list(KINDS)),
    number=st.integers(0, 3),
    seed=st.integers(0, 99),
    gain=st.sampled_from([0.5, 1.6, 4.0]),
    height=st.integers(1, 9),
    width=st.sampled_from([4, 8, 12]),
)
@settings(max_examples=16, deadline=None)
def test_pixel_by_pixel_is_all_at_once(name: str, number: int, seed: int, gain: float, height: int, width: int) -> None:
    kind = KINDS[name]
    config = kind.configs[(seed + number) % len(kind.configs)]
    images = new_images(3, height, width, seed)
    found = step_by_step(kind, NumpyOps(), kind.network(seed, gain, config), images)
    assert np.array_equal(found, all_at_once(kind.model(seed, gain, config), images))


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_backends_agree(kind: Kind, backend: str) -> None:
    images, network = new_images(5, 8, 6), kind.network()
    expected = step_by_step(kind, NumpyOps(), network, images)
    assert np.array_equal(step_by_step(kind, BACKENDS[backend](), network, images), expected)


def test_images_do_not_depend_on_each_other(kind: Kind) -> None:
    images, network = new_images(7, 5, 8), kind.network(1)
    together = step_by_step(kind, NumpyOps(), network, images)
    alone = np.concatenate([step_by_step(kind, NumpyOps(), network, images[i : i + 1]) for i in range(7)])
    assert np.array_equal(alone, together)


@given(name=st.sampled_from(list(KINDS)), row=st.integers(0, 7), column=st.integers(0, 7), channel=st.integers(0, 2))
@settings(max_examples=16, deadline=None)
def test_only_the_past_counts(name: str, row: int, column: int, channel: int) -> None:
    """A change of a sample changes nothing up to its own pixel; and something later, unless there is nothing."""
    kind = KINDS[name]
    images = new_images(1, 8, 8, 5)
    images[0] = np.random.default_rng(5).integers(0, 256, images[0].shape)
    changed = images.copy()
    changed[0, row, column, channel] ^= 0x80
    network = kind.network(3)
    before, after = (step_by_step(kind, NumpyOps(), network, each)[0].reshape(64, -1) for each in (images, changed))
    place = 8 * row + column
    assert np.array_equal(before[: place + 1], after[: place + 1])
    assert place == 63 or not np.array_equal(before[place + 1 :], after[place + 1 :])


def test_gradients_come_from_the_past_and_from_all_of_it_that_is_near(kind: Kind) -> None:
    model = kind.model(2, 1.0)
    samples = torch.randint(0, 256, (1, 3, 8, 8)).float().requires_grad_()
    model(samples)[0, :, 4, 4].sum().backward()
    assert samples.grad is not None
    seen = (samples.grad[0] != 0).any(0)
    assert not seen[4, 4:].any() and not seen[5:].any()
    assert seen[4, 1:4].all() and seen[3, 1:].all() and seen[2, 2:7].all()
