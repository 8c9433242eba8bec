"""The WaveNet in training: rounding is the exact definition, runs can be interrupted, what they write."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from neucomp.errors import UnsupportedError  # noqa: E402
from neucomp.exact.numpy_ops import NumpyOps  # noqa: E402
from neucomp.formats.wav import plain_file  # noqa: E402
from neucomp.nets.networks import Network  # noqa: E402
from neucomp.nets.wave_weights import WaveNetwork, load_wave_network  # noqa: E402
from neucomp.nets.wavenet import WaveConfig, WaveState, advance, output_ranges  # noqa: E402
from neucomp.train.echoes import make_echo  # noqa: E402
from neucomp.train.recordings import Recording, read_recordings  # noqa: E402
from neucomp.train.settings import WaveSettings  # noqa: E402
from neucomp.train.sources import Source  # noqa: E402
from neucomp.train.start import new_run, resumed_run  # noqa: E402
from neucomp.train.wave_export import export_wave_network, import_wave_network  # noqa: E402
from neucomp.train.wave_network import FloatWaveNetwork, Frames, output_steps  # noqa: E402
from tests.helpers.wave_steps import make_features  # noqa: E402

CONFIG = WaveConfig(16, (1, 3))
STEPS = 30
SETTINGS = WaveSettings(
    bytes_seen=STEPS * 2 * 4 * 128, batch=4, length=128, warmup_steps=5, rounded=0.2, validations=2, seed=3
)
OPTIONS: dict[str, Any] = {"threads": 1, "compiling": False}


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.manual_seed(1)
    torch.set_num_threads(1)


def make_recording(seed: int, frames: int = 5000) -> np.ndarray:
    """A tone and noise that comes and goes, in two channels."""
    random = np.random.default_rng(seed)
    t = np.arange(frames)
    noise = random.normal(0, 3 + 40 * (t % 1500 < 300)[:, None], (frames, 2))
    return np.round(3000 * np.sin(t / random.uniform(5, 40))[:, None] + noise).astype(np.int32)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Source]:
    folder = tmp_path_factory.mktemp("sounds")
    for n in range(3):
        (folder / f"{n}.wav").write_bytes(plain_file(make_recording(n), 16, 16000))
    return [Source("tones", folder)]


def random_frames() -> Frames:
    features = torch.from_numpy(make_features(1, 3, 200)).float() / 128
    return Frames(features, 5 * torch.randn(3, 200), 1 + 5 * torch.rand(3, 200))


def random_model(gain: float, frames: Frames) -> FloatWaveNetwork:
    model = FloatWaveNetwork(CONFIG)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(gain)
    model.choose_limits(frames)
    model.rounding = True
    return model


@pytest.mark.parametrize("gain", [0.3, 1, 4])
def test_rounded_outputs_are_those_of_the_exact_network(gain: float) -> None:
    frames = random_frames()
    model = random_model(gain, frames)
    features = (128 * frames.features).round().long().numpy()
    exact = advance(WaveState(NumpyOps(), export_wave_network(model, {}), 3), features)
    found = (model(frames.features).detach() / output_steps()).round().long().numpy()
    assert np.array_equal(found.clip(*output_ranges()), exact)


def test_smooth_is_near_rounded_in_values_and_gradients() -> None:
    frames = random_frames()
    model = random_model(1, frames)
    results = []
    for rounding in (False, True):
        model.rounding = rounding
        model.zero_grad()
        loss = model.losses(frames, 10).mean()
        loss.backward()
        results.append((loss.item(), [parameter.grad.flatten() for parameter in model.parameters()]))
    (smooth, gradients), (rounded, others) = results
    assert rounded == pytest.approx(smooth, rel=0.01)
    assert all(torch.cosine_similarity(*pair, 0) > 0.95 for pair in zip(gradients, others, strict=True))


def test_what_is_not_rounded_is_not_exported() -> None:
    with pytest.raises(ValueError, match="begin rounding first"):
        export_wave_network(FloatWaveNetwork(CONFIG), {})


def test_weights_of_a_network_can_be_trained_on() -> None:
    frames = random_frames()
    first = random_model(1, frames)
    model = FloatWaveNetwork(CONFIG)
    import_wave_network(export_wave_network(first, {}), model)
    losses = [each.losses(frames).mean().item() for each in (first, model)]
    assert losses[1] == pytest.approx(losses[0], rel=0.002)


def trained(run: Any) -> WaveNetwork:
    network = run.go()
    assert isinstance(network, Network) and isinstance(network.config, WaveConfig)
    return network


def test_a_run_learns_and_writes_what_it_learned(sources: list[Source], tmp_path: Path) -> None:
    run = new_run(tmp_path / "net", sources, CONFIG, SETTINGS, **OPTIONS)
    network = trained(run)
    assert load_wave_network(tmp_path / "net").identity == network.identity
    first, last = run.history
    assert last.validation["tones"][0] < first.validation["tones"][0] < 8
    words = network.provenance["validation tones"].split()
    assert float(words[0]) == pytest.approx(float(words[-1]), abs=0.005)
    with pytest.raises(UnsupportedError, match="'wavenet', where a 'pixelcnn' is needed"):
        from neucomp.nets.pixel_weights import load_pixel_network

        load_pixel_network(tmp_path / "net")


def test_a_run_that_is_stopped_and_resumed_gives_the_same(sources: list[Source], tmp_path: Path) -> None:
    whole = trained(new_run(tmp_path / "whole", sources, CONFIG, SETTINGS, **OPTIONS))
    for stop in (7, STEPS - 2):
        output = tmp_path / f"net{stop}"
        run = new_run(output, sources, CONFIG, SETTINGS, **OPTIONS)
        assert run.go(lambda run=run, stop=stop: run.training.step == stop) is None
        resumed = trained(resumed_run(output, sources, kind="audio", **OPTIONS))
        assert all(np.array_equal(resumed.tensors[name], tensor) for name, tensor in whole.tensors.items())


def test_data(sources: list[Source], tmp_path: Path) -> None:
    data = read_recordings(sources)
    assert data.describe() == "tones 0.02 Msample x 1.000"
    assert len(data.pool) >= 4 and data.shares[-1] == 1
    assert all(np.abs(notes.features).max() <= 1023 and notes.usual.min() > 0 for notes in data.pool)
    assert read_recordings(sources).digest == data.digest
    (tmp_path / "short.wav").write_bytes(plain_file(make_recording(1, 100), 16, 16000))
    with pytest.raises(ValueError, match="too little data"):
        read_recordings([Source("short", tmp_path)])
    (tmp_path / "odd.flac").write_bytes(b"fLaC, but no more")
    with pytest.raises(OSError, match="cannot be read as a recording"):
        read_recordings([Source("odd", tmp_path / "odd.flac")])


def test_echoes_are_changed_recordings() -> None:
    samples = make_recording(1)
    made = [make_echo(samples, [Recording(samples, 16000)], 16000, np.random.default_rng(n)) for n in range(20)]
    assert {len(each) for each in made} >= {2500, 5000}
    assert all(each.dtype == np.int32 and np.abs(each).max() <= 32768 and each.shape[1] == 2 for each in made)
    levels = [float(np.abs(each).mean() / np.abs(samples).mean()) for each in made]
    assert min(levels) < 0.3 and 0.5 < max(levels) < 1.4
