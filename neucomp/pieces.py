"""Reading and writing files in bounded pieces, completely: raw files and pipes may give or take less than asked for."""

from typing import BinaryIO, Protocol

from neucomp.errors import CorruptDataError
from neucomp.varint import read_varint

PIECE = 1 << 20
"""Bytes that are read or copied at a time."""


class Readable(Protocol):
    """What can be read from front to back."""

    def read(self, size: int, /) -> bytes | None:
        """Read at most `size` bytes, none at the end of the file; None where none are ready."""


def write_fully(target: BinaryIO, data: bytes) -> None:
    """Write all of `data`, to raw files too, which may take a part at a time."""
    rest = memoryview(data)
    while rest:
        written = target.write(rest)
        if written is None:
            raise BlockingIOError("the output is not ready for writing (a non-blocking file?)")
        rest = rest[written:]


def read_fully(source: Readable, size: int) -> bytes:
    """Read `size` bytes, or fewer at the end of the input, in bounded pieces, from raw files too."""
    pieces = bytearray()
    while len(pieces) < size:
        piece = source.read(min(PIECE, size - len(pieces)))
        if piece is None:
            raise BlockingIOError("the input is not ready for reading (a non-blocking file?)")
        if not piece:
            break
        pieces += piece
    return bytes(pieces)


class Ahead:
    """A file that can be looked into before it is read."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._seen = b""

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, or fewer at the end of the file; reading gives them again."""
        self._seen += read_fully(self._file, size - len(self._seen))
        return self._seen[:size]

    def read(self, size: int) -> bytes:
        """Read `size` bytes, or fewer at the end of the file."""
        data, self._seen = self._seen[:size], self._seen[size:]
        return data + read_fully(self._file, size - len(data)) if len(data) < size else data


class Source:
    """A file that is read from front to back, with errors that name what is missing. `offset` counts bytes read."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self.offset = 0

    def up_to(self, size: int) -> bytes:
        """Read `size` bytes, or fewer at the end of the file."""
        data = read_fully(self._file, size)
        self.offset += len(data)
        return data

    def exactly(self, size: int, what: str) -> bytes:
        """Read `size` bytes; `CorruptDataError` if the file ends before, in the field that `what` names."""
        data = self.up_to(size)
        if len(data) != size:
            raise CorruptDataError(f"the file ends in {what}: {len(data)} of {size} bytes are there")
        return data

    def byte(self, what: str) -> int:
        """Read one byte, 0 .. 255."""
        return self.exactly(1, what)[0]

    def varint(self, what: str) -> int:
        """Read one variable-length integer."""
        return read_varint(lambda: self.byte(what), what)
