"""Files with deflate streams inside that are the same on every machine, whatever its zlib."""

import struct
import zlib

import numpy as np

from neucomp.formats.deflate_calls import Call, deflate_blocks
from tests.formats.deflate_streams import oddly_padded
from tests.helpers.specimens import markup, text


def deflated(data: bytes, level: int) -> bytes:
    return b"".join(deflate_blocks(np.frombuffer(data, np.uint8), Call(level, 0, 8, 15, 1 << 20)))


def gzipped(stream: bytes, data: bytes) -> bytes:
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stream + struct.pack("<II", zlib.crc32(data), len(data))


def nested_file() -> bytes:
    """A gzip member with two streams in it, one of zlib's and one that no encoder writes, and a third behind it."""
    words = text(2500)
    inner = b"first" + b"\x78\x9c" + deflated(words, 6) + zlib.adler32(words).to_bytes(4, "big")
    inner += b"second" + gzipped(oddly_padded(words[:900]), words[:900]) + b"third"
    tags = markup(3000)
    return gzipped(deflated(inner, 9), inner) + gzipped(deflated(tags, 1), tags) + b"the end"
