"""FLAC files, as WAV files with the same samples and tags.

Source: RFC 9639. How an encoder chose its frames cannot be told from the samples, so that a FLAC file as such goes
through the byte model. Its equal file is a WAV with the samples and, behind them, two chunks:

    LIST   type INFO: the tags that such a chunk has names for, for players
    flac   the metadata blocks as they stand in the FLAC file (tags, pictures, cue sheets), each with its header, but
           for stream info, seek tables and padding, which speak of the framing alone

Samples of a number of bits that is no multiple of 8 are shifted up to the next one, as WAV wants them. Decoding is
soundfile's, and checked against the MD5 of the samples that FLAC files have.
"""

import hashlib
import io
import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import LimitExceeded, UnsupportedError
from neucomp.formats.pcm import Layout, pack_samples

_MAGIC = b"fLaC"
_HEADER_SIZE = 4
_STREAM_INFO_SIZE = 34
_LAST = 0x80
_FRAMING = (0, 1, 3)
"""Types of blocks that are not kept: stream info, padding, seek table."""

_COMMENTS = 4
_NAMES = {
    b"TITLE": b"INAM",
    b"ARTIST": b"IART",
    b"ALBUM": b"IPRD",
    b"DATE": b"ICRD",
    b"GENRE": b"IGNR",
    b"TRACKNUMBER": b"ITRK",
    b"COMMENT": b"ICMT",
    b"DESCRIPTION": b"ICMT",
    b"COPYRIGHT": b"ICOP",
}
_PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")
_SPEAKERS = (0x4, 0x3, 0x7, 0x33, 0x37, 0x3F, 0x70F, 0x63F)
"""Channel masks of 1 to 8 channels (RFC 9639, 9.1.3)."""

_LARGEST_WAV = (1 << 32) - (1 << 24)
"""Bytes of samples whose file surely has a size that 32 bits can hold."""


class _Stream(NamedTuple):
    """What a FLAC file says of itself."""

    sample_rate_hz: int
    channels: int
    bits: int
    frames: int  # 0: unknown
    md5: bytes  # zeros: unknown
    blocks: list[tuple[int, bytes]]  # type and contents of the metadata blocks that are kept
    bare: bytes  # the file without any of them


def canonical(data: bytes, max_samples: int) -> bytes | None:
    """The WAV file with the same samples and tags; None if `data` is no FLAC file.

    LimitExceeded if it has more than `max_samples` samples, UnsupportedError if it is damaged or soundfile is missing.
    """
    if data[:8] not in (_MAGIC + bytes([last, 0, 0, _STREAM_INFO_SIZE]) for last in (0, _LAST)):
        return None
    stream = _read_head(data)
    if stream is None:
        raise UnsupportedError(_damaged("its head is cut off, or is none"))
    if stream.frames * stream.channels > max_samples:
        raise LimitExceeded(f"the file has {stream.frames * stream.channels} samples; the limit is {max_samples}")
    samples = _decode(stream, max_samples)
    width = -(-stream.bits // 8)
    if samples.size * width > _LARGEST_WAV:
        raise LimitExceeded("the samples of the file are more than a WAV file can hold")
    layout = Layout(0, len(samples), stream.channels, width, stream.sample_rate_hz, unsigned=width == 1)
    sound = pack_samples(samples << (8 * width - stream.bits), layout)
    chunks = [(b"fmt ", _form(stream, width)), (b"data", sound)]
    if tags := _tags(stream.blocks):
        chunks.append((b"LIST", b"INFO" + b"".join(_chunk(name, text) for name, text in tags)))
    if stream.blocks:
        chunks.append(
            (b"flac", b"".join(struct.pack(">I", kind << 24 | len(body)) + body for kind, body in stream.blocks))
        )
    inside = b"WAVE" + b"".join(_chunk(name, body) for name, body in chunks)
    return _chunk(b"RIFF", inside)


def _read_head(data: bytes) -> _Stream | None:
    position = len(_MAGIC)
    info = None
    blocks = []
    last = 0
    while not last and position + _HEADER_SIZE <= len(data):
        (head,) = struct.unpack_from(">I", data, position)
        last, kind, size = head >> 24 & _LAST, head >> 24 & ~_LAST, head & 0xFFFFFF
        body = data[position + _HEADER_SIZE : position + _HEADER_SIZE + size]
        position += _HEADER_SIZE + size
        if kind == 0 and len(body) == _STREAM_INFO_SIZE:
            info = body
        if kind not in _FRAMING:
            blocks.append((kind, body))
    if info is None or not last or position > len(data):
        return None
    packed = int.from_bytes(info[10:18], "big")  # rate 20 bits | channels - 1, 3 | bits - 1, 5 | frames, 36
    channels, bits = (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1
    bare = _MAGIC + struct.pack(">I", _LAST << 24 | len(info)) + info + data[position:]
    return _Stream(packed >> 44, channels, bits, packed & (1 << 36) - 1, info[18:], blocks, bare)


def _decode(stream: _Stream, max_samples: int) -> NDArray[np.int32]:
    """The samples (frames, channels)."""
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise UnsupportedError(
            f"reading FLAC files takes the package soundfile (pip install 'neucomp[audio]'), which does not work here: "
            f"{error}"
        ) from None
    try:
        with soundfile.SoundFile(io.BytesIO(stream.bare)) as file:
            samples: NDArray[np.int32] = file.read(max_samples // stream.channels + 1, dtype="int32", always_2d=True)
    except RuntimeError as error:
        raise UnsupportedError(_damaged(f"{error}")) from None
    if samples.size > max_samples:
        raise LimitExceeded(f"the file has more samples than the limit of {max_samples}")
    if samples.shape[1] != stream.channels or (stream.frames and len(samples) != stream.frames):
        raise UnsupportedError(_damaged("it ends before its last sample"))
    samples >>= 32 - stream.bits
    width = -(-stream.bits // 8)
    plain = pack_samples(samples, Layout(0, len(samples), stream.channels, width, stream.sample_rate_hz))
    if any(stream.md5) and hashlib.md5(plain, usedforsecurity=False).digest() != stream.md5:
        raise UnsupportedError(_damaged("its samples are not those that its MD5 was made of"))
    return samples


def _damaged(what: str) -> str:
    return f"this FLAC file is damaged; without --samples it is kept as it is ({what})"


def _form(stream: _Stream, width: int) -> bytes:
    """The body of a chunk "fmt "; the long form where the short one would leave something open."""
    frame_size = stream.channels * width
    rate = stream.sample_rate_hz
    plain = stream.channels <= 2 and stream.bits == 8 * width
    tag = 1 if plain else 0xFFFE
    form = struct.pack("<HHIIHH", tag, stream.channels, rate, rate * frame_size, frame_size, 8 * width)
    return form if plain else form + struct.pack("<HHI16s", 22, stream.bits, _SPEAKERS[stream.channels - 1], _PCM_GUID)


def _tags(blocks: list[tuple[int, bytes]]) -> list[tuple[bytes, bytes]]:
    """Names and texts of the tags that a chunk INFO knows, the first of each name."""
    tags: dict[bytes, bytes] = {}
    for kind, body in blocks:
        for comment in _comments(body) if kind == _COMMENTS else []:
            name, _, text = comment.partition(b"=")
            if name.upper() in _NAMES:
                tags.setdefault(_NAMES[name.upper()], text + b"\0")
    return list(tags.items())


def _comments(body: bytes) -> list[bytes]:
    """What stands in a block of comments, as far as it is whole: a vendor, a number, and so many texts with sizes."""
    found: list[bytes] = []
    try:
        (vendor_size,) = struct.unpack_from("<I", body)
        (count,) = struct.unpack_from("<I", body, 4 + vendor_size)
        position = 8 + vendor_size
        while len(found) < count:
            (size,) = struct.unpack_from("<I", body, position)
            found.append(body[position + 4 : position + 4 + size])
            position += 4 + size
    except struct.error:
        pass
    return found


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
