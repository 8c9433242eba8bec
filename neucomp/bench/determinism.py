"""Whether a file is coded to the same bytes, and decoded, whatever computes it.

Published neural codecs decode on the machine that encoded, if at all. Here a file is encoded once; then processes with
other numbers of threads, groups of positions, libraries, instruction sets and devices decode that blob, and encode the
file again. The check works with any codec; threads, groups and devices are varied for neucomp's own.
"""

import platform
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from neucomp.bench.catalogue import find_codec
from neucomp.bench.codec import Codec
from neucomp.bench.contents import recognise
from neucomp.bench.harness import DEFAULT_TIMEOUT_S
from neucomp.bench.measure import NoResult, run_worker
from neucomp.bench.own_codecs import NAME, own_codec
from neucomp.bench.small_files import small_file
from neucomp.bench.tables import Cell, Table
from neucomp.bench.worker import Report

THREADS = (2, 5)
POSITIONS = (64, 2048)
EXCERPT_BYTES = 32
EXCERPT_SIDE = 6
EXCERPT_FRAMES = 50
"""Interpreted kernels take up to 70 ms a byte."""

Outcome = Literal["same", "differs", "failed", "not here"]


@dataclass(frozen=True)
class Variant:
    """Another way to compute the same: a codec, additions to the environment, and why it may not be possible here."""

    name: str
    codec: Codec
    environment: dict[str, str] = field(default_factory=dict)
    interpreted: bool = False
    absent: str = ""


@dataclass(frozen=True)
class Check:
    """What came of a variant. `detail` says what differs or failed, or why it is not here."""

    file: str
    codec: str
    variant: str
    outcome: Outcome
    detail: str = ""


def check(
    files: Iterable[str | Path],
    codecs: Sequence[str] = ("neucomp-5",),
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    after: Callable[[Check], None] = lambda check: None,
) -> list[Check]:
    """Check every codec on every file that it suits. after: called with each check that is done.

    Raises OSError for files that cannot be read, and the errors of `find_codec`.
    """
    found = []
    for path in files:
        data = Path(path).read_bytes()
        for name in codecs:
            codec = find_codec(name)
            if codec.suits(recognise(data).kind):
                for done in _check(codec, str(path), data, timeout_s):
                    after(done)
                    found.append(done)
    return found


def variants(codec: Codec) -> Iterator[Variant]:
    """All other ways to compute what a codec computes."""
    if parsed := NAME.fullmatch(codec.name):
        model, level, device = parsed["model"], int(parsed["level"]), parsed["device"] or "cpu"
        for threads in THREADS:
            yield Variant(f"{threads} threads", own_codec(model, level, threads, device))
        if model == "transformer":
            for positions in POSITIONS:
                yield Variant(f"{positions} positions at once", own_codec(model, level, 1, device, positions))
            torch, absent = own_codec(model, level, 1, "torch"), _why_no_torch()
            yield Variant("torch", torch, absent=absent)
            yield Variant("torch, 2 threads", torch, {"OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}, absent=absent)
            yield Variant("torch without vectors", torch, {"ATEN_CPU_CAPABILITY": "default"}, absent=absent)
            yield Variant("CUDA", own_codec(model, level, 1, "cuda"), absent=absent or _why_no_cuda())
    yield Variant("BLAS, 2 threads", codec, {"OPENBLAS_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"})
    if platform.machine() in ("x86_64", "AMD64"):
        yield Variant("OpenBLAS for an old processor", codec, {"OPENBLAS_CORETYPE": "Prescott"})
    yield Variant("NumPy without vectors", codec, {"NPY_DISABLE_CPU_FEATURES": " ".join(_vector_features())})
    yield Variant("numba for any processor", codec, {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""})
    yield Variant("interpreted, an excerpt", codec, {"NUMBA_DISABLE_JIT": "1"}, interpreted=True)


def check_table(checks: Sequence[Check]) -> Table:
    """The checks as a table."""
    rows = [
        [Cell(text, text) for text in (each.file, each.codec, each.variant, each.outcome, each.detail)]
        for each in checks
    ]
    return Table("Determinism", ["file", "codec", "variant", "outcome", "detail"], rows, names=5)


def _check(codec: Codec, file: str, data: bytes, timeout_s: float) -> Iterator[Check]:
    """The checks of one codec on one file: as it is by default, then its variants."""
    suffix = Path(file).suffix
    with tempfile.TemporaryDirectory(prefix="neucomp-bench-", ignore_cleanup_errors=True) as name:
        whole, excerpt = Path(name, "whole"), Path(name, "excerpt")
        for folder, original in ((whole, data), (excerpt, _excerpt(data))):
            folder.mkdir()
            (folder / "original").write_bytes(original)
        own = Variant("as it is", codec)
        yield _compare(own, own, file, whole, suffix, timeout_s)
        if not (whole / "reference").exists():
            return
        for variant in variants(codec):
            yield _compare(own, variant, file, excerpt if variant.interpreted else whole, suffix, timeout_s)


def _compare(own: Variant, variant: Variant, file: str, folder: Path, suffix: str, timeout_s: float) -> Check:
    """Decode the reference, which is encoded the codec's own way unless it is there, and encode again."""

    def code(direction: str, how: Variant) -> Report:
        return run_worker(direction, how.codec, folder, suffix, 1, timeout_s, how.environment, warm=False)[0]

    def outcome(kind: Outcome, detail: str = "") -> Check:
        return Check(file, own.codec.label, variant.name, kind, detail)

    if variant.absent:
        return outcome("not here", variant.absent)
    reference, packed = folder / "reference", folder / "packed"
    try:
        if not reference.exists():
            code("encode", own)
            packed.replace(reference)
        packed.write_bytes(reference.read_bytes())
        decoded = code("decode", variant).fingerprints
        encoded = code("encode", variant).fingerprints
    except NoResult as error:
        return outcome("failed", str(error))
    if not any(decoded.get(kind) == encoded[kind] for kind in own.codec.keeps):
        return outcome("differs", "decodes to something else")
    if packed.read_bytes() != reference.read_bytes():
        return outcome("differs", "encodes to another file")
    return outcome("same")


def _excerpt(data: bytes) -> bytes:
    """So little that interpreted kernels code it in a minute.

    Bytes are turned into such as resemble no text: for text, models read a primer first, which would take hours.
    """
    kind = recognise(data).kind
    if kind == "bytes":
        return bytes(byte ^ 0x80 for byte in data[:EXCERPT_BYTES])
    return small_file(kind, data, EXCERPT_SIDE, EXCERPT_FRAMES)


def _vector_features() -> list[str]:
    """The instruction sets that NumPy has code for and this processor has."""
    import numpy as np

    about: Any = np.show_config(mode="dicts")
    return list(about["SIMD Extensions"].get("found", []))


def _why_no_torch() -> str:
    from importlib.util import find_spec

    return "" if find_spec("torch") else "torch is not installed"


def _why_no_cuda() -> str:
    import torch

    return "" if torch.cuda.is_available() else "no CUDA device"
