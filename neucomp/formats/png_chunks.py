"""The chunks of a PNG file. Source: PNG specification (third edition), section 5.

In an envelope, a chunk is a number for its type (or OTHER and its four bytes), its size as a varint, and its bytes;
checksums are left out, as they are right. IDAT and IEND are a number only: they end a list of chunks. Where the chunk
ends with a zlib stream, the number has INFLATED added, and size and bytes are those of what precedes the stream; then
follow size (varint) and bytes of the stream's text, and its recipe (see zlib_stream.py).
"""

import struct
import zlib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from neucomp.errors import CorruptDataError
from neucomp.formats.fields import FieldReader
from neucomp.formats.zlib_stream import inflate, put_together, take_apart
from neucomp.varint import pack_varint

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_SIZE_AND_TYPE = struct.Struct(">I4s")
_CHECKSUM = struct.Struct(">I")
_LARGEST = 2**31 - 1
_OTHER = 127
_INFLATED = 128
_MOST_TIMES_LARGER = 16  # that a text may be than its stream
_SMALL_TEXT = 1 << 12
_TYPES = tuple(
    b"IDAT IEND PLTE tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs tIME tEXt zTXt iTXt hIST sPLT eXIf cICP mDCV cLLI "
    b"acTL fcTL fdAT oFFs pCAL sCAL sTER gIFg gIFx vpAg orNT caNv prVW mkBF mkTS mkBS mkBT CgBI iDOT".split()
)
"""Types by their numbers, which stand in files."""


class Chunk(NamedTuple):
    """A chunk without its checksum."""

    type: bytes
    data: bytes


def read_chunks(file: bytes) -> tuple[list[Chunk], int] | None:
    """All chunks up to IEND, and where what follows begins; None if this is not a whole PNG file, free of errors."""
    if not file.startswith(SIGNATURE):
        return None
    chunks = []
    position = len(SIGNATURE)
    while True:
        start = position + _SIZE_AND_TYPE.size
        if start > len(file):
            return None
        size, kind = _SIZE_AND_TYPE.unpack_from(file, position)
        end = start + size
        if size > _LARGEST or end + _CHECKSUM.size > len(file):
            return None
        data = file[start:end]
        if _CHECKSUM.unpack_from(file, end) != (_checksum(kind, data),):
            return None
        chunks.append(Chunk(kind, data))
        position = end + _CHECKSUM.size
        if kind == b"IEND":
            return (chunks, position) if not data else None


def write_chunk(chunk: Chunk) -> bytes:
    """A chunk as it stands in a file."""
    head = _SIZE_AND_TYPE.pack(len(chunk.data), chunk.type)
    return head + chunk.data + _CHECKSUM.pack(_checksum(*chunk))


def pack_chunks(chunks: Iterable[Chunk], end: bytes) -> bytes:
    """Chunks for an envelope, ended by the type `end`: IDAT or IEND."""
    packed = bytearray()
    for chunk in chunks:
        head, tail = _inflate(chunk) or (chunk.data, b"")
        number = _TYPES.index(chunk.type) if chunk.type in _TYPES else _OTHER
        packed.append(number | (_INFLATED if tail else 0))
        packed += chunk.type if number == _OTHER else b""
        packed += pack_varint(len(head)) + head + tail
    return bytes(packed) + bytes([_TYPES.index(end)])


def _inflate(chunk: Chunk) -> tuple[bytes, bytes] | None:
    """The bytes before a chunk's zlib stream, and the fields that stand for it; None where there is no such stream."""
    end = _stream_start(chunk)
    stream = chunk.data[end:]
    text = inflate(stream, _SMALL_TEXT + _MOST_TIMES_LARGER * len(stream)) if end else None
    if text is None:
        return None
    recipe = take_apart(stream, np.frombuffer(text, np.uint8), max(len(text), 1))
    return (chunk.data[:end], pack_varint(len(text)) + text + recipe) if recipe else None


def _stream_start(chunk: Chunk) -> int:
    """Where the zlib stream of a chunk begins; 0 if it has none."""
    keyword_end = chunk.data.find(b"\0") + 1
    if keyword_end == 0:
        return 0
    if chunk.type in (b"iCCP", b"zTXt"):
        return keyword_end + 1  # the method of compression is between them
    if chunk.type == b"iTXt" and chunk.data[keyword_end : keyword_end + 2] == b"\1\0":
        language_end = chunk.data.find(b"\0", keyword_end + 2) + 1
        return chunk.data.find(b"\0", language_end) + 1 if language_end else 0
    return 0


def unpack_chunks(fields: FieldReader, end: bytes) -> list[Chunk]:
    """The inverse of `pack_chunks`."""
    chunks: list[Chunk] = []
    while True:
        first = fields.byte()
        number = first & ~_INFLATED
        if number != _OTHER and number >= len(_TYPES):
            raise CorruptDataError("the envelope of an image has an unknown kind of chunk: the file is damaged")
        kind = fields.take(4) if number == _OTHER else _TYPES[number]
        if kind == end:
            return chunks
        data = fields.take(fields.varint())
        if first & _INFLATED:
            text = np.frombuffer(fields.take(fields.varint()), np.uint8)
            data += put_together(fields, text, max(text.size, 1))
        chunks.append(Chunk(kind, data))


def _checksum(kind: bytes, data: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(kind))
