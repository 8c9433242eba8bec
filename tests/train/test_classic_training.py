"""The classics in training: rounding is the exact definition, gradients are causal, runs learn and can be resumed."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from neucomp.exact.numpy_ops import NumpyOps  # noqa: E402
from neucomp.nets.layers import ExactLayers  # noqa: E402
from neucomp.train.classic_training import ClassicSettings, ClassicTraining, train  # noqa: E402
from neucomp.train.straight_layers import StraightLayers  # noqa: E402
from tests.helpers.classics import CLASSICS, LENGTH, symbols_for  # noqa: E402

SETTINGS = ClassicSettings(steps=30, rate=0.1, rounded=0.2, validations=3, averaged=5)


def straight(name: str, rounding: bool) -> StraightLayers:
    torch.manual_seed(3)
    classic, config = CLASSICS[name]
    layers = StraightLayers(classic.layers(config))
    with torch.no_grad():
        for parameter in layers.parameters():  # so large that limits are reached
            parameter.mul_(3).add_(0.1 * torch.randn_like(parameter))
    layers.rounding = rounding
    layers.prepare()
    return layers


@pytest.mark.parametrize("name", CLASSICS)
def test_rounded_layers_are_the_exact_ones(name: str) -> None:
    classic, config = CLASSICS[name]
    layers, symbols = straight(name, rounding=True), symbols_for(name, 1, 20).astype(np.int64)
    read = torch.from_numpy(symbols)
    found, _ = classic.read(layers, config, None, read.float() if classic.symbols == 2 else read)
    exact = ExactLayers(NumpyOps(), layers.tensors(), classic.layers(config))
    assert np.array_equal(found.detach().numpy(), classic.read(exact, config, None, symbols)[0])


@pytest.mark.parametrize("name", CLASSICS)
def test_rounding_moves_little(name: str) -> None:
    classic, config = CLASSICS[name]
    symbols = torch.from_numpy(symbols_for(name, 2, 20).astype(np.int64))
    read = symbols.float() if classic.symbols == 2 else symbols
    smooth, rounded = (classic.read(straight(name, rounding), config, None, read)[0] for rounding in (False, True))
    assert 0 < float((smooth - rounded).detach().abs().mean()) < 0.05 * float(smooth.detach().abs().mean())


@pytest.mark.parametrize("rounding", [False, True])
@pytest.mark.parametrize("name", ["fvsbn", "nade", "made"])
def test_gradients_of_images_are_causal(name: str, rounding: bool) -> None:
    classic, config = CLASSICS[name]
    layers = straight(name, rounding)
    read = torch.from_numpy(symbols_for(name, 3, 4)).float().requires_grad_()
    logits, _ = classic.read(layers, config, None, read)
    for place in range(LENGTH):
        gradient = torch.autograd.grad(logits[:, place].sum(), read, retain_graph=True, allow_unused=True)[0]
        if place == 0:
            assert gradient is None or not gradient.any()
        else:
            assert gradient[:, 1 : place + 1].any() and not gradient[:, place + 1 :].any()


@pytest.mark.parametrize("name", ["gru", "wavenet"])
def test_gradients_of_sequences_are_causal(name: str) -> None:
    classic, config = CLASSICS[name]
    layers = straight(name, rounding=False)
    read = torch.arange(LENGTH)[None]  # each symbol has a row of weights of its own
    logits, _ = classic.read(layers, config, None, read)
    for place in range(LENGTH):
        gradient = torch.autograd.grad(logits[:, place].sum(), layers.parameter("input"), retain_graph=True)[0]
        seen = gradient.abs().sum(0)[:LENGTH] > 0
        assert seen[place] and not seen[place + 1 :].any()


@pytest.mark.parametrize("name", ["made", "gru"])
def test_runs_learn_and_go_on(name: str) -> None:
    classic, config = CLASSICS[name]
    symbols = (torch.arange(LENGTH) % 3 % 2).expand(8, LENGTH)
    settings = replace(SETTINGS, matrix_rate=0.02 if name == "gru" else 0.0)
    whole = ClassicTraining(classic, config, settings)
    log = train(whole, lambda step: symbols, [symbols])
    assert [step for step, _, _ in log] == [10, 20, 30] and log[-1][2] < 0.9 * log[0][1]
    first = ClassicTraining(classic, config, settings)
    for _ in range(12):
        first.advance(symbols)
    second = ClassicTraining(classic, config, settings)
    second.from_dict(first.to_dict())
    train(second, lambda step: symbols, [symbols])
    networks = [run.export({}) for run in (whole, second)]
    assert networks[0].identity == networks[1].identity
