"""One measurement: encode in a process, decode in another, compare."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from neucomp.bench.codec import Codec
from neucomp.bench.results import COMPARED, Result, Status
from neucomp.bench.worker import Report

LAST_WORDS = 4096
"""Bytes at the end of a process's stderr in which its error message is looked for."""

THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
"""What keeps libraries from using more threads than the result says."""


class NoResult(Exception):
    """A process gave no result: the status for the row, and the reason as the message."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def measure(codec: Codec, data: bytes, result: Result, timeout_s: float) -> Result:
    """Encode `data`, decode it, compare. Whatever goes wrong becomes the status of the result.

    result: what is known beforehand; times are those of `result.repeat` calls. timeout_s: for each process.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="neucomp-bench-", ignore_cleanup_errors=True) as folder:
            return _measure(codec, data, result, timeout_s, Path(folder))
    except NoResult as error:
        return replace(result, status=error.status, detail=str(error))
    except OSError as error:
        return replace(result, status="failed", detail=f"{type(error).__name__}: {error}")


def _measure(codec: Codec, data: bytes, result: Result, timeout_s: float, folder: Path) -> Result:
    suffix = Path(result.file).suffix
    (folder / "original").write_bytes(data)
    encoded, encode_process_s = run_worker("encode", codec, folder, suffix, result.repeat, timeout_s)
    (folder / "original").unlink()  # the decoder must do without
    decoded, decode_process_s = run_worker("decode", codec, folder, suffix, result.repeat, timeout_s)
    result = replace(
        result,
        compressed_size=(folder / "packed").stat().st_size,
        model_bytes=decoded.model_bytes,
        encode_s=median(encoded.seconds),
        decode_s=median(decoded.seconds),
        encode_process_s=encode_process_s,
        decode_process_s=decode_process_s,
        encode_peak_bytes=encoded.peak_bytes,
        decode_peak_bytes=decoded.peak_bytes,
    )
    for kind in codec.keeps:
        if encoded.fingerprints[kind] == decoded.fingerprints.get(kind):
            return replace(result, status="ok", detail="", compared=COMPARED[kind])
    return replace(result, status="wrong", detail=f"decoding gave other {COMPARED[codec.takes]} than the original's")


def run_worker(
    direction: str,
    codec: Codec,
    folder: Path,
    suffix: str,
    repeat: int = 1,
    timeout_s: float | None = None,
    environment: dict[str, str] | None = None,
    warm: bool = True,
) -> tuple[Report, float]:
    """Code a file in a new process (see `worker`): what it reports, and the seconds that the whole process took.

    environment: additions to this process's. Raises NoResult, and OSError if no process can be started.
    """
    threads = {name: str(codec.threads) for name in THREAD_SETTINGS} if codec.threads else {}
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)  # a codec is found there as it was here
    command = [sys.executable, "-P", "-m", "neucomp.bench.worker"]
    command += [direction, codec.name, str(folder), suffix, str(repeat), str(int(warm))]
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    start = time.perf_counter()
    with open(folder / "stderr", "w+b") as stderr:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env={**os.environ, "PYTHONPATH": paths, "TMPDIR": str(temporary), **threads, **(environment or {})},
            start_new_session=True,
        )
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise NoResult("timeout", f"{direction} took more than {timeout_s:g} s") from None
        finally:
            _end(process)
        stderr.seek(max(os.fstat(stderr.fileno()).st_size - LAST_WORDS, 0))
        last_words = stderr.read().decode(errors="replace").strip().splitlines()
    process_s = time.perf_counter() - start
    if process.returncode < 0:
        raise NoResult("failed", f"{direction} was killed by signal {-process.returncode}{_signal_name(process)}")
    if process.returncode > 0:
        raise NoResult("failed", f"{direction}: {(last_words or ['no message'])[-1]}")
    report = Report(**json.loads((folder / "report.json").read_text()))
    if report.unsuited:
        raise NoResult("unsuited", report.unsuited)
    return report, process_s


def _end(process: "subprocess.Popen[Any]") -> None:
    """Kill the process and what it started, if they still run."""
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _signal_name(process: "subprocess.Popen[Any]") -> str:
    try:
        return f" ({signal.Signals(-process.returncode).name})"
    except ValueError:
        return ""
