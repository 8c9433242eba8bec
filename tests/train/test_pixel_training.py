"""The pixel network in training: rounding is the exact definition, runs can be interrupted, what they write."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")

from neucomp.exact.numpy_ops import NumpyOps  # noqa: E402
from neucomp.nets.networks import Network  # noqa: E402
from neucomp.nets.pixel_weights import PixelNetwork, load_pixel_network, make_pixel_network  # noqa: E402
from neucomp.nets.pixelcnn import PixelConfig, PixelState, head, mixture, output_ranges, relate, trunk  # noqa: E402
from neucomp.train.loop import Run  # noqa: E402
from neucomp.train.pictures import make_pool  # noqa: E402
from neucomp.train.pixel_export import export_pixel_network, import_pixel_network  # noqa: E402
from neucomp.train.pixel_network import FloatPixelNetwork, Pixels  # noqa: E402
from neucomp.train.pixel_training import draw  # noqa: E402
from neucomp.train.pixel_validation import exact_cost  # noqa: E402
from neucomp.train.settings import PixelSettings  # noqa: E402
from neucomp.train.sources import Source  # noqa: E402
from neucomp.train.start import new_run, resumed_run  # noqa: E402

CONFIG = PixelConfig(16, 1, 32)
STEPS = 40
SETTINGS = PixelSettings(bytes_seen=STEPS * 3 * 512, batch=512, warmup_steps=5, rounded=0.2, validations=2, seed=3)
OPTIONS: dict[str, Any] = {"threads": 1, "compiling": False}


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.manual_seed(1)
    torch.set_num_threads(1)


def make_picture(seed: int) -> np.ndarray:
    """Waves and some noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:48, :50] / random.uniform(3, 9)
    waves = 128 + 80 * np.sin(y + random.uniform(0, 6)) * np.cos(x)
    return np.clip(waves[..., None] + random.normal(0, 3, (48, 50, 3)), 0, 255).astype(np.uint8)


@pytest.fixture
def sources(tmp_path: Path) -> list[Source]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for n in range(4):
        Image.fromarray(make_picture(n)).save(folder / f"{n}.png")
    return [Source("waves", folder)]


def random_pixels(count: int) -> Pixels:
    random = np.random.default_rng(5)
    wild = random.integers(0, 256, (30, 30, 3)) * random.choice([0, 0.01, 0.3, 1], (30, 1, 1))
    return draw(make_pool([wild.astype(np.uint8)]), count, (0, 0), changing=True)


def random_model(gain: float, pixels: Pixels) -> FloatPixelNetwork:
    model = FloatPixelNetwork(CONFIG)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(gain)
    model.choose_limits(pixels)
    model.rounding = True
    return model


@pytest.mark.parametrize("gain", [0.3, 1, 4])
def test_rounded_outputs_are_those_of_the_exact_network(gain: float) -> None:
    pixels = random_pixels(500)
    model = random_model(gain, pixels)
    network = export_pixel_network(model, {})
    differences = (pixels.targets - pixels.medians).long().numpy()
    activity = (15 * pixels.activity).round().long().numpy()
    state = PixelState(NumpyOps(), network)
    h = trunk(state, (96 * pixels.features).round().long().numpy())
    mixtures = model(pixels.features, (pixels.targets - pixels.medians)[:, :2], pixels.activity)
    for channel, got in enumerate(mixtures):
        outputs = head(state, h, channel, relate(differences[:, :channel], activity))
        low, high = output_ranges(channel)
        logits = (256 * got.logits.detach()).round().long().numpy().clip(low[:5], high[:5])
        assert np.array_equal(logits, outputs[:, :5])
        assert np.array_equal((256 * got.log_scales.detach()).round().long().numpy(), outputs[:, 10:15])
        exact = mixture(outputs, pixels.medians[:, channel].long().numpy(), activity, differences[:, :channel])
        centres = (pixels.medians[:, channel, None] + pixels.activity * got.means).detach().numpy()
        assert np.allclose(centres, exact.centres, atol=1e-3 * max(1, np.abs(exact.centres).max()))


def test_smooth_is_near_rounded_in_values_and_gradients() -> None:
    pixels = random_pixels(2000)
    model = random_model(1, pixels)
    results = []
    for rounding in (False, True):
        model.rounding = rounding
        model.zero_grad()
        losses = model.losses(pixels)
        losses.mean().backward()
        results.append((losses.mean().item(), [parameter.grad.flatten() for parameter in model.parameters()]))
    (smooth, gradients), (rounded, others) = results
    assert rounded == pytest.approx(smooth, rel=0.01)
    for one, other in zip(gradients, others, strict=True):
        assert torch.cosine_similarity(one, other, 0) > 0.95
    assert exact_cost(export_pixel_network(model, {}), pixels) * np.log(2) == pytest.approx(rounded, abs=1e-4)


def test_what_is_not_rounded_is_not_exported() -> None:
    with pytest.raises(ValueError, match="begin rounding first"):
        export_pixel_network(FloatPixelNetwork(CONFIG), {})


def test_weights_of_a_network_can_be_trained_on() -> None:
    pixels = random_pixels(500)
    network = export_pixel_network(random_model(1, pixels), {})
    model = FloatPixelNetwork(CONFIG)
    import_pixel_network(network, model)
    model.choose_limits(pixels)
    model.rounding = True
    again = export_pixel_network(model, {})
    for name, tensor in network.tensors.items():
        if name.endswith("_scale"):
            continue  # what activations count is chosen anew
        assert np.abs(again.tensors[name].astype(np.int64) - tensor).max() <= 1 + np.abs(tensor).max() / 100, name
    assert exact_cost(again, pixels) == pytest.approx(exact_cost(network, pixels), rel=0.01)


def trained(run: Run) -> PixelNetwork:
    network = run.go()
    assert isinstance(network, Network) and isinstance(network.config, PixelConfig)
    return network


def test_a_run_learns_and_writes_what_it_learned(sources: list[Source], tmp_path: Path) -> None:
    seen: list[int] = []
    run = new_run(tmp_path / "net", sources, CONFIG, SETTINGS, **OPTIONS)
    network = run.go(tick=seen.append)
    assert network is not None and sum(seen) == SETTINGS.bytes_seen
    assert load_pixel_network(tmp_path / "net").identity == network.identity
    assert [point.bytes_seen for point in run.history] == [SETTINGS.bytes_seen // 2, SETTINGS.bytes_seen]
    first, last = run.history
    assert last.validation["waves"][0] < first.validation["waves"][0] < 8
    assert network.provenance["data"] == "waves 0.01 Mpixel x 1.000"
    words = network.provenance["validation waves"].split()
    assert float(words[0]) == pytest.approx(float(words[-1]), abs=0.002), (
        "training with rounding costs what coding does"
    )


def test_a_run_with_stops_gives_the_weights_of_one_without(sources: list[Source], tmp_path: Path) -> None:
    whole = trained(new_run(tmp_path / "whole", sources, CONFIG, SETTINGS, **OPTIONS))
    run = new_run(tmp_path / "parts", sources, CONFIG, SETTINGS, **OPTIONS)
    # Before limits, where they begin, before rounding, where it begins, in it.
    for stop in (1, 20, 21, 31, 32, 33, STEPS - 1):
        assert run.go(should_stop=lambda: run.training.step == stop) is None  # noqa: B023
        run = resumed_run(tmp_path / "parts", sources, kind="image", **OPTIONS)
        assert run.training.step == stop
    network = trained(run)
    for name, tensor in whole.tensors.items():
        assert np.array_equal(network.tensors[name], tensor), name
    with pytest.raises(ValueError, match="is of a run with --kind image"):
        resumed_run(tmp_path / "parts", sources, kind="bytes", **OPTIONS)


def test_a_run_can_go_on_for_longer_and_from_a_network(sources: list[Source], tmp_path: Path) -> None:
    short = dataclasses.replace(SETTINGS, bytes_seen=SETTINGS.bytes_seen // 2)
    first = trained(new_run(tmp_path / "net", sources, CONFIG, short, **OPTIONS))
    longer = resumed_run(tmp_path / "net", sources, SETTINGS.bytes_seen, **OPTIONS)
    assert (longer.training.step, longer.training.settings.steps) == (STEPS // 2, STEPS)
    trained(longer)
    again = new_run(tmp_path / "again", sources, first, short, **OPTIONS)
    trained(again)
    assert again.history[0].validation["waves"][0] < longer.history[0].validation["waves"][0]


def test_unrounded_runs_are_rounded_at_the_end(sources: list[Source], tmp_path: Path) -> None:
    settings = dataclasses.replace(SETTINGS, bytes_seen=3 * 512 * 4, rounded=0.0)
    network = trained(new_run(tmp_path / "net", sources, CONFIG, settings, **OPTIONS))
    assert make_pixel_network(CONFIG, network.tensors, network.provenance).identity == network.identity


def test_settings() -> None:
    assert (SETTINGS.steps, SETTINGS.first_limited_step, SETTINGS.first_rounded_step) == (STEPS, 20, 32)
    assert SETTINGS.factor(0) == 0.2 and SETTINGS.factor(20) == 1 and SETTINGS.factor(30) == 0.5
    with pytest.raises(ValueError, match="batch must be at least 1"):
        dataclasses.replace(SETTINGS, batch=0)
