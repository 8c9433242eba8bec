"""Whole runs on a toy corpus: what they learn, that they can be interrupted, what they write."""

import dataclasses
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from neucomp.errors import CorruptDataError  # noqa: E402
from neucomp.nets.networks import Network  # noqa: E402
from neucomp.nets.transformer import TransformerConfig  # noqa: E402
from neucomp.nets.weights import load_network  # noqa: E402
from neucomp.train.byte_training import ByteTraining  # noqa: E402
from neucomp.train.checkpoint import Point, load_checkpoint, save_checkpoint  # noqa: E402
from neucomp.train.curve import draw_curve  # noqa: E402
from neucomp.train.loop import Run, checkpoint_path, curve_path  # noqa: E402
from neucomp.train.settings import Settings  # noqa: E402
from neucomp.train.sources import Source  # noqa: E402
from neucomp.train.start import new_run, resumed_run  # noqa: E402

CONFIG = TransformerConfig(32, (8,) * 8, heads=1, hidden=32, layers=1, window=16, exits=(0, 1))
STEPS = 45
SETTINGS = Settings(bytes_seen=STEPS * 8 * 32, batch=8, length=32, warmup_steps=5, rounded=0.2, validations=3, seed=3)
OPTIONS: dict[str, Any] = {"threads": 1, "compiling": False}


@pytest.fixture
def sources(tmp_path: Path) -> list[Source]:
    lines = [b"%d bottles of beer on the wall, %d bottles of beer\n" % (n, n) for n in range(400)]
    (tmp_path / "song").write_bytes(b"".join(lines))
    (tmp_path / "records").write_text("\n".join(json.dumps({"name": n, "square": n * n}) for n in range(600)))
    return [Source("song", tmp_path / "song", 2), Source("records", tmp_path / "records", 1)]


def trained(run: Run) -> Network:
    network = run.go()
    assert isinstance(network, Network) and isinstance(network.config, TransformerConfig)
    return network


def test_a_run_learns_and_writes_what_it_learned(sources: list[Source], tmp_path: Path) -> None:
    seen: list[int] = []
    run = new_run(tmp_path / "net", sources, CONFIG, SETTINGS, **OPTIONS)
    network = run.go(tick=seen.append)
    assert network is not None and sum(seen) == SETTINGS.bytes_seen
    assert load_network(tmp_path / "net").identity == network.identity

    first, last = run.history[0], run.history[-1]
    assert [point.bytes_seen for point in run.history] == [SETTINGS.bytes_seen * i // 3 for i in (1, 2, 3)]
    assert first.validation.keys() == last.validation.keys() == {"song", "records"}
    assert last.training[1] < first.training[1] - 1 and last.validation["song"][1] < 4
    assert isinstance(run.training, ByteTraining) and run.training.table_steps is not None, (
        "the last steps computed with rounding"
    )

    provenance = network.provenance
    assert provenance["steps"] == str(STEPS) and provenance["bytes seen"] == str(SETTINGS.bytes_seen)
    assert provenance["data"].startswith("song 0.0") and "x 0.667, records" in provenance["data"]
    words = provenance["validation song"].split()
    exact, floats = [float(word) for word in words[:2]], [float(word) for word in words[-2:]]
    assert exact == pytest.approx(floats, abs=0.002), "training with rounding costs what coding costs"
    if find_spec("matplotlib"):
        assert curve_path(tmp_path / "net").read_bytes().startswith(b"\x89PNG")


def test_a_run_with_stops_gives_the_weights_of_one_without(sources: list[Source], tmp_path: Path) -> None:
    whole = trained(new_run(tmp_path / "whole", sources, CONFIG, SETTINGS, **OPTIONS))
    run = new_run(tmp_path / "parts", sources, CONFIG, SETTINGS, **OPTIONS)
    for stop in (1, 20, STEPS - 3):
        assert run.go(should_stop=lambda: run.training.step == stop) is None  # noqa: B023
        assert not (tmp_path / "parts").exists()
        run = resumed_run(tmp_path / "parts", sources, **OPTIONS)
        assert run.training.step == stop
    network = trained(run)
    for name, tensor in whole.tensors.items():
        assert np.array_equal(network.tensors[name], tensor), name
    assert len(run.history) == 3


def test_a_run_can_go_on_for_longer_and_from_a_network(sources: list[Source], tmp_path: Path) -> None:
    short = dataclasses.replace(SETTINGS, bytes_seen=15 * 8 * 32)
    first = trained(new_run(tmp_path / "net", sources, CONFIG, short, **OPTIONS))
    longer = resumed_run(tmp_path / "net", sources, SETTINGS.bytes_seen, **OPTIONS)
    assert (longer.training.step, longer.training.settings.steps) == (15, STEPS)
    again = new_run(tmp_path / "again", sources, first, short, **OPTIONS)
    trained(again)
    assert again.history[0].training[1] < longer.history[0].training[1] - 1


def test_other_data_are_noticed(sources: list[Source], tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    begun = new_run(tmp_path / "net", sources, CONFIG, SETTINGS, **OPTIONS)
    begun.go(should_stop=lambda: True)
    resumed_run(tmp_path / "net", sources, **OPTIONS)
    assert not caplog.records
    resumed_run(tmp_path / "net", sources[:1], **OPTIONS)
    assert "not those that the run began with" in caplog.text


def test_damaged_checkpoints(sources: list[Source], tmp_path: Path) -> None:
    begun = new_run(tmp_path / "net", sources, CONFIG, SETTINGS, **OPTIONS)
    begun.go(should_stop=lambda: True)
    path = checkpoint_path(tmp_path / "net")
    whole = path.read_bytes()
    for wrong in (b"", b"something else", whole[:-100], whole[: len(whole) // 2]):
        path.write_bytes(wrong)
        with pytest.raises(CorruptDataError):
            load_checkpoint(path)
    path.write_bytes(whole)
    checkpoint = load_checkpoint(path)
    del checkpoint.training["model"]["embedding"]
    save_checkpoint(path, checkpoint)
    with pytest.raises(CorruptDataError, match="does not fit"):
        resumed_run(tmp_path / "net", sources, **OPTIONS)


def test_an_error_while_saving_leaves_the_checkpoint_before(
    sources: list[Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = new_run(tmp_path / "net", sources, CONFIG, SETTINGS, **OPTIONS)
    begun.go(should_stop=lambda: True)
    path = checkpoint_path(tmp_path / "net")
    before, checkpoint = path.read_bytes(), load_checkpoint(path)

    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(path, checkpoint)
    assert path.read_bytes() == before and not list(tmp_path.glob("*.part"))


def test_curve(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    history = [Point(n * 1000, [5 / n, 4 / n], {"a": [6 / n, 5 / n]}) for n in range(1, 9)]
    draw_curve(tmp_path / "curve.png", history)
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    draw_curve(tmp_path / "empty.png", [])


def test_settings() -> None:
    assert SETTINGS.steps == STEPS and SETTINGS.first_rounded_step == 36
    assert SETTINGS.factor(0) == 0.2 and SETTINGS.factor(20) == 1
    assert SETTINGS.factor(STEPS - 1) == pytest.approx(1 / 15.75)
    for wrong in ({"bytes_seen": 0}, {"decay": 0.0}, {"rounded": 1.5}, {"batch": 0}):
        with pytest.raises(ValueError):
            dataclasses.replace(SETTINGS, **wrong)
