"""The child process of a measurement: one codec, one direction, one file.

    python -m neucomp.bench.worker encode|decode CODEC FOLDER SUFFIX REPEAT WARM

Encoding reads `original` in FOLDER and writes `packed`; decoding sees `packed` alone. Each writes a `Report`. Imports,
compilation and caches are paid for by coding a small file first if WARM is 1, which leaves `warm` for the decoder;
reading and writing happens outside the clock.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from neucomp.bench.catalogue import find_codec
from neucomp.bench.codec import Codec, Kind, ProgramFailed, Unsuited
from neucomp.bench.contents import fingerprint, read, recognise
from neucomp.bench.machine import peak_memory
from neucomp.bench.small_files import small_file


@dataclass
class Report:
    """What a worker found out. `fingerprints` tell what went in (encoding) or came out (decoding), by kind."""

    seconds: list[float] = field(default_factory=list)
    peak_bytes: int = 0
    model_bytes: int = 0
    fingerprints: dict[Kind, str] = field(default_factory=dict)
    unsuited: str = ""


def main() -> None:
    """Code one file as told by the command line."""
    direction, name, folder, suffix, repeat, warm = sys.argv[1:]
    codec = find_codec(name)
    opened = _watch_models(codec)
    work = {"encode": _encode, "decode": _decode}[direction]
    report = Report()
    try:
        work(codec, Path(folder), suffix, int(repeat), warm == "1", report)
    except Unsuited as error:
        report.unsuited = str(error)
    except ProgramFailed as error:
        sys.exit(str(error))
    report.model_bytes = codec.model_bytes + sum(path.stat().st_size for path in opened)
    Path(folder, "report.json").write_text(json.dumps(asdict(report)))


def _encode(codec: Codec, folder: Path, suffix: str, repeat: int, warm: bool, report: Report) -> None:
    data = (folder / "original").read_bytes()
    kind = recognise(data).kind
    content = read(codec.takes, data)
    if warm and codec.in_process:
        small = codec.compress(read(codec.takes, small_file(kind, data)))
        codec.decompress(small)
        (folder / "warm").write_bytes(small)
    blob = _timed(codec, codec.compress, content, suffix, repeat, report)
    (folder / "packed").write_bytes(blob)
    report.fingerprints = {each: fingerprint(read(each, data)) for each in codec.keeps}


def _decode(codec: Codec, folder: Path, suffix: str, repeat: int, warm: bool, report: Report) -> None:
    blob = (folder / "packed").read_bytes()
    if warm and codec.in_process:
        codec.decompress((folder / "warm").read_bytes())
    content = _timed(codec, codec.decompress, blob, suffix, repeat, report)
    report.fingerprints[codec.takes] = fingerprint(content)
    for kind in codec.keeps[1:]:
        if recognise(content).kind == kind:
            report.fingerprints[kind] = fingerprint(read(kind, content))


def _timed(codec: Codec, code: Callable[..., Any], content: Any, suffix: str, repeat: int, report: Report) -> Any:
    """What `code` makes of the content; seconds of each call go into the report."""
    arguments = (content,) if codec.in_process else (content, suffix)
    for _ in range(repeat):
        start = time.perf_counter()
        coded = code(*arguments)
        report.seconds.append(time.perf_counter() - start)
    report.peak_bytes = peak_memory(children=not codec.in_process)  # before fingerprints, which take memory, too
    return coded


def _watch_models(codec: Codec) -> set[Path]:
    """The files of the codec's model folder that this process opens from now on."""
    opened: set[Path] = set()
    if codec.model_folder is not None:
        folder = codec.model_folder().resolve()

        def watch(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "open" and isinstance(arguments[0], str | Path):
                path = Path(arguments[0]).resolve()
                if path.parent == folder and path.suffix != ".py" and path.is_file():
                    opened.add(path)

        sys.addaudithook(watch)
    return opened


if __name__ == "__main__":
    main()
