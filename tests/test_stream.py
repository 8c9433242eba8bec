"""File objects: reading anywhere, writing atomically."""

import array
import gc
import hashlib
import io
import os
import random
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neucomp
from neucomp import stream
from neucomp.errors import CorruptDataError, NotNeucompFile
from neucomp.models import Tick
from tests.helpers.forgery import Forgery, deflated, stored
from tests.helpers.zlib_model import ZlibModel

pytestmark = pytest.mark.usefixtures("zlib_model")

NOISE = random.Random(4).randbytes(7000)
LINES = b"".join(b"line %d of many\n" % number for number in range(1500))
DATA = LINES[:9000] + NOISE + LINES[9000:]


def packed(data: bytes = DATA, level: int = 2) -> io.BytesIO:
    return io.BytesIO(neucomp.compress(data, level, model="zlib"))


def content(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


SEEKS = st.tuples(st.just("seek"), st.integers(0, len(DATA) + 100), st.just(io.SEEK_SET))
STEPS = st.tuples(st.just("seek"), st.integers(0, 5000), st.just(io.SEEK_CUR))
ENDS = st.tuples(st.just("seek"), st.integers(-len(DATA), 10), st.just(io.SEEK_END))
READS = st.tuples(st.sampled_from(["read", "read1", "readline"]), st.integers(-1, 6000))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.one_of(SEEKS, STEPS, ENDS, READS), max_size=20), st.sampled_from([1, 4, 9]))
def test_reading_is_like_reading_the_original(calls: list[tuple[str, int, int]], level: int) -> None:
    file, twin = neucomp.open(packed(level=level)), io.BufferedReader(io.BytesIO(DATA))
    for name, *arguments in calls:
        found, expected = getattr(file, name)(*arguments), getattr(twin, name)(*arguments)
        if name == "read1":
            # How much comes at once is free, but not nothing before the end.
            assert expected.startswith(found) or found.startswith(expected)
            assert bool(found) == bool(expected)
            file.seek(0, io.SEEK_SET)
            twin.seek(0, io.SEEK_SET)
        else:
            assert found == expected
        assert file.tell() == twin.tell()


def test_reading_lines_and_text() -> None:
    with neucomp.open(packed(LINES)) as file:
        assert list(file) == LINES.splitlines(keepends=True)
    with io.TextIOWrapper(neucomp.open(packed(LINES)), "ascii") as text:
        assert text.read() == LINES.decode()


def test_reading_needs_only_the_blocks_it_touches(zlib_model: ZlibModel, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []
    decode = zlib_model.decode

    def count(payload: bytes, size: int, tick: Tick) -> bytes:
        decoded.append(size)
        return decode(payload, size, tick)

    monkeypatch.setattr(zlib_model, "decode", count)
    with neucomp.open(packed(LINES)) as file:
        assert not decoded
        file.seek(5000)
        assert file.read(10) == LINES[5000:5010]
        assert len(decoded) == 1
        file.seek(5050)
        file.read(10)
        assert len(decoded) == 1


def test_few_blocks_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = stream.BlockReader(packed(LINES))
    while raw.read(500):
        assert len(raw._blocks) <= stream.KEPT_BLOCKS


def test_big_stored_blocks_are_checked_and_read_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = Forgery([stored(LINES), deflated(LINES[:5000]), stored(NOISE)]).pack()
    monkeypatch.setattr(stream, "MAX_CODED_SIZE", 5000)
    with neucomp.open(io.BytesIO(blob)) as file:
        file.seek(1000)
        assert file.read(2000) == LINES[1000:3000]
        file.seek(-1000, io.SEEK_END)
        assert file.read() == NOISE[-1000:]
        file.seek(0)
        assert file.read() == LINES + LINES[:5000] + NOISE
    damaged = bytearray(blob)
    damaged[len(LINES) - 100] ^= 1
    with neucomp.open(io.BytesIO(damaged)) as file, pytest.raises(CorruptDataError, match="block 0"):
        file.read(10)


def test_exchanged_blocks_show_when_all_is_read() -> None:
    first, second = stored(NOISE[:100]), stored(NOISE[100:200])
    exchanged = Forgery([second, first], digest=hashlib.sha256(NOISE[:200]).digest()[:16]).pack()
    with neucomp.open(io.BytesIO(exchanged)) as file, pytest.raises(CorruptDataError, match="SHA-256"):
        file.read()


def test_errors_on_reading(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        neucomp.open(tmp_path / "nothing")
    (tmp_path / "other").write_bytes(b"something else")
    with pytest.raises(NotNeucompFile):
        neucomp.open(tmp_path / "other")
    file = neucomp.open(packed())
    with pytest.raises(ValueError, match="before the beginning"):
        file.seek(-1)
    with pytest.raises(ValueError, match="whence"):
        file.raw.seek(0, 7)
    with pytest.raises(io.UnsupportedOperation):
        file.write(b"")
    file.close()
    with pytest.raises(ValueError, match="closed"):
        file.read()
    with pytest.raises(ValueError, match="closed"):
        file.raw.tell()


def test_files_of_the_caller_stay_open(tmp_path: Path) -> None:
    mine = packed()
    neucomp.open(mine).close()
    assert not mine.closed
    (tmp_path / "data.neu").write_bytes(mine.getvalue())
    with neucomp.open(tmp_path / "data.neu") as file:
        assert file.name == str(tmp_path / "data.neu")
        assert file.read() == DATA


@settings(deadline=None, max_examples=20)
@given(st.lists(st.binary(max_size=20) | st.sampled_from([LINES, NOISE, LINES[:1000]]), max_size=6), st.integers(1, 3))
def test_written_files_are_read(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], threads: int) -> None:
    path = tmp_path_factory.mktemp("written") / "data.neu"
    with neucomp.open(path, "wb", level=1, model="zlib", threads=threads) as file:
        for piece in pieces:
            assert file.write(piece) == len(piece)
        assert file.tell() == sum(map(len, pieces))
    assert neucomp.decompress(path.read_bytes()) == b"".join(pieces)
    assert content(path.parent) == ["data.neu"]


def test_written_file_appears_on_close_only(tmp_path: Path) -> None:
    path = tmp_path / "data.neu"
    path.write_bytes(b"old")
    file = neucomp.open(path, "wb", model="zlib")
    file.write(DATA)
    assert path.read_bytes() == b"old"
    file.close()
    file.close()
    assert neucomp.decompress(path.read_bytes()) == DATA
    with pytest.raises(ValueError, match="closed"):
        file.write(b"")


Leave = Callable[[Path, str], None]


def leave_by_error(path: Path, mode: str) -> None:
    with pytest.raises(KeyError), neucomp.open(path, mode, model="zlib", level=1, threads=2) as file:  # type: ignore[call-overload]
        file.write(DATA)
        raise KeyError


def leave_by_discard(path: Path, mode: str) -> None:
    file = neucomp.open(path, mode, model="zlib")  # type: ignore[call-overload]
    file.write(DATA)
    file.discard()
    file.close()


def leave_by_forgetting(path: Path, mode: str) -> None:
    neucomp.open(path, mode, model="zlib").write(DATA)  # type: ignore[call-overload]
    gc.collect()


def leave_by_full_disk(path: Path, mode: str) -> None:
    file = neucomp.open(path, mode, model="zlib", level=1)  # type: ignore[call-overload]
    file._file.close()
    with pytest.raises(ValueError, match="closed file"):
        file.write(DATA)
    assert file.closed


@pytest.mark.parametrize("leave", [leave_by_error, leave_by_discard, leave_by_forgetting, leave_by_full_disk])
def test_nothing_is_left_of_an_unfinished_file(tmp_path: Path, leave: Leave) -> None:
    threads = threading.active_count()
    leave(tmp_path / "new", "wb")
    leave(tmp_path / "new", "xb")
    assert content(tmp_path) == []
    (tmp_path / "old").write_bytes(b"old")
    leave(tmp_path / "old", "wb")
    assert content(tmp_path) == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"
    assert threading.active_count() == threads


def test_exclusive_mode(tmp_path: Path) -> None:
    path = tmp_path / "data.neu"
    with neucomp.open(path, "xb", model="zlib") as file:
        file.write(DATA)
        with pytest.raises(FileExistsError):
            neucomp.open(path, "xb", model="zlib")
    assert neucomp.decompress(path.read_bytes()) == DATA
    with pytest.raises(FileExistsError):
        neucomp.open(path, "x", model="zlib")
    assert content(tmp_path) == ["data.neu"]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX modes and links")
def test_mode_and_link_of_a_replaced_file_stay(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    with neucomp.open(tmp_path / "link", "wb", model="zlib") as file:
        file.write(DATA)
    assert (tmp_path / "link").is_symlink()
    assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == 0o640
    assert neucomp.decompress((tmp_path / "real").read_bytes()) == DATA


def test_wrong_arguments(tmp_path: Path) -> None:
    path = tmp_path / "data.neu"
    with pytest.raises(ValueError, match="mode"):
        neucomp.open(path, "a")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="1 to 9"):
        neucomp.open(path, "wb", level=0)
    with pytest.raises(ValueError, match="no model"):
        neucomp.open(path, "wb", model="best")
    with pytest.raises(TypeError, match="path"):
        neucomp.open(io.BytesIO(), "wb")  # type: ignore[call-overload]
    with pytest.raises(TypeError), neucomp.open(path, "wb", model="zlib") as file:
        file.write("text")  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        neucomp.open(tmp_path / "no folder" / "data.neu", "wb", model="zlib")
    for wrong in (5, None, b"data.neu"):
        with pytest.raises(TypeError, match="seekable binary file"):
            neucomp.open(wrong)  # type: ignore[call-overload]
    for arguments in ({"level": 5}, {"model": "zlib"}, {"threads": 1}):
        with pytest.raises(ValueError, match="for writing"):
            neucomp.open(packed(), **arguments)  # type: ignore[call-overload]
    assert content(tmp_path) == []


def test_writing_needs_a_place_for_a_regular_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        neucomp.open("", "wb", model="zlib")
    with pytest.raises(IsADirectoryError):
        neucomp.open(tmp_path, "wb", model="zlib")
    with pytest.raises(FileExistsError):
        neucomp.open(tmp_path, "xb", model="zlib")
    with pytest.raises(OSError, match="not a regular file"):
        neucomp.open(os.devnull, "wb", model="zlib")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OSError, match="not a regular file"):
            neucomp.open(tmp_path / "pipe", "wb", model="zlib")
        assert content(tmp_path) == ["pipe"]


def test_any_buffer_can_be_written(tmp_path: Path) -> None:
    buffers = [memoryview(DATA)[::2], memoryview(DATA[:6000]).cast("B", (60, 100)), array.array("i", [1, 2]), b""]
    with neucomp.open(tmp_path / "data.neu", "wb", model="zlib") as file:
        assert [file.write(each) for each in buffers] == [memoryview(each).nbytes for each in buffers]
    assert neucomp.decompress((tmp_path / "data.neu").read_bytes()) == b"".join(
        memoryview(each).tobytes() for each in buffers
    )


def test_text_can_be_written(tmp_path: Path) -> None:
    with io.TextIOWrapper(neucomp.open(tmp_path / "text.neu", "wb", model="zlib"), "utf-8") as text:
        text.write("naïve\n" * 3000)
    assert neucomp.decompress((tmp_path / "text.neu").read_bytes()).decode() == "naïve\n" * 3000


def test_roundtrip_with_the_byte_model(tmp_path: Path) -> None:
    path = tmp_path / "data.neu"
    with neucomp.open(path, "wb", level=1) as file:
        file.write(DATA[:12_000])
    with neucomp.open(path) as again:
        again.seek(9000)
        assert again.read() == DATA[9000:12_000]
