"""Small files of every kind, for warm-ups, and the writers of plain files that suites convert others to."""

import io
import struct
import zlib
from typing import Any

from neucomp.bench.codec import Kind
from neucomp.bench.contents import Sound, read_image, read_sound

TEXT = b"The quick brown fox jumps over the lazy dog. " * 20


def small_file(kind: Kind, data: bytes, side: int = 32, frames: int = 2000) -> bytes:
    """A small file of the same kind, for a warm-up: the corner of an image, the beginning of a recording, or text.

    side: of the corner, in pixels. Images of other formats than PNG, PPM and NumPy's become PNG, recordings WAV.
    """
    if kind == "bytes":
        return TEXT
    if kind == "audio":
        sound = read_sound(data)
        return write_wav(sound._replace(samples=sound.samples[:frames]))
    samples = read_image(data).samples[:1, :side, :side]
    if data.startswith(b"\x93NUMPY"):
        return write_npy(samples)
    if data.startswith((b"P5", b"P6")):
        return write_pnm(samples)
    return write_png(samples)


def write_npy(samples: Any) -> bytes:
    """A file of NumPy's with an array of any shape."""
    import numpy as np

    file = io.BytesIO()
    np.save(file, samples)
    return file.getvalue()


def write_pnm(samples: Any) -> bytes:
    """A PGM or PPM file of one picture (1, H, W, 1 or 3), of 8 or 16 bits."""
    _, height, width, channels = samples.shape
    head = f"P{6 if channels == 3 else 5}\n{width} {height}\n{256**samples.dtype.itemsize - 1}\n"
    return head.encode() + bytes(samples.astype(f">u{samples.dtype.itemsize}").tobytes())


def write_png(samples: Any) -> bytes:
    """A PNG file of one picture (1, H, W, C), unfiltered, as zlib's level 6 packs it (W3C PNG, section 5)."""
    _, height, width, channels = samples.shape
    size = samples.dtype.itemsize
    rows = samples.astype(f">u{size}").tobytes()
    row = len(rows) // height
    filtered = b"".join(b"\0" + rows[at : at + row] for at in range(0, len(rows), row))
    head = struct.pack(">IIBBBBB", width, height, 8 * size, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(filtered, 6)), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def write_wav(sound: Sound) -> bytes:
    """A WAV file of integer samples, with the one header of 44 bytes that every reader knows."""
    frames, channels = sound.samples.shape
    width = sound.bits // 8
    packed = (sound.samples + (128 if width == 1 else 0)).astype("<i4").view("u1")
    body = packed.reshape(frames, channels, 4)[..., :width].tobytes()
    rate = sound.sample_rate_hz
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * width, channels * width, sound.bits)
    padded = body + b"\0" * (len(body) % 2)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(body)) + padded
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
