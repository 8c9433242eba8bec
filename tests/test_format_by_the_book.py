"""A second reader, written from docs/format.md alone and sharing no code with the first, gets the same originals."""

import hashlib
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neucomp

pytestmark = pytest.mark.usefixtures("zlib_model")


def number(blob: bytes, at: int) -> tuple[int, int]:
    """Return the varint at this offset and the offset behind it."""
    value = shift = 0
    while blob[at] & 0x80:
        value |= (blob[at] & 0x7F) << shift
        shift += 7
        at += 1
    return value | blob[at] << shift, at + 1


def has_crc(blob: bytes, at: int, data: bytes) -> bool:
    return blob[at : at + 4] == struct.pack("<I", zlib.crc32(data))


def read_small_by_the_book(blob: bytes) -> bytes:
    assert blob[4] == 0xC1
    flags, at = blob[6] & 15, 8
    assert flags < 8
    if not flags & 1:
        assert has_crc(blob, len(blob) - 4, blob[:-4])
        return blob[at + 16 * (flags >> 1 & 1) : -4]
    size, at = number(blob, at)
    original = zlib.decompress(blob[at + 16 * (flags >> 1 & 1) : -4])
    assert len(original) == size <= 65536
    assert has_crc(blob, len(blob) - 4, blob[:-4] + original)
    return original


def read_by_the_book(blob: bytes) -> bytes:
    assert blob[:4] == bytes.fromhex("89 4e 45 55")
    if blob[4] != 0x0D:
        return read_small_by_the_book(blob)
    assert blob[:9] == bytes.fromhex("89 4e 45 55 0d 0a 1a 0a 01")
    flags, at = blob[9], 15
    size = None
    if flags & 1:
        size, at = number(blob, at)
    if flags & 2:
        at += 16
    assert has_crc(blob, at, blob[:at])
    at += 4

    original, sizes = b"", []
    while (kind := blob[at]) != 0xFF:
        original_size, at = number(blob, at + 1)
        payload_size = 0
        if kind == 1:
            payload_size, at = number(blob, at)
        end = at + (payload_size or original_size)
        block = zlib.decompress(blob[at:end]) if kind == 1 else blob[at:end]
        assert len(block) == original_size
        assert has_crc(blob, end, block)
        original += block
        sizes.append((original_size, payload_size))
        at = end + 4
    assert size in (None, len(original))

    begin = at
    count, at = number(blob, at + 1)
    for expected in sizes:
        original_size, at = number(blob, at)
        payload_size, at = number(blob, at)
        assert (original_size, payload_size) == expected
    assert count == len(sizes)
    assert blob[at : at + 16] == hashlib.sha256(original).digest()[:16]
    at += 16
    assert has_crc(blob, at, blob[begin:at])
    assert struct.unpack_from("<I", blob, at + 4)[0] == at + 4 - begin
    assert len(blob) == at + 8
    return original


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 40), st.integers(1, 9))
def test_another_reader_reads_our_files(data: bytes, times: int, level: int) -> None:
    original = data * times
    assert read_by_the_book(neucomp.compress(original, level, model="zlib")) == original
