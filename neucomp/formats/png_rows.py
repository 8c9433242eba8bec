"""The rows of a PNG image as its zlib stream holds them, and the samples in them.

A row is a byte with its filter, then its samples, filtered. An interlaced image has the rows of seven passes, each an
image of every eighth, fourth or second pixel. Source: PNG specification (third edition), sections 7 to 9.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neucomp.formats.raster import Layout, pack_samples, unpack_samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neucomp.formats.raster import Image

_WHOLE = ((0, 0, 1, 1),)
_ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""Passes: first row, first column, distance of rows, distance of columns."""


class Pass(NamedTuple):
    """Rows of equal length that follow each other."""

    start: int  # of the first one, in bytes
    rows: int
    columns: int
    row_bytes: int  # without the filter
    pixels: tuple[slice, slice]  # that they hold: rows and columns of the image


class Rows(NamedTuple):
    """Where the samples of an image lie. bits: 1, 2, 4, 8 or 16 of each."""

    passes: tuple[Pass, ...]
    channels: int
    bits: int

    @property
    def height(self) -> int:
        """Rows of all passes."""
        return sum(each.rows for each in self.passes)

    @property
    def size(self) -> int:
        """Bytes of all passes."""
        return self.passes[-1].start + self.passes[-1].rows * (1 + self.passes[-1].row_bytes)

    @property
    def longest(self) -> int:
        """Bytes of the longest row, with its filter."""
        return 1 + self.passes[-1].row_bytes

    @property
    def step(self) -> int:
        """Bytes from a sample to that of the next pixel, at least one."""
        return max(1, self.channels * self.bits // 8)

    def view(self, text: NDArray[np.uint8], each: Pass) -> NDArray[np.uint8]:
        """The rows of a pass in a text, uint8 (size,), as an array (rows, 1 + row_bytes)."""
        stride = 1 + each.row_bytes
        return text[each.start : each.start + each.rows * stride].reshape(each.rows, stride)

    def parts(self, values: NDArray[np.uint8]) -> Iterator[tuple[Pass, NDArray[np.uint8]]]:
        """Each pass and its part of an array (height,) that has a value for each row."""
        first = 0
        for each in self.passes:
            yield each, values[first : first + each.rows]
            first += each.rows


def find_rows(height: int, width: int, channels: int, bits: int, interlaced: bool) -> Rows:
    """The rows of an image that has at least one pixel."""
    passes = []
    start = 0
    for top, left, down, right in _ADAM7 if interlaced else _WHOLE:
        rows, columns = -(-(height - top) // down), -(-(width - left) // right)
        if rows > 0 and columns > 0:
            row_bytes = (columns * channels * bits + 7) // 8
            passes.append(Pass(start, rows, columns, row_bytes, (slice(top, None, down), slice(left, None, right))))
            start += rows * (1 + row_bytes)
    return Rows(tuple(passes), channels, bits)


def take_samples(text: NDArray[np.uint8], rows: Rows, image: Image) -> None:
    """Fills an image, (H, W, C), with the samples of plain rows, uint8 (size,)."""
    for each in rows.passes:
        samples = unpack_samples(rows.view(text, each)[:, 1:], each.columns * rows.channels, _layout(rows))
        image[each.pixels] = samples.reshape(each.rows, each.columns, rows.channels)


def put_samples(text: NDArray[np.uint8], rows: Rows, image: Image) -> None:
    """The inverse of `take_samples`."""
    for each in rows.passes:
        rows.view(text, each)[:, 1:] = pack_samples(image[each.pixels].reshape(each.rows, -1), _layout(rows))


def take_padding(text: NDArray[np.uint8], rows: Rows) -> bytes:
    """The bits that follow the last sample of each plain row in its last byte; nothing if all are zero."""
    padding = np.concatenate([rows.view(text, each)[:, -1] & _unused_bits(each, rows) for each in rows.passes])
    return padding.tobytes() if padding.any() else b""


def put_padding(text: NDArray[np.uint8], rows: Rows, padding: bytes) -> None:
    """Writes such bits, a byte for each row, behind plain rows that have zeros there."""
    for each, some in rows.parts(np.frombuffer(padding, np.uint8)):
        rows.view(text, each)[:, -1] |= some & _unused_bits(each, rows)


def _unused_bits(each: Pass, rows: Rows) -> np.uint8:
    return np.uint8((1 << -each.columns * rows.channels * rows.bits % 8) - 1)


def _layout(rows: Rows) -> Layout:
    """How samples are packed."""
    return Layout((1, 0, 0, rows.channels), rows.bits, rows.bits, rows.channels, (), big_endian=True)
