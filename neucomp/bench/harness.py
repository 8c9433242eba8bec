"""Every codec on every file that it suits."""

import datetime
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from neucomp.bench.catalogue import DEFAULT, find_codec
from neucomp.bench.codec import Codec
from neucomp.bench.contents import recognise
from neucomp.bench.machine import machine
from neucomp.bench.measure import measure
from neucomp.bench.results import Result, ResultsFile

DEFAULT_TIMEOUT_S = 3600.0


@dataclass(frozen=True)
class Subject:
    """A file to measure codecs on: its name in tables, and what reads its bytes when its turn comes."""

    name: str
    read: Callable[[], bytes]
    suite: str = ""


class Usable(NamedTuple):
    """A codec that is here, and its version."""

    codec: Codec
    version: str


def run(
    files: Iterable[str | os.PathLike[str] | Subject],
    codecs: Sequence[str] = DEFAULT,
    *,
    repeat: int = 1,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    results: ResultsFile | None = None,
    before: Callable[[Result], None] = lambda result: None,
    after: Callable[[Result, bool], None] = lambda result, known: None,
    missing: Callable[[str, Exception], None] | None = None,
) -> list[Result]:
    """Measure every codec on every file it suits and return a result for each pair, verified or not.

    files: paths, or `Subject`s. codecs: names as of `find_codec`. repeat: calls of which times are the median.
    timeout_s: for each process. results: those already in it are not measured again; new ones are added one by one.
    before, after: called with what is about to be measured, and with the result and whether it was known already.
    missing: called with a codec that cannot be used here, or a file that cannot be read, and the reason; without it the
    reason is raised, except that codecs of `DEFAULT` are left out if no others were asked for.

    >>> from neucomp import bench
    >>> [result] = bench.run(["neucomp/bench/harness.py"], ["gzip"])  # doctest: +SKIP
    >>> result.status, round(result.bits_per_symbol, 1)  # doctest: +SKIP
    ('ok', 3.0)
    """
    usable = list(_usable(codecs, missing or (_ignore if codecs is DEFAULT else _complain)))
    missing = missing or _complain
    measured = []
    for file in files:
        subject = file if isinstance(file, Subject) else subject_of(file)
        try:
            data = subject.read()
        except (OSError, ValueError) as error:
            missing(f"{subject.suite}/{subject.name}" if subject.suite else subject.name, error)
            continue
        for codec, begun in _plan(subject, data, usable, repeat):
            known = results.finished(begun) if results is not None else None
            if known is None:
                before(begun)
                result = measure(codec, data, begun, timeout_s)
                if results is not None:
                    results.add(result)
            else:
                result = known
            after(result, known is not None)
            measured.append(result)
    return measured


def _ignore(name: str, error: Exception) -> None:
    """For what need not be here."""


def _complain(name: str, error: Exception) -> None:
    raise error


def subject_of(path: str | os.PathLike[str]) -> Subject:
    """A file outside of suites, by its path."""
    name = os.fsencode(os.path.normpath(path)).decode("utf-8", "backslashreplace")
    return Subject(name, Path(path).read_bytes)


def _usable(names: Sequence[str], missing: Callable[[str, Exception], None]) -> Iterator[Usable]:
    """The codecs with their versions. Any error of one, which may be anybody's module, is only reported."""
    for name in dict.fromkeys(names):
        try:
            codec = find_codec(name)
            yield Usable(codec, codec.version())
        except Exception as error:
            missing(name, error)


def _plan(subject: Subject, data: bytes, usable: Iterable[Usable], repeat: int) -> Iterator[tuple[Codec, Result]]:
    """The codecs that suit a file, with what is known of their results beforehand."""
    shape = recognise(data)
    sha256 = hashlib.sha256(data).hexdigest()
    for codec, version in usable:
        if codec.suits(shape.kind):
            yield (
                codec,
                Result(
                    suite=subject.suite,
                    file=subject.name,
                    sha256=sha256,
                    kind=shape.kind,
                    codec=codec.name,
                    label=codec.label,
                    version=version,
                    machine=machine(),
                    date=datetime.date.today().isoformat(),
                    threads=codec.threads,
                    device=codec.device,
                    repeat=repeat,
                    status="failed",
                    detail="not measured",
                    size=len(data),
                    symbols=shape.symbols,
                    raw_size=shape.raw_size,
                ),
            )
