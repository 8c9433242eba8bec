"""Netpbm's binary formats: P4 (bitmaps), P5 (gray), P6 (colour) and P7 (PAM: any channels), up to 16 bits a sample.

Source: the manual pages pbm(5), pgm(5), ppm(5) and pam(5) of Netpbm. Images of equal size that follow each other in one
file are taken together.
"""

import re
from typing import NamedTuple

from neucomp.formats import Parsed
from neucomp.formats.raster import MOST_BLOCKS, Block, Buffer, Image, Layout, build_raster, parse_raster

_SPACE = rb"(?:[ \t\n\v\f\r]|#[^\n]*\n)+"
_NUMBER = rb"([0-9]{1,9})"
_BITMAP = re.compile(rb"P4" + 2 * (_SPACE + _NUMBER) + rb"[ \t\n\v\f\r]")
_GRAY_OR_COLOUR = re.compile(rb"P([56])" + 3 * (_SPACE + _NUMBER) + rb"[ \t\n\v\f\r]")
_PAM_END = b"\nENDHDR\n"
_PAM_FIELD = re.compile(rb"^(WIDTH|HEIGHT|DEPTH|MAXVAL)[ \t]+" + _NUMBER + rb"[ \t\r]*$", re.MULTILINE)
_LONGEST_PAM_HEADER = 1 << 16


class _Header(NamedTuple):
    height: int
    width: int
    channels: int
    largest: int
    stored_bits: int


def parse(data: bytes, max_samples: int) -> Parsed | None:
    """As `neucomp.formats.Parser` says."""
    return parse_raster(data, max_samples, _read_layout)


def build(envelope: bytes, image: Image, bits: int) -> bytes:
    """As `neucomp.formats.Parser` says."""
    return build_raster(envelope, image, bits, _read_layout)


def _read_layout(file: Buffer) -> Layout | None:
    found = _read_header(file, 0)
    if found is None:
        return None
    header, offset = found
    row_bytes = (header.width * header.channels * header.stored_bits + 7) // 8
    blocks = [Block(offset, row_bytes, header.height, header.width)]
    while len(blocks) < MOST_BLOCKS:
        following = _read_header(file, offset + header.height * row_bytes)
        if following is None or following[0] != header:
            break
        offset = following[1]
        if offset + header.height * row_bytes > len(file):
            break
        blocks.append(Block(offset, row_bytes, header.height, header.width, row=len(blocks) * header.height))
    shape = (len(blocks), header.height, header.width, header.channels)
    used_bits = header.largest.bit_length()
    return Layout(shape, header.stored_bits, used_bits, header.channels, tuple(blocks), big_endian=True)


def _read_header(file: Buffer, start: int) -> tuple[_Header, int] | None:
    """A header and where its samples begin."""
    kind = file[start : start + 2]
    if kind == b"P7":
        return _read_pam_header(file, start)
    found = (_BITMAP if kind == b"P4" else _GRAY_OR_COLOUR).match(file, start)
    if found is None:
        return None
    if kind == b"P4":
        width, height = map(int, found.groups())
        return _Header(height, width, 1, 1, 1), found.end()
    width, height, largest = map(int, found.groups()[1:])
    return _header(height, width, 1 if kind == b"P5" else 3, largest), found.end()


def _header(height: int, width: int, channels: int, largest: int) -> _Header:
    return _Header(height, width, channels, largest, 8 if largest < 256 else 16)


def _read_pam_header(file: Buffer, start: int) -> tuple[_Header, int] | None:
    end = file.find(_PAM_END, start, start + _LONGEST_PAM_HEADER)
    if end < 0:
        return None
    fields = dict(_PAM_FIELD.findall(file[start:end]))
    if len(fields) < 4:
        return None
    height, width, channels, largest = (int(fields[name]) for name in (b"HEIGHT", b"WIDTH", b"DEPTH", b"MAXVAL"))
    return _header(height, width, channels, largest), end + len(_PAM_END)
