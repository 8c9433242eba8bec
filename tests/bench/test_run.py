"""Measurements: what is reported of codecs that work, and of all ways in which one may not."""

import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from neucomp import bench
from neucomp.bench import Result, ResultsFile
from neucomp.bench.catalogue import find_codec
from neucomp.bench.measure import measure
from neucomp.bench.small_files import write_png

HANDMADE = "hand=gzip -9@@gzip -d"


def outcome(path: Path, codec: str, timeout_s: float = 60) -> Result:
    (result,) = bench.run([path], [codec], timeout_s=timeout_s)
    return result


def test_a_result_has_all_figures(bottles: Path) -> None:
    (result,) = bench.run([bottles], ["gzip"], repeat=3)
    assert (result.status, result.compared, result.repeat, result.kind) == ("ok", "bytes", 3, "bytes")
    size = bottles.stat().st_size
    assert result.size == result.symbols == result.raw_size == size
    assert all(getattr(result, field.name) is not None for field in fields(Result))
    assert result.compressed_size is not None and 0 < result.compressed_size < size
    assert result.bits_per_symbol == 8 * result.compressed_size / size
    for direction in ("encode", "decode"):
        seconds = getattr(result, f"{direction}_s")
        assert 0 < seconds < getattr(result, f"{direction}_process_s")
        assert getattr(result, f"{direction}_kb_s") == pytest.approx(size / 1000 / seconds)
        assert getattr(result, f"{direction}_peak_bytes") > 1_000_000


def test_size_is_that_of_the_program(bottles: Path) -> None:
    xz = subprocess.run(["xz", "-9e", "-c", bottles], capture_output=True, check=True).stdout
    assert outcome(bottles, "xz").compressed_size == len(xz)
    gz = subprocess.run(["gzip", "-9"], input=bottles.read_bytes(), capture_output=True, check=True).stdout
    assert outcome(bottles, HANDMADE).compressed_size == len(gz)


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize(
    ("name", "status", "detail"),
    [
        ("SHORT", "wrong", "decoding gave other bytes than the original's"),
        ("FLIPPED", "wrong", "decoding gave other bytes than the original's"),
        ("TEXT", "failed", "decode: TypeError: decompress gave str, not bytes, an Image or a Sound"),
        ("DIES", "failed", "encode was killed by signal 9 (SIGKILL)"),
        ("REFUSES", "unsuited", "too ordinary"),
    ],
)
def test_codec_that_does_not_work_is_a_result(bottles: Path, name: str, status: str, detail: str) -> None:
    result = outcome(bottles, f"stand_in_codecs:{name}")
    assert (result.status, result.detail, result.verified) == (status, detail, False)


@pytest.mark.usefixtures("stand_ins")
def test_codec_of_bytes_must_give_back_bytes(tmp_path: Path) -> None:
    """A PNG without its last byte, a part of a checksum, has the same pixels."""
    pytest.importorskip("imagecodecs", reason="needs neucomp[bench]")
    path = tmp_path / "gray.png"
    path.write_bytes(write_png(np.zeros((1, 8, 8, 1), np.uint8)))
    assert outcome(path, "stand_in_codecs:SHORT").status == "wrong"
    (result,) = bench.run([path], ["image:short=cat@@head -c -1"])
    assert (result.status, result.compared) == ("ok", "pixels")
    (result,) = bench.run([path], ["image:same=cat@@cat"])
    assert (result.status, result.compared) == ("ok", "bytes")


@pytest.mark.usefixtures("stand_ins")
def test_codec_that_takes_too_long_is_ended(bottles: Path) -> None:
    result = outcome(bottles, "stand_in_codecs:SLEEPS", timeout_s=2)
    assert (result.status, result.detail) == ("timeout", "encode took more than 2 s")


@pytest.mark.usefixtures("stand_ins")
def test_codec_that_is_not_here_is_named(bottles: Path) -> None:
    reasons = {}
    names = ["stand_in_codecs:ABSENT", "no_module:CODEC", "none=no-such-program@@cat", "gzip"]
    results = bench.run([bottles], names, missing=lambda name, error: reasons.update({name: str(error)}))
    assert [result.codec for result in results] == ["gzip"]
    assert reasons == {
        names[0]: "needs something else",
        names[1]: "No module named 'no_module'",
        names[2]: "needs the program no-such-program",
    }


def test_who_listens_to_nothing_is_told_by_an_error(bottles: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no codec 'gzzip'"):
        bench.run([bottles], ["gzzip"])
    with pytest.raises(FileNotFoundError):
        bench.run([tmp_path / "nowhere"], ["gzip"])


def test_codecs_of_the_working_folder_are_found_without_a_script(bottles: Path, tmp_path: Path) -> None:
    """With `python -c` and `python -`, sys.path has an empty string for the working folder."""
    (tmp_path / "mine.py").write_text(
        'from neucomp.bench import Codec\nMINE = Codec("mine:MINE", "mine", lambda: "1", bytes, bytes)\n'
    )
    program = f"from neucomp import bench; print(bench.run([{str(bottles)!r}], ['mine:MINE'])[0].status)"
    root = str(Path(bench.__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": root}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["ok"]


@pytest.mark.parametrize(
    ("template", "status", "detail"),
    [
        ("x=cat@@cat", "ok", ""),
        ("x=cp {in} {out}@@cp {in} {out}", "ok", ""),
        ("x=cat@@head -c 5", "wrong", "decoding gave other bytes than the original's"),
        ("x=false@@cat", "failed", "encode: false ended with 1: no message"),
        ("x=true {out}@@cat", "failed", "encode: true wrote nothing to {out}"),
        ("x=cat@@sh -c 'kill -9 $$'", "failed", "decode: sh was killed by signal 9"),
        ("x=sh -c 'echo no luck >&2; exit 3'@@cat", "failed", "encode: sh ended with 3: no luck"),
    ],
)
def test_programs(bottles: Path, template: str, status: str, detail: str) -> None:
    result = outcome(bottles, template)
    assert (result.status, result.detail) == (status, detail)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_full_disk_is_a_result(bottles: Path) -> None:
    result = outcome(bottles, "x=sh -c 'cat > /dev/full'@@cat")
    assert result.status == "failed" and "No space left on device" in result.detail


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX's")
def test_output_that_cannot_be_written_is_a_result(bottles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    small = (1 << 20, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, small)
    try:
        result = outcome(bottles, "stand_in_codecs:FILLS")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (result.status, result.detail) == ("failed", "encode: OSError: [Errno 27] File too large")


def test_temporary_folder_that_is_not_there_is_a_result(bottles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (known,) = bench.run([bottles], ["gzip"])
    monkeypatch.setattr("tempfile.tempdir", str(bottles / "nowhere"))
    result = measure(find_codec("gzip"), bottles.read_bytes(), replace(known, status="failed"), 60)
    assert result.status == "failed" and "Error" in result.detail


def test_interrupted_run_resumes(bottles: Path, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    bench.run([bottles], ["gzip", "bzip2"], results=ResultsFile(path))
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 40)  # as if the disk had been full, or the process killed
    known = {}
    bench.run(
        [bottles],
        ["gzip", "bzip2", "xz"],
        results=ResultsFile(path),
        after=lambda result, before: known.update({result.codec: before}),
    )
    assert known == {"gzip": True, "bzip2": False, "xz": False}
    assert [result.codec for result in ResultsFile(path).results] == ["gzip", "bzip2", "xz"]


def test_changed_file_is_measured_again(bottles: Path, tmp_path: Path) -> None:
    results = ResultsFile(tmp_path / "results.json")
    bench.run([bottles], ["gzip"], results=results)
    bottles.write_bytes(bottles.read_bytes() + b"!")
    (result,) = bench.run([bottles], ["gzip"], results=results)
    assert result.size == bottles.stat().st_size
    assert ResultsFile(results.path).results == [result]


@pytest.mark.usefixtures("stand_ins")
def test_model_is_what_decoding_opens(bottles: Path) -> None:
    result = outcome(bottles, "stand_in_codecs:MODELLED")
    assert result.model_bytes == 100 + (Path(__file__).parent / "model.txt").stat().st_size


def test_names_of_own_codecs() -> None:
    for name, label in (
        ("neucomp", "neucomp -5"),
        ("neucomp-9", "neucomp -9"),
        ("neucomp:bytes-3-T2", "neucomp bytes -3 -T2"),
        ("neucomp:transformer@cuda/64", "neucomp transformer -5 cuda/64"),
        ("neucomp:photo", "neucomp photo -5"),
        ("neucomp:pixelcnn++-9", "neucomp pixelcnn++ -9"),
    ):
        codec = find_codec(name)
        assert codec.label == label and find_codec(codec.name).label == label
    for wrong in ("neucomp:none", "neucomp-0", "neucomp@tpu", "zip", "os:getcwd"):
        with pytest.raises(ValueError, match="no "):
            find_codec(wrong)
