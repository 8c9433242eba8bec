"""PixelCNN++; what it has in common with the gated PixelCNN is tested in test_lockstep.py."""

import json

import numpy as np
import pytest

from neucomp.errors import CorruptDataError
from neucomp.nets.pixelcnnpp import PixelCNNppConfig, elu_table, tensor_specs
from neucomp.nets.pixelcnnpp_weights import make_pixelcnnpp
from tests.helpers.tile_networks import CONFIG, new_network


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
