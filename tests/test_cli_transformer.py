"""The command line with a network: models, devices, threads, and what is said when something is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from neucomp import compress, decompress
from neucomp.errors import UnsupportedError
from neucomp.models import MODELS
from neucomp.models.plain import TransformerModel
from neucomp.nets.weights import ARCHITECTURE, save_network
from tests.helpers.invoke import run
from tests.helpers.specimens import text
from tests.helpers.text_network import text_network

NETWORK = text_network()
TEXT = text(1200)


class SmallBlocks(TransformerModel):
    def block_size(self, level: int) -> int:
        return 600


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(MODELS, "transformer", SmallBlocks(NETWORK, lanes=12))
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_bytes(TEXT)
    yield
    assert not list(tmp_path.rglob(".neucomp-*")), "a temporary file stayed behind"


def test_blocks_on_threads_and_devices_give_one_file() -> None:
    run("compress", "-m", "transformer", "-T1", "a.txt", "-o", "one.neu")
    run("compress", "-m", "transformer", "-T2", "--check", "a.txt", "-o", "two.neu")
    run("compress", "-m", "transformer", "-T2", "--device", "torch", "a.txt", "-o", "torch.neu")
    blob = Path("one.neu").read_bytes()
    assert Path("two.neu").read_bytes() == Path("torch.neu").read_bytes() == blob
    for options in (["-T1"], ["-T2", "--device", "cpu"], ["--device", "torch"]):
        assert run("decompress", "-c", *options, "two.neu").stdout_bytes == TEXT
    run("verify", "--device", "cpu", "two.neu")


def test_info_and_models() -> None:
    run("compress", "-7", "-m", "transformer", "a.txt")
    output = run("info", "-v", "a.txt.neu").stdout
    assert "  model        transformer, level 7\n" in output
    assert f"  weights      {NETWORK.identity.hex()}...\n" in output
    assert output.count("network to depth 2, 12 lanes") == 2
    assert [line.split()[:2] for line in run("models").stdout.splitlines()][:2] == [
        ["bytes", "1"],
        ["transformer", "2"],
    ]


def test_missing_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    run("compress", "-m", "transformer", "a.txt")
    monkeypatch.setattr(ARCHITECTURE, "digests", {})
    monkeypatch.setitem(MODELS, "transformer", TransformerModel())
    assert f"weights {NETWORK.identity.hex()}, which are not here" in run("verify", "a.txt.neu", code=4).stderr
    result = run("compress", "-f", "-m", "transformer", "a.txt", code=4)
    assert result.stderr == "neucomp: a.txt: this release comes without a network for the model 'transformer'\n"
    assert "weights" in run("info", "a.txt.neu").stdout


def test_weights_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, "transformer", TransformerModel())
    save_network("own", NETWORK)
    run("compress", "-m", "transformer", "--weights", "own", "--check", "a.txt")
    assert f"  weights      {NETWORK.identity.hex()}...\n" in run("info", "-v", "a.txt.neu").stdout
    assert run("decompress", "-c", "--weights", "own", "a.txt.neu").stdout_bytes == TEXT
    run("verify", "--weights", "own", "a.txt.neu")
    assert f"weights {NETWORK.identity.hex()}, which are not here" in run("verify", "a.txt.neu", code=4).stderr

    run("compress", "a.txt", "-o", "plain.neu")
    run("verify", "--weights", "own", "plain.neu")
    assert "goes with -m transformer" in run("compress", "--weights", "own", "a.txt", code=2).stderr
    missing = run("compress", "-m", "transformer", "--weights", "none", "a.txt", code=1).stderr
    assert missing == "neucomp: none: No such file or directory\n"
    assert "neucomp: a.txt: not a weights file" in run("verify", "--weights", "a.txt", "a.txt.neu", code=5).stderr
    with pytest.raises(ValueError, match="takes no other network"):
        compress(TEXT, network=NETWORK)
    with pytest.raises(UnsupportedError):
        decompress(Path("a.txt.neu").read_bytes(), network=text_network(seed=2))


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "'tpu' is not one of" in run("compress", "--device", "tpu", "a.txt", code=2).stderr
    if not pytest.importorskip("torch").cuda.is_available():
        result = run("compress", "-m", "transformer", "--device", "cuda", "a.txt", code=4)
        assert "'cuda'" in result.stderr and result.stderr.count("\n") == 1
        assert not Path("a.txt.neu").exists()
