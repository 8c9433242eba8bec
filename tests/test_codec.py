"""Compression and decompression through a quick stand-in model, and a little through the real one."""

import array
import io
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neucomp
from neucomp.codec import MAX_OVERHEAD, original_size
from neucomp.container import MAGIC
from neucomp.errors import CorruptDataError, LimitExceeded, NeucompError, NotNeucompFile, UnsupportedError
from neucomp.models import Tick
from tests.helpers.forgery import Forgery, deflated, stored
from tests.helpers.roundtrip import check_roundtrip
from tests.helpers.zlib_model import ZlibModel

pytestmark = pytest.mark.usefixtures("zlib_model")

RANDOM = random.Random(3)
TEXT = b"".join(b"%d bottles of beer on the wall, %d bottles of beer. " % (n, n) for n in range(400))
NOISE = RANDOM.randbytes(60_000)


class OneWay(io.RawIOBase):
    """A pipe for tests: no seeking, and no more than a few bytes at a time in either direction."""

    def __init__(self, data: bytes = b"") -> None:
        self.rest = data
        self.written = bytearray()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        size = min(len(buffer), 700, len(self.rest))
        buffer[:size] = self.rest[:size]
        self.rest = self.rest[size:]
        return size

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.written += data[:900]
        return min(len(data), 900)


# Runs of text and noise, so that some blocks are coded and some stored.
MIXED = st.lists(
    st.one_of(
        st.binary(max_size=300),
        st.integers(0, 5000).map(lambda size: TEXT[:size]),
        st.integers(0, 9000).map(lambda size: NOISE[:size]),
        st.builds(lambda byte, size: byte * size, st.binary(min_size=1, max_size=1), st.integers(0, 5000)),
    ),
    max_size=5,
).map(b"".join)


@settings(deadline=None)
@given(MIXED, st.integers(1, 9))
def test_roundtrip(data: bytes, level: int) -> None:
    check_roundtrip(data, level=level, model="zlib")


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff", b"ab", bytes(100_000), TEXT, NOISE, MAGIC, MAGIC * 1000])
def test_roundtrip_of_special_inputs(data: bytes) -> None:
    once = check_roundtrip(data, model="zlib")
    check_roundtrip(once, model="zlib")


@pytest.mark.parametrize("data", [bytearray(TEXT), memoryview(TEXT), memoryview(TEXT * 2)[::2]])
def test_bytes_like_objects(data: bytearray | memoryview) -> None:
    blob = neucomp.compress(data, model="zlib")
    assert blob == neucomp.compress(bytes(data), model="zlib")
    assert neucomp.decompress(bytearray(blob)) == neucomp.decompress(memoryview(blob)) == bytes(data)


@settings(deadline=None, max_examples=25)
@given(MIXED)
def test_threads_do_not_change_the_result(data: bytes) -> None:
    blob = check_roundtrip(data, level=1, model="zlib")
    for threads in (0, 2, 3, 16):
        assert check_roundtrip(data, level=1, model="zlib", threads=threads) == blob


@pytest.mark.parametrize("size", [1, 999, 5000, 5001, 12_345])
def test_known_size_gives_equal_blocks(size: int) -> None:
    sizes = [block.original_size for block in neucomp.info(neucomp.compress(TEXT[:size], model="zlib")).blocks]
    assert len(sizes) == -(-size // 5000)
    assert max(sizes) - min(sizes) < len(sizes)


def test_levels_and_models_have_names() -> None:
    for level in (0, 10, -1):
        with pytest.raises(ValueError, match="1 to 9"):
            neucomp.compress(TEXT, level, model="zlib")
    with pytest.raises(ValueError, match="no model 'best'"):
        neucomp.compress(TEXT, model="best")
    with pytest.raises(ValueError, match="0 or more"):
        neucomp.compress(TEXT, model="zlib", threads=-1)
    for arguments in ({"level": 5.5}, {"level": "5"}, {"threads": 1.5}):
        with pytest.raises(TypeError):
            neucomp.compress(TEXT, model="zlib", **arguments)  # type: ignore[arg-type]
    for size in (-5, 2**63, 10**30):
        with pytest.raises(ValueError, match="the size"):
            neucomp.compress_stream(io.BytesIO(TEXT), io.BytesIO(), model="zlib", size=size)


@pytest.mark.parametrize("data", ["text", 5, None, [1, 2]])
def test_only_bytes_are_compressed(data: object) -> None:
    with pytest.raises(TypeError):
        neucomp.compress(data)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        neucomp.decompress(data)  # type: ignore[arg-type]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("data", [b"", b"x", TEXT, NOISE + TEXT + NOISE])
def test_progress_adds_up(data: bytes, threads: int) -> None:
    ticks: list[int] = []
    target = io.BytesIO()
    neucomp.compress_stream(io.BytesIO(data), target, model="zlib", threads=threads, tick=ticks.append)
    assert sum(ticks) == len(data)
    assert min(ticks, default=0) >= 0
    ticks.clear()
    target.seek(0)
    neucomp.decompress_stream(target, io.BytesIO(), threads=threads, tick=ticks.append)
    assert sum(ticks) == len(data)


@pytest.mark.parametrize("threads", [1, 3])
def test_error_in_tick_stops_all_threads(threads: int) -> None:
    def stop(symbols: int) -> None:
        raise KeyboardInterrupt

    blob = neucomp.compress(TEXT, model="zlib")
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        neucomp.compress_stream(io.BytesIO(TEXT), io.BytesIO(), model="zlib", threads=threads, tick=stop)
    with pytest.raises(KeyboardInterrupt):
        neucomp.decompress_stream(io.BytesIO(blob), io.BytesIO(), threads=threads, tick=stop)
    assert threading.active_count() == before


def test_cancelling_does_not_wait_for_whole_blocks(zlib_model: ZlibModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(data: bytes, level: int, tick: Tick) -> bytes:
        while True:
            tick(1)
            time.sleep(0.001)

    def stop(symbols: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(zlib_model, "encode", endless)
    with pytest.raises(KeyboardInterrupt):
        neucomp.compress_stream(io.BytesIO(TEXT), io.BytesIO(), model="zlib", threads=2, tick=stop)


@pytest.mark.parametrize("size", [0, 1, 40, 4096, 5000, 60_000])
def test_noise_grows_by_at_most_64_bytes(size: int) -> None:
    blob = check_roundtrip(NOISE[:size], level=1, model="zlib")
    assert len(blob) <= size + MAX_OVERHEAD
    if size > 10_000:
        assert len(neucomp.info(blob).blocks) == 1


def test_noise_through_files_is_stored_as_one_block(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(b"not this" + NOISE)
    with open(tmp_path / "noise", "rb") as source, open(tmp_path / "packed", "w+b") as target:
        source.seek(8)
        target.write(b"prefix")
        summary = neucomp.compress_stream(source, target, model="zlib", level=1)
        target.seek(6)
        blob = target.read()
    assert (summary.blocks, summary.stored_blocks, summary.compressed_size) == (1, 1, len(blob))
    assert neucomp.decompress(blob) == NOISE


def test_incompressible_blocks_never_meet_the_model(zlib_model: ZlibModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(data: bytes, level: int, tick: Tick) -> bytes:
        raise AssertionError("the model was asked")

    monkeypatch.setattr(zlib_model, "encode", refuse)
    check_roundtrip(NOISE, model="zlib")


@settings(deadline=None, max_examples=30)
@given(MIXED)
def test_pipes(data: bytes) -> None:
    pipe = OneWay(data)
    summary = neucomp.compress_stream(pipe, pipe, level=3, model="zlib")  # type: ignore[arg-type]
    blob = bytes(pipe.written)
    assert summary.compressed_size == len(blob) <= len(data) + 51 + 12 * -(-len(data) // 3000)
    assert [block.original_size for block in neucomp.info(blob).blocks[:-1]] == [3000] * ((len(data) - 1) // 3000)
    pipe = OneWay(blob)
    neucomp.decompress_stream(pipe, pipe)  # type: ignore[arg-type]
    assert pipe.written == data


def test_size_of_a_pipe_can_be_announced() -> None:
    target = io.BytesIO()
    neucomp.compress_stream(OneWay(TEXT), target, model="zlib", size=len(TEXT))  # type: ignore[arg-type]
    assert target.getvalue() == neucomp.compress(TEXT, model="zlib")
    for wrong in (0, len(TEXT) - 1, len(TEXT) + 1):
        with pytest.raises(NeucompError, match="announced"):
            neucomp.compress_stream(OneWay(TEXT), io.BytesIO(), model="zlib", size=wrong)  # type: ignore[arg-type]


def test_files_that_are_not_ready() -> None:
    class NotReady(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> None:
            return None

        def write(self, data: object) -> None:
            return None

    with pytest.raises(BlockingIOError):
        neucomp.compress_stream(NotReady(), io.BytesIO(), model="zlib")  # type: ignore[arg-type]
    with pytest.raises(BlockingIOError):
        neucomp.compress_stream(io.BytesIO(TEXT), NotReady(), model="zlib")  # type: ignore[arg-type]


def test_input_that_changes_between_two_readings() -> None:
    class Changing(io.BytesIO):
        def seek(self, offset: int, whence: int = 0, /) -> int:
            if whence == 0 and self.tell() == len(NOISE):
                self.getbuffer()[100:103] = b"new"
            return super().seek(offset, whence)

    source = Changing(NOISE)
    with pytest.raises(NeucompError, match="changed while"):
        neucomp.compress_stream(source, io.BytesIO(), model="zlib", level=1, size=len(NOISE))


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_files_that_claim_to_be_empty() -> None:
    target = io.BytesIO()
    with open("/proc/self/status", "rb") as source:
        neucomp.compress_stream(source, target, model="zlib")
    assert neucomp.decompress(target.getvalue()).startswith(b"Name:")


def test_max_size() -> None:
    blob = neucomp.compress(TEXT, model="zlib")
    pipe = OneWay()
    neucomp.compress_stream(OneWay(TEXT), pipe, model="zlib")  # type: ignore[arg-type]
    for each in (blob, bytes(pipe.written), Forgery([stored(TEXT)]).pack(), Forgery([deflated(TEXT)]).pack()):
        assert neucomp.decompress(each, max_size=len(TEXT)) == TEXT
        for limit in (0, 1, len(TEXT) - 1):
            with pytest.raises(LimitExceeded, match=str(limit)):
                neucomp.decompress(each, max_size=limit)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_id": 251}, "251"),
        ({"coder_id": 2}, "coder 2"),
        ({"arithmetic_id": 2}, "arithmetic 2"),
        ({"flags": 2, "extra_header": bytes(range(16))}, "weights 000102030405060708090a0b0c0d0e0f"),
    ],
)
def test_what_is_missing_is_named_where_it_is_needed(changes: dict[str, object], message: str) -> None:
    coded = Forgery([stored(b"abc"), deflated(TEXT)], **changes).pack()  # type: ignore[arg-type]
    with pytest.raises(UnsupportedError, match=message):
        neucomp.decompress(coded)
    assert neucomp.info(coded).original_size == len(TEXT) + 3
    assert neucomp.decompress(Forgery([stored(TEXT)], **changes).pack()) == TEXT  # type: ignore[arg-type]


def test_unknown_format_is_refused() -> None:
    blob = Forgery([stored(TEXT)], format_id=9).pack()
    for read in (neucomp.decompress, neucomp.info, lambda blob: neucomp.open(io.BytesIO(blob))):
        with pytest.raises(UnsupportedError, match="format 9"):
            read(blob)


def test_two_files_are_not_one() -> None:
    blob = neucomp.compress(TEXT, model="zlib")
    with pytest.raises(CorruptDataError, match="after the end"):
        neucomp.decompress(blob + blob)


def test_summary_and_info() -> None:
    target = io.BytesIO()
    data = TEXT[:10_000] + NOISE[:5000]
    summary = neucomp.compress_stream(io.BytesIO(data), target, model="zlib")
    assert (summary.original_size, summary.compressed_size) == (15_000, len(target.getvalue()))
    assert (summary.blocks, summary.stored_blocks, summary.model, summary.level) == (3, 1, "zlib", 5)
    assert summary.compression_ratio == 15_000 / summary.compressed_size
    assert summary.bits_per_byte == 8 * summary.compressed_size / 15_000
    assert neucomp.decompress_stream(io.BytesIO(target.getvalue()), None) == summary

    about = neucomp.info(target)
    assert (about.version, about.format, about.model, about.level, about.weights) == (1, "raw", "zlib", 5, None)
    assert [block.coded for block in about.blocks] == [True, True, False]
    assert about.blocks[0].description == "deflate, 785e"
    assert about.blocks[2].description == "stored"
    assert about.blocks[2].compressed_size == 5000 + 7
    assert (about.compression_ratio, about.bits_per_byte) == (summary.compression_ratio, summary.bits_per_byte)
    assert neucomp.info(neucomp.compress(b"", model="zlib")).bits_per_byte == 0


def test_info_takes_bytes_paths_and_files(tmp_path: Path) -> None:
    blob = neucomp.compress(TEXT, model="zlib")
    path = tmp_path / "text.neu"
    path.write_bytes(blob)
    about = neucomp.info(blob)
    assert neucomp.info(bytearray(blob)) == neucomp.info(memoryview(blob)) == about
    assert neucomp.info(path) == neucomp.info(str(path)) == about
    with open(path, "rb") as file:
        assert neucomp.info(file) == about
    with pytest.raises(FileNotFoundError):
        neucomp.info(tmp_path / "nothing")
    with pytest.raises(NotNeucompFile):
        neucomp.info(b"nothing")
    assert neucomp.info(array.array("B", blob)) == about  # type: ignore[arg-type]
    for wrong in (5, None, [1, 2]):
        with pytest.raises(TypeError, match="seekable binary file"):
            neucomp.info(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [UnsupportedError, CorruptDataError])
def test_info_goes_on_where_the_model_cannot_describe_a_block(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def describe(model: ZlibModel, payload: bytes) -> str:
        raise error("a payload of the future")

    blob = neucomp.compress(TEXT, model="zlib")
    monkeypatch.setattr(ZlibModel, "describe", describe)
    assert {block.description for block in neucomp.info(blob).blocks} == {"a payload of the future"}


def test_info_without_the_model() -> None:
    about = neucomp.info(Forgery([deflated(TEXT)], model_id=251).pack())
    assert about.model == "unknown (251)"
    assert "251" in about.blocks[0].description


def test_original_size_of_a_file() -> None:
    blob = neucomp.compress(TEXT, model="zlib")
    file = io.BytesIO(blob)
    assert original_size(file) == len(TEXT)
    assert file.tell() == 0
    assert original_size(io.BytesIO(blob[:-1])) is None
    assert original_size(io.BytesIO(b"something else")) is None
    assert original_size(OneWay(blob)) is None  # type: ignore[arg-type]


def test_importing_is_light() -> None:
    program = """
import sys, neucomp
neucomp.decompress(bytes.fromhex(sys.argv[1]))
assert neucomp.info(bytes.fromhex(sys.argv[1])).original_size == 4
heavy = {"numpy", "numba", "torch", "constriction", "PIL"} & set(sys.modules)
assert not heavy, heavy
"""
    blob = Forgery([stored(b"abcd")]).pack()
    subprocess.run([sys.executable, "-c", program, blob.hex()], check=True)


@pytest.mark.parametrize("data", [b"", b"x", TEXT[:5000], bytes(10_000), NOISE[:5000]])
def test_roundtrip_with_the_byte_model(data: bytes) -> None:
    blob = check_roundtrip(data)
    if data == TEXT[:5000]:
        assert len(blob) < 1000
    assert check_roundtrip(data, threads=2) == blob
