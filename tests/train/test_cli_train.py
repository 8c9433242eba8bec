"""`neucomp train`: what it writes, how it is interrupted, and one line for each thing that is wrong."""

import re
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")

from neucomp.nets.pixel_weights import load_pixel_network  # noqa: E402
from neucomp.nets.weights import load_network  # noqa: E402
from neucomp.train import backend, loop, pixel_training, settings, training  # noqa: E402
from neucomp.train.checkpoint import load_checkpoint  # noqa: E402
from neucomp.train.kinds import KINDS  # noqa: E402
from tests.helpers.invoke import run  # noqa: E402

QUICK = ("--config", "tiny", "-T1")


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training, "compiled", lambda function, device: function)
    Path("poem").write_text("".join(f"{i} green bottles hanging on the wall\n" for i in range(400)))
    Path("logs").mkdir()
    for i in range(60):
        Path("logs", f"{i}.log").write_text(f"{i}: all is well\n" * 20)


def test_a_network_is_trained_and_written() -> None:
    result = run("train", "poem", "notes=logs", "-o", "net", *QUICK, "--bytes-seen", "32K", "-v")
    lines = result.stderr.splitlines()
    assert re.search(r"0\.03 of 0\.03 MB, [0-9]+ KB/s: .* bits per byte; validation: poem .*, notes ", lines[-3])
    assert lines[-2].startswith("neucomp: validation of the network as written: poem ")
    network = load_network("net")
    assert lines[-1] == f"net: network {network.identity.hex()}"
    assert network.config == settings.CONFIGS["tiny"] and network.provenance["bytes seen"] == "32768"
    assert load_checkpoint(Path("net.checkpoint")).settings.bytes_seen == 32768

    assert run("train", "poem", "-o", "net", *QUICK, code=1).stderr.count("already exists (use -f") == 1
    run("train", "poem", "-o", "second", "-T1", "-q", "--init", "net", "--bytes-seen", "8K")
    assert load_network("second").config == network.config


def test_a_network_for_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixel_training, "_ALL_PIXELS", 2000)
    monkeypatch.setattr(pixel_training, "_QUICK_PIXELS", 2000)
    Path("pictures").mkdir()
    slope = np.add.outer(np.arange(30), np.arange(40))[..., None] + np.array([0, 10, 20])
    for i in range(3):
        Image.fromarray((slope + 30 * i).astype(np.uint8)).save(f"pictures/{i}.png")
    result = run("train", "pictures", "-o", "net", "--kind", "image", *QUICK, "--bytes-seen", "24K", "-v")
    network = load_pixel_network("net")
    assert result.stderr.splitlines()[-1] == f"net: network {network.identity.hex()}"
    assert network.config == settings.PIXEL_CONFIGS["tiny"] and network.provenance["bytes seen"] == "24576"
    run("train", "pictures", "-o", "second", "-T1", "-q", "--kind", "image", "--init", "net", "--bytes-seen", "12K")
    assert load_pixel_network("second").config == network.config
    Path("net").unlink()
    assert "is of a run with --kind image" in run("train", "pictures", "-o", "net", "-T1", "--resume", code=2).stderr


def test_interrupted_and_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    advance = training.Training.advance

    def interrupted(self: training.Training, corpus: Any) -> None:
        advance(self, corpus)
        if self.step == 2:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(training.Training, "advance", interrupted)
    before = signal.getsignal(signal.SIGTERM)
    result = run("train", "poem", "-o", "net", *QUICK, "--bytes-seen", "32K", code=143)
    assert signal.getsignal(signal.SIGTERM) == before
    assert result.stderr.splitlines()[-2:] == [
        "neucomp: net: stopped and saved; the same command with --resume goes on",
        "neucomp: interrupted",
    ]
    assert not Path("net").exists() and load_checkpoint(Path("net.checkpoint")).training["step"] == 2
    assert "--resume continues" in run("train", "poem", "-o", "net", *QUICK, code=1).stderr
    run("train", "poem", "-o", "net", "-T1", "--resume")
    assert load_network("net").provenance["bytes seen"] == "32768"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "Missing argument"),
        (("poem",), 2, "Missing option '-o'"),
        (("missing", "-o", "net"), 1, "missing: No such file or directory"),
        (("poem", "-o", "missing/net"), 1, "missing: no such folder"),
        (("poem", "-o", "logs"), 1, "is a directory"),
        (("poem", "-o", "net", "--resume"), 1, "net.checkpoint: there is no such checkpoint to resume"),
        (("poem", "-o", "net", "--resume", "--seed", "1"), 2, "no --config, --init, --seed or -f"),
        (("poem", "-o", "net", "--init", "poem", "--config", "tiny"), 2, "--init takes the sizes"),
        (("poem", "-o", "net", "--init", "poem"), 5, "not a weights file"),
        (("poem", "-o", "net", "--kind", "sound"), 2, "'sound' is not"),
        (("poem", "-o", "net", "--kind", "image"), 1, "cannot identify image file 'poem'"),
        (("logs", "-o", "net", "--kind", "image"), 2, "the group 'logs' has 0 pictures to train on"),
        (("poem", "-o", "net", "--bytes-seen", "many"), 2, "'many' is not a size"),
        (("poem", "-o", "net", "--bytes-seen", "0"), 2, "--bytes-seen must be above 0"),
        (("tiny", "-o", "net"), 2, "too little data: the group 'tiny' has"),
        (("poem:2", "logs", "-o", "net"), 2, "the group 'logs' has no weight"),
        (("poem:0", "-o", "net"), 2, "the weight of the group 'poem' is 0"),
        (("poem", "-o", "net", "--validation", "other=logs"), 2, "no training data for the group 'other'"),
    ],
)
def test_errors_take_one_line(arguments: tuple[str, ...], code: int, message: str) -> None:
    Path("tiny").write_bytes(b"too short")
    result = run("train", *arguments, code=code)
    assert message in result.stderr and result.stderr.count("\n") == 1
    assert not Path("net").exists() and not Path("net.checkpoint").exists()


def test_groups_and_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[loop.Run] = []
    monkeypatch.setattr(loop.Run, "go", lambda self, *arguments: runs.append(self))
    run("train", "poem:3", "a.b=logs:.5", "a.b=poem:.5", "-o", "net")
    assert [(group.name, round(group.share, 3)) for group in runs[0].data.groups] == [("poem", 0.857), ("a.b", 0.143)]


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    if not torch.cuda.is_available():
        assert "torch finds no CUDA device" in run("train", "poem", "-o", "net", "--device", "cuda", code=4).stderr
    monkeypatch.setattr("neucomp.cli.train.find_spec", lambda name: None)
    assert "training needs torch" in run("train", "poem", "-o", "net", code=4).stderr


def test_a_compiler_that_fails_is_no_error(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(function: object) -> object:
        def call(*arguments: object) -> object:
            raise torch._dynamo.exc.TorchDynamoException("no luck")

        return call

    monkeypatch.setattr(torch, "compile", broken)
    monkeypatch.setattr(backend, "_find_compiler", lambda: "c++")
    double = backend.compiled(lambda x: 2 * x, torch.device("cpu"))
    assert double(4) == 8 and double(5) == 10
    assert caplog.text.count("cannot compile") == 1
    monkeypatch.setattr(backend, "_find_compiler", lambda: None)
    assert backend.compiled(abs, torch.device("cpu")) is abs


def test_help_names_all_sizes() -> None:
    sizes = dict.fromkeys(name for kind in KINDS.values() for name in kind.configs)
    assert f"[{'|'.join(sizes)}]" in run("train", "--help").stdout
