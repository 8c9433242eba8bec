"""Measured rows and the JSON file that keeps them.

The file is rewritten after every row, in one step, so an interrupted run loses only the row it was measuring.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One codec on one file. Sizes in bytes, times in seconds, 1 KB = 1000 bytes; None where nothing was measured."""

    suite: str
    file: str
    sha256: str  # of the original
    codec: str
    label: str
    version: str
    machine: str
    date: str
    status: str  # "ok", "wrong" (decoded to something else), "failed" or "timeout"
    detail: str  # why not "ok"
    size: int
    verified: bool  # decoded and compared
    compressed_size: int | None = None  # of the whole file, headers included
    encode_s: float | None = None  # inside the codec's call
    decode_s: float | None = None
    encode_kb_s: float | None = None
    decode_kb_s: float | None = None
    encode_process_s: float | None = None  # the whole process: start-up, imports, warm-up, reading and writing
    decode_process_s: float | None = None
    encode_peak_bytes: int | None = None  # largest resident memory of the whole process
    decode_peak_bytes: int | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What a newer row replaces."""
        return self.suite, self.file, self.codec


class Results:
    """The rows of a results file, which need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: dict[tuple[str, str, str], Row] = {}
        if path.exists():
            for entry in json.loads(path.read_text(encoding="utf-8"))["rows"]:
                row = Row(**entry)
                self._rows[row.key] = row

    @property
    def rows(self) -> Iterable[Row]:
        """All rows, in the order in which they were first measured."""
        return self._rows.values()

    def has_finished(self, suite: str, file: str, codec: str, version: str, sha256: str) -> bool:
        """Whether a verified row of the same code on the same bytes is there."""
        row = self._rows.get((suite, file, codec))
        return row is not None and row.status == "ok" and (row.version, row.sha256) == (version, sha256)

    def add(self, row: Row) -> None:
        """Add or replace a row and save."""
        self._rows[row.key] = row
        entries = ",\n".join(json.dumps(asdict(row)) for row in self._rows.values())
        temporary = self.path.with_name(self.path.name + ".tmp")
        temporary.write_text(f'{{"rows": [\n{entries}\n]}}\n', encoding="utf-8")
        os.replace(temporary, self.path)
