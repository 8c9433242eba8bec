"""What is exported keeps its bounds, whatever the weights are."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from neucomp.exact.bounds import LARGEST_SUM  # noqa: E402
from neucomp.nets.transformer import TransformerConfig, tensor_specs  # noqa: E402
from neucomp.nets.weights import load_network, save_network  # noqa: E402
from neucomp.train.arithmetic import INPUT, RESIDUAL, SCALE_ONE, quantize_matrix  # noqa: E402
from neucomp.train.export import choose_table_steps, export_weights  # noqa: E402
from neucomp.train.float_transformer import FloatTransformer, new_tables  # noqa: E402

CONFIG = TransformerConfig(512, (4,) * 8, heads=4, hidden=600, layers=1, window=16, exits=(0, 1))


@pytest.mark.parametrize("value", [0.0, 1e-9, 1.0, -1e6])
def test_bounds_hold_for_all_weights(value: float, tmp_path: Path) -> None:
    model, tables = FloatTransformer(CONFIG), torch.full_like(new_tables(CONFIG), value)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(value)
    network = export_weights(model, tables, choose_table_steps(CONFIG, tables), {"made": "for a test"})
    save_network(tmp_path / "net", network)
    assert [path.name for path in tmp_path.iterdir()] == ["net"]
    loaded = load_network(tmp_path / "net")
    assert loaded.identity == network.identity and loaded.provenance == {"made": "for a test"}
    for name, spec in tensor_specs(CONFIG).items():
        assert np.array_equal(loaded.tensors[name], network.tensors[name])
        if spec.largest_input and value in (1.0, -1e6):
            sums = np.abs(loaded.tensors[name].astype(np.int64)).sum(1) * spec.largest_input
            assert (
                0.9 * LARGEST_SUM < sums.max() <= LARGEST_SUM
                or sums.max() == 127 * len(loaded.tensors[name][0]) * spec.largest_input
            )


def test_quantized_matrix_is_near_the_matrix() -> None:
    matrix = torch.randn(20, 300)
    integers, scale = quantize_matrix(matrix, INPUT, RESIDUAL)
    near = integers * scale[:, None] * (INPUT.unit / RESIDUAL.unit / SCALE_ONE)
    largest = matrix.abs().amax(1, keepdim=True)
    assert ((near - matrix).abs() / largest).max() < 0.51 / 90
    assert integers.abs().max() == 127 or integers.abs().sum(1).max() * INPUT.limit > 0.9 * LARGEST_SUM


def test_tables_are_coarser_until_they_are_small_enough() -> None:
    config = TransformerConfig(64, (8,) * 8, heads=1, hidden=1, layers=0, window=1, exits=(0,))
    tables = torch.randn_like(new_tables(config), generator=torch.manual_seed(2))
    tables[100:200] = 0
    fine, coarse = choose_table_steps(config, tables), choose_table_steps(config, tables, 4000)
    assert fine.shape == (8, 1) and (fine == fine.round()).all()
    assert fine[1:].flatten().tolist() == pytest.approx([128] * 7, rel=0.05)
    assert (coarse > 1.5 * fine).all()
    assert (choose_table_steps(config, tables, 1) < 6 * fine).all(), "tables cannot get arbitrarily small"
