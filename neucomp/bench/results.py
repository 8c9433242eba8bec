"""Results and the files that keep them.

A results file is JSON, `{"rows": [...]}` with one row on each line. A row is appended as soon as it is measured, so
that an interrupted run loses only what it was measuring; a last line that was cut off is ignored on reading.
"""

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Literal

from neucomp.bench.codec import Kind

Status = Literal["ok", "wrong", "failed", "timeout", "unsuited"]

SYMBOLS = {"bytes": "byte", "image": "dim", "audio": "sample"}
"""What a file consists of: "bits per dim" is the name that the literature has for bits of each sub-pixel."""

COMPARED = {"bytes": "bytes", "image": "pixels", "audio": "samples"}

_BEGIN, _END = '{"rows": [\n', "\n]}\n"


@dataclass(frozen=True)
class Result:
    """One codec on one file. Sizes in bytes, times in seconds; None where nothing was measured.

    `status` is "ok" where the file was decoded and compared; "wrong" where decoding gave something else; "failed" and
    "timeout"; "unsuited" where the codec cannot code such contents. `detail` says why it is not "ok".
    """

    suite: str  # "" for files that belong to none
    file: str
    sha256: str  # of the file
    kind: Kind
    codec: str
    label: str
    version: str
    machine: str
    date: str
    threads: int
    device: str
    repeat: int  # times are medians of so many calls
    status: Status
    detail: str
    size: int  # of the file
    symbols: int  # bytes, sub-pixels or samples that it holds
    raw_size: int  # of these, unpacked: what speeds are relative to
    compared: str = ""  # "bytes", "pixels" or "samples", once they were found to be equal
    compressed_size: int | None = None  # of the whole file, headers included
    model_bytes: int | None = None  # weights, primers and dictionaries that decoding needed beside it
    encode_s: float | None = None  # inside the codec's call
    decode_s: float | None = None
    encode_process_s: float | None = None  # the whole process: start-up, imports, warm-up, reading and writing
    decode_process_s: float | None = None
    encode_peak_bytes: int | None = None  # largest resident memory of the whole process
    decode_peak_bytes: int | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What a newer result replaces."""
        return self.suite, self.file, self.codec

    @property
    def verified(self) -> bool:
        """Decoded and compared."""
        return self.status == "ok"

    @property
    def bits_per_symbol(self) -> float | None:
        """Compressed bits for each byte, sub-pixel or sample."""
        return None if self.compressed_size is None else 8 * self.compressed_size / max(self.symbols, 1)

    @property
    def compression_ratio(self) -> float | None:
        """Size of the file / compressed size."""
        return self.size / self.compressed_size if self.compressed_size else None

    @property
    def encode_kb_s(self) -> float | None:
        """Thousands of unpacked bytes per second."""
        return self.raw_size / 1000 / self.encode_s if self.encode_s else None

    @property
    def decode_kb_s(self) -> float | None:
        """Thousands of unpacked bytes per second."""
        return self.raw_size / 1000 / self.decode_s if self.decode_s else None


DERIVED = ("bits_per_symbol", "compression_ratio", "encode_kb_s", "decode_kb_s")


class ResultsFile:
    """The results in a file, which need not exist yet."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises ValueError if it is something else, and what opening it raises."""
        self.path = path
        self._results: dict[tuple[str, str, str], Result] = {}
        if path.exists():
            for result in _read(path):
                self._results[result.key] = result
        self._whole = False  # whether the file has the results in memory and nothing else

    @property
    def results(self) -> list[Result]:
        """All of them, in the order in which they were first measured."""
        return list(self._results.values())

    def finished(self, wanted: Result) -> Result | None:
        """The verified result, with times, for the same file, codec, version, machine and at least as many repeats."""
        found = self._results.get(wanted.key)
        if found is None or not found.verified or found.encode_s is None or found.repeat < wanted.repeat:
            return None
        same = all(getattr(found, name) == getattr(wanted, name) for name in ("sha256", "version", "machine"))
        return found if same else None

    def add(self, *results: Result) -> None:
        """Add or replace results, on disk before this returns. Raises OSError."""
        if not results:
            return
        append = self._whole and all(result.key not in self._results for result in results)
        self._results |= {result.key: result for result in results}
        if append:
            with self.path.open("r+", encoding="utf-8", newline="\n") as file:
                file.seek(self.path.stat().st_size - len(_END))
                file.write("".join(f",\n{json.dumps(asdict(result))}" for result in results) + _END)
            return
        # Not in place: should the disk be full, what is there stays.
        temporary = self.path.with_name(self.path.name + ".tmp")
        lines = ",\n".join(json.dumps(asdict(each)) for each in self._results.values())
        try:
            temporary.write_text(f"{_BEGIN}{lines}{_END}", encoding="utf-8", newline="\n")
            temporary.replace(self.path)
        finally:
            temporary.unlink(missing_ok=True)
        self._whole = True


def _read(path: Path) -> Iterable[Result]:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if not lines or lines[0] != _BEGIN:
        raise ValueError(f"{path} is no file of results: it does not begin with {_BEGIN.strip()}")
    for number, line in enumerate(lines[1:], 2):
        if not line.startswith("{"):
            break
        try:
            yield Result(**json.loads(line.rstrip().rstrip(",")))
        except (ValueError, TypeError) as error:
            if number == len(lines):
                break
            raise ValueError(f"line {number} of {path} is no result: {error}") from None


def write_csv(results: Iterable[Result], file: IO[str]) -> None:
    """One line for each result, with all its fields and what follows from them."""
    writer = csv.writer(file, lineterminator="\n")
    names = [each.name for each in fields(Result)] + list(DERIVED)
    writer.writerow(names)
    for result in results:
        writer.writerow(["" if (value := getattr(result, name)) is None else value for name in names])
