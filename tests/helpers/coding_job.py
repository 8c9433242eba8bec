"""A list of things to encode and decode with the byte model, done here or in a process with another environment.

What comes out must not depend on where it was done. In a process of its own: `python -W error -m
tests.helpers.coding_job`, with the job on standard input.
"""

import json
import sys
from dataclasses import asdict, dataclass, field
from unittest.mock import patch

import numpy as np

import neucomp.models.bytes as model
from neucomp.errors import NeucompError
from neucomp.models.byte_types import DataType, Finding
from neucomp.models.bytes import ByteModel
from neucomp.models.primers import NO_PRIMER
from tests.helpers.elsewhere import run_module
from tests.helpers.forced_network import forced_network
from tests.helpers.short_primers import short_primers
from tests.helpers.small_network import small_network


@dataclass
class Job:
    """Inputs as hexadecimal numbers."""

    encode: list[tuple[str, int, str, int, int]] = field(default_factory=list)
    """(data, level, name of the data type, left, up), without a primer, and beside a network where the level has one;
    with "" for a name the model decides all this itself."""
    decode: list[tuple[str, int]] = field(default_factory=list)
    """(payload, size)."""

    def add_original(self, data: bytes, level: int, data_type: str = "", left: int = 1, up: int = 0) -> None:
        self.encode.append((data.hex(), level, data_type, left, up))

    def add_payload(self, payload: bytes, size: int) -> None:
        self.decode.append((payload.hex(), size))


@dataclass
class Outcome:
    """Results in the job's order, as hexadecimal numbers; for payloads that are refused the name of the error and what
    the kernels made of them: it is nonsense, but the same nonsense everywhere."""

    payloads: list[str]
    originals: list[str]


def run(job: Job) -> Outcome:
    """Does it in this process, with the end of a primer only and a small network: kernels with checks are slow."""
    with short_primers(), small_network():
        return Outcome([_encode(*each) for each in job.encode], [_decode(*each) for each in job.decode])


def run_elsewhere(job: Job, **environment: str) -> Outcome:
    """Does it in a new process with these additions to the environment. Warnings are errors there."""
    answer = run_module("tests.helpers.coding_job", given=json.dumps(asdict(job)), **environment)
    return Outcome(**json.loads(answer))


def _encode(data: str, level: int, data_type: str, left: int, up: int) -> str:
    if not data_type:
        return ByteModel().encode(bytes.fromhex(data), level, _ignore).hex()
    finding = Finding(DataType[data_type], left, up)
    with (
        patch("neucomp.models.byte_types.find_type", lambda pieces: finding),
        patch("neucomp.models.primers.find_primer", lambda pieces: NO_PRIMER),
        forced_network(True),
    ):
        return ByteModel().encode(bytes.fromhex(data), level, _ignore).hex()


def _decode(payload: str, size: int) -> str:
    try:
        original = ByteModel().decode(bytes.fromhex(payload), size, _ignore)
    except NeucompError as error:
        return f"{type(error).__name__} {_decode_anyway(bytes.fromhex(payload), size)}"
    assert len(original) == size
    return original.hex()


def _decode_anyway(payload: bytes, size: int) -> str:
    """What the kernels decode, without asking whether the payload's length fits."""
    try:
        plan, offset = model._unpack(payload)
        model._check(plan, size)
    except NeucompError:
        return ""
    if plan.primer != NO_PRIMER:
        return ""
    kernels = model._kernels()
    coder = model._new_coder(kernels, plan)
    coded = np.frombuffer(payload, np.uint8, offset=offset).copy()
    symbols = np.zeros(size, np.uint8)
    kernels.start_bytes(True, coded, coder)
    kernels.code_bytes(True, symbols, 0, size, coded, coder)
    return f"{symbols.tobytes().hex()} {kernels.position(coder)}"


def _ignore(symbols: int) -> None:
    pass


if __name__ == "__main__":
    json.dump(asdict(run(Job(**json.load(sys.stdin)))), sys.stdout)
