"""Training with rounding computes the exact definition; its gradients are those of the float twin."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from neucomp.exact.numpy_ops import NumpyOps  # noqa: E402
from neucomp.nets.rows import find_rows  # noqa: E402
from neucomp.nets.transformer import TransformerConfig, forward, new_state  # noqa: E402
from neucomp.train.corpus import LOOK_BACK, read_windows  # noqa: E402
from neucomp.train.export import choose_table_steps, export_weights, import_weights  # noqa: E402
from neucomp.train.float_transformer import FloatTransformer, new_tables, slopes  # noqa: E402

CONFIG = TransformerConfig(32, (6,) * 8, heads=2, hidden=48, layers=2, window=16, exits=(0, 1, 2))


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.manual_seed(1)
    torch.set_num_threads(1)


def random_model(gain: float) -> tuple[FloatTransformer, torch.Tensor]:
    """A model and its tables, with large weights where `gain` is large, so that every limit is met."""
    model = FloatTransformer(CONFIG)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * gain * (0.3 if parameter.ndim == 2 else 1))
    return model, torch.randn_like(new_tables(CONFIG)) * gain


def random_windows(count: int, length: int) -> np.ndarray:
    letters = np.frombuffer(b"ab T.\xe9", np.uint8)
    return np.random.default_rng(0).choice(letters, (count, LOOK_BACK + length + 1))


@pytest.mark.parametrize("gain", [0.1, 1, 10])
def test_rounded_logits_are_those_of_the_exact_network(gain: float) -> None:
    model, tables = random_model(gain)
    steps = choose_table_steps(CONFIG, tables)
    network = export_weights(model, tables, steps, {})
    windows = random_windows(3, 40)
    read = read_windows(windows, CONFIG.table_bits)
    rows = model.rounded.table_rows(tables[torch.from_numpy(read.rows)], steps)
    logits = model(torch.from_numpy(read.symbols), rows, True)
    for depth, got in zip(CONFIG.exits, logits, strict=True):
        state = new_state(NumpyOps(), network, len(windows), depth)
        find_rows(windows[:, :LOOK_BACK], state.readers, CONFIG.table_bits)
        expected = forward(state, windows[:, LOOK_BACK:-1])
        assert np.array_equal(got.detach().double().numpy() * 256, expected)


def test_smooth_is_near_rounded_in_values_and_gradients() -> None:
    model, tables = random_model(0.3)
    steps = choose_table_steps(CONFIG, tables)
    read = read_windows(random_windows(2, 40), CONFIG.table_bits)
    results = []
    for rounding in (False, True):
        rows = tables[torch.from_numpy(read.rows)].requires_grad_()
        model.zero_grad()
        symbols, targets = torch.from_numpy(read.symbols), torch.from_numpy(read.targets)
        losses = model.losses(symbols, rows, torch.ones(1), steps, targets, rounding)
        losses.sum().backward()
        gradients = [parameter.grad for parameter in model.parameters()] + [rows.grad]
        results.append((losses.detach(), gradients))
    (smooth, smooth_gradients), (rounded, rounded_gradients) = results
    assert (smooth - rounded).abs().max() < 0.05
    for one, other in zip(smooth_gradients, rounded_gradients, strict=True):
        assert torch.cosine_similarity(one.flatten(), other.flatten(), 0) > 0.9


def test_weights_of_a_network_can_be_trained_on() -> None:
    model, tables = random_model(1)
    network = export_weights(model, tables, choose_table_steps(CONFIG, tables), {})
    other, other_tables = FloatTransformer(CONFIG), new_tables(CONFIG)
    import_weights(network, other, other_tables)
    steps = torch.from_numpy(network.tensors["table_steps"]).float()[:, None]
    again = export_weights(other, other_tables, steps, {})
    for name, tensor in network.tensors.items():
        if name.endswith("_scale"):
            assert np.abs(again.tensors[name] / np.maximum(tensor, 1) - 1).max() < 0.02, name
        else:
            assert np.abs(again.tensors[name].astype(np.int64) - tensor).max() <= 1, name


def test_slopes() -> None:
    assert slopes(4) == [64, 16, 4, 1]
    assert slopes(2) == [64, 1]
    assert slopes(1) == [64]
