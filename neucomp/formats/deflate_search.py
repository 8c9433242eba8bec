"""Deflate streams, images and sound inside of other files: zip and all that is built on it, gzip, PDF, git, anything.

Places are found by what stands before a stream: the head of a zip entry (method 8), of a gzip member (RFC 1952) or of a
zlib stream (RFC 1950). A zlib stream is one only if its checksum fits, so nothing else need be known of the file.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

SMALLEST_STREAM = 24
"""Bytes: what is shorter costs more than it saves."""

_PIECE = 1 << 16

_HEADS = re.compile(
    rb"PK\x03\x04.{4}\x08\x00|\x1f\x8b\x08[\x00-\x1f]|[\x18\x28\x38\x48\x58\x68\x78]."
    rb"|\x89PNG\r\n\x1a\n|RIFF.{4}WAVE|FORM.{4}AIF[FC]",
    re.DOTALL,
)
_ZIP_NAMES, _ZIP_HEAD = struct.Struct("<HH"), 30
_GZIP_HEAD = 10
_FILES = (b"\x89", b"R", b"F")
"""First bytes of heads of whole files."""
_CHUNK_HEAD = struct.Struct(">I4s")


class Found(NamedTuple):
    """A stream (RFC 1951), or a whole file where `text` is None: data[start:end]."""

    start: int
    end: int
    text: bytes | None
    wrapped: bool = False  # in a zlib stream, whose checksum follows


class Budget:
    """What may still be expanded, and looked at in vain, in bytes."""

    def __init__(self, most: int) -> None:
        self.left = most
        self.work = 4 * most

    def inflate(self, data: bytes, start: int, window_bits: int) -> tuple[bytes, int] | None:
        """The text of the stream that begins at `start`, and where it ends; None if it is none or too large."""
        inflater = zlib.decompressobj(window_bits)
        text = bytearray()
        most = min(self.left, self.work)
        position = start
        try:
            while not inflater.eof:
                piece = inflater.unconsumed_tail or data[position : (position := position + _PIECE)]
                if not piece:
                    return None
                text += inflater.decompress(piece, most - len(text) + 1)
                if len(text) > most:
                    return None
        except zlib.error:
            return None
        finally:
            self.work -= min(len(text) + 1, self.work)
        return bytes(text), min(position, len(data)) - len(inflater.unused_data)


def find_parts(data: bytes, budget: Budget) -> Iterator[Found]:
    """Yields what is found, from front to back, without overlaps. Whoever takes a text pays for it from the budget."""
    position = 0
    while budget.work > 0 and (head := _HEADS.search(data, position)):
        found = _look(data, head.start(), head[0], budget)
        position = head.start() + 1
        if found is not None and found.end - found.start >= SMALLEST_STREAM:
            yield found
            position = found.end


def may_hold_parts(data: bytes) -> bool:
    """Whether a first look finds something. It takes some milliseconds for each megabyte."""
    for head in _HEADS.finditer(data):
        if head[0][:1] in _FILES:
            return True
        stream = _begins(data, head.start(), head[0])
        if stream is not None and _gives_text(data[stream[0] : stream[0] + 512], stream[1]):
            return True
    return False


def _gives_text(data: bytes, window_bits: int) -> bool:
    try:
        return len(zlib.decompressobj(window_bits).decompress(data, 64)) >= SMALLEST_STREAM
    except zlib.error:
        return False


def _look(data: bytes, start: int, head: bytes, budget: Budget) -> Found | None:
    """What a head announces, if it is there."""
    if head[:1] in _FILES:
        end = _end_of_png(data, start) if head.startswith(b"\x89") else _end_of_form(data, start, head)
        return None if end is None else Found(start, end, None)
    stream = _begins(data, start, head)
    inflated = None if stream is None else budget.inflate(data, *stream)
    if stream is None or inflated is None:
        return None
    wrapped = stream[1] > 0
    return Found(stream[0] + 2 * wrapped, inflated[1] - 4 * wrapped, inflated[0], wrapped)


def _begins(data: bytes, start: int, head: bytes) -> tuple[int, int] | None:
    """Where the stream behind a head begins, and its window bits as zlib takes them; None if the head is none."""
    if head.startswith(b"PK"):
        if start + _ZIP_HEAD > len(data):
            return None
        name, extra = _ZIP_NAMES.unpack_from(data, start + 26)
        return start + _ZIP_HEAD + name + extra, -zlib.MAX_WBITS
    if head.startswith(b"\x1f\x8b"):
        body = _after_gzip_head(data, start)
        return None if body is None else (body, -zlib.MAX_WBITS)
    is_zlib = int.from_bytes(head, "big") % 31 == 0 and not head[1] & 0x20
    return (start, zlib.MAX_WBITS) if is_zlib else None


def _after_gzip_head(data: bytes, start: int) -> int | None:
    """Where the stream of a gzip member begins."""
    if start + _GZIP_HEAD > len(data):
        return None
    flags, position = data[start + 3], start + _GZIP_HEAD
    if flags & 4:
        position += 2 + int.from_bytes(data[position : position + 2], "little")
    for flag in (8, 16):
        if flags & flag:
            position = data.find(b"\0", position) + 1
            if position == 0:
                return None
    return position + 2 * (flags >> 1 & 1)


def _end_of_png(data: bytes, start: int) -> int | None:
    position = start + 8
    while position + 12 <= len(data):
        size, kind = _CHUNK_HEAD.unpack_from(data, position)
        position += 12 + size
        if kind == b"IEND":
            return position if position <= len(data) else None
    return None


def _end_of_form(data: bytes, start: int, head: bytes) -> int | None:
    """The end of a RIFF or IFF file, by the size in its head."""
    size = int.from_bytes(data[start + 4 : start + 8], "little" if head.startswith(b"RIFF") else "big")
    end = start + 8 + size
    return end if end <= len(data) else None
