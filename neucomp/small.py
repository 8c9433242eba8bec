"""Small files: the fields of a file in some 14 bytes, where its original is one block of at most 64 KiB, or empty.

`docs/format.md`, "Small files", is the specification. `open_writer` and `open_reader` choose between this form and the
other. A small file has no index and no hash; one CRC-32 guards all of it and its original.
"""

import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO, NamedTuple

from neucomp.container import (
    CRC_SIZE,
    DIGEST_SIZE,
    MAGIC,
    Coded,
    Entry,
    Header,
    Piece,
    Reader,
    Writer,
    refuse_unknown_level,
)
from neucomp.errors import CorruptDataError, UnsupportedError
from neucomp.pieces import Ahead, Source, write_fully
from neucomp.varint import pack_varint

MAX_SMALL_SIZE = 64 << 10
"""Most original bytes of a small file, which readers hold in memory as a whole."""

SMALL_START = 5
"""Bytes that tell a small file from others."""

VERSION = 1
"""Of the form of small files that is written and read here."""

_MAGIC = MAGIC[:4]
_VERSIONS = 0xC0
"""High half of the byte that follows the magic; the low half is the version."""

_CODED = 1
_HAS_WEIGHTS = 2
_EQUAL_SAMPLES = 4


class SmallFile(NamedTuple):
    """A whole small file as it was read. `entries`: none or one; `seed`: the CRC-32 with which that of the original
    begins."""

    header: Header
    entries: list[Entry]
    body: bytes
    crc: int
    head_size: int
    seed: int

    def items(self) -> Iterator[Coded | Piece]:
        """Yield the only block, or nothing. What is not coded is checked first."""
        whole = Coded(0, self.header.original_size or 0, self.body, self.crc, self.seed)
        if self.entries and not self.entries[0].stored:
            yield whole
            return
        whole.check(self.body)
        if self.body:
            yield Piece(self.body)


def is_small(start: bytes) -> bool:
    """Return whether a file that begins with these bytes, `SMALL_START` or more, is a small one, of any version."""
    return start[:4] == _MAGIC and len(start) >= SMALL_START and start[4] & 0xF0 == _VERSIONS


def open_reader(file: BinaryIO) -> Reader:
    """Return what reads a file of either form from front to back. Raises like `Reader`."""
    source = Ahead(file)
    return _SmallReader(source) if is_small(source.peek(SMALL_START)) else Reader(source)


def open_writer(target: BinaryIO, header: Header) -> Writer:
    """Return what writes a file in the form that suits it, which shows when the second block comes, or the end."""
    return _SmallWriter(target, header)


def pack_small(header: Header, original: bytes, payload: bytes | None) -> bytes | None:
    """Return a small file, coded as `payload` or stored; None for a header whose values it has no room for."""
    if max(header.format_id, header.model_id, header.coder_id, header.arithmetic_id) > 15:
        return None
    head = _pack_head(header, None if payload is None else len(original))
    crc = zlib.crc32(original, _seed(head, payload))
    return head + (original if payload is None else payload) + crc.to_bytes(CRC_SIZE, "little")


def read_small(source: Source) -> SmallFile:
    """Read a small file to its end. Raises `UnsupportedError` and `CorruptDataError`."""
    head = source.exactly(8, "the header")
    version = head[4] & 15
    if version != VERSION:
        raise UnsupportedError(f"the file is a small one of version {version}; this release reads version {VERSION}")
    (level, model_id), (format_id, flags), (coder_id, arithmetic_id) = (divmod(byte, 16) for byte in head[5:])
    if flags & ~(_CODED | _HAS_WEIGHTS | _EQUAL_SAMPLES):
        raise UnsupportedError(f"the header has unknown flags ({flags:#03x}): a newer release is needed")
    refuse_unknown_level(level)
    original_size = source.varint("the original size in the header") if flags & _CODED else None
    weights = source.exactly(DIGEST_SIZE, "the header") if flags & _HAS_WEIGHTS else None
    head_size = source.offset
    rest = source.up_to(MAX_SMALL_SIZE + CRC_SIZE + 1)
    if len(rest) > MAX_SMALL_SIZE + CRC_SIZE:
        raise CorruptDataError("a small file goes on where it should end: it is damaged, or other data follow it")
    if len(rest) < CRC_SIZE:
        raise CorruptDataError("the file ends in its checksum")
    body, crc = rest[:-CRC_SIZE], int.from_bytes(rest[-CRC_SIZE:], "little")
    entry = Entry(len(body), 0) if original_size is None else Entry(original_size, len(body))
    _check_size(entry, coded=original_size is not None)
    equal_samples = bool(flags & _EQUAL_SAMPLES)
    header = Header(model_id, level, entry.original_size, format_id, coder_id, arithmetic_id, weights, equal_samples)
    seed = _seed(_pack_head(header, original_size), None if entry.stored else body)
    return SmallFile(header, [entry] if entry.original_size else [], body, crc, head_size, seed)


def _check_size(entry: Entry, coded: bool) -> None:
    if coded and entry.stored:
        raise CorruptDataError("the coded block has no payload")
    if coded and (fault := entry.fault()):
        raise CorruptDataError(f"block 0: {fault}")
    if entry.original_size > MAX_SMALL_SIZE:
        raise CorruptDataError(f"a small file claims {entry.original_size} bytes; the format allows {MAX_SMALL_SIZE}")


def _seed(head: bytes, payload: bytes | None) -> int:
    """Return the CRC-32 of what the checksum covers before the original: the head, and the payload of a coded block."""
    return zlib.crc32(payload or b"", zlib.crc32(head))


def _pack_head(header: Header, coded_size: int | None) -> bytes:
    """Return what stands before the payload: `coded_size` is the original size, None where that is stored."""
    flags = _CODED * (coded_size is not None) | _HAS_WEIGHTS * (header.weights is not None)
    flags |= _EQUAL_SAMPLES * header.equal_samples
    halves = (
        (_VERSIONS >> 4, VERSION),
        (header.level, header.model_id),
        (header.format_id, flags),
        (header.coder_id, header.arithmetic_id),
    )
    size = b"" if coded_size is None else pack_varint(coded_size)
    return _MAGIC + bytes(high << 4 | low for high, low in halves) + size + (header.weights or b"")


class _SmallReader(Reader):
    """Reads a small file."""

    def __init__(self, source: Ahead) -> None:
        self._source = Source(source)
        self._file = read_small(self._source)
        self.header = self._file.header
        self.entries = []
        self.original_size = 0

    def blocks(self) -> Iterator[Coded | Piece]:
        """Yield the only block, if there is one."""
        for entry in self._file.entries:
            self._count(entry)
        yield from self._file.items()

    def finish(self, digest: bytes) -> None:
        """Nothing is left to be checked: what follows the block is its checksum, and the end."""


class _SmallWriter(Writer):
    """Writes a small file where that is possible: the first block is held back until it is known to be the last."""

    def __init__(self, target: BinaryIO, header: Header) -> None:
        self._file = target
        self._held = io.BytesIO()
        self._block: tuple[bytes, bytes | None] = b"", None
        super().__init__(self._held, header)

    def add(self, original: bytes, payload: bytes | None) -> None:
        """See `Writer`."""
        if len(original) <= MAX_SMALL_SIZE:
            self._block = original, payload
        super().add(original, payload)

    def add_stored(self, pieces: Iterable[bytes], size: int) -> None:
        """See `Writer`."""
        if size <= MAX_SMALL_SIZE:
            data = b"".join(pieces)
            pieces, self._block = [data], (data, None)
        super().add_stored(pieces, size)

    def finish(self) -> None:
        """See `Writer`."""
        super().finish()
        if self._target is not self._held:
            return
        original, payload = self._block
        header = self.header if payload is not None else replace(self.header, weights=None)
        packed = pack_small(header, original, payload) or self._held.getvalue()
        write_fully(self._file, packed)
        self.size = len(packed)

    def _begin(self, entry: Entry) -> None:
        if self._target is self._held and (self.entries or entry.original_size > MAX_SMALL_SIZE):
            write_fully(self._file, self._held.getvalue())
            self._target = self._file
        super()._begin(entry)
