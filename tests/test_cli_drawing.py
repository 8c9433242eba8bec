"""The commands score, sample and complete."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import neucomp
from neucomp.models import MODELS
from neucomp.models.plain import TransformerModel
from neucomp.models.tiles import TileModel
from neucomp.nets.pixelcnnpp import PixelCNNppConfig
from neucomp.nets.pixelcnnpp_weights import save_pixelcnnpp
from tests.helpers.invoke import run
from tests.helpers.specimens import noise, text
from tests.helpers.text_network import text_network
from tests.helpers.tile_networks import as_npy, likely_images, new_network

TEXT_NETWORK = text_network()
IMAGE_NETWORK = new_network(0, 1.0, PixelCNNppConfig(8, (1, 1, 1), 3))


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(MODELS, "transformer", TransformerModel(TEXT_NETWORK))
    monkeypatch.setitem(MODELS, "pixelcnn++", TileModel(IMAGE_NETWORK))
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_bytes(text(300))
    Path("noise").write_bytes(noise(300))
    Path("batch.npy").write_bytes(as_npy(likely_images(8, 4, 4)))
    yield
    assert not list(tmp_path.rglob(".neucomp-*")), "a temporary file stayed behind"


def test_files_are_ranked() -> None:
    lines = run("score", "-m", "transformer", "noise", "a.txt").stdout.splitlines()
    assert [line.split()[3] for line in lines[1:]] == ["a.txt", "noise"]
    ideal, in_file, symbols = lines[1].split()[:3]
    assert symbols == "300" and 0 < float(ideal) < float(in_file)
    assert float(in_file) == pytest.approx(8 * len(neucomp.compress(text(300), model="transformer")) / 300, abs=1e-4)
    assert "block 0" in run("score", "-v", "-m", "transformer", "a.txt").stdout
    assert run("score", "-1", "a.txt").stdout.splitlines()[1].split()[0] == "-"
    assert "(samples)" in run("score", "-m", "pixelcnn++", "batch.npy").stdout


def test_one_that_cannot_be_scored_does_not_stop_the_others() -> None:
    result = run("score", "-m", "pixelcnn++", "a.txt", "missing", "batch.npy", code=4)
    assert "batch.npy" in result.stdout and "a.txt: holds nothing" in result.stderr and "missing" in result.stderr
    run("score", "-m", "nonsense", "a.txt", code=2)


def test_text_is_drawn() -> None:
    drawn = run("sample", "transformer", "--size", "30", "--seed", "1").stdout_bytes
    assert drawn == neucomp.sample("transformer", 1, (30,), seed=1).tobytes()
    run("sample", "transformer", "--count", "2", "--size", "30", "--seed", "1", "-o", "two.txt")
    both = neucomp.sample("transformer", 2, (30,), seed=1)
    assert Path("two.txt").read_bytes() == both[0].tobytes() + b"\n\n" + both[1].tobytes()
    run("sample", "transformer", "--size", "30", "-o", "two.txt", code=1)
    run("sample", "transformer", "--size", "30", "-f", "-o", "two.txt")
    completed = run("complete", "transformer", "a.txt", "--keep", "20", "--size", "40", "--temperature", "0.5")
    assert completed.stdout_bytes[:20] == text(300)[:20] and len(completed.stdout_bytes) == 40


def test_images_are_drawn() -> None:
    run("sample", "pixelcnn++", "-n", "3", "--size", "2x6", "--seed", "1", "-o", "sheet.png")
    expected = neucomp.sample("pixelcnn++", 3, (2, 6), seed=1)
    sheet = np.asarray(Image.open("sheet.png"))
    assert np.array_equal(sheet[:2, :6], expected[0]) and np.array_equal(sheet[4:6, :6], expected[2])
    run("sample", "pixelcnn++", "-n", "3", "--size", "2x6", "--seed", "1", "-o", "batch2.npy")
    assert np.array_equal(np.load("batch2.npy"), expected)
    picture = run("complete", "pixelcnn++", "batch.npy", "--keep", "2", "--size", "4").stdout_bytes
    top = np.asarray(Image.open(io.BytesIO(picture)))[:2, :4]
    assert np.array_equal(top, likely_images(8, 4, 4)[0, :2])


def test_wrong_usage() -> None:
    run("sample", "image", code=2)
    run("sample", "transformer", "--size", "4x", code=2)
    run("sample", "transformer", "--size", "4x4", code=2)
    run("sample", "transformer", "--temperature", "0", code=2)
    run("complete", "pixelcnn++", "a.txt", code=4)
    run("complete", "transformer", "missing", code=1)


def test_weights_of_ones_own() -> None:
    save_pixelcnnpp("own", IMAGE_NETWORK)
    for arguments in (
        ["sample", "pixelcnn++", "--size", "2", "-o", "x.png"],
        ["score", "-m", "pixelcnn++", "batch.npy"],
    ):
        run(*arguments, "--weights", "own")
    run("compress", "-m", "pixelcnn++", "--weights", "own", "--check", "batch.npy")
    assert IMAGE_NETWORK.identity.hex() in run("info", "batch.npy.neu").stdout
    run("decompress", "--weights", "own", "-o", "again.npy", "batch.npy.neu")
    assert Path("again.npy").read_bytes() == Path("batch.npy").read_bytes()
    assert "'transformer' is needed" in run("sample", "transformer", "--weights", "own", code=4).stderr
    run("score", "-m", "bytes", "--weights", "own", "a.txt", code=2)
