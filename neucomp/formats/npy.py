"""NumPy arrays that hold images: uint8 or uint16 in C order, (H, W), (H, W, C) with C <= 4, (N, H, W) or (N, H, W, C).

Source: the documentation of `numpy.lib.format`, versions 1.0 to 3.0. An array of three axes whose last one is longer
than 4 is taken for N gray images.

The envelope of a file that is just what `numpy.save` writes (version 1.0, little-endian, nothing behind the samples) is
one byte: a place in `_AXES`, plus `_WIDE` for uint16. Others are longer.
"""

import math
import re

from neucomp.errors import CorruptDataError
from neucomp.formats import Parsed
from neucomp.formats.raster import Block, Buffer, Image, Layout, Shape, build_raster, pack_envelope, parse_raster

_MAGIC = b"\x93NUMPY"
_SIZE_BYTES = {b"\1\0": 2, b"\2\0": 4, b"\3\0": 4}
_LONGEST_HEADER = 1 << 16
_HEADER = re.compile(
    rb"\{'descr': '([|<>])u([12])', 'fortran_order': False, 'shape': \(([0-9]{1,9}(?:, [0-9]{1,9}){1,3})\), \} *\n"
)
"""What NumPy writes; spaces fill the header up to a multiple of 64 bytes."""

_MOST_CHANNELS = 4

_AXES = ((1, 2), (0, 1, 2), (1, 2, 3), (0, 1, 2, 3))
"""Which of N, H, W and C an array may have."""

_WIDE = len(_AXES)
_ALIGNMENT = 64
_ROOM_TO_GROW = 21
"""Characters that NumPy leaves for the first axis."""


def parse(data: bytes, max_samples: int) -> Parsed | None:
    """As `neucomp.formats.Parser` says."""
    parsed = parse_raster(data, max_samples, _read_layout)
    if parsed is None:
        return None
    saved = (number for number in range(2 * _WIDE) if _saved_envelope(number, parsed.image.shape) == parsed.envelope)
    return parsed._replace(envelope=next((bytes([number]) for number in saved), parsed.envelope))


def build(envelope: bytes, image: Image, bits: int) -> bytes:
    """As `neucomp.formats.Parser` says."""
    if len(envelope) == 1:
        if envelope[0] >= 2 * _WIDE:
            raise CorruptDataError("an array has an unknown kind of header: the file is damaged")
        envelope = _saved_envelope(envelope[0], image.shape)
    return build_raster(envelope, image, bits, _read_layout)


def _saved_envelope(number: int, shape: tuple[int, ...]) -> bytes:
    """The envelope in full that the byte `number` stands for."""
    axes = tuple(shape[axis] for axis in _AXES[number % _WIDE])
    descr, size = ("<u2", 2) if number >= _WIDE else ("|u1", 1)
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {axes}, }}"
    text += " " * (_ROOM_TO_GROW - len(str(axes[0])))
    start = len(_MAGIC) + 4
    text += " " * (_ALIGNMENT - (start + len(text) + 1) % _ALIGNMENT) + "\n"
    header = _MAGIC + b"\1\0" + len(text).to_bytes(2, "little") + text.encode()
    return pack_envelope([(len(header), len(header) + math.prod(axes) * size)], b"", [header, b""])


def _read_layout(file: Buffer) -> Layout | None:
    size_bytes = _SIZE_BYTES.get(bytes(file[6:8]))
    if file[:6] != _MAGIC or size_bytes is None:
        return None
    start = 8 + size_bytes
    end = start + int.from_bytes(file[8:start], "little")
    found = _HEADER.fullmatch(file, start, min(end, start + _LONGEST_HEADER))
    if found is None:
        return None
    order, size, axes = found.groups()
    if (order == b"|") != (size == b"1"):
        return None
    shape = _image_shape(tuple(map(int, axes.split(b", "))))
    if shape is None:
        return None
    count, height, width, channels = shape
    bits = 8 * int(size)
    block = Block(end, width * channels * int(size), count * height, width)
    return Layout(shape, bits, bits, channels, (block,), big_endian=order == b">")


def _image_shape(axes: tuple[int, ...]) -> Shape | None:
    """(N, H, W, C) of an array of 2 to 4 axes; None if it is not taken for images."""
    if len(axes) == 2:
        return 1, axes[0], axes[1], 1
    if len(axes) == 3 and axes[2] > _MOST_CHANNELS:
        return axes[0], axes[1], axes[2], 1
    if axes[-1] > _MOST_CHANNELS:
        return None
    return axes[0] if len(axes) == 4 else 1, axes[-3], axes[-2], axes[-1]
