"""PNG images. Source: PNG specification (third edition).

The envelope:

    filter mode | 8 if samples are palette indices | 16 if interlaced | 32 if padding is kept   u8
    chunks between IHDR and the first IDAT (see png_chunks.py)
    filters and padding: a byte for each row, where they are kept (see png_filters.py, png_rows.py)
    recipe of the zlib stream (see zlib_stream.py)
    sizes of the IDAT chunks (see fields.py)
    chunks after the last IDAT, up to IEND
    what follows IEND
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neucomp.errors import CorruptDataError, LimitExceeded
from neucomp.formats import Parsed
from neucomp.formats.deflate_calls import LARGEST_WINDOW_BITS, Call
from neucomp.formats.fields import FieldReader, pack_sizes, read_sizes
from neucomp.formats.png_chunks import SIGNATURE, Chunk, pack_chunks, read_chunks, unpack_chunks, write_chunk
from neucomp.formats.png_filters import (
    FILTER_MODES,
    apply_filters,
    known_filters,
    pack_filters,
    undo_filters,
    unpack_filters,
)
from neucomp.formats.png_rows import Rows, find_rows, put_padding, put_samples, take_padding, take_samples
from neucomp.formats.zlib_stream import deflate, inflate, put_together, take_apart
from neucomp.kernels.deflate_format import Strategy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neucomp.formats.raster import Image

_HEADER = struct.Struct(">IIBBBBB")
_LARGEST_SIDE = 2**31 - 1
_LARGEST_TEXT = 2**31 - 1
_CANONICAL_LEVEL, _CANONICAL_MEMORY = 9, 9

_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_CHANNELS = {_GRAY: 1, _RGB: 3, _PALETTE: 1, _GRAY_ALPHA: 2, _RGBA: 4}
_BITS = {_GRAY: (1, 2, 4, 8, 16), _RGB: (8, 16), _PALETTE: (1, 2, 4, 8), _GRAY_ALPHA: (8, 16), _RGBA: (8, 16)}
"""By colour type: channels, and bits that a sample may have."""

_INDEXED, _INTERLACED, _PADDED = 8, 16, 32


class _Header(NamedTuple):
    """What IHDR says."""

    width: int
    height: int
    bits: int
    colour: int
    interlaced: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, channels."""
        return self.height, self.width, _CHANNELS[self.colour]

    @property
    def rows(self) -> Rows:
        """Where the samples lie."""
        return find_rows(*self.shape, self.bits, self.interlaced)


class _File(NamedTuple):
    """A PNG file."""

    header: _Header
    before: list[Chunk]  # from IHDR, without it, to IDAT
    stream: bytes
    sizes: list[int]  # of the IDAT chunks
    after: list[Chunk]  # from IDAT to IEND, without it
    rest: bytes  # of the file, behind IEND


def parse(data: bytes, max_samples: int) -> Parsed | None:
    """Takes a file apart; None, or LimitExceeded, as `neucomp.formats.Parser` says."""
    file = _read(data, max_samples)
    if file is None:
        return None
    header, rows = file.header, file.header.rows
    filtered = _inflate(file)
    recipe = None if filtered is None else take_apart(file.stream, filtered, rows.longest)
    if filtered is None or recipe is None:
        return None
    text = filtered.copy()
    undo_filters(text, rows)
    image = np.zeros((1, *header.shape), np.uint16 if header.bits > 8 else np.uint8)
    take_samples(text, rows, image[0])
    mode, filters = pack_filters(text, rows)
    padding = take_padding(text, rows)
    flags = mode | _INDEXED * (header.colour == _PALETTE) | _INTERLACED * header.interlaced | _PADDED * (padding != b"")
    fields = [
        bytes([flags]),
        pack_chunks(file.before, b"IDAT"),
        filters,
        padding,
        recipe,
        pack_sizes(file.sizes),
        pack_chunks(file.after, b"IEND"),
        file.rest,
    ]
    return Parsed(image, header.bits, b"".join(fields), header.colour == _PALETTE)


def build(envelope: bytes, image: Image, bits: int) -> bytes:
    """The file; CorruptDataError if `envelope` is not one that `parse` makes for such an image."""
    fields = FieldReader(envelope)
    flags = fields.byte()
    header = _header_of(image, bits, flags)
    rows = header.rows
    before = unpack_chunks(fields, b"IDAT")
    text = np.zeros(rows.size, np.uint8)
    put_samples(text, rows, image[0])
    filters = unpack_filters(fields, flags % FILTER_MODES, text, rows)
    if flags & _PADDED:
        put_padding(text, rows, fields.take(rows.height))
    apply_filters(text, rows, filters)
    stream = put_together(fields, text, rows.longest)
    sizes = read_sizes(fields, len(stream))
    after = unpack_chunks(fields, b"IEND")
    return _write(_File(header, before, stream, sizes, after, fields.rest()))


def canonical(data: bytes, max_samples: int) -> bytes | None:
    """A file with the same samples and chunks that `parse` takes apart, whose zlib stream has been made anew.

    None if `data` is not a whole and valid file; LimitExceeded as in `parse`.
    """
    file = _read(data, max_samples)
    if file is None:
        return None
    text = _inflate(file)
    if text is None:
        return None
    piece = file.header.rows.longest
    stream = deflate(text, Call(_CANONICAL_LEVEL, Strategy.DEFAULT, _CANONICAL_MEMORY, LARGEST_WINDOW_BITS, piece))
    return _write(file._replace(stream=stream, sizes=[len(stream)]))


def _read(data: bytes, max_samples: int) -> _File | None:
    """The parts of a file; LimitExceeded if it declares too many samples."""
    found = read_chunks(data)
    if found is None:
        return None
    (first, *chunks), end = found
    header = _read_header(first)
    if header is None:
        return None
    height, width, channels = header.shape
    if height * width * channels > max_samples:
        raise LimitExceeded(
            f"the file declares an image of {width} x {height} pixels and {channels} channel(s), more than the limit "
            f"of {max_samples} samples"
        )
    is_piece = [chunk.type == b"IDAT" for chunk in chunks]
    if not any(is_piece) or header.rows.size > _LARGEST_TEXT:
        return None
    start = is_piece.index(True)
    stop = start + sum(is_piece)
    pieces = [chunk.data for chunk in chunks[start:stop]]
    if not all(is_piece[start:stop]):
        return None
    return _File(header, chunks[:start], b"".join(pieces), [*map(len, pieces)], chunks[stop:-1], data[end:])


def _inflate(file: _File) -> NDArray[np.uint8] | None:
    """The filtered rows, uint8 (size,); None if the stream does not hold such rows and nothing else."""
    rows = file.header.rows
    text = inflate(file.stream, rows.size)
    if text is None or len(text) < rows.size:
        return None
    filtered = np.frombuffer(text, np.uint8)
    return filtered if known_filters(filtered, rows) else None


def _read_header(chunk: Chunk) -> _Header | None:
    """What IHDR says, if that is valid."""
    if chunk.type != b"IHDR" or len(chunk.data) != _HEADER.size:
        return None
    width, height, bits, colour, compression, filtering, interlaced = _HEADER.unpack(chunk.data)
    if not (0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE and bits in _BITS.get(colour, ())):
        return None
    if compression != 0 or filtering != 0 or interlaced > 1:
        return None
    return _Header(width, height, bits, colour, interlaced == 1)


def _header_of(image: Image, bits: int, flags: int) -> _Header:
    """The header of a file with such an image; CorruptDataError if there is none."""
    count, height, width, channels = image.shape
    colour = {1: _PALETTE if flags & _INDEXED else _GRAY, 2: _GRAY_ALPHA, 3: _RGB, 4: _RGBA}.get(channels)
    if colour is None or bits not in _BITS[colour] or count != 1 or not height or not width:
        raise CorruptDataError("there is no PNG file with such samples as these: the file is damaged")
    if image.dtype.itemsize != (2 if bits > 8 else 1) or int(image.max()) >> bits:
        raise CorruptDataError("samples do not fit the PNG file that they belong to: the file is damaged")
    return _Header(width, height, bits, colour, bool(flags & _INTERLACED))


def _write(file: _File) -> bytes:
    """A whole file."""
    header = file.header
    fields = _HEADER.pack(header.width, header.height, header.bits, header.colour, 0, 0, header.interlaced)
    chunks = [Chunk(b"IHDR", fields), *file.before, *_cut(file.stream, file.sizes), *file.after, Chunk(b"IEND", b"")]
    return b"".join([SIGNATURE, *map(write_chunk, chunks), file.rest])


def _cut(stream: bytes, sizes: Iterable[int]) -> Iterable[Chunk]:
    """A zlib stream in chunks."""
    start = 0
    for size in sizes:
        yield Chunk(b"IDAT", stream[start : start + size])
        start += size
