"""Measure every codec on every file of the suites, each in processes of its own, and keep the rows as JSON.

    python benchmarks/figures.py --data DIR --json benchmarks/results/figures.json

Every file is compressed to a real file, decompressed from it by another process and compared with the original.
"""

import argparse
import datetime
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from manifests import Suite, SuiteFile, load_suite, suite_names
from peers import CODECS, Codec, find_codec, neucomp_codec
from results import Results, Row

WORKER = Path(__file__).with_name("worker.py")


class MeasurementError(Exception):
    """A codec gave no result: `status` for the row, and the reason as the message."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def machine() -> str:
    """Processor, number of cores, system and Python, as one line."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        if models:
            processor = f"{models[0]}, {len(models)} cores"
    return f"{processor}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def run_worker(direction: str, codec: Codec, source: Path, target: Path, timeout_s: float) -> tuple[float, int, float]:
    """Code `source` to `target` in a new process: seconds in the codec, peak bytes, seconds of the whole process."""
    command = [sys.executable, str(WORKER), direction, codec.name, str(source), str(target)]
    start = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise MeasurementError("timeout", f"{direction} took more than {timeout_s:g} s") from None
    process_s = time.perf_counter() - start
    if done.returncode < 0:
        raise MeasurementError("failed", f"{direction} was killed by signal {-done.returncode}")
    if done.returncode > 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise MeasurementError("failed", f"{direction}: {reason}")
    report = json.loads(done.stdout.splitlines()[-1])
    return report["seconds"], report["peak_bytes"], process_s


def measure(codec: Codec, version: str, suite: Suite, file: SuiteFile, data: bytes, timeout_s: float) -> Row:
    """One row: encode, decode, compare; whatever goes wrong becomes the row's status."""
    status, detail = "ok", ""
    measured: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="neucomp-bench-") as folder:
        original, packed, unpacked = (Path(folder, name) for name in ("original", "packed", "unpacked"))
        try:
            original.write_bytes(data)
            for direction, source, target in (("encode", original, packed), ("decode", packed, unpacked)):
                seconds, peak_bytes, process_s = run_worker(direction, codec, source, target, timeout_s)
                measured[f"{direction}_s"] = seconds
                measured[f"{direction}_kb_s"] = len(data) / 1000 / seconds
                measured[f"{direction}_peak_bytes"] = peak_bytes
                measured[f"{direction}_process_s"] = process_s
            measured["compressed_size"] = packed.stat().st_size
            if unpacked.read_bytes() != data:
                status, detail = "wrong", "the decoded file differs from the original"
        except MeasurementError as error:
            status, detail = error.status, str(error)
        except OSError as error:
            status, detail = "failed", f"{type(error).__name__}: {error}"
    return Row(
        suite=suite.name,
        file=file.name,
        sha256=file.sha256,
        codec=codec.name,
        label=codec.label,
        version=version,
        machine=machine(),
        date=datetime.date.today().isoformat(),
        status=status,
        detail=detail,
        size=len(data),
        verified=status == "ok",
        **measured,
    )


def describe(row: Row) -> str:
    """A line for the terminal."""
    head = f"{f'{row.suite}/{row.file}':<44} {row.label:<14}"
    if row.compressed_size is None or row.encode_peak_bytes is None or row.status != "ok":
        return f"{head} {row.status.upper()}: {row.detail}"
    bits_per_byte = 8 * row.compressed_size / max(row.size, 1)
    return (
        f"{head} {row.size:>10,} -> {row.compressed_size:>10,}  {bits_per_byte:6.3f} bits/byte"
        f"  {row.encode_kb_s:>9,.0f} / {row.decode_kb_s:>9,.0f} KB/s  {row.encode_peak_bytes / 1e6:>6,.0f} MB"
    )


def usable_codecs(names: list[str], levels: list[int], threads: list[int]) -> list[tuple[Codec, str]]:
    """The codecs asked for with their versions; one whose library is missing is left out and named."""
    usable = []
    for name in names:
        family = [neucomp_codec(level, n) for n in threads for level in levels] if name == "neucomp" else []
        for codec in family or [find_codec(name)]:
            try:
                usable.append((codec, codec.version()))
            except ImportError as error:
                print(f"{codec.label}: skipped, {error} (pip install 'neucomp[bench]')", file=sys.stderr)
    return usable


def parse_arguments() -> argparse.Namespace:
    """The command line."""

    def names(text: str) -> list[str]:
        return text.split(",")

    def numbers(text: str) -> list[int]:
        return [int(number) for number in text.split(",")]

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the suites' files")
    parser.add_argument("--json", type=Path, required=True, help="results; finished rows in it are not measured again")
    parser.add_argument("--suite", type=names, default=suite_names(), help="suites or manifests, default: %(default)s")
    parser.add_argument("--codecs", type=names, default=[*CODECS, "neucomp"], help="default: %(default)s")
    parser.add_argument("--levels", type=numbers, default=[1, 3, 5, 9], help="neucomp's levels, default: %(default)s")
    parser.add_argument("--threads", type=numbers, default=[1], help="neucomp's threads, default: %(default)s")
    parser.add_argument("--max-bytes", type=int, help="leave out files larger than this")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds per process, default: %(default)s")
    parser.add_argument("--again", action="store_true", help="measure finished rows again")
    return parser.parse_args()


def main() -> int:
    """Run the command line; 1 if a codec failed or decoded wrongly, 0 otherwise."""
    arguments = parse_arguments()
    results = Results(arguments.json)
    codecs = usable_codecs(arguments.codecs, arguments.levels, arguments.threads)
    failures = 0
    for suite in map(load_suite, arguments.suite):
        for file in suite.files:
            try:
                data = file.read(arguments.data)
            except (OSError, ValueError) as error:
                print(f"{suite.name}/{file.name}: skipped, {error} (source: {suite.source})", file=sys.stderr)
                continue
            if arguments.max_bytes is not None and len(data) > arguments.max_bytes:
                print(f"{suite.name}/{file.name}: skipped, larger than {arguments.max_bytes:,} bytes", file=sys.stderr)
                continue
            for codec, version in codecs:
                finished = results.has_finished(suite.name, file.name, codec.name, version, file.sha256)
                if finished and not arguments.again:
                    continue
                row = measure(codec, version, suite, file, data, arguments.timeout)
                failures += row.status != "ok"
                results.add(row)
                print(describe(row), flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ValueError as error:
        sys.exit(f"error: {error}")
