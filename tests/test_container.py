"""The container alone: fields, limits and the example in its specification."""

import hashlib
import io
import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import neucomp
from neucomp import container
from neucomp.container import MAX_CODED_SIZE, Coded, Entry, Header, Piece, Reader, Writer, pack_end, parse_end
from neucomp.errors import CorruptDataError, LimitExceeded, NeucompError, NotNeucompFile, UnsupportedError
from neucomp.index import read_index
from neucomp.varint import pack_varint, read_varint
from tests.helpers.forgery import Forgery, Frame, crc, deflated, stored

FORMAT = Path(__file__).parent.parent / "docs" / "format.md"
TEXT = b"the quick brown fox jumps over the lazy dog. " * 40


def unpack_varint(data: bytes) -> int:
    return read_varint(iter(data).__next__, "a number")


@given(st.integers(0, 2**63 - 1))
def test_varint_roundtrip(value: int) -> None:
    packed = pack_varint(value)
    assert unpack_varint(packed) == value
    assert len(packed) == max(1, -(-value.bit_length() // 7)) <= 9


@pytest.mark.parametrize("value", [-1, 2**63])
def test_varint_range(value: int) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        pack_varint(value)


@pytest.mark.parametrize("packed", ["8000", "ff00", "80808000", "80" * 9 + "01", "ff" * 9 + "01", "80" * 9 + "00"])
def test_varint_has_one_form(packed: str) -> None:
    with pytest.raises(CorruptDataError, match="a number"):
        unpack_varint(bytes.fromhex(packed))


HEADERS = st.builds(
    Header,
    model_id=st.integers(0, 255),
    level=st.integers(1, 9),
    original_size=st.none() | st.integers(0, 2**63 - 1),
    format_id=st.integers(0, 255),
    coder_id=st.integers(0, 255),
    arithmetic_id=st.integers(0, 255),
    weights=st.none() | st.binary(min_size=16, max_size=16),
)


@given(HEADERS)
def test_header_roundtrip(header: Header) -> None:
    assert Reader(io.BytesIO(header.pack())).header == header


@given(HEADERS, st.data())
def test_header_damage_is_seen(header: Header, data: st.DataObject) -> None:
    packed = bytearray(header.pack())
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NeucompError):
        Reader(io.BytesIO(packed))


@pytest.mark.parametrize("data", [b"", b"\x89", b"\x89NEU\r\n\x1a", b"PK\x03\x04 and so on", b"\x00" * 100])
def test_other_files(data: bytes) -> None:
    with pytest.raises(NotNeucompFile):
        Reader(io.BytesIO(data))
    with pytest.raises(NotNeucompFile):
        read_index(io.BytesIO(data))


def test_transfer_as_text_is_named() -> None:
    with pytest.raises(CorruptDataError, match="as text"):
        Reader(io.BytesIO(Header(1, 5).pack().replace(b"\r\n", b"\n")))


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"version": 2}, "version 2"), ({"flags": 8}, "flags"), ({"level": 0}, "level 0"), ({"level": 10}, "level 10")],
)
def test_unknown_header_values(changes: dict[str, int], message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        Reader(io.BytesIO(Forgery([stored(b"x")], **changes).pack()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (Entry(0, 0), "empty"),
        (Entry(0, 1), "empty"),
        (Entry(MAX_CODED_SIZE + 1, 1 << 20), "the format allows"),
        (Entry(100, 100), "should have been stored"),
        (Entry(23_000 * 9 + 1, 1), "claims"),
    ],
)
def test_impossible_sizes(entry: Entry, message: str) -> None:
    assert message in entry.fault()
    frame = Frame(*entry, payload=b"x" * 100, original=b"x", kind=int(not entry.stored))
    blob = Forgery([frame]).pack()
    with pytest.raises(CorruptDataError, match=message):
        list(Reader(io.BytesIO(blob)).blocks())
    with pytest.raises(CorruptDataError, match=message):
        read_index(io.BytesIO(blob))


@pytest.mark.parametrize(
    "entry", [Entry(1, 0), Entry(2**62, 0), Entry(2, 1), Entry(207_000, 1), Entry(1 << 26, 1 << 25)]
)
def test_possible_sizes(entry: Entry) -> None:
    assert not entry.fault()


BLOCKS = st.lists(
    st.tuples(st.binary(min_size=1, max_size=50), st.none() | st.binary(min_size=1, max_size=50)), max_size=8
)


@given(BLOCKS, st.booleans())
def test_writer_reader_index_agree(blocks: list[tuple[bytes, bytes | None]], announced: bool) -> None:
    original = b"".join(block for block, _ in blocks)
    target = io.BytesIO()
    writer = Writer(target, Header(7, 3, len(original) if announced else None))
    for block, payload in blocks:
        writer.add(block, payload)
    writer.finish()
    assert writer.size == len(target.getvalue())

    target.seek(0)
    reader = Reader(target)
    items = list(reader.blocks())
    reader.finish(writer.digest())
    assert (reader.header, reader.entries, reader.size) == (writer.header, writer.entries, writer.size)

    index = read_index(target)
    assert (index.header, index.entries, index.digest) == (writer.header, writer.entries, writer.digest())
    assert index.original_size == len(original)
    again: list[Coded | Piece] = []
    for number, entry in enumerate(index.entries):
        again += index.stored(number) if entry.stored else [index.coded(number)]
        assert index.find(index.starts[number]) == index.find(index.starts[number + 1] - 1) == number
    assert again == items


@given(BLOCKS)
def test_blocks_are_coded_only_where_smaller(blocks: list[tuple[bytes, bytes | None]]) -> None:
    writer = Writer(io.BytesIO(), Header(7, 3))
    before = writer.size
    for block, payload in blocks:
        writer.add(block, payload)
        assert writer.size - before <= len(block) + 6
        assert writer.size - before == writer.entries[-1].frame_size
        before = writer.size


def test_writer_refuses_payload_that_readers_would_refuse() -> None:
    writer = Writer(io.BytesIO(), Header(7, 3))
    writer.add(bytes(300_000), b"x")
    assert writer.entries == [Entry(300_000, 0)]


def test_stored_block_in_pieces() -> None:
    target = io.BytesIO()
    writer = Writer(target, Header(7, 3))
    writer.add_stored([b"ab", b"c", b"def"], 6)
    writer.finish()
    assert neucomp.decompress(target.getvalue()) == b"abcdef"


def test_stored_block_of_another_size() -> None:
    writer = Writer(io.BytesIO(), Header(7, 3))
    with pytest.raises(NeucompError, match="changed while it was read"):
        writer.add_stored([b"abc"], 4)


def test_announced_size_is_kept() -> None:
    writer = Writer(io.BytesIO(), Header(7, 3, 4))
    writer.add(b"abc", None)
    with pytest.raises(NeucompError, match="4 were announced"):
        writer.finish()


def test_number_of_blocks_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = Forgery([stored(b"x")] * 4).pack()
    monkeypatch.setattr(container, "MAX_BLOCKS", 3)
    with pytest.raises(CorruptDataError, match="more than 3"):
        list(Reader(io.BytesIO(blob)).blocks())
    with pytest.raises(CorruptDataError, match="allows 3"):
        read_index(io.BytesIO(blob))
    writer = Writer(io.BytesIO(), Header(7, 3))
    for _ in range(3):
        writer.add(b"x", None)
    with pytest.raises(LimitExceeded):
        writer.add(b"x", None)


FRAMES = [stored(b"abc"), deflated(TEXT), stored(b"xyz")]


@pytest.mark.parametrize(
    ("lie", "front_to_back", "by_index"),
    [
        (lambda: Forgery(FRAMES, index=[(3, 0), (1800, 60), (3, 0)]), "index does not fit the blocks", "does not fit"),
        (lambda: Forgery(FRAMES, index=[(3, 0)] * 3), "the end section", "does not fit the length"),
        (lambda: Forgery(FRAMES, block_count=2), "index does not fit the blocks", "longer"),
        (lambda: Forgery(FRAMES, block_count=9), "index does not fit the blocks", "shorter"),
        (lambda: Forgery(FRAMES, block_count=2**40), "index does not fit the blocks", "allows"),
        (lambda: Forgery(FRAMES, after_index=b"\0"), "SHA-256", "longer"),
        (lambda: Forgery(FRAMES, end_size=0), "end section is damaged", "cannot have 0"),
        (lambda: Forgery(FRAMES, end_size=2**32 - 1), "end section is damaged", "cannot have"),
        (lambda: Forgery(FRAMES, trailing=b"\0"), "after the end", "."),
        (lambda: Forgery(FRAMES, flags=1, extra_header=pack_varint(5)), "more than the 5", "header 5"),
        (lambda: Forgery(FRAMES, flags=1, extra_header=pack_varint(5000)), "header says 5000", "header 5000"),
        (lambda: Forgery([*FRAMES, Frame(5, 0, b"abcde", b"abcde", kind=2)]), "unknown kind 2", "."),
        (lambda: Forgery([Frame(5, 0, b"abcde", b"abcde", kind=1)]), "no payload", "."),
    ],
)
def test_lies_in_the_structure(lie: Callable[[], Forgery], front_to_back: str, by_index: str) -> None:
    forgery = lie()
    with pytest.raises(CorruptDataError, match=front_to_back):
        reader = Reader(io.BytesIO(forgery.pack()))
        list(reader.blocks())
        reader.finish(hashlib.sha256(b"".join(frame.original for frame in forgery.frames)).digest()[:16])
    with pytest.raises(CorruptDataError, match=by_index):
        index = read_index(io.BytesIO(forgery.pack()))
        for number, entry in enumerate(index.entries):
            list(index.stored(number)) if entry.stored else index.coded(number)


def test_hash_is_checked_from_front_to_back() -> None:
    reader = Reader(io.BytesIO(Forgery([stored(b"abc")], digest=bytes(16)).pack()))
    list(reader.blocks())
    with pytest.raises(CorruptDataError, match="SHA-256"):
        reader.finish(b"\1" * 16)


@given(st.lists(st.tuples(st.integers(1, 2**40), st.just(0)), max_size=20), st.binary(min_size=16, max_size=16))
def test_end_section_roundtrip(sizes: list[tuple[int, int]], digest: bytes) -> None:
    entries = [Entry(*each) for each in sizes]
    packed = pack_end(entries, digest)
    assert int.from_bytes(packed[-4:], "little") == len(packed) - 4
    assert parse_end(packed[:-4]) == (entries, digest)


@given(st.binary(max_size=60))
def test_end_section_of_garbage(body: bytes) -> None:
    section = b"\xff" + body + bytes(16)
    try:
        parse_end(section + crc(section))
    except CorruptDataError:
        pass


def example() -> bytes:
    section = FORMAT.read_text("utf-8").split("## Example", 1)[1]
    block = re.findall(r"```\n(.*?)```", section, re.DOTALL)[0]
    fields = [re.split(r"\s{2,}", line)[0] for line in block.splitlines()]
    return bytes(chain.from_iterable(bytes.fromhex(field) for field in fields))


def test_example_in_the_specification() -> None:
    target = io.BytesIO()
    writer = Writer(target, Header(model_id=1, level=5, original_size=7))
    writer.add(b"neucomp", None)
    writer.finish()
    assert target.getvalue() == example()
    assert len(example()) == 61
    assert neucomp.decompress(example()) == b"neucomp"
    assert neucomp.info(example()).blocks[0].coded is False


def test_numbers_in_the_specification() -> None:
    text = re.sub(r"\s+", " ", FORMAT.read_text("utf-8"))
    for value in (MAX_CODED_SIZE, container.MAX_EXPANSION, container.MAX_BLOCKS, container.MAX_END):
        assert f"{value:,}" in text
    assert f"(payload size + {container.EXPANSION_START})" in text
    assert f"at least {container.MIN_END} and at most {container.MAX_END:,}" in text
    assert crc(b"123456789") == (0xCBF43926).to_bytes(4, "little")
