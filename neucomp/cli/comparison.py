"""What `compress --check` decodes into: a file that compares what is written to it with the input."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from neucomp.cli.source import Source
from neucomp.errors import CorruptDataError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


@contextmanager
def compare(source: Source) -> Iterator[BinaryIO | None]:
    """Yields a file that raises `CorruptDataError` when something else is written to it than the source holds.

    Yields None for a source that can be read only once: decoding still compares with the hash that the encoder took of
    what it read.
    """
    if source.size is None:
        yield None
        return
    source.file.seek(-source.size, io.SEEK_END)
    comparison = _Comparison(source.file)
    yield cast(BinaryIO, comparison)
    if source.file.read(1):
        raise comparison.difference()


class _Comparison(io.RawIOBase):
    def __init__(self, original: BinaryIO) -> None:
        super().__init__()
        self._original = original
        self._offset = 0

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Compares the next bytes."""
        decoded = bytes(data)
        if self._original.read(len(decoded)) != decoded:
            raise self.difference()
        self._offset += len(decoded)
        return len(decoded)

    def difference(self) -> CorruptDataError:
        """The error that says where the comparison failed."""
        return CorruptDataError(f"the check failed: decoding gives other data than the input after byte {self._offset}")
