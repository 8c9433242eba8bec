"""The file format: header, independent blocks, end section with an index. `docs/format.md` is its specification.

This module knows bytes, sizes and checksums, and nothing about models: a coded block is a payload that somebody else
decodes. `Writer` and `Reader` work from front to back, on pipes too; `neucomp.index` gives random access to a seekable
file. Nothing is allocated by a size that a file declares: sizes are checked against the limits below, and data are read
in pieces, so that memory follows what is really there.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, NoReturn

from neucomp.errors import CorruptDataError, LimitExceeded, NeucompError, NotNeucompFile, UnsupportedError
from neucomp.pieces import PIECE, Readable, Source, write_fully
from neucomp.varint import pack_varint, read_varint

MAGIC = b"\x89NEU\r\n\x1a\n"
VERSION = 1

CODER_BINARY_RANGE = 1
CODER_RANGE = 2
ARITHMETIC_EXACT_1 = 1

STORED = 0
CODED = 1
END = 0xFF

MAX_CODED_SIZE = 256 << 20
"""Most original bytes that one coded block may hold: a reader holds a whole coded block in memory."""

MAX_EXPANSION = 23_000
"""Most original bytes per payload byte: no model codes a byte in less than 0.00035 bits, so more than this is a lie."""

EXPANSION_START = 8
"""Payload bytes that `MAX_EXPANSION` adds to what is there, for the first bytes of a stream."""

MAX_BLOCKS = 1 << 20
"""Most blocks in one file, which bounds the memory that an index takes."""

DIGEST_SIZE = 16
"""Bytes of a SHA-256 that are kept."""

_HEADER_FIXED = len(MAGIC) + 7
_HAS_ORIGINAL_SIZE = 1
_HAS_WEIGHTS = 2
_EQUAL_SAMPLES = 4

CRC_SIZE = 4
"""Bytes of a checksum."""

LENGTH_SIZE = 4
"""Bytes of the length at the very end of a file."""

MIN_END = 2 + DIGEST_SIZE + CRC_SIZE
MAX_END = 1 + 3 + MAX_BLOCKS * 2 * 9 + DIGEST_SIZE + CRC_SIZE
"""Bytes that an end section takes without the length: kind, number of blocks, two sizes for each, digest, checksum."""


class Entry(NamedTuple):
    """The sizes of one block in bytes, as in the index: `payload_size` is 0 for a stored block."""

    original_size: int
    payload_size: int

    @property
    def stored(self) -> bool:
        """Whether the block holds its original bytes as they are."""
        return self.payload_size == 0

    @property
    def body_size(self) -> int:
        """Bytes between the head of the block and its checksum."""
        return self.payload_size or self.original_size

    @property
    def frame_size(self) -> int:
        """Bytes that the whole block takes in the file."""
        return len(self.head()) + self.body_size + CRC_SIZE

    def head(self) -> bytes:
        """Return what stands before the payload: kind, original size and, for a coded block, payload size."""
        if self.stored:
            return bytes([STORED]) + pack_varint(self.original_size)
        return bytes([CODED]) + pack_varint(self.original_size) + pack_varint(self.payload_size)

    def fault(self) -> str:
        """Return what is impossible about these sizes, or nothing."""
        if self.original_size == 0:
            return "a block is empty"
        if self.stored:
            return ""
        if self.original_size > MAX_CODED_SIZE:
            return f"a coded block of {self.original_size} bytes; the format allows {MAX_CODED_SIZE}"
        if self.payload_size >= self.original_size:
            return f"a coded block of {self.payload_size} bytes for {self.original_size}; it should have been stored"
        if self.original_size > MAX_EXPANSION * (self.payload_size + EXPANSION_START):
            return f"a coded block claims {self.original_size} bytes from a payload of {self.payload_size}"
        return ""


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says. Ids are 0 .. 255, `level` is 1 .. 9, sizes are in bytes, `weights` are 16 bytes or None.
    `equal_samples`: the original is not the file that the user had, but one with the same samples and metadata."""

    model_id: int
    level: int
    original_size: int | None = None
    format_id: int = 0
    coder_id: int = CODER_BINARY_RANGE
    arithmetic_id: int = ARITHMETIC_EXACT_1
    weights: bytes | None = None
    equal_samples: bool = False

    def pack(self) -> bytes:
        """Return the header as it stands in the file, with its checksum."""
        flags = _HAS_ORIGINAL_SIZE * (self.original_size is not None) | _HAS_WEIGHTS * (self.weights is not None)
        flags |= _EQUAL_SAMPLES * self.equal_samples
        ids = [self.format_id, self.model_id, self.level, self.coder_id, self.arithmetic_id]
        packed = MAGIC + bytes([VERSION, flags, *ids])
        if self.original_size is not None:
            packed += pack_varint(self.original_size)
        if self.weights is not None:
            packed += self.weights
        return packed + _crc_bytes(packed)


class Coded(NamedTuple):
    """A coded block as it was read: `number` counts blocks from 0, `crc` is the CRC-32 that the original must have,
    where the checksum begins with `seed`."""

    number: int
    original_size: int
    payload: bytes
    crc: int
    seed: int = 0

    def check(self, original: bytes) -> None:
        """Raise `CorruptDataError` unless `original` is what the payload was made from."""
        if zlib.crc32(original, self.seed) != self.crc:
            raise _damaged(self.number)


class Piece(NamedTuple):
    """A part of a stored block, at most `PIECE` bytes."""

    data: bytes


class Writer:
    """Writes one file from front to back. `size` is the number of bytes written so far.

    Raises `LimitExceeded` above `MAX_BLOCKS` blocks, and `NeucompError` when the blocks do not add up to the original
    size that the header announces.
    """

    def __init__(self, target: BinaryIO, header: Header) -> None:
        self.header = header
        self.entries: list[Entry] = []
        self.original_size = 0
        self.size = 0
        self._target = target
        self._hash = hashlib.sha256()
        self._put(header.pack())

    def add(self, original: bytes, payload: bytes | None) -> None:
        """Write one block of 1 byte or more: coded as `payload`, or stored where that is None, not smaller, or against
        the limits of the format."""
        entry = Entry(len(original), len(payload or b""))
        stored = Entry(len(original), 0)
        if not payload or entry.fault() or entry.frame_size >= stored.frame_size:
            self.add_stored([original], len(original))
            return
        self._begin(entry)
        self._put(payload)
        self._hash.update(original)
        self._put(zlib.crc32(original).to_bytes(CRC_SIZE, "little"))

    def add_stored(self, pieces: Iterable[bytes], size: int) -> None:
        """Write one stored block of `size` bytes, size >= 1, from pieces that must add up to it."""
        self._begin(Entry(size, 0))
        crc = written = 0
        for piece in pieces:
            crc = zlib.crc32(piece, crc)
            self._hash.update(piece)
            self._put(piece)
            written += len(piece)
        if written != size:
            raise NeucompError(f"the input changed while it was read: {written} bytes where {size} were expected")
        self._put(crc.to_bytes(CRC_SIZE, "little"))

    def digest(self) -> bytes:
        """Return the first 16 bytes of the SHA-256 of everything added so far."""
        return self._hash.digest()[:DIGEST_SIZE]

    def finish(self) -> None:
        """Write the end section. The file is complete then; the target stays open."""
        expected = self.header.original_size
        if expected is not None and expected != self.original_size:
            raise NeucompError(f"the input has {self.original_size} bytes, but {expected} were announced")
        self._put(pack_end(self.entries, self.digest()))

    def _begin(self, entry: Entry) -> None:
        if len(self.entries) == MAX_BLOCKS:
            raise LimitExceeded(f"a file can hold at most {MAX_BLOCKS} blocks")
        self.entries.append(entry)
        self.original_size += entry.original_size
        self._put(entry.head())

    def _put(self, data: bytes) -> None:
        write_fully(self._target, data)
        self.size += len(data)


class Reader:
    """Reads one file from front to back: `header`, then `blocks()` to its end, then `finish()` with the digest.

    `entries` and `size` (bytes read) grow on the way. Raises `NotNeucompFile`, `UnsupportedError` and
    `CorruptDataError`.
    """

    def __init__(self, source: Readable) -> None:
        self._source = Source(source)
        self.header = read_header(self._source)
        self.entries: list[Entry] = []
        self.original_size = 0

    @property
    def size(self) -> int:
        """Bytes of the file that were read so far."""
        return self._source.offset

    def blocks(self) -> Iterator[Coded | Piece]:
        """Yield the coded blocks and the pieces of stored ones in order. Stored blocks are checked here, after their
        last piece; coded ones must be checked by whoever decodes them."""
        while (kind := self._source.byte("the kind of a block")) != END:
            if kind not in (STORED, CODED):
                raise CorruptDataError(f"block {len(self.entries)} has the unknown kind {kind}")
            original_size = self._source.varint("the original size of a block")
            payload_size = self._source.varint("the payload size of a block") if kind == CODED else 0
            if kind == CODED and payload_size == 0:
                raise CorruptDataError("a coded block has no payload")
            self._count(Entry(original_size, payload_size))
            if kind == CODED:
                payload = self._source.exactly(payload_size, "the payload of a block")
                yield Coded(len(self.entries) - 1, original_size, payload, read_crc(self._source))
            else:
                yield from read_stored(self._source, len(self.entries) - 1, original_size)
        expected = self.header.original_size
        if expected is not None and expected != self.original_size:
            raise CorruptDataError(f"the blocks hold {self.original_size} bytes, but the header says {expected}")

    def finish(self, digest: bytes) -> None:
        """Check the end section against the blocks that were read and the digest of what they decode to."""
        # Each structure has one encoding only, so that comparing bytes compares everything that the section says.
        expected = pack_end(self.entries, digest)[1:]
        found = self._source.exactly(len(expected), "the end section")
        after_index = len(expected) - DIGEST_SIZE - CRC_SIZE - LENGTH_SIZE
        if found[:after_index] != expected[:after_index]:
            raise CorruptDataError("the index does not fit the blocks")
        if found[after_index : after_index + DIGEST_SIZE] != digest:
            raise CorruptDataError("the decoded data do not have the SHA-256 of the original")
        if found != expected:
            raise CorruptDataError("the end section is damaged")
        if self._source.up_to(1):
            raise CorruptDataError("there are data after the end of the file")

    def _count(self, entry: Entry) -> None:
        if fault := entry.fault():
            raise CorruptDataError(f"block {len(self.entries)}: {fault}")
        if len(self.entries) == MAX_BLOCKS:
            raise CorruptDataError(f"there are more than {MAX_BLOCKS} blocks")
        self.entries.append(entry)
        self.original_size += entry.original_size
        announced = self.header.original_size
        if announced is not None and self.original_size > announced:
            raise CorruptDataError(f"the blocks hold more than the {announced} bytes that the header says")


def pack_end(entries: list[Entry], digest: bytes) -> bytes:
    """Return the end section for these blocks, with the length that follows it."""
    packed = bytearray([END])
    packed += pack_varint(len(entries))
    for entry in entries:
        packed += pack_varint(entry.original_size)
        packed += pack_varint(entry.payload_size)
    packed += digest
    packed += _crc_bytes(packed)
    return bytes(packed) + len(packed).to_bytes(LENGTH_SIZE, "little")


def parse_end(section: bytes) -> tuple[list[Entry], bytes]:
    """Return the blocks and the digest of an end section, without the length that follows it."""
    body, crc = section[:-CRC_SIZE], section[-CRC_SIZE:]
    if _crc_bytes(body) != crc or body[0] != END:
        raise CorruptDataError("the end section is damaged")
    index = iter(body[1:-DIGEST_SIZE])
    entries = []
    try:
        count = read_varint(index.__next__, "the number of blocks")
        if count > MAX_BLOCKS:
            raise CorruptDataError(f"the index has {count} blocks; the format allows {MAX_BLOCKS}")
        for number in range(count):
            original_size = read_varint(index.__next__, "an original size in the index")
            entry = Entry(original_size, read_varint(index.__next__, "a payload size in the index"))
            if fault := entry.fault():
                raise CorruptDataError(f"block {number} in the index: {fault}")
            entries.append(entry)
    except StopIteration:
        raise CorruptDataError("the index is shorter than its blocks") from None
    if next(index, None) is not None:
        raise CorruptDataError("the index is longer than its blocks")
    return entries, body[-DIGEST_SIZE:]


def read_stored(source: Source, number: int, size: int, seed: int = 0) -> Iterator[Piece]:
    """Yield the original bytes of stored block `number`, `size` of them, in pieces, and then check its checksum, which
    begins with `seed`."""
    crc = seed
    for begin in range(0, size, PIECE):
        data = source.exactly(min(PIECE, size - begin), "a stored block")
        crc = zlib.crc32(data, crc)
        yield Piece(data)
    if crc != read_crc(source):
        raise _damaged(number)


def read_crc(source: Source) -> int:
    """Read the checksum of a block."""
    return int.from_bytes(source.exactly(CRC_SIZE, "the checksum of a block"), "little")


def read_header(source: Source) -> Header:
    """Read the header. Raises `NotNeucompFile`, `UnsupportedError` and `CorruptDataError`."""
    magic = source.up_to(len(MAGIC))
    if magic != MAGIC:
        _refuse(magic)
    fixed = source.exactly(_HEADER_FIXED - len(MAGIC), "the header")
    version, flags, format_id, model_id, level, coder_id, arithmetic_id = fixed
    if version != VERSION:
        raise UnsupportedError(f"the file has format version {version}; this release reads version {VERSION}")
    if flags & ~(_HAS_ORIGINAL_SIZE | _HAS_WEIGHTS | _EQUAL_SAMPLES):
        raise UnsupportedError(f"the header has unknown flags ({flags:#04x}): a newer release is needed")
    original_size = source.varint("the original size in the header") if flags & _HAS_ORIGINAL_SIZE else None
    weights = source.exactly(DIGEST_SIZE, "the header") if flags & _HAS_WEIGHTS else None
    equal_samples = bool(flags & _EQUAL_SAMPLES)
    header = Header(model_id, level, original_size, format_id, coder_id, arithmetic_id, weights, equal_samples)
    if source.exactly(CRC_SIZE, "the header") != header.pack()[-CRC_SIZE:]:
        raise CorruptDataError("the header is damaged: its checksum does not fit")
    refuse_unknown_level(level)
    return header


def refuse_unknown_level(level: int) -> None:
    """Raise `UnsupportedError` for a level in a file that this release does not know."""
    if not 1 <= level <= 9:
        raise UnsupportedError(f"the file has level {level}; this release knows levels 1 to 9")


def _refuse(magic: bytes) -> NoReturn:
    if magic[:4] == MAGIC[:4] and len(magic) == len(MAGIC):
        raise CorruptDataError("the magic bytes are damaged: was the file transferred as text, with line ends changed?")
    raise NotNeucompFile("not a neucomp file: it does not begin with the magic bytes 89 4e 45 55")


def _crc_bytes(data: bytes | bytearray) -> bytes:
    return zlib.crc32(data).to_bytes(CRC_SIZE, "little")


def _damaged(number: int) -> CorruptDataError:
    return CorruptDataError(f"block {number} is damaged: its checksum does not fit")
