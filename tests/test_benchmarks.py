"""The harness behind the figures, run as its users run it: on a tiny suite, with codecs that work and one that lies."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

for library in ("brotli", "matplotlib", "pyppmd", "zstandard"):
    pytest.importorskip(library, reason="needs neucomp[bench]")

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
CONTENTS = b"".join(b"%d bottles of beer on the wall\n" % n for n in range(200))

# A codec outside the repository, named module:attribute: it loses the last byte.
LIAR = """
from peers import Codec
CODEC = Codec("liar:CODEC", "liar", lambda: "liar 1", lambda data: data, lambda blob: blob[:-1])
"""
CRASHER = """
import os
from peers import Codec
CODEC = Codec("crasher:CODEC", "crasher", lambda: "crasher 1", lambda data: os.abort(), lambda blob: blob)
"""
SLEEPER = """
import time
from peers import Codec
CODEC = Codec("sleeper:CODEC", "sleeper", lambda: "sleeper 1", lambda data: time.sleep(60), lambda blob: blob)
"""


def run(script: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / script), *arguments]
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)


def measure(folder: Path, *codecs: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    arguments = ("--data", ".", "--suite", "tiny.json", "--json", "results.json", "--codecs", ",".join(codecs))
    return run("figures.py", *arguments, *options, folder=folder)


def rows(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["codec"]: row for row in json.loads((folder / "results.json").read_text())["rows"]}


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A data folder with a suite of one file."""
    (tmp_path / "bottles.txt").write_bytes(CONTENTS)
    entry = {"name": "bottles", "path": "bottles.txt", "sha256": hashlib.sha256(CONTENTS).hexdigest()}
    manifest = {"title": "Tiny", "source": "generated", "files": [entry]}
    (tmp_path / "tiny.json").write_text(json.dumps(manifest))
    return tmp_path


def test_rows_are_measured_and_verified(suite: Path) -> None:
    done = measure(suite, "gzip", "ppmd")
    assert done.returncode == 0, done.stderr
    for row in rows(suite).values():
        assert row["status"] == "ok" and row["verified"]
        assert row["size"] == len(CONTENTS) and 0 < row["compressed_size"] < len(CONTENTS)
        for direction in ("encode", "decode"):
            assert 0 < row[f"{direction}_s"] < row[f"{direction}_process_s"]
            assert row[f"{direction}_kb_s"] == pytest.approx(len(CONTENTS) / 1000 / row[f"{direction}_s"])
            assert row[f"{direction}_peak_bytes"] > 1_000_000


@pytest.mark.parametrize(
    ("module", "source", "timeout_s", "status", "detail"),
    [
        ("liar", LIAR, 60, "wrong", "the decoded file differs from the original"),
        ("crasher", CRASHER, 60, "failed", "encode was killed by signal 6"),
        ("sleeper", SLEEPER, 1, "timeout", "encode took more than 1 s"),
    ],
)
def test_codec_that_does_not_work_is_reported(
    suite: Path, module: str, source: str, timeout_s: int, status: str, detail: str
) -> None:
    (suite / f"{module}.py").write_text(source)
    done = measure(suite, f"{module}:CODEC", options=("--timeout", str(timeout_s)))
    assert done.returncode == 1
    assert status.upper() in done.stdout
    (row,) = rows(suite).values()
    assert (row["status"], row["detail"], row["verified"]) == (status, detail, False)


def test_resume_measures_only_what_is_missing(suite: Path) -> None:
    measure(suite, "gzip")
    before = rows(suite)["gzip"]
    done = measure(suite, "gzip", "bzip2")
    assert "bzip2" in done.stdout and "gzip" not in done.stdout
    assert rows(suite)["gzip"] == before
    done = measure(suite, "gzip", options=("--again",))
    assert "gzip" in done.stdout
    assert list(rows(suite)) == ["gzip", "bzip2"]


def test_file_with_other_contents_is_skipped(suite: Path) -> None:
    (suite / "bottles.txt").write_bytes(CONTENTS + b"!")
    done = measure(suite, "gzip")
    assert "bottles: skipped" in done.stderr and "SHA-256" in done.stderr
    assert not (suite / "results.json").exists()


def test_report_writes_tables_and_plots(suite: Path) -> None:
    (suite / "liar.py").write_text(LIAR)
    measure(suite, "gzip", "bzip2", "liar:CODEC")
    # The README shows only suites that come with the repository.
    results = (suite / "results.json").read_text().replace('"suite": "tiny"', '"suite": "canterbury"')
    (suite / "results.json").write_text(results)
    readme = suite / "README.md"
    readme.write_text("before\n<!-- figures:begin -->\nold\n<!-- figures:end -->\nafter\n")
    done = run("report.py", "results.json", "--readme", "README.md", "--docs", "docs", folder=suite)
    assert done.returncode == 0, done.stderr
    text = readme.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    assert "| gzip -9 |" in text and "liar" not in text
    page = (suite / "docs" / "benchmarks.md").read_text()
    smallest = min(row["compressed_size"] for row in rows(suite).values() if row["verified"])
    assert f"**{smallest:,}**" in page
    assert "| liar | canterbury/bottles | wrong |" in page
    for theme in ("light", "dark"):
        assert (suite / "docs" / f"ratio-speed-{theme}.svg").read_text().lstrip().startswith("<?xml")
