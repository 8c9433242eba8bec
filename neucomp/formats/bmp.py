"""Windows bitmaps without compression: 1, 2, 4 or 8 bits a pixel (gray or palette), 24 and 32 (colour).

Source: Microsoft, "Bitmap Structures" (BITMAPFILEHEADER, BITMAPCOREHEADER, BITMAPINFOHEADER, V4, V5). Bitmaps with 16
bits a pixel, other orders of colours than blue, green, red, or compression are not taken apart.
"""

import struct

from neucomp.formats import Parsed
from neucomp.formats.raster import Block, Buffer, Image, Layout, build_raster, parse_raster

_FILE_HEADER = struct.Struct("<2sIHHI")
_CORE_HEADER = struct.Struct("<IHHHH")
_HEADER = struct.Struct("<IiiHHIIiiII")
_MASKS = struct.Struct("<III")
_HEADER_SIZES = (40, 52, 56, 64, 108, 124)
_UNCOMPRESSED = 0
_BIT_FIELDS = 3
_BLUE_FIRST = (0xFF0000, 0x00FF00, 0x0000FF)


def parse(data: bytes, max_samples: int) -> Parsed | None:
    """As `neucomp.formats.Parser` says."""
    return parse_raster(data, max_samples, _read_layout)


def build(envelope: bytes, image: Image, bits: int) -> bytes:
    """As `neucomp.formats.Parser` says."""
    return build_raster(envelope, image, bits, _read_layout)


def _read_layout(file: Buffer) -> Layout | None:
    if len(file) < _FILE_HEADER.size + _HEADER.size or file[:2] != b"BM":
        return None
    offset = _FILE_HEADER.unpack_from(file)[4]
    if file[14:18] == _CORE_HEADER.size.to_bytes(4, "little"):
        header_size, width, height, _, bits = _CORE_HEADER.unpack_from(file, _FILE_HEADER.size)
        compression = _UNCOMPRESSED
        entry = 3
    else:
        header_size, width, height, _, bits, compression, *_ = _HEADER.unpack_from(file, _FILE_HEADER.size)
        if header_size not in _HEADER_SIZES:
            return None
        entry = 4
    blue_first = bits == 32 and compression == _BIT_FIELDS and _masks(file) == _BLUE_FIRST
    if width <= 0 or bits not in (1, 2, 4, 8, 24, 32) or not (compression == _UNCOMPRESSED or blue_first):
        return None
    channels = max(bits // 8, 1)
    stride = (width * bits + 31) // 32 * 4
    return Layout(
        shape=(1, abs(height), width, channels),
        stored_bits=min(bits, 8),
        used_bits=min(bits, 8),
        interleaved=channels,
        blocks=(Block(offset, stride, abs(height), width),),
        from_bottom=height > 0,
        blue_first=channels > 1,
        indexed=channels == 1 and not _is_gray(file, _FILE_HEADER.size + header_size, entry, bits),
    )


def _masks(file: Buffer) -> tuple[int, ...]:
    """Where red, green and blue lie in a pixel: part of the later headers, or behind the first one."""
    start = _FILE_HEADER.size + _HEADER.size
    return _MASKS.unpack_from(file, start) if len(file) >= start + _MASKS.size else ()


def _is_gray(file: Buffer, start: int, entry: int, bits: int) -> bool:
    """Whether the palette goes from black to white in equal steps, so that indices are intensities."""
    steps = (1 << bits) - 1
    ramp = b"".join(bytes([step * 255 // steps] * 3) + bytes(entry - 3) for step in range(steps + 1))
    return file[start : start + len(ramp)] == ramp
