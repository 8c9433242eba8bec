"""The commands, run in this process with a stand-in for the model."""

import io
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import click.testing
import pytest

from neucomp.cli.options import parse_size
from neucomp.models import MODELS
from tests.helpers.cli_stand_in import StandIn
from tests.helpers.invoke import run

TEXT = b"It is a capital mistake to theorize before one has data. " * 200

Run = Callable[..., click.testing.Result]


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(MODELS, "bytes", StandIn())
    monkeypatch.chdir(tmp_path)
    yield
    assert not list(tmp_path.rglob(".neucomp-*")), "a temporary file stayed behind"


def put(name: str, data: bytes = TEXT) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_round_trip_keeps_the_input() -> None:
    put("a.txt")
    run("compress", "a.txt")
    assert Path("a.txt").read_bytes() == TEXT
    Path("a.txt").unlink()
    run("decompress", "a.txt.neu")
    assert Path("a.txt").read_bytes() == TEXT
    assert Path("a.txt.neu").exists()


@pytest.mark.parametrize("data", [b"", b"x", TEXT, os.urandom(5000)], ids=["empty", "one", "text", "random"])
@pytest.mark.parametrize("options", [[], ["--check"], ["-9"], ["-1", "-T1"]], ids=str)
def test_round_trip_through_standard_streams(data: bytes, options: list[str]) -> None:
    packed = run("compress", *options, stdin=data).stdout_bytes
    assert len(packed) <= len(data) + 64
    assert run("decompress", "-", stdin=packed).stdout_bytes == data
    run("verify", "-", stdin=packed)


def test_output_names() -> None:
    put("a.txt")
    run("compress", "a.txt", "-o", "b.neu")
    run("compress", "-c", "a.txt")
    assert run("compress", "-o", "-", "a.txt").stdout_bytes == Path("b.neu").read_bytes()
    run("decompress", "b.neu", "-o", "c")
    assert Path("c").read_bytes() == TEXT
    run("compress", "-o", "d.neu", stdin=TEXT)
    assert run("decompress", "-c", "d.neu", "b.neu").stdout_bytes == TEXT * 2
    assert not Path("a.txt.neu").exists()


def test_levels() -> None:
    put("a.txt")
    for level in range(1, 10):
        run("compress", f"-{level}", "a.txt", "-o", f"{level}.neu")
        assert f"level {level}" in run("info", f"{level}.neu").output
    run("compress", "-2", "-8", "a.txt")
    assert "level 8" in run("info", "a.txt.neu").output
    run("compress", "-f", "a.txt")
    assert "level 5" in run("info", "a.txt.neu").output


def test_existing_output_stays_without_force() -> None:
    put("a.txt")
    put("a.txt.neu", b"precious")
    result = run("compress", "a.txt", code=1)
    assert result.stderr == "neucomp: a.txt: a.txt.neu: already exists (use -f to replace it)\n"
    assert Path("a.txt.neu").read_bytes() == b"precious"
    run("compress", "-f", "a.txt")
    run("decompress", "a.txt.neu", code=1)
    run("decompress", "-f", "a.txt.neu")
    run("compress", "a.txt", "-o", "a.txt", "-f", code=1)
    assert Path("a.txt").read_bytes() == TEXT


def test_force_follows_a_link_and_keeps_it() -> None:
    put("a.txt")
    put("folder/old.neu", b"old")
    Path("link.neu").symlink_to("folder/old.neu")
    run("compress", "a.txt", "-o", "link.neu", code=1)
    run("compress", "a.txt", "-fo", "link.neu")
    assert Path("link.neu").is_symlink()
    assert run("decompress", "-c", "folder/old.neu").stdout_bytes == TEXT


def test_mode_and_time_go_with_the_file() -> None:
    path = put("a.sh")
    path.chmod(0o750)
    os.utime(path, ns=(10**18, 10**18 + 12345))
    run("compress", "a.sh")
    path.unlink()
    run("decompress", "a.sh.neu")
    for name in ("a.sh", "a.sh.neu"):
        assert stat.S_IMODE(os.stat(name).st_mode) == 0o750
        assert os.stat(name).st_mtime_ns == 10**18 + 12345


def test_rm_removes_the_input_only_after_success() -> None:
    put("a.txt")
    put("b.txt")
    put("b.txt.neu", b"precious")
    run("compress", "--rm", "a.txt", "b.txt", code=1)
    assert not Path("a.txt").exists()
    assert Path("b.txt").exists()
    run("decompress", "--rm", "a.txt.neu")
    assert Path("a.txt").read_bytes() == TEXT
    assert not Path("a.txt.neu").exists()
    run("compress", "-k", "a.txt")
    assert Path("a.txt").exists()


def test_several_files_go_on_after_an_error_and_give_the_highest_code() -> None:
    put("a.txt")
    put("z.txt")
    assert "missing: No such file" in run("compress", "a.txt", "missing", "z.txt", code=1).stderr
    put("plain.neu", b"this is no neucomp file")
    put("damaged.neu", Path("z.txt.neu").read_bytes()[:-30])
    result = run("verify", "a.txt.neu", "plain.neu", "damaged.neu", "missing", "z.txt.neu", code=5)
    assert result.stdout.splitlines() == [f"a.txt.neu: ok, {len(TEXT):,} bytes", f"z.txt.neu: ok, {len(TEXT):,} bytes"]
    assert [line.split(":")[1].strip() for line in result.stderr.splitlines() if "compiling" not in line] == [
        "plain.neu",
        "damaged.neu",
        "missing",
    ]
    run("verify", "plain.neu", code=3)


def test_nothing_is_left_of_a_file_that_fails() -> None:
    put("a.txt")
    run("compress", "a.txt")
    blob = bytearray(Path("a.txt.neu").read_bytes())
    blob[len(blob) // 2] ^= 1
    put("b.txt.neu", bytes(blob))
    run("decompress", "b.txt.neu", code=5)
    assert not Path("b.txt").exists()


def test_exit_codes_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a.txt")
    run("compress", "a.txt")
    blob = bytearray(Path("a.txt.neu").read_bytes())
    blob[4] = 0xC9  # the version
    put("new.neu", bytes(blob))
    run("verify", "new.neu", code=4)
    run("info", "new.neu", code=4)
    run("decompress", "-c", "--max-size", "1K", "a.txt.neu", code=6)
    run("decompress", "-c", "--max-size", "1M", "a.txt.neu")
    monkeypatch.setenv("KERNELS_FAIL", "1")
    run("compress", "-f", "a.txt", code=7)
    assert Path("a.txt.neu").exists()


def test_check_finds_a_model_that_decodes_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a.txt")
    decode = StandIn.decode
    monkeypatch.setattr(StandIn, "decode", lambda *arguments: decode(*arguments)[:-1] + b"!")
    assert "a.txt: " in run("compress", "--check", "a.txt", code=5).stderr
    assert not Path("a.txt.neu").exists()
    assert run("compress", "--check", "-c", "a.txt", code=5).stdout_bytes == b""


def test_recursive() -> None:
    files = [put("d/a.txt"), put("d/e/b.txt"), put("d/e/f/c.txt")]
    put("outside", b"not to be followed")
    Path("d/link").symlink_to("../outside")
    assert "use -r" in run("compress", "d", code=1).stderr
    run("compress", "-r", "d")
    packed = sorted(str(path) for path in Path("d").rglob("*.neu"))
    assert packed == ["d/a.txt.neu", "d/e/b.txt.neu", "d/e/f/c.txt.neu"]
    for path in files:
        path.unlink()
    assert len(run("verify", "-r", "d").stdout.splitlines()) == 3
    run("decompress", "-r", "--rm", "d")
    assert all(path.read_bytes() == TEXT for path in files)
    assert not list(Path("d").rglob("*.neu"))


def test_names_that_end_or_do_not_end_in_neu() -> None:
    put("a.neu")
    assert "already ends in .neu" in run("compress", "a.neu", code=1).stderr
    run("compress", "-f", "a.neu")
    run("compress", "a.neu", "-o", "b")
    assert "does not end in .neu" in run("decompress", "b", code=1).stderr
    run("decompress", "b", "-o", "c")
    run("decompress", "--", ".neu", code=1)
    put("-5")
    run("compress", "--", "-5")
    assert Path("-5.neu").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["compress", "-o", "x", "a", "b"],
        ["compress", "-c", "a", "b"],
        ["compress", "-r", "-c", "."],
        ["compress", "-o", "", "a"],
        ["decompress", "-o", "", "a.neu"],
        ["compress", "-c", "-o", "x", "a"],
        ["compress", "-r", "-o", "x", "a"],
        ["compress", "--rm", "-c", "a"],
        ["compress", "--model", "magic", "a"],
        ["compress", "-T", "-1", "a"],
        ["compress", "-0", "a"],
        ["decompress", "-5", "a"],
        ["decompress", "--max-size", "ten", "a"],
        ["decompress", "--max-size", "5IB", "a"],
        ["crompress", "a"],
    ],
    ids=" ".join,
)
def test_wrong_usage_takes_one_line_and_code_2(arguments: list[str]) -> None:
    result = run(*arguments, code=2)
    assert result.stdout == ""
    assert result.stderr.startswith("neucomp")
    assert result.stderr.endswith("--help)\n")
    assert result.stderr.count("\n") == 1


def test_notes_and_quiet() -> None:
    put("a.txt")
    result = run("compress", "a.txt")
    assert result.stdout == ""
    assert result.stderr == "neucomp: compiling the stand-in\n"
    report = run("compress", "-vf", "a.txt").stderr.splitlines()[-1]
    assert report.startswith(f"a.txt: {len(TEXT):,} -> ")
    assert "bits per byte" in report
    assert run("compress", "-qf", "a.txt").stderr == ""
    assert run("verify", "-q", "a.txt.neu").output == ""


def test_info() -> None:
    put("a.txt", TEXT * 100)
    run("compress", "-3", "a.txt")
    size = Path("a.txt.neu").stat().st_size
    lines = run("info", "a.txt.neu").stdout.splitlines()
    assert lines[0] == "a.txt.neu"
    rows = {line[:14].strip(): line[14:].strip() for line in lines[1:]}
    assert rows["model"] == "bytes, level 3"
    assert rows["original"] == f"{len(TEXT) * 100:,} bytes"
    assert rows["compressed"] == f"{size:,} bytes"
    assert rows["ratio"] == f"{len(TEXT) * 100 / size:.3f}, {8 * size / len(TEXT) / 100:.3f} bits per byte"
    assert rows["blocks"] == "2"
    assert run("info", "-v", "a.txt.neu").stdout.count("deflate,") == 2
    blob = Path("a.txt.neu").read_bytes()
    assert run("info", "-", stdin=blob).stdout.splitlines()[1:] == lines[1:]
    run("info", "a.txt", "a.txt.neu", code=3)


def test_info_on_an_empty_and_on_stored_files() -> None:
    put("empty", b"")
    put("noise", os.urandom(5000))
    run("compress", "empty", "noise")
    assert "ratio" not in run("info", "empty.neu").stdout
    assert "  blocks       1, stored as it is\n" in run("info", "noise.neu").stdout


@pytest.mark.parametrize(("text", "size"), [("5", 5), ("5b", 5), ("5K", 5120), ("5kB", 5120), ("5KiB", 5120)])
def test_sizes(text: str, size: int) -> None:
    context = click.Context(click.Command("neucomp"))
    assert parse_size(context, click.Option(["--max-size"]), text) == size


def test_models_help_and_version() -> None:
    assert run("models").stdout.split()[0] == "bytes"
    assert run("--version").stdout.startswith("neucomp ")
    assert "Exit codes" in run("--help").stdout
    assert "-1 ... -9" in run("compress", "-h").stdout
    assert "Usage" in run(code=2).stderr


def test_control_characters_in_names_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in run("compress", "evil\x1b[2J", code=1).stderr
    put("evil\x1b[2J\n")
    put("evil\x1b[2J\n.neu")
    result = run("compress", "evil\x1b[2J\n", code=1)
    assert "already exists" in result.stderr and "\x1b" not in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX pipes")
def test_special_files_give_no_name_to_an_output() -> None:
    os.mkfifo("pipe")
    for name in ("pipe", os.devnull):
        assert "not a regular file (use -o or -c)" in run("compress", name, code=1).stderr
    assert not os.path.exists(os.devnull + ".neu")
    packed = run("compress", "-c", os.devnull).stdout_bytes
    assert run("decompress", stdin=packed).stdout_bytes == b""


def test_seekable_standard_output_is_not_taken_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random data in several blocks are stored again as one, for which the output is rewritten from its start."""
    data = os.urandom(3 << 20)
    put("a.bin", data)
    run("compress", "a.bin")
    assert Path("a.bin.neu").stat().st_size <= len(data) + 64
    assert io.BytesIO(run("decompress", "-c", "a.bin.neu").stdout_bytes).getvalue() == data
