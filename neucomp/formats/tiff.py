"""TIFF without compression: strips or tiles, 1 to 16 bits a sample, channels side by side or apart, both byte orders.

Source: Adobe, "TIFF Revision 6.0". The first directory's image is taken out, and those of the directories that follow
as long as they have the same geometry; all other directories and their data stay in the envelope.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from neucomp.formats import Parsed
from neucomp.formats.raster import MOST_BLOCKS, Block, Buffer, Image, Layout, build_raster, parse_raster

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 256, 257, 258, 259, 262, 266
_STRIP_OFFSETS, _CHANNELS, _ROWS_PER_STRIP, _STRIP_SIZES, _PLANES = 273, 277, 278, 279, 284
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_SIZES, _SAMPLE_FORMAT = 322, 323, 324, 325, 339
_LISTS = (_STRIP_OFFSETS, _STRIP_SIZES, _TILE_OFFSETS, _TILE_SIZES)

_INTEGERS = {1: "u1", 3: "u2", 4: "u4"}
"""Types of fields that hold integers: BYTE, SHORT, LONG."""

_PALETTE = 3
_PHOTOMETRICS = (0, 1, 2, _PALETTE, 5, 8)
"""White is zero, black is zero, RGB, palette, separated (CMYK), CIE Lab; the others have samples of several sizes."""

_SAMPLE_FORMATS = (1, 4)
"""Unsigned integers, and what the writer did not say."""

_MOST_ENTRIES = 256
_MOST_VALUES = 256
"""Of a field that is no list of strips or tiles: one for each channel at most."""


@dataclass(frozen=True)
class _Geometry:
    """What pages must have in common to be taken together."""

    height: int
    width: int
    channels: int
    bits: int
    interleaved: int
    block_height: int
    block_width: int
    is_tiled: bool
    is_palette: bool

    @property
    def row_bytes(self) -> int:
        """From one row of a strip or tile to the next."""
        return (self.block_width * self.interleaved * self.bits + 7) // 8

    @property
    def places(self) -> Iterator[tuple[int, int, int]]:
        """Channel, top and left of each strip or tile, in the order of their offsets."""
        channels = range(0, self.channels, self.interleaved)
        return product(channels, range(0, self.height, self.block_height), range(0, self.width, self.block_width))

    @property
    def count(self) -> int:
        """Strips or tiles of a page."""
        down, across = -(-self.height // self.block_height), -(-self.width // self.block_width)
        return self.channels // self.interleaved * down * across


def parse(data: bytes, max_samples: int) -> Parsed | None:
    """As `neucomp.formats.Parser` says."""
    return parse_raster(data, max_samples, _read_layout)


def build(envelope: bytes, image: Image, bits: int) -> bytes:
    """As `neucomp.formats.Parser` says."""
    return build_raster(envelope, image, bits, _read_layout)


def _read_layout(file: Buffer) -> Layout | None:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(file[:4]))
    if order is None:
        return None
    blocks: list[Block] = []
    first: _Geometry | None = None
    pages = 0
    for fields in _directories(file, order):
        geometry = _read_geometry(fields)
        if geometry is None or first not in (None, geometry) or len(blocks) + geometry.count > MOST_BLOCKS:
            break
        page = _read_blocks(fields, geometry, pages)
        if page is None:
            break
        first = geometry
        blocks += page
        pages += 1
    if first is None:
        return None
    return Layout(
        shape=(pages, first.height, first.width, first.channels),
        stored_bits=first.bits,
        used_bits=first.bits,
        interleaved=first.interleaved,
        blocks=tuple(sorted(blocks)),
        big_endian=order == ">",
        indexed=first.is_palette,
    )


def _directories(file: Buffer, order: str) -> Iterator[dict[int, list[int]]]:
    """The integer fields of each directory, by tag, from the first directory on."""
    seen = set()
    (offset,) = struct.unpack_from(order + "I", file, 4) if len(file) >= 8 else (0,)
    while offset and offset not in seen and offset + 2 <= len(file):
        seen.add(offset)
        (entries,) = struct.unpack_from(order + "H", file, offset)
        end = offset + 2 + 12 * entries
        if entries > _MOST_ENTRIES or end + 4 > len(file):
            return
        fields = (_read_field(file, order, entry) for entry in range(offset + 2, end, 12))
        yield dict(field for field in fields if field is not None)
        (offset,) = struct.unpack_from(order + "I", file, end)


def _read_field(file: Buffer, order: str, entry: int) -> tuple[int, list[int]] | None:
    """Tag and values of one field; None if they are not integers, or missing, or more than any image of ours has."""
    tag, kind, count = struct.unpack_from(order + "HHI", file, entry)
    if kind not in _INTEGERS or count > (MOST_BLOCKS if tag in _LISTS else _MOST_VALUES):
        return None
    dtype = np.dtype(order + _INTEGERS[kind])
    size = count * dtype.itemsize
    start = entry + 8 if size <= 4 else struct.unpack_from(order + "I", file, entry + 8)[0]
    if start + size > len(file):
        return None
    return tag, np.frombuffer(file, dtype, count, start).tolist() if count else []


def _read_geometry(fields: dict[int, list[int]]) -> _Geometry | None:
    """The geometry of a page; None if it is compressed or of a kind that is not taken apart."""

    def value(tag: int, default: int = 0) -> int:
        return fields[tag][0] if fields.get(tag) else default

    width, height, channels = value(_WIDTH), value(_HEIGHT), value(_CHANNELS, 1)
    bits = set(fields.get(_BITS) or [1])
    formats = set(fields.get(_SAMPLE_FORMAT) or [1])
    kinds = value(_COMPRESSION, 1), value(_FILL_ORDER, 1)
    if kinds != (1, 1) or len(bits) != 1 or not formats.issubset(_SAMPLE_FORMATS) or not 0 < channels < 256:
        return None
    if not 1 <= min(bits) <= 16 or value(_PHOTOMETRIC, -1) not in _PHOTOMETRICS or 0 in (width, height):
        return None
    is_tiled = _TILE_OFFSETS in fields
    block_width = value(_TILE_WIDTH) if is_tiled else width
    block_height = value(_TILE_HEIGHT) if is_tiled else min(value(_ROWS_PER_STRIP, height), height)
    if 0 in (block_width, block_height):
        return None
    return _Geometry(
        height=height,
        width=width,
        channels=channels,
        bits=min(bits),
        interleaved=channels if value(_PLANES, 1) == 1 else 1,
        block_height=block_height,
        block_width=block_width,
        is_tiled=is_tiled,
        is_palette=value(_PHOTOMETRIC) == _PALETTE,
    )


def _read_blocks(fields: dict[int, list[int]], geometry: _Geometry, page: int) -> list[Block] | None:
    """Strips or tiles of a page, cut to the image; None if there are too few or they are too short."""
    g = geometry
    offsets = fields.get(_TILE_OFFSETS if g.is_tiled else _STRIP_OFFSETS, [])
    sizes = fields.get(_TILE_SIZES if g.is_tiled else _STRIP_SIZES, [])
    if not len(offsets) == len(sizes) == g.count:
        return None
    blocks = []
    for offset, size, (channel, top, left) in zip(offsets, sizes, g.places, strict=True):
        rows = min(g.block_height, g.height - top)
        columns = min(g.block_width, g.width - left)
        if size < rows * g.row_bytes:
            return None
        blocks.append(Block(offset, g.row_bytes, rows, columns, page * g.height + top, left, channel))
    return blocks
