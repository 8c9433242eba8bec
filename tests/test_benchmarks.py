"""The recipes behind the figures, run as their users run them: the suites in the repository, and one made here."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

for library in ("brotli", "imagecodecs", "lz4", "matplotlib", "oxipng", "pyppmd", "rich", "soundfile", "zstandard"):
    pytest.importorskip(library, reason="needs neucomp[bench]")

ROOT = Path(__file__).parent.parent
BENCHMARKS = ROOT / "benchmarks"
CONTENTS = b"".join(b"%d bottles of beer on the wall\n" % n for n in range(200))

# A codec outside the repository, named module:attribute: it loses the last byte.
LIAR = """
from neucomp.bench import Codec
CODEC = Codec("liar:CODEC", "liar", lambda: "liar 1", lambda data: data, lambda blob: blob[:-1])
"""


def run(script: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / script), *arguments]
    environment = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)


def measure(folder: Path, *codecs: str, suite: str = "tiny.json") -> subprocess.CompletedProcess[str]:
    arguments = ("--data", ".", "--suite", suite, "--json", "results.json", "--codecs", ",".join(codecs))
    return run("figures.py", *arguments, folder=folder)


def rows(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["codec"]: row for row in json.loads((folder / "results.json").read_text())["rows"]}


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A data folder with a suite of one file."""
    (tmp_path / "bottles.txt").write_bytes(CONTENTS)
    (tmp_path / "liar.py").write_text(LIAR)
    entry = {"name": "bottles", "path": "bottles.txt", "sha256": hashlib.sha256(CONTENTS).hexdigest()}
    manifest = {"title": "Tiny", "source": "generated", "files": [entry]}
    (tmp_path / "tiny.json").write_text(json.dumps(manifest))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("text", {"gzip", "bzip2", "xz", "zstd", "brotli", "ppmd", "lz4", "neucomp-1"}),
        ("photograph", {"png", "oxipng", "webp", "jxl", "jxl-9", "jpegls", "jpeg2000", "neucomp-1"}),
        ("tones", {"flac", "neucomp-1"}),
    ],
)
def test_suites_in_the_repository(tmp_path: Path, name: str, expected: set[str]) -> None:
    manifest = str(BENCHMARKS / "tiny" / f"{name}.json")
    arguments = ("--data", str(ROOT), "--suite", manifest, "--json", "results.json", "--levels", "1")
    done = run("figures.py", *arguments, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = rows(tmp_path)
    assert expected <= set(found) <= expected | {"wavpack", "flac-ep", "flif"}
    assert {row["status"] for row in found.values()} == {"ok"}


def test_resume_measures_only_what_is_missing(suite: Path) -> None:
    measure(suite, "gzip")
    before = rows(suite)["gzip"]
    done = measure(suite, "gzip", "bzip2")
    assert "bzip2" in done.stderr and "gzip" not in done.stderr
    assert rows(suite)["gzip"] == before


def test_file_with_other_contents_is_skipped(suite: Path) -> None:
    (suite / "bottles.txt").write_bytes(CONTENTS + b"!")
    done = measure(suite, "gzip")
    assert "bottles: skipped" in done.stderr and "SHA-256" in done.stderr and "source: generated" in done.stderr
    assert not (suite / "results.json").exists()


def test_files_that_are_not_there_are_skipped(suite: Path) -> None:
    done = measure(suite, "gzip", suite="canterbury")
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("canterbury: skipped, none of its 11 files") and "corpus.canterbury.ac.nz" in line
    manifest = json.loads((BENCHMARKS / "suites" / "canterbury.json").read_text())
    path = suite / manifest["files"][0]["path"]
    path.parent.mkdir(parents=True)
    path.write_bytes(b"another Alice")
    lines = measure(suite, "gzip", suite="canterbury").stderr.splitlines()
    assert len(lines) == 11 and all(": skipped, " in line and "corpus.canterbury.ac.nz" in line for line in lines)


def test_manifests_are_well_formed() -> None:
    for path in [*BENCHMARKS.glob("suites/*.json"), *BENCHMARKS.glob("tiny/*.json")]:
        manifest = json.loads(path.read_text())
        assert manifest["title"] and manifest["source"]
        names = [entry["name"] for entry in manifest["files"]]
        assert names and len(set(names)) == len(names)
        assert all(len(entry["sha256"]) == 64 for entry in manifest["files"])


def test_tiles_are_cut_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import numpy as np
    from manifests import as_tiles

    from neucomp.bench.contents import read_image
    from neucomp.bench.small_files import write_png

    mosaic = np.arange(64 * 96 * 3, dtype=np.uint32).astype(np.uint8).reshape(1, 64, 96, 3)
    tiles = read_image(as_tiles(write_png(mosaic))).samples
    assert tiles.shape == (6, 32, 32, 3)
    assert (read_image(as_tiles(write_png(mosaic), 4)).samples == tiles[:4]).all()
    assert (tiles[1] == mosaic[0, :32, 32:64]).all() and (tiles[3] == mosaic[0, 32:, :32]).all()


def test_pictures_as_files_of_their_own() -> None:
    """Twice the same pictures take twice the bytes where no codec may learn from one for the next."""
    import numpy as np

    from neucomp.bench.contents import make_image
    from neucomp.bench.image_codecs import _BATCH
    from neucomp.bench.own_codecs import own_codec

    ramps = np.add.outer(np.arange(0, 90, 10), np.add.outer(np.arange(8), np.arange(8))).astype(np.uint8)
    once, twice = make_image(ramps[:1]), make_image(ramps[[0, 0]])
    codec = own_codec("each", 1)
    alone = codec.compress(once)
    assert codec.compress(twice) == _BATCH + 2 * (len(alone).to_bytes(4, "little") + alone)


def test_runs_of_parts_are_merged(suite: Path) -> None:
    measure(suite, "gzip", "liar:CODEC")
    (suite / "results.json").rename(suite / "part.json")
    measure(suite, "gzip", "bzip2")
    (suite / "results.json").rename(suite / "all.json")
    # A run that failed takes no figure away.
    failed = (suite / "part.json").read_text().replace('"ok"', '"failed"')
    (suite / "broken.json").write_text(failed)
    done = run("merge.py", "results.json", "part.json", "all.json", "broken.json", folder=suite)
    assert done.returncode == 0, done.stderr
    merged = rows(suite)
    assert list(merged) == ["gzip", "liar:CODEC", "bzip2"]
    assert merged["gzip"] == json.loads((suite / "all.json").read_text())["rows"][0]
    run("merge.py", "--without-times", "sizes.json", "all.json", folder=suite)
    untimed = json.loads((suite / "sizes.json").read_text())["rows"][0]
    times = dict.fromkeys(("encode_s", "decode_s", "encode_process_s", "decode_process_s"))
    assert untimed == merged["gzip"] | times
    done = run("merge.py", "results.json", "none.json", folder=suite)
    assert done.returncode == 1 and "none.json" in done.stderr
    assert rows(suite) == merged


def test_worth_of_parts(suite: Path) -> None:
    tones = str(BENCHMARKS / "tiny" / "tones.wav")
    parts = ("networks", "starts", "primers", "whole")
    arguments = ("--levels", "1", "--first", "1000", "--without", ",".join(parts), "bottles.txt", tones)
    done = run("recipes/parts.py", *arguments, folder=suite)
    assert done.returncode == 0, done.stderr
    table = [[cell.strip() for cell in line.split("|")] for line in done.stdout.splitlines()[2:]]
    sizes = {(row[1], row[3]): int(row[4].replace(",", "")) for row in table}
    assert sizes.keys() == {(file, part) for file in ("bottles.txt", "tones.wav") for part in ("", *parts)}
    # Level 1 has no network, a text has no stretches, and a recording without a start or cut is another file.
    assert sizes["bottles.txt", "networks"] == sizes["bottles.txt", "whole"] == sizes["bottles.txt", ""]
    assert sizes["tones.wav", ""] not in (sizes["tones.wav", "starts"], sizes["tones.wav", "whole"])


def test_recipes_of_streams(suite: Path) -> None:
    arguments = ("--encoders", "zlib 6,libdeflate 12", "bottles.txt", str(BENCHMARKS / "tiny" / "photograph.png"))
    done = run("recipes/deflate.py", *arguments, folder=suite)
    assert done.returncode == 0, done.stderr
    shares = {cells[1].strip(): cells[2:4] for cells in (line.split("|") for line in done.stdout.splitlines()[2:])}
    assert shares.keys() == {"zlib 6", "libdeflate 12"}
    text, picture = zip(*([float(share.strip(" %")) for share in row] for row in shares.values()), strict=True)
    assert text[0] < text[1] < 33.4  # zlib's choices are expected, those of a search for the shortest code less so
    assert picture[0] < picture[1] < 100  # with its metadata


def test_tables_are_those_of_the_results(tmp_path: Path) -> None:
    """What stands in the README and in docs/benchmarks.md is what report.py makes of the results in the repository."""
    readme = tmp_path / "README.md"
    readme.write_text((ROOT / "README.md").read_text())
    results = str(BENCHMARKS / "results" / "figures.json")
    done = run("report.py", results, "--readme", "README.md", "--docs", "docs", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert readme.read_text() == (ROOT / "README.md").read_text()
    assert (tmp_path / "docs" / "benchmarks.md").read_text() == (ROOT / "docs" / "benchmarks.md").read_text()


def test_report_writes_tables_and_plots(suite: Path) -> None:
    done = measure(suite, "gzip", "bzip2", "liar:CODEC")
    assert done.returncode == 1 and "WRONG" in done.stderr
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
    smallest = min(row["compressed_size"] for row in rows(suite).values() if row["status"] == "ok")
    assert f"**{smallest:,}**" in page
    assert "| liar | canterbury/bottles | wrong |" in page
    for theme in ("light", "dark"):
        assert (suite / "docs" / f"ratio-speed-{theme}.svg").read_text().lstrip().startswith("<?xml")


def test_report_without_markers_is_refused(suite: Path) -> None:
    measure(suite, "gzip")
    (suite / "README.md").write_text("no markers\n")
    done = run("report.py", "results.json", "--readme", "README.md", "--docs", "docs", folder=suite)
    assert done.returncode == 1 and "figures:begin" in done.stderr
    assert (suite / "README.md").read_text() == "no markers\n"
