"""Small image files that are the same on every machine: integers only, and no library that compresses."""

import struct
import zlib


def waves(height: int, width: int, channels: int, seed: int = 1) -> bytes:
    """Samples of a smooth picture with some noise, from a linear congruential generator."""
    state = seed
    samples = bytearray()
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                state = (state * 1103515245 + 12345) % 2**31
                smooth = 90 + 40 * c + (x * x) // 64 - (x * y) // 40 + (y * y) // 50
                samples.append((smooth + (state >> 16) % 7) % 256)
    return bytes(samples)


def pixmap(height: int, width: int) -> bytes:
    """A PPM."""
    return b"P6\n%d %d\n255\n" % (width, height) + waves(height, width, 3)


def gray_batch(count: int, height: int, width: int) -> bytes:
    """What `numpy.save` writes for (count, height, width) uint8."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {height}, {width}), }}"
    padded = header.ljust(117) + "\n"
    images = b"".join(waves(height, width, 1, seed) for seed in range(count))
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(padded)) + padded.encode() + images


def stored_png(height: int, width: int) -> bytes:
    """An RGB PNG whose stream is what zlib makes at level 0, and a text chunk."""
    samples = waves(height, width, 3)
    rows = b"".join(b"\0" + samples[y * width * 3 : (y + 1) * width * 3] for y in range(height))
    stream = b"\x78\x01\x01" + struct.pack("<HH", len(rows), len(rows) ^ 0xFFFF) + rows
    stream += zlib.adler32(rows).to_bytes(4, "big")
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"tEXt", b"Title\0waves"), (b"IDAT", stream), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in chunks
    )


def drawing(height: int, width: int) -> bytes:
    """A PPM of few colours: boxes and lines."""
    colours = (b"\xff\xff\xff", b"\x20\x40\x80", b"\xd0\x30\x10")
    pixels = b"".join(
        colours[(x // 9 + y // 7) % 2 if x % 16 and y % 12 else 2] for y in range(height) for x in range(width)
    )
    return b"P6\n%d %d\n255\n" % (width, height) + pixels
