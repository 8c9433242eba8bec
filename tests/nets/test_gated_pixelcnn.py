"""The gated PixelCNN; what it has in common with PixelCNN++ is tested in test_lockstep.py."""

import json

import numpy as np
import pytest
import torch

from neucomp.errors import CorruptDataError
from neucomp.nets.gated_pixelcnn import ARCHITECTURE, GatedPixelCNNConfig, tensor_specs
from tests.helpers.tile_networks import GATED, new_gated_model


def test_nothing_of_the_past_is_out_of_sight() -> None:
    """Masked kernels of a single stack would leave out what is above to the right."""
    model = new_gated_model(2, 1.0)
    samples = torch.randint(0, 256, (1, 3, 9, 9)).float().requires_grad_()
    model(samples)[0, :, 4, 4].sum().backward()
    assert samples.grad is not None
    seen = (samples.grad[0] != 0).any(0)
    assert seen[3, 1:8].all() and seen[2, 1:8].all() and seen[4, 1:4].all()


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


def test_weights_that_could_sum_inexactly_are_refused() -> None:
    wide = GatedPixelCNNConfig(64, 1, 3)
    tensors = {key: np.full(spec.shape, min(127, spec.high), spec.dtype) for key, spec in tensor_specs(wide).items()}
    with pytest.raises(CorruptDataError, match="above 2\\*\\*24"):
        ARCHITECTURE.make(wide, tensors, {})
