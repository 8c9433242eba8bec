"""The command line as a process: signals, pipes, terminals, exit codes."""

import os
import pty
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

TEXT = b"When you have eliminated the impossible, whatever remains must be the truth. " * 20_000  # 1.5 MB, two blocks
STAND_IN = [sys.executable, "-m", "tests.helpers.cli_stand_in"]
ROOT = Path(__file__).parent.parent
WAIT_SECONDS = 60


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "a.txt").write_bytes(TEXT)
    return tmp_path


def run(*arguments: str, code: int = 0, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    result = subprocess.run(
        [*STAND_IN, *arguments],
        input=stdin,
        capture_output=True,
        timeout=WAIT_SECONDS,
        check=False,
        env={**os.environ, **environment},
    )
    assert result.returncode == code, result.stderr
    return result


def start_slow(*arguments: str, launcher: tuple[str, ...] = (), **environment: str) -> subprocess.Popen[bytes]:
    """Starts work that would take half a minute, and waits until its temporary file is there."""
    process = subprocess.Popen(
        [*launcher, *STAND_IN, *arguments],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "SECONDS_PER_MB": "20", **environment},
    )
    deadline = time.monotonic() + WAIT_SECONDS
    while not list(Path().glob(".neucomp-*")):
        assert process.poll() is None and time.monotonic() < deadline, "the work did not start"
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_signal_leaves_nothing_behind(folder: Path, signum: signal.Signals, threads: str) -> None:
    process = start_slow("compress", "-T", threads, "a.txt")
    start = time.monotonic()
    process.send_signal(signum)
    _, stderr = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 128 + signum
    assert time.monotonic() - start < 10
    assert stderr.splitlines()[-1] == b"neucomp: interrupted"
    assert [path.name for path in folder.iterdir()] == ["a.txt"]


def test_a_signal_while_decoding_keeps_the_input(folder: Path) -> None:
    run("compress", "a.txt")
    (folder / "a.txt").unlink()
    process = start_slow("decompress", "--rm", "a.txt.neu")
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 130, stderr
    assert [path.name for path in folder.iterdir()] == ["a.txt.neu"]


def test_a_signal_that_comes_out_as_another_error(folder: Path) -> None:
    process = start_slow("compress", "-T1", "a.txt", STOPS_AS="an extension module cannot be imported")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 130, stderr
    assert stderr.splitlines()[-1] == b"neucomp: interrupted"


def test_a_second_signal_does_not_wait(folder: Path) -> None:
    process = start_slow("compress", "-T2", "a.txt", SECONDS_DEAF="30")
    assert process.stderr is not None
    assert b"compiling" in process.stderr.readline()
    time.sleep(0.2)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 130
    assert time.monotonic() - start < 10
    assert [path.name for path in folder.iterdir()] == ["a.txt"]


def test_an_ignored_hangup_stays_ignored(folder: Path) -> None:
    """nohup relies on it."""
    process = start_slow("compress", "a.txt", launcher=("nohup",))
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    process.terminate()
    process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 143


def test_a_pipe(folder: Path) -> None:
    packed = run("compress", stdin=TEXT).stdout
    assert run("decompress", stdin=packed).stdout == TEXT
    assert b"ok" in run("verify", "-", stdin=packed).stdout
    assert b"level 5" in run("info", "-", stdin=packed).stdout
    assert run("compress", "--check", "-c", "-", stdin=TEXT).stdout == packed


def test_names_that_standard_output_has_no_code_for(folder: Path) -> None:
    (folder / "a.txt").rename("日本.txt")
    run("compress", "日本.txt")
    for command in ("verify", "info"):
        result = run(command, "日本.txt.neu", PYTHONIOENCODING="cp1252")
        assert result.stdout.startswith(rb"\u65e5\u672c.txt.neu")
        assert result.stderr == b""


def test_a_reader_that_goes_away_ends_the_work_quietly(folder: Path) -> None:
    run("compress", "a.txt")
    process = subprocess.Popen(
        [*STAND_IN, "decompress", "-c", "a.txt.neu"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(WAIT_SECONDS) == 141
    assert process.stderr.read() == b""
    process.stderr.close()


def test_appending_and_discarding_standard_output(folder: Path) -> None:
    """Compression may write its output anew from the start; never where that start is not its own."""
    (folder / "random").write_bytes(os.urandom(3 << 20))
    for command in (
        "(printf before; {} compress -c random) > out",
        "printf before > out; {} compress -c random >> out",
    ):
        subprocess.run(["sh", "-c", command.format(" ".join(STAND_IN))], check=True, timeout=WAIT_SECONDS)
        written = (folder / "out").read_bytes()
        assert written.startswith(b"before")
        assert run("decompress", stdin=written[6:]).stdout == (folder / "random").read_bytes()
    for options in (["-o", "/dev/null"], ["-f", "-o", "/dev/null"], ["-o", "/dev/null", "--check"]):
        run("compress", *options, "random")
    assert not Path("/dev/null").is_file()


def test_rm_keeps_an_input_whose_output_is_a_device(folder: Path) -> None:
    assert b"kept" in run("compress", "--rm", "-o", "/dev/null", "a.txt").stderr
    assert (folder / "a.txt").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_disk_is_one_line(folder: Path) -> None:
    for command in ("compress -c a.txt", "models"):
        result = subprocess.run(
            ["sh", "-c", f"{' '.join(STAND_IN)} {command} > /dev/full"], capture_output=True, timeout=WAIT_SECONDS
        )
        assert result.returncode == 1
        assert result.stderr.splitlines()[-1].endswith(b"No space left on device")
        assert b"Traceback" not in result.stderr and b"Exception" not in result.stderr


def test_closed_standard_streams(folder: Path) -> None:
    result = subprocess.run(
        ["sh", "-c", f"{' '.join(STAND_IN)} compress a.txt <&- >&- 2>&-"], capture_output=True, timeout=WAIT_SECONDS
    )
    assert result.returncode == 0
    run("verify", "a.txt.neu")
    for command, stream in {"compress <&-": "input", "compress -c a.txt >&-": "output"}.items():
        result = subprocess.run(
            ["sh", "-c", f"{' '.join(STAND_IN)} {command}"], capture_output=True, timeout=WAIT_SECONDS
        )
        assert result.returncode == 1
        assert result.stderr.endswith(f"standard {stream}: is closed\n".encode())


def test_a_file_of_unknown_size(folder: Path) -> None:
    os.mkfifo("fifo")
    process = subprocess.Popen([*STAND_IN, "compress", "fifo", "-o", "f.neu"])
    Path("fifo").write_bytes(TEXT)
    assert process.wait(WAIT_SECONDS) == 0
    assert run("decompress", "-c", "f.neu").stdout == TEXT


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="Linux only")
def test_a_file_that_says_it_is_empty_and_is_not(folder: Path) -> None:
    run("compress", "/proc/version", "-o", "v.neu", "--check")
    assert run("decompress", "-c", "v.neu").stdout == Path("/proc/version").read_bytes()


def on_terminal(*arguments: str, stdout: bool = False, **environment: str) -> tuple[int, str]:
    """Runs with stderr, and stdout if wanted, on a terminal; returns the exit code and what the terminal saw."""
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 100))
    process = subprocess.Popen(
        [*STAND_IN, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=terminal if stdout else subprocess.DEVNULL,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm", **environment},
    )
    os.close(terminal)
    seen = b""
    try:
        while piece := os.read(controller, 1 << 16):
            seen += piece
    except OSError:  # how Linux says that the last writer closed the terminal
        pass
    os.close(controller)
    return process.wait(WAIT_SECONDS), seen.decode(errors="replace")


def test_progress_shows_on_a_terminal_for_long_work(folder: Path) -> None:
    code, seen = on_terminal("compress", "-T1", "a.txt", SECONDS_PER_MB="0.7")
    assert code == 0
    assert "a.txt:" in seen and "%" in seen and "B/s" in seen
    assert "neucomp: compiling the stand-in" in seen
    assert "bits per byte" in seen
    code, seen = on_terminal("compress", "-qf", "-T1", "a.txt", SECONDS_PER_MB="0.4")
    assert (code, seen) == (0, "")
    code, seen = on_terminal("verify", "a.txt.neu", SECONDS_PER_MB="0.7")
    assert code == 0
    assert "100%" in seen or "%|" in seen


def test_compressed_data_do_not_go_to_a_terminal_without_force(folder: Path) -> None:
    code, seen = on_terminal("compress", "-c", "a.txt", stdout=True)
    assert code == 1
    assert "not written to a terminal" in seen
    assert on_terminal("compress", "-fc", "a.txt", stdout=True)[0] == 0
    run("compress", "a.txt")
    code, seen = on_terminal("decompress", "-c", "a.txt.neu", stdout=True)
    assert code == 0 and "whatever remains" in seen
