"""The chunks of a PNG file. Source: PNG specification (third edition), section 5.

In an envelope, a chunk is a number for its type (or OTHER and its four bytes), its size as a varint, and its bytes;
checksums are left out, as they are right. IDAT and IEND are a number only: they end a list of chunks.
"""

import struct
import zlib
from collections.abc import Iterable
from typing import NamedTuple

from neucomp.errors import CorruptDataError
from neucomp.formats.fields import FieldReader
from neucomp.varint import pack_varint

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_SIZE_AND_TYPE = struct.Struct(">I4s")
_CHECKSUM = struct.Struct(">I")
_LARGEST = 2**31 - 1
_OTHER = 255
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
    for kind, data in chunks:
        packed += bytes([_TYPES.index(kind)]) if kind in _TYPES else bytes([_OTHER]) + kind
        packed += pack_varint(len(data)) + data
    return bytes(packed) + bytes([_TYPES.index(end)])


def unpack_chunks(fields: FieldReader, end: bytes) -> list[Chunk]:
    """The inverse of `pack_chunks`."""
    chunks: list[Chunk] = []
    while True:
        number = fields.byte()
        if number != _OTHER and number >= len(_TYPES):
            raise CorruptDataError("the envelope of an image has an unknown kind of chunk: the file is damaged")
        kind = fields.take(4) if number == _OTHER else _TYPES[number]
        if kind == end:
            return chunks
        chunks.append(Chunk(kind, fields.take(fields.varint())))


def _checksum(kind: bytes, data: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(kind))
