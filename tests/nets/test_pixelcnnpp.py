"""PixelCNN++: the same integers pixel by pixel and all at once, on all backends, in any company; causality."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.errors import CorruptDataError
from neucomp.exact.numpy_ops import NumpyOps
from neucomp.exact.ops import Ops
from neucomp.nets.pixelcnnpp import PixelCNNpp, PixelCNNppConfig, elu_table, tensor_specs
from neucomp.nets.pixelcnnpp_weights import PixelCNNppNetwork, make_pixelcnnpp
from tests.helpers.backends import BACKENDS
from tests.helpers.tile_networks import CONFIG, new_images, new_model, new_network


def step_by_step(ops: Ops, network: PixelCNNppNetwork, images: np.ndarray) -> np.ndarray:
    """Outputs (lanes, height, width, outputs)."""
    lanes, height, width, _ = images.shape
    net = PixelCNNpp(ops, network, lanes, width)
    outputs = np.empty((lanes, height, width, 10 * network.config.logistics), np.int64)
    for row in range(height):
        net.begin_row(row)
        for column in range(width):
            outputs[:, row, column] = ops.fetch(net.predict(row, column))
            net.put(row, column, images[:, row, column])
    return outputs


def all_at_once(seed: int, gain: float, config: PixelCNNppConfig, images: np.ndarray) -> np.ndarray:
    """The same by the model in training, with rounding, which reads rows by fours. Images have columns by fours."""
    model = new_model(seed, gain, config)
    model.rounding = True
    height = images.shape[1]
    padded = np.pad(images, ((0, 0), (0, -height % 4), (0, 0), (0, 0)))
    with torch.no_grad():
        outputs = model(torch.from_numpy(padded).permute(0, 3, 1, 2).float())
    return (outputs.double() * 256).round().long().permute(0, 2, 3, 1).numpy()[:, :height]


@given(
    seed=st.integers(0, 99),
    gain=st.sampled_from([0.5, 1.6, 4.0]),
    blocks=st.tuples(*[st.integers(1, 2)] * 3),
    height=st.integers(1, 9),
    width=st.sampled_from([4, 8, 12]),
)
@settings(max_examples=8, deadline=None)
def test_pixel_by_pixel_is_all_at_once(
    seed: int, gain: float, blocks: tuple[int, int, int], height: int, width: int
) -> None:
    config = PixelCNNppConfig(8, blocks, 2)
    images = new_images(3, height, width, seed)
    found = step_by_step(NumpyOps(), new_network(seed, gain, config), images)
    assert np.array_equal(found, all_at_once(seed, gain, config, images))


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_backends_agree(backend: str) -> None:
    images, network = new_images(5, 8, 6), new_network()
    expected = step_by_step(NumpyOps(), network, images)
    assert np.array_equal(step_by_step(BACKENDS[backend](), network, images), expected)


def test_images_do_not_depend_on_each_other() -> None:
    images, network = new_images(7, 5, 8), new_network(1)
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
    network = new_network(3)
    before, after = (step_by_step(NumpyOps(), network, each)[0].reshape(64, -1) for each in (images, changed))
    place = 8 * row + column
    assert np.array_equal(before[: place + 1], after[: place + 1])
    assert place == 63 or not np.array_equal(before[place + 1 :], after[place + 1 :])


def test_gradients_come_from_the_past_and_from_all_of_it_that_is_near() -> None:
    model = new_model(2, 1.0)
    samples = torch.randint(0, 256, (1, 3, 8, 8)).float().requires_grad_()
    model(samples)[0, :, 4, 4].sum().backward()
    assert samples.grad is not None
    seen = (samples.grad[0] != 0).any(0)
    assert not seen[4, 4:].any() and not seen[5:].any()
    assert seen[4, :4].all() and seen[3, 1:].all() and seen[2, 2:7].all()


def test_elu() -> None:
    table = elu_table()
    x = np.arange(-4095, 4096) / 256
    elu = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
    assert np.abs(table / 64 - elu).max() <= 0.5 / 64 + 1 / 64 * (elu.max() > 1023 / 64)
    assert table.min() == -64 and table.max() == 1023


def test_configs_are_checked() -> None:
    assert PixelCNNppConfig.from_json(CONFIG.to_json()) == CONFIG
    for changed in ({"filters": 12}, {"filters": 0}, {"blocks": [1, 1]}, {"blocks": [1, 1, 9]}, {"logistics": 17}):
        with pytest.raises(ValueError):
            PixelCNNppConfig.from_json(json.dumps(json.loads(CONFIG.to_json()) | changed))
    for text in ("[]", "{}", "{" * 100_000, '{"filters": 8, "blocks": 5, "logistics": 3}'):
        with pytest.raises(ValueError):
            PixelCNNppConfig.from_json(text)


def test_weights_that_could_sum_inexactly_are_refused() -> None:
    tensors = dict(new_network().tensors)
    name = next(name for name, spec in tensor_specs(CONFIG).items() if spec.largest_input == 1023)
    # 127 * 1023 * 130 is above 2**24; no layer of this network is as wide, so the inputs' limit is what gives way.
    wide = PixelCNNppConfig(64, (1, 1, 1), 3)
    specs = tensor_specs(wide)
    tensors = {key: np.full(spec.shape, min(127, spec.high), spec.dtype) for key, spec in specs.items()}
    assert name in tensors
    with pytest.raises(CorruptDataError, match="above 2\\*\\*24"):
        make_pixelcnnpp(wide, tensors, {})
