"""The fields of an envelope: bytes, varints, and the sizes of the pieces that something is cut into."""

from collections.abc import Sequence

from neucomp.errors import CorruptDataError
from neucomp.varint import pack_varint, read_varint

_ONE, _LISTED = 0, 1


class FieldReader:
    """Reads fields from front to back; CorruptDataError where there are not enough bytes."""

    def __init__(self, data: bytes):
        self._data = data
        self._position = 0

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def varint(self) -> int:
        """A number as of `neucomp.varint`."""
        return read_varint(self.byte, "a size in the envelope of an image")

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        if size > len(self._data) - self._position:
            raise CorruptDataError("the envelope of an image is too short: the file is damaged")
        self._position += size
        return self._data[self._position - size : self._position]

    def rest(self) -> bytes:
        """All bytes that are left."""
        return self.take(len(self._data) - self._position)


def pack_sizes(sizes: Sequence[int]) -> bytes:
    """Sizes of pieces, at least one, whose sum the reader knows.

    0 for a single piece; or 1, the number of pieces and all sizes; or 1 + the size of all but the last, where these are
    equal and the last is not larger, nor empty.
    """
    first, last = sizes[0], sizes[-1]
    if len(sizes) == 1:
        return pack_varint(_ONE)
    if 0 < last <= first and all(size == first for size in sizes[:-1]):
        return pack_varint(1 + first)
    return b"".join(map(pack_varint, [_LISTED, len(sizes), *sizes]))


def read_sizes(fields: FieldReader, total: int) -> list[int]:
    """The inverse of `pack_sizes`; CorruptDataError if the sum is not `total`."""
    kind = fields.varint()
    if kind == _ONE:
        return [total]
    if kind != _LISTED:
        return [min(kind - 1, total - start) for start in range(0, total, kind - 1)]
    sizes = [fields.varint() for _ in range(fields.varint())]
    if sum(sizes) != total:
        raise CorruptDataError("the pieces in the envelope of an image have the wrong sizes: the file is damaged")
    return sizes
