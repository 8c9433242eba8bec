"""The form of small files: fields, limits, damage, and when it is used."""

import io
import re
import zlib
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neucomp
from neucomp import codec, container, small
from neucomp.container import CODED, MAGIC, Coded, Header, Piece
from neucomp.errors import CorruptDataError, LimitExceeded, NeucompError, NotNeucompFile, UnsupportedError
from neucomp.index import read_index
from neucomp.models import MODELS
from neucomp.pieces import Source
from neucomp.small import MAX_SMALL_SIZE, is_small, open_reader, open_writer, pack_small, read_small
from neucomp.varint import pack_varint
from tests.helpers.forgery import crc
from tests.helpers.zlib_model import ZlibModel

pytestmark = pytest.mark.usefixtures("zlib_model")

FORMAT = Path(__file__).parent.parent / "docs" / "format.md"
TEXT = b"".join(b"%d crows on the fence, %d crows on the roof. " % (n, n) for n in range(80))
WEIGHTS = bytes(range(16))

HEADERS = st.builds(
    Header,
    model_id=st.integers(0, 15),
    level=st.integers(1, 9),
    format_id=st.integers(0, 15),
    coder_id=st.integers(0, 15),
    arithmetic_id=st.integers(0, 15),
    weights=st.none() | st.binary(min_size=16, max_size=16),
    equal_samples=st.booleans(),
)


def forged(
    versions: int = 0xC1,
    level: int = 5,
    model_id: int = 14,
    format_id: int = 0,
    flags: int = 1,
    coder_id: int = 1,
    arithmetic_id: int = 1,
    size: bytes = b"",
    original: bytes = TEXT,
    body: bytes | None = None,
) -> bytes:
    """A file whose checksum fits whatever it says; as it should be, unless something is given."""
    if flags & CODED:
        size = size or pack_varint(len(original))
        body = zlib.compress(original, 9) if body is None else body
    ids = [versions, level << 4 | model_id, format_id << 4 | flags, coder_id << 4 | arithmetic_id]
    head = MAGIC[:4] + bytes(ids) + size
    if not flags & CODED:
        return head + original + crc(head + original)
    return head + (body or b"") + crc(head + (body or b"") + original)


BLOBS = [forged(original=TEXT[:150]), forged(flags=0, original=TEXT[:99]), forged(flags=0, original=b"")]


def items(blob: bytes) -> list[Coded | Piece]:
    reader = open_reader(io.BytesIO(blob))
    found = list(reader.blocks())
    reader.finish(b"")
    assert reader.size == len(blob)
    return found


@given(HEADERS, st.binary(max_size=300), st.none() | st.binary(min_size=1, max_size=300))
def test_roundtrip(header: Header, original: bytes, payload: bytes | None) -> None:
    if payload is not None and len(payload) >= len(original):
        payload = None
    blob = pack_small(header, original, payload)
    assert blob is not None and is_small(blob)
    found = read_small(Source(io.BytesIO(blob)))
    assert found.header == replace(header, original_size=len(original))
    assert found.body == (original if payload is None else payload)
    if payload is None:
        assert [Piece(original)] * bool(original) == items(blob)
    else:
        assert [(item.payload, item.original_size) for item in items(blob)] == [(payload, len(original))]  # type: ignore
        items(blob)[0].check(original)  # type: ignore[union-attr]
    size = b"" if payload is None else pack_varint(len(original))
    assert len(blob) == 8 + len(size) + 16 * (header.weights is not None) + len(found.body) + 4


@pytest.mark.parametrize("name", ["model_id", "format_id", "coder_id", "arithmetic_id"])
def test_ids_that_do_not_fit_take_the_other_form(name: str) -> None:
    header = Header(**{"model_id": 14, "level": 5, name: 16})  # type: ignore[arg-type]
    assert pack_small(header, b"abc", None) is None
    target = io.BytesIO()
    writer = open_writer(target, header)
    writer.add(b"abc", None)
    writer.finish()
    assert target.getvalue().startswith(MAGIC)
    assert writer.size == len(target.getvalue())
    assert open_reader(io.BytesIO(target.getvalue())).header == header


@settings(deadline=None)
@given(st.binary(max_size=400), st.integers(0, 60), st.integers(1, 9), st.booleans())
def test_overhead(data: bytes, times: int, level: int, piped: bool) -> None:
    original = (data * times)[: 1000 * level]
    target = io.BytesIO()
    source = io.BytesIO(original)
    if piped:
        source.seekable = lambda: False  # type: ignore[method-assign]
    summary = neucomp.compress_stream(source, target, level=level, model="zlib")
    blob = target.getvalue()
    assert summary.compressed_size == len(blob) <= len(original) + 12
    assert blob == neucomp.compress(original, level, model="zlib")
    assert len(blob) - sum(block.compressed_size for block in neucomp.info(blob).blocks) <= 8 + 2 + 4 * (not original)
    for read in (neucomp.decompress, read_by_index):
        assert read(blob) == original


def read_by_index(blob: bytes) -> bytes:
    with neucomp.open(io.BytesIO(blob)) as file:
        return file.read()


def test_sizes_of_whole_files() -> None:
    assert len(neucomp.compress(b"", model="zlib")) == 12
    assert len(neucomp.compress(b"neucomp", model="zlib")) == 7 + 12
    assert len(neucomp.compress(TEXT[:3000], 5, model="zlib")) == len(zlib.compress(TEXT[:3000], 5)) + 14


@pytest.mark.parametrize("size", [0, 1, MAX_SMALL_SIZE - 1, MAX_SMALL_SIZE, MAX_SMALL_SIZE + 1])
@pytest.mark.parametrize("payload", [None, b"x" * 20])
def test_which_files_are_small(size: int, payload: bytes | None) -> None:
    target = io.BytesIO()
    writer = open_writer(target, Header(14, 5))
    if size:
        writer.add(bytes(size), payload)
    writer.finish()
    blob = target.getvalue()
    assert is_small(blob) == (size <= MAX_SMALL_SIZE)
    assert writer.size == len(blob)
    assert read_index(io.BytesIO(blob)).original_size == size
    reader = open_reader(io.BytesIO(blob))
    list(reader.blocks())
    assert reader.original_size == size
    assert reader.entries == writer.entries


def test_a_second_block_takes_the_other_form() -> None:
    target = io.BytesIO()
    writer = open_writer(target, Header(14, 5))
    writer.add_stored([b"a", b"bc"], 3)
    assert not target.getvalue()
    writer.add(b"def", None)
    writer.finish()
    assert target.getvalue().startswith(MAGIC)
    assert writer.size == len(target.getvalue())
    assert neucomp.decompress(target.getvalue()) == b"abcdef"


def test_stored_files_need_no_weights() -> None:
    target = io.BytesIO()
    writer = open_writer(target, Header(2, 5, weights=WEIGHTS))
    writer.add(b"abc", None)
    writer.finish()
    assert len(target.getvalue()) == 3 + 12
    assert neucomp.decompress(target.getvalue()) == b"abc"


def test_an_announced_size_is_kept() -> None:
    writer = open_writer(io.BytesIO(), Header(14, 5, 4))
    writer.add(b"abc", None)
    with pytest.raises(NeucompError, match="4 were announced"):
        writer.finish()


def test_files_and_random_access(tmp_path: Path) -> None:
    path = tmp_path / "small.neu"
    with neucomp.open(path, "wb", model="zlib") as file:
        file.write(TEXT)
    assert path.read_bytes() == neucomp.compress(TEXT, model="zlib")
    with neucomp.open(path) as file:
        file.seek(-20, io.SEEK_END)
        assert file.read() == TEXT[-20:]
        file.seek(100)
        assert file.read(7) == TEXT[100:107]
    about = neucomp.info(path)
    assert (about.version, about.model, about.level, about.sha256) == (1, "zlib", 5, None)
    assert (about.original_size, about.compressed_size) == (len(TEXT), path.stat().st_size)
    assert [(block.coded, block.description) for block in about.blocks] == [(True, "deflate, 785e")]
    assert codec.original_size(io.BytesIO(path.read_bytes())) == len(TEXT)


def test_max_size() -> None:
    for blob in (neucomp.compress(TEXT, model="zlib"), forged(flags=0)):
        assert neucomp.decompress(blob, max_size=len(TEXT)) == TEXT
        with pytest.raises(LimitExceeded):
            neucomp.decompress(blob, max_size=len(TEXT) - 1)


@pytest.mark.parametrize("blob", BLOBS, ids=["coded", "stored", "empty"])
def test_each_single_flip_is_an_error(blob: bytes) -> None:
    for place in range(len(blob)):
        for bit in range(8):
            damaged = bytearray(blob)
            damaged[place] ^= 1 << bit
            for read in (neucomp.decompress, read_by_index):
                with pytest.raises(NeucompError):
                    read(bytes(damaged))


@pytest.mark.parametrize("blob", BLOBS, ids=["coded", "stored", "empty"])
def test_truncated_and_extended_files(blob: bytes) -> None:
    for size in range(len(blob)):
        for read in (neucomp.decompress, read_by_index):
            with pytest.raises(NotNeucompFile if size < 5 else CorruptDataError):
                read(blob[:size])
    for more in (b"\0", b"\n", blob, bytes(100_000)):
        for read in (neucomp.decompress, read_by_index):
            with pytest.raises(CorruptDataError):
                read(blob + more)


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        (forged(versions=0xC2), "version 2"),
        (forged(versions=0xC0), "version 0"),
        (forged(flags=9), "flags"),
        (forged(level=0), "level 0"),
        (forged(level=10), "level 10"),
        (forged(format_id=15), "format 15"),
        (forged(model_id=15), "15"),
        (forged(coder_id=2), "coder 2"),
        (forged(arithmetic_id=3), "arithmetic 3"),
        (forged(flags=3, size=pack_varint(len(TEXT)) + WEIGHTS), f"weights {WEIGHTS.hex()}"),
    ],
)
def test_what_is_missing_is_named(blob: bytes, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        neucomp.decompress(blob)


@pytest.mark.parametrize("changes", [{"model_id": 15}, {"coder_id": 2}, {"arithmetic_id": 3}])
def test_stored_files_are_read_by_anybody(changes: dict[str, int]) -> None:
    assert neucomp.decompress(forged(flags=0, **changes)) == TEXT  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        (forged(size=b"\0"), "empty"),
        (forged(body=b""), "no payload"),
        (forged(original=b"abc"), "should have been stored"),
        (forged(original=bytes(MAX_SMALL_SIZE + 1)), "the format allows 65536"),
        (forged(size=pack_varint(2**62)), "the format allows"),
        (forged(flags=0, original=bytes(MAX_SMALL_SIZE + 1)), "goes on where it should end"),
        (forged(size=b"\x80\0"), "original size"),
        (forged(size=pack_varint(len(TEXT) - 1)), "block 0"),
        (b"\x89NEU\xc1\x5e\x01\x11", "ends in the original size"),
        (b"\x89NEU\xc1\x5e\x00\x11", "ends in its checksum"),
        (b"\x89NEU\xc1\x5e", "ends in the header"),
        (b"\x89NEU\xb1\x5e\x00\x11", "magic bytes are damaged"),
    ],
)
def test_lies_and_damage(blob: bytes, message: str) -> None:
    for read in (neucomp.decompress, read_by_index):
        with pytest.raises(CorruptDataError, match=message):
            read(blob)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=40), st.binary(max_size=300))
def test_garbage_behind_the_magic(head: bytes, rest: bytes) -> None:
    blob = MAGIC[:4] + b"\xc1" + head + rest
    for read in (neucomp.decompress, read_by_index, neucomp.info):
        try:
            read(blob)
        except NeucompError:
            continue


def test_both_forms_of_the_same_file() -> None:
    """What the writer of the longer form makes of a small file is read as well."""
    target = io.BytesIO()
    writer = container.Writer(target, Header(14, 5, len(TEXT)))
    writer.add(TEXT, ZlibModel().encode(TEXT, 5, lambda symbols: None))
    writer.finish()
    long, short = target.getvalue(), neucomp.compress(TEXT, model="zlib")
    assert is_small(short) and not is_small(long)
    assert neucomp.decompress(long) == neucomp.decompress(short) == TEXT
    assert len(long) - len(short) >= 40


def test_real_models() -> None:
    for name in MODELS:
        if name in ("bytes", "transformer"):
            blob = neucomp.compress(TEXT[:500], model=name)
            assert is_small(blob)
            assert neucomp.decompress(blob) == read_by_index(blob) == TEXT[:500]
    assert neucomp.info(blob).weights is not None


def example() -> bytes:
    section = FORMAT.read_text("utf-8").split("## Small files", 1)[1]
    block = re.findall(r"```\n(.*?)```", section, re.DOTALL)[0]
    fields = [re.split(r"\s{2,}", line)[0] for line in block.splitlines()]
    return bytes(chain.from_iterable(bytes.fromhex(field) for field in fields))


def test_example_in_the_specification() -> None:
    assert neucomp.compress(b"neucomp") == example()
    assert len(example()) == 19
    assert f"{small.MAX_SMALL_SIZE:,}" in FORMAT.read_text("utf-8")
