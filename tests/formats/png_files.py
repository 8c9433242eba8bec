"""Small PNG files of every kind, written by hand."""

import struct
import zlib

import numpy as np

PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
KINDS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8)]
KINDS += [(4, 8), (4, 16), (6, 8), (6, 16)]
"""Colour type and bits."""


def paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


def filtered(rows: list[list[int]], filters: list[int], step: int) -> list[list[int]]:
    """Rows of bytes, filtered."""
    result = []
    above_row = [0] * len(rows[0])
    for row, kind in zip(rows, filters, strict=True):
        left_row = ([0] * step + row)[: len(row)]
        corner_row = ([0] * step + above_row)[: len(row)]
        guesses = [
            (0, left, above, (left + above) // 2, paeth(left, above, corner))[kind]
            for left, above, corner in zip(left_row, above_row, corner_row, strict=True)
        ]
        result.append([(byte - guess) % 256 for byte, guess in zip(row, guesses, strict=True)])
        above_row = row
    return result


def packed(samples: np.ndarray, bits: int, padding: int = 0) -> list[list[int]]:
    """Samples (rows, columns * channels) as rows of bytes; `padding` fills their last bits."""
    rows = []
    for row in samples.tolist():
        digits = "".join(f"{sample:0{bits}b}" for sample in row)
        digits += f"{padding:08b}"[8 - -len(digits) % 8 :] if len(digits) % 8 else ""
        rows.append([int(digits[start : start + 8], 2) for start in range(0, len(digits), 8)])
    return rows


def text_of(image: np.ndarray, bits: int, interlaced: bool, filters: list[int], padding: int = 0) -> bytes:
    """What a PNG's zlib stream holds: the rows of an image (H, W, C), whose filters take turns."""
    text = bytearray()
    turn = 0
    for top, left, down, right in PASSES if interlaced else ((0, 0, 1, 1),):
        part = image[top::down, left::right]
        if part.size == 0:
            continue
        rows = packed(part.reshape(len(part), -1), bits, padding)
        kinds = [filters[(turn + row) % len(filters)] for row in range(len(rows))]
        turn += len(rows)
        step = max(1, image.shape[2] * bits // 8)
        for kind, row in zip(kinds, filtered(rows, kinds, step), strict=True):
            text += bytes([kind, *row])
    return bytes(text)


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(height: int, width: int, bits: int, colour: int, interlaced: bool = False) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced))


def file_of(head: bytes, stream: bytes, *, before: bytes = b"", after: bytes = b"", idat_size: int = 0) -> bytes:
    """A file; the stream is cut in pieces of `idat_size`, if given."""
    size = idat_size or max(len(stream), 1)
    pieces = [chunk(b"IDAT", stream[start : start + size]) for start in range(0, len(stream), size)]
    return b"\x89PNG\r\n\x1a\n" + head + before + b"".join(pieces) + after + chunk(b"IEND")


def picture(height: int, width: int, colour: int, bits: int, seed: int = 1) -> np.ndarray:
    """An image (H, W, C), smooth with some noise, uint8 or uint16."""
    random = np.random.default_rng(seed)
    shape = (height, width, CHANNELS[colour])
    slopes = np.add.outer(np.arange(height) * 3, np.arange(width) * 2)[..., np.newaxis] + random.integers(0, 3, shape)
    return (slopes % (1 << bits)).astype(np.uint8 if bits <= 8 else np.uint16)


def png(
    image: np.ndarray,
    colour: int,
    bits: int,
    *,
    interlaced: bool = False,
    filters: list[int] | None = None,
    padding: int = 0,
    before: bytes = b"",
    after: bytes = b"",
    idat_size: int = 0,
    level: int = 6,
    strategy: int = 0,
    memory_level: int = 8,
    window_bits: int = 15,
) -> bytes:
    """A file with these samples."""
    text = text_of(image, bits, interlaced, filters or [0], padding)
    deflater = zlib.compressobj(level, zlib.DEFLATED, window_bits, memory_level, strategy)
    stream = deflater.compress(text) + deflater.flush()
    head = header(*image.shape[:2], bits, colour, interlaced)
    if colour == 3 and not before:
        before = chunk(b"PLTE", bytes(range(3 << bits & 0xFF or 255)))
    return file_of(head, stream, before=before, after=after, idat_size=idat_size)
