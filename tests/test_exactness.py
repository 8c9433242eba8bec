"""Profile exact-1: the same bytes whatever the processor, the compiler's settings and the number of threads."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import neucomp
from neucomp.models import MODELS
from neucomp.models.byte_types import DataType
from tests.helpers import image_job
from tests.helpers.coding_job import Job, Outcome, run, run_elsewhere
from tests.helpers.forced_network import forced_network
from tests.helpers.short_primers import short_primers
from tests.helpers.small_blocks import SmallBlocks
from tests.helpers.small_network import small_network
from tests.helpers.specimens import SPECIMENS, noise, numbers, samples, text

SIZE = 3000
LEVELS = (1, 5, 9)
TINY = [
    (text(130), 1, "TEXT", 1, 0),
    (b"if (x == 10) { return foo(x + 1, 10); }\nif (y", 5, "MARKUP", 1, 0),
    (SPECIMENS["machine_code"](60), 9, "CODE", 1, 0),
    (SPECIMENS["records"](90), 3, "RECORDS", 1, 0),
    (samples(64), 9, "SAMPLES", 3, 15),
    (bytes(40) + b"\xff" * 20, 1, "SAMPLES", 255, 65535),
    (b"", 5, "TEXT", 1, 0),
    (b"\xff", 9, "RECORDS", 1, 0),
]
"""Interpreted kernels take 10 to 70 ms a byte. Levels from 3 on have a network."""


@pytest.fixture
def cache_folder(pytestconfig: pytest.Config, tmp_path: Path) -> str:
    """Where kernels of other settings stay until the next run; numba keeps them apart."""
    store = pytestconfig.cache
    return str(store.mkdir("kernels") if store is not None else tmp_path)


@pytest.fixture
def quick() -> Iterator[None]:
    with short_primers(), small_network():
        yield


def hostile_payloads(payload: bytes) -> list[bytes]:
    """Payloads that decode to nonsense or nothing: behind good heads, so that the kernels get to see them."""
    number = numbers(8, len(payload))
    flipped = bytearray(payload)
    flipped[6 + number[0] % (len(payload) - 6)] ^= 1 << number[1] % 8
    cut = 7 + number[2] % (len(payload) - 7)
    return [bytes(flipped), payload[:cut], payload[:6] + noise(len(payload)), payload + b"!"]


@cache
def job_for_compiled_kernels() -> tuple[Job, Outcome]:
    """All kinds of data, first as the model finds them, then as each type; what they became; what nobody wrote."""
    job = Job()
    for make in SPECIMENS.values():
        for level in LEVELS:
            job.add_original(make(SIZE), level)
    found = len(job.encode)
    for original, level, data_type, left, up in TINY:
        job.add_original(original, level, data_type, left, up)
    for data_type in DataType:
        far = data_type == DataType.SAMPLES
        job.add_original(samples(700), 9, data_type.name, *((3, 60) if far else ()))
        job.add_original(text(400), 2, data_type.name, *((255, 65535) if far else ()))
    payloads = run(job).payloads
    shrunk = [i for i, payload in enumerate(payloads) if len(payload) < len(job.encode[i][0])]
    for i in shrunk:
        job.add_payload(bytes.fromhex(payloads[i]), len(job.encode[i][0]) // 2)
    assert run(Job(decode=job.decode)).originals == [job.encode[i][0] for i in shrunk]
    for i in shrunk:
        for hostile in hostile_payloads(bytes.fromhex(payloads[i])) if i >= found else []:
            job.add_payload(hostile, len(job.encode[i][0]) // 2)
            job.add_payload(hostile, len(job.encode[i][0]))
    return job, run(job)


def test_inputs_are_of_all_kinds() -> None:
    job, outcome = job_for_compiled_kernels()
    assert {DataType[each[2]] for each in job.encode if each[2]} == set(DataType)
    networks = [
        bytes.fromhex(payload)[2] for payload, each in zip(outcome.payloads, job.encode, strict=True) if each[1] > 2
    ]
    assert set(networks) >= {0, 1}
    nonsense = {result for result in outcome.originals if len(result) > 200 and "Error" in result}
    assert len(nonsense) > len(job.encode)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}, id="generic processor"),
        pytest.param({"NUMBA_BOUNDSCHECK": "1"}, id="every index checked"),
    ],
)
def test_other_compiled_kernels(settings: dict[str, str], cache_folder: str) -> None:
    job, outcome = job_for_compiled_kernels()
    assert run_elsewhere(job, NEUCOMP_CACHE_DIR=cache_folder, **settings) == outcome


def test_interpreted_kernels() -> None:
    job = Job()
    for original, level, data_type, left, up in TINY:
        job.add_original(original, level, data_type, left, up)
    for (original, *_), payload in zip(TINY, run(job).payloads, strict=True):
        job.add_payload(bytes.fromhex(payload), len(original))
    outcome = run(job)
    shrunk = [i for i, (original, *_) in enumerate(TINY) if len(outcome.payloads[i]) < 2 * len(original)]
    assert len(shrunk) >= 5
    assert all(outcome.originals[i] == TINY[i][0].hex() for i in shrunk)
    assert run_elsewhere(job, NUMBA_DISABLE_JIT="1") == outcome


@pytest.mark.parametrize("level", LEVELS)
def test_number_of_threads(level: int, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    original = text(9000) + noise(9000) + samples(6000) + SPECIMENS["machine_code"](2500)
    monkeypatch.setitem(MODELS, "bytes", SmallBlocks(4096))
    with forced_network(True):
        blob = neucomp.compress(original, level, threads=1)
        for threads in (2, 5):
            assert neucomp.compress(original, level, threads=threads) == blob
    about = neucomp.info(blob)
    assert len(about.blocks) == 7
    assert {block.coded for block in about.blocks} == {True, False}
    assert any("network" in block.description for block in about.blocks) == (level > 1)
    for threads in (1, 2, 5):
        assert neucomp.decompress(blob, threads=threads) == original


def test_blocks_leave_no_trace(quick: None) -> None:
    first, second = text(2000), samples(2000)
    alone = [hashlib.sha256(neucomp.compress(each)).digest() for each in (first, second)]
    again = [hashlib.sha256(neucomp.compress(each)).digest() for each in (second, first)]
    assert alone == again[::-1]


IMAGES = ("pixmap", "gray-batch", "png", "drawing")


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}, id="generic processor"),
        pytest.param({"NUMBA_BOUNDSCHECK": "1"}, id="every index checked"),
    ],
)
def test_other_compiled_kernels_of_images(settings: dict[str, str], cache_folder: str) -> None:
    expected = image_job.run(9, *IMAGES)
    assert all(" image " in line and line.endswith(" True") for line in expected)
    assert image_job.run_elsewhere(9, *IMAGES, NEUCOMP_CACHE_DIR=cache_folder, **settings) == expected


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}, id="generic processor"),
        pytest.param({"NUMBA_BOUNDSCHECK": "1"}, id="every index checked"),
    ],
)
def test_other_compiled_kernels_of_streams(settings: dict[str, str], cache_folder: str) -> None:
    expected = image_job.run(1, "streams")
    assert all(" streams " in line and line.endswith(" True") for line in expected)
    assert image_job.run_elsewhere(1, "streams", NEUCOMP_CACHE_DIR=cache_folder, **settings) == expected


def test_interpreted_kernels_of_images() -> None:
    names = ("tiny", "tiny-drawing")
    assert image_job.run_elsewhere(5, *names, NUMBA_DISABLE_JIT="1") == image_job.run(5, *names)
