"""Random access to a compressed file through the index at its end. The whole file must be seekable."""

import io
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import BinaryIO

from neucomp.container import (
    LENGTH_SIZE,
    MAX_END,
    MIN_END,
    Coded,
    Entry,
    Header,
    Piece,
    parse_end,
    read_crc,
    read_header,
    read_stored,
)
from neucomp.errors import CorruptDataError
from neucomp.pieces import Source, read_fully
from neucomp.small import SMALL_START, SmallFile, is_small, read_small


@dataclass(frozen=True)
class Index:
    """A seekable file and where its blocks are. `offsets` are positions in the file, `starts` in the original data,
    both with one more at the end. `digest` has the first 16 bytes of the SHA-256 of the original, or is None in a small
    file, whose only block begins without its sizes, and whose checksum begins with `seed`."""

    file: BinaryIO
    header: Header
    entries: list[Entry]
    digest: bytes | None
    size: int
    offsets: list[int] = field(repr=False)
    starts: list[int] = field(repr=False)
    seed: int = 0

    @property
    def original_size(self) -> int:
        """Bytes of the whole original."""
        return self.starts[-1]

    def find(self, position: int) -> int:
        """Return the number of the block that holds the original byte at `position`, 0 <= position < original_size."""
        return bisect_right(self.starts, position) - 1

    def coded(self, number: int) -> Coded:
        """Read the coded block `number`."""
        source = self._seek(number)
        entry = self.entries[number]
        payload = source.exactly(entry.payload_size, "the payload of a block")
        return Coded(number, entry.original_size, payload, read_crc(source), self.seed)

    def stored(self, number: int) -> Iterator[Piece]:
        """Read the stored block `number` in pieces; its checksum is checked after the last one."""
        return read_stored(self._seek(number), number, self.entries[number].original_size, self.seed)

    def stored_range(self, number: int, begin: int, size: int) -> bytes:
        """Read `size` bytes from `begin` inside the stored block `number`, unchecked."""
        self.file.seek(self.offsets[number] + len(self._head(number)) + begin)
        return Source(self.file).exactly(size, "a stored block")

    def payload_head(self, number: int, size: int) -> bytes:
        """Read the first `size` bytes of the payload of block `number`, fewer where it is shorter."""
        source = self._seek(number)
        return source.exactly(min(size, self.entries[number].body_size), "the payload of a block")

    def _seek(self, number: int) -> Source:
        self.file.seek(self.offsets[number])
        source = Source(self.file)
        head = self._head(number)
        if source.exactly(len(head), "the head of a block") != head:
            raise CorruptDataError(f"block {number} does not fit the index")
        return source

    def _head(self, number: int) -> bytes:
        return b"" if self.digest is None else self.entries[number].head()


def read_index(file: BinaryIO) -> Index:
    """Read the header and the end section of a seekable file, whose position changes. Raises like `Reader`."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    small = is_small(read_fully(file, SMALL_START))
    file.seek(0)
    source = Source(file)
    if small:
        return _small_index(file, read_small(source), size)
    header = read_header(source)
    length_at = size - LENGTH_SIZE
    if length_at - MIN_END < source.offset:
        raise CorruptDataError("the file ends too early")
    first_block = source.offset
    file.seek(length_at)
    length = int.from_bytes(Source(file).exactly(LENGTH_SIZE, "the length of the end section"), "little")
    if not MIN_END <= length <= min(length_at - first_block, MAX_END):
        raise CorruptDataError(f"the end section cannot have {length} bytes: the file is truncated or damaged")
    file.seek(length_at - length)
    entries, digest = parse_end(Source(file).exactly(length, "the end section"))
    offsets = list(accumulate((entry.frame_size for entry in entries), initial=first_block))
    starts = list(accumulate((entry.original_size for entry in entries), initial=0))
    if offsets[-1] != length_at - length:
        raise CorruptDataError("the index does not fit the length of the file")
    if header.original_size not in (None, starts[-1]):
        raise CorruptDataError(f"the index says {starts[-1]} bytes, but the header {header.original_size}")
    return Index(file, header, entries, digest, size, offsets, starts)


def _small_index(file: BinaryIO, small: SmallFile, size: int) -> Index:
    entries = small.entries
    if not entries:
        list(small.items())  # no block will be read whose checksum could show damage
    offsets = [small.head_size, size][: len(entries) + 1]
    starts = [0, *(entry.original_size for entry in entries)]
    return Index(file, small.header, entries, None, size, offsets, starts, small.seed)
