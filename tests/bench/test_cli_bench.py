"""`neucomp bench`, in this process; the codecs run in theirs."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("rich", reason="needs neucomp[bench]")
pytest.importorskip("matplotlib", reason="needs neucomp[bench]")

from tests.helpers.invoke import run

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])


def test_everything_is_written(bottles: Path) -> None:
    options = ("--json", "r.json", "--csv", "r.csv", "--html", "r.html", "--plots", "plots", "--repeat", "2")
    result = run("bench", "bottles.txt", "--codecs", "gzip,bzip2", *options)
    for name in ("gzip -9", "bzip2 -9", "bits", "Measured "):
        assert name in result.stdout
    assert "bottles.txt" in result.stderr
    rows = json.loads(Path("r.json").read_text())["rows"]
    assert [row["status"] for row in rows] == ["ok", "ok"] and rows[0]["repeat"] == 2
    assert Path("r.csv").read_text().count("\n") == 3
    page = Path("r.html").read_text()
    assert page.count("<svg") == 2 and page.count("<table>") == 3 and "http" not in page.split("<script>")[1]
    assert {path.name for path in Path("plots").iterdir()} == {"ratio-speed-bytes.png", "files-bytes.png"}


@pytest.mark.parametrize("options", [(), ("-q",)])
def test_codec_that_is_not_here_is_named(bottles: Path, options: tuple[str, ...]) -> None:
    result = run("bench", "bottles.txt", "--codecs", "gzip,no_module:CODEC", *options)
    assert "no_module:CODEC: left out: No module named 'no_module'" in result.stderr


def test_page_needs_nothing_else(bottles: Path) -> None:
    run("bench", "bottles.txt", "--codecs", "gzip", "--html", "r.html", "-q")
    page = Path("r.html").read_text()
    for outside in ("src=", "<link", "@import", "url(http"):
        assert outside not in page


def test_names_in_the_page_are_text(tmp_path: Path) -> None:
    (tmp_path / "<b>&.txt").write_bytes(b"beer " * 100)
    run("bench", "<b>&.txt", "--codecs", "gzip", "--html", "r.html", "-q")
    page = Path("r.html").read_text()
    assert "<b>" not in page and "&lt;b&gt;&amp;.txt" in page


def test_folders_and_several_files(bottles: Path) -> None:
    Path("folder").mkdir()
    for name in "abcd":
        Path("folder", name).write_bytes(bottles.read_bytes() * 2)
    result = run("bench", "folder", "--codecs", "gzip", "--markdown")
    assert "| total |" in result.stdout and "| folder/c |" in result.stdout
    assert "4 files, " in result.stdout


@pytest.mark.usefixtures("stand_ins", "bottles")
def test_failure_is_shown_and_is_the_exit_code() -> None:
    result = run("bench", "bottles.txt", "--codecs", "gzip,stand_in_codecs:SHORT,stand_in_codecs:REFUSES", code=1)
    assert "WRONG: decoding gave other bytes" in result.stderr
    assert "Without a result" in result.stdout and "unsuited" in result.stdout


@pytest.mark.usefixtures("bottles")
def test_codec_in_this_folder() -> None:
    source = 'from neucomp.bench import Codec\nMINE = Codec("mine:MINE", "mine", lambda: "1", bytes, bytes)\n'
    Path("mine.py").write_text(source)
    assert "mine" in run("bench", "bottles.txt", "--codecs", "mine:MINE", "-q").stdout


@pytest.mark.usefixtures("bottles")
def test_program() -> None:
    assert (
        "copy" in run("bench", "bottles.txt", "--codecs", "gzip", "--extra", "copy=cp {in} {out}@@cp {in} {out}").stdout
    )


@pytest.mark.usefixtures("bottles")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument"),
        (["bottles.txt", "--codecs", "zzip"], "there is no codec 'zzip'"),
        (["bottles.txt", "--codecs", "neucomp-1@tpu"], "there is no device 'tpu'"),
        (["bottles.txt", "--extra", "x=cat"], "is not NAME="),
        (["bottles.txt", "--extra", "x=cat@@cat", "--extra", "x=cp {in} {out}@@cat"], "two programs have the name 'x'"),
        (["bottles.txt", "--json", "bottles.txt"], "is no file of results"),
        (["bottles.txt", "--determinism", "--csv", "x"], "--determinism goes with"),
        (["bottles.txt", "--repeat", "0"], "--repeat"),
    ],
)
def test_usage_errors(arguments: list[str], message: str) -> None:
    assert message in run("bench", *arguments, code=2).stderr


def test_names_that_are_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(os.fsdecode(b"n\xff.txt")).write_bytes(b"some bottles, " * 50)
    run(
        "bench", os.fsdecode(b"n\xff.txt"), "--codecs", "gzip", "--csv", "o.csv", "--json", "o.json", "--html", "o.html"
    )
    assert all("n\\xff.txt" in Path(name).read_text() for name in ("o.csv", "o.html"))


@pytest.mark.usefixtures("bottles")
def test_file_that_is_not_there() -> None:
    result = run("bench", "nowhere", "bottles.txt", "--codecs", "gzip", code=1)
    assert "nowhere: No such file" in result.stderr and "gzip -9" in result.stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.usefixtures("bottles")
def test_results_that_cannot_be_written() -> None:
    result = run("bench", "bottles.txt", "--codecs", "gzip", "--csv", "/dev/full", code=1)
    assert "No space left on device" in result.stderr


def test_list() -> None:
    lines = run("bench", "--list").stdout.splitlines()
    assert any(line.startswith("gzip ") and "any file" in line for line in lines)
    assert any(line.startswith("flac ") and "audio" in line for line in lines)
    assert any(line.startswith("neucomp-5") for line in lines)


@pytest.mark.usefixtures("stand_ins", "bottles")
@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_interrupted_run_keeps_results_and_ends_its_processes() -> None:
    command = [sys.executable, "-m", "neucomp", "bench", "bottles.txt", "--json", "r.json", "--codecs"]
    folder = str(Path(__file__).parent)
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}
    process = subprocess.Popen([*command, "gzip,stand_in_codecs:SLEEPS"], env=environment, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not Path("r.json").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    assert [row["codec"] for row in json.loads(Path("r.json").read_text())["rows"]] == ["gzip"]
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert f"stand_in_codecs:SLEEPS {Path.cwd()}" not in left


@pytest.mark.usefixtures("stand_ins", "bottles")
def test_determinism(monkeypatch: pytest.MonkeyPatch) -> None:
    from neucomp.bench import determinism
    from neucomp.bench.codec import Codec

    def one(codec: Codec) -> list[determinism.Variant]:
        return [
            determinism.Variant("other", codec, {"OTHER": "1"}),
            determinism.Variant("elsewhere", codec, absent="no such device"),
        ]

    monkeypatch.setattr(determinism, "variants", one)
    result = run("bench", "bottles.txt", "--determinism", "--codecs", "stand_in_codecs:GOOD", "--markdown")
    assert "| good | other | same |" in result.stdout and "| not here | no such device |" in result.stdout
    result = run("bench", "bottles.txt", "--determinism", "--codecs", "stand_in_codecs:RANDOM", "--markdown", code=1)
    assert "| random | as it is | differs | encodes to another file |" in result.stdout
