"""zlib streams: whatever zlib writes has a recipe of a few bytes, and nothing else has one that is wrong."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.errors import CorruptDataError
from neucomp.formats.deflate_calls import Call
from neucomp.formats.fields import FieldReader
from neucomp.formats.zlib_stream import deflate, inflate, put_together, take_apart
from neucomp.kernels.deflate_format import Strategy
from tests.helpers.zlib_at_hand import needs_zlib
from tests.kernels.test_deflate import TEXTS, phrases, random_bytes

PIECE = 1000


def array(text: bytes) -> np.ndarray:
    return np.frombuffer(text, np.uint8)


def zlib_stream(text: bytes, level: int, strategy: int, memory_level: int, window_bits: int) -> bytes:
    deflater = zlib.compressobj(level, zlib.DEFLATED, window_bits, memory_level, strategy)
    return deflater.compress(text) + deflater.flush()


def recipe_of(stream: bytes, text: bytes) -> bytes:
    """The recipe, having checked that it gives the stream again, and that the reader stops behind it."""
    recipe = take_apart(stream, array(text), PIECE)
    assert recipe is not None
    fields = FieldReader(recipe + b"rest")
    assert put_together(fields, array(text), PIECE) == stream
    assert fields.rest() == b"rest"
    return recipe


@needs_zlib
@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("level", range(1, 10))
def test_calls_are_found(level: int, strategy: Strategy) -> None:
    for memory_level in (1, 6, 8, 9):
        for window_bits in (9, 13, 15):
            stream = zlib_stream(TEXTS["phrases"], level, strategy, memory_level, window_bits)
            assert len(recipe_of(stream, TEXTS["phrases"])) == 2


@needs_zlib
@pytest.mark.parametrize("name", TEXTS)
def test_all_texts(name: str) -> None:
    for level in (1, 4, 6, 9):
        recipe_of(zlib_stream(TEXTS[name], level, 0, 8, 15), TEXTS[name])


@needs_zlib
@given(
    st.lists(st.tuples(st.binary(max_size=30), st.integers(1, 300)), max_size=20),
    st.integers(0, 9),
    st.sampled_from(Strategy),
    st.integers(1, 9),
    st.integers(9, 15),
)
@settings(max_examples=60, deadline=None)
def test_any_text(
    parts: list[tuple[bytes, int]], level: int, strategy: Strategy, memory_level: int, window_bits: int
) -> None:
    text = b"".join(part * times for part, times in parts)
    recipe_of(zlib_stream(text, level, strategy, memory_level, window_bits), text)


@needs_zlib
def test_headers_that_libpng_makes_smaller() -> None:
    """It says that the window is as large as the text, where zlib has worked with another."""
    for size in (100, 250, 256, 500, 1000, 5000, 16384):
        text = phrases(size)
        stream = bytearray(zlib_stream(text, 6, 1, 8, 15))
        bits = max(8, (size - 1).bit_length())
        stream[0] = 8 | (bits - 8) << 4
        stream[1] = (stream[1] & 0xE0) + 31 - (stream[0] << 8 | stream[1] & 0xE0) % 31
        assert len(recipe_of(bytes(stream), text)) <= 4


@needs_zlib
def test_a_header_that_zlib_does_not_write() -> None:
    assert zlib_stream(TEXTS["picture"], 3, 0, 8, 15).startswith(b"\x78\x5e")
    body = zlib_stream(TEXTS["picture"], 3, 0, 8, 15)[2:]
    for header, size in ((b"\x78\x5e", 2), (b"\x68\x43", 4)):
        assert int.from_bytes(header, "big") % 31 == 0
        assert len(recipe_of(header + body, TEXTS["picture"])) == size
    assert 4 < len(recipe_of(b"\x78\xda" + body, TEXTS["picture"])) < 100  # a level that does not give this body


def stored(text: bytes, sizes: list[int], head: bytes = b"\x78\x01", padding: int = 0) -> bytes:
    """A stream of stored blocks."""
    stream = bytearray(head)
    for number, size in enumerate(sizes, 1):
        stream += struct.pack("<BHH", (number == len(sizes)) | padding, size, size ^ 0xFFFF)
        stream += text[:size]
        text = text[size:]
    return bytes(stream)


@pytest.mark.parametrize(
    "sizes", [[3000], [1000] * 3, [1024, 1024, 952], [0, 3000], [2999, 0, 1], [7, 2993], [3000, 0]]
)
def test_stored_blocks(sizes: list[int]) -> None:
    text = random_bytes(3000)
    for head in (b"\x78\x01", b"\x78\xda", b"\x08\x1d"):
        stream = stored(text, sizes, head) + zlib.adler32(text).to_bytes(4, "big")
        assert zlib.decompress(stream) == text
        assert len(recipe_of(stream, text)) <= 10
    strange = stored(text, sizes, padding=0x10) + zlib.adler32(text).to_bytes(4, "big")
    assert zlib.decompress(strange) == text
    assert len(recipe_of(strange, text)) <= 40


@needs_zlib
@pytest.mark.parametrize("flush", [zlib.Z_PARTIAL_FLUSH, zlib.Z_BLOCK, zlib.Z_SYNC_FLUSH])
@pytest.mark.parametrize("name", ["three bytes", "phrases", "picture", "zeros", "random"])
def test_a_flush_behind_the_text(name: str, flush: int) -> None:
    """As Photoshop does it."""
    for memory_level in (8, 9):
        deflater = zlib.compressobj(9, zlib.DEFLATED, 15, memory_level)
        stream = deflater.compress(TEXTS[name]) + deflater.flush(flush) + deflater.flush()
        if flush == zlib.Z_SYNC_FLUSH:
            assert len(recipe_of(stream, TEXTS[name])) < 200
        else:
            assert len(recipe_of(stream, TEXTS[name])) == 3


def test_far_short_matches() -> None:
    """As Apple's zlib takes them; where nothing is that far, it gives what zlib gives."""
    for size, differ in ((5000, True), (900, False)):
        start = random_bytes(size)
        text = start + b"".join(bytes(300) + start[place : place + 3] for place in range(0, 400, 40))
        near, far = (deflate(array(text), Call(9, 0, 8, 15, PIECE, 0, takes_far)) for takes_far in (False, True))
        assert zlib.decompress(near) == zlib.decompress(far) == text
        assert (near != far) == differ
        assert len(recipe_of(near, text)) == 2
        assert len(recipe_of(far, text)) == 2 + differ


@needs_zlib
def test_a_flush_in_the_text() -> None:
    deflater = zlib.compressobj(6)
    text = TEXTS["phrases"]
    stream = deflater.compress(text[:50_000]) + deflater.flush(zlib.Z_PARTIAL_FLUSH)
    stream += deflater.compress(text[50_000:]) + deflater.flush()
    assert 3 < len(recipe_of(stream, text)) < 200


@needs_zlib
def test_a_late_difference_is_seen() -> None:
    """zlib as another version of it might be: the first blocks are the same, later ones are not."""
    text = TEXTS["phrases"]
    same, other = (zlib.compressobj(6, zlib.DEFLATED, 15, 1) for _ in range(2))
    begun = same.compress(text) + same.flush(zlib.Z_FULL_FLUSH)
    changed = begun + same.compress(text) + same.flush()
    assert 3 < len(recipe_of(changed, text + text)) < len(changed) / 40
    assert len(recipe_of(other.compress(text + text) + other.flush(), text + text)) == 2


def test_a_stream_that_is_too_long() -> None:
    text = b"text" * 100
    empty = b"\0\0\0\xff\xff"
    for blocks in (100, 300):
        stream = b"\x78\x9c" + empty * blocks + zlib.compress(text)[2:]
        assert zlib.decompress(stream) == text
        if blocks == 100:
            recipe_of(stream, text)
        else:
            assert take_apart(stream, array(text), PIECE) is None


WRONG = [
    "",
    "60",
    "6007",
    "60a7",
    "a087",
    "6a87",
    "618700",
    "608f",
    "608f06",
    "0001",
    "f1",
    "f1ffff7f",
    "f10105",
    "f17f00789c",
]


@pytest.mark.parametrize("recipe", WRONG)
def test_wrong_recipes(recipe: str) -> None:
    with pytest.raises(CorruptDataError):
        put_together(FieldReader(bytes.fromhex(recipe)), array(b"text"), PIECE)


def test_a_stored_block_that_is_too_large() -> None:
    with pytest.raises(CorruptDataError):
        put_together(FieldReader(b"\0\0"), np.zeros(65536, np.uint8), PIECE)


@given(st.binary(max_size=6))
def test_any_recipe(recipe: bytes) -> None:
    try:
        stream = put_together(FieldReader(recipe), array(b"some text"), PIECE)
    except CorruptDataError:
        return
    assert recipe[0] >> 4 == 15 or zlib.decompress(stream[2:-4], -15) == b"some text"


def test_inflate() -> None:
    stream = zlib.compress(b"text" * 100)
    assert inflate(stream, 400) == b"text" * 100
    for other in (stream[:-1], stream + b"\0", stream[:-1] + b"\0", b"", b"\0", stream[:9] + b"\xff" + stream[10:]):
        assert inflate(other, 400) is None
    assert inflate(stream, 399) is None
    assert inflate(stream, 401) == b"text" * 100


def test_inflating_is_bounded() -> None:
    """A gigabyte in a megabyte."""
    assert inflate(zlib.compress(bytes(1 << 26), 9), 100) is None
