"""WAV files with integer samples: RIFF, RF64 and BW64; PCM of 8, 16, 24 and 32 bits, 1 to 8 channels.

Sources: Microsoft, "Multiple Channel Audio Data and WAVE Files" (WAVE_FORMAT_EXTENSIBLE); EBU Tech 3306 (RF64). Chunks
are only walked up to the samples, and whatever else there is stays in the envelope as it is. Where the size of the
samples is 0 or more than the file has, as programs leave it that write to a pipe, they reach to the end.

The envelope of a file that is nothing but the usual header of 44 bytes and samples is 255 (u8), the channels and the
sample rate (varints); those of others are made by `pcm`.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import CorruptDataError
from neucomp.formats import Recording
from neucomp.formats.pcm import MOST_CHANNELS, Layout, build_samples, pack_samples, parse_samples
from neucomp.varint import pack_varint, read_varint

_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")
_EXTENSION = struct.Struct("<HHI16s")
_SIZES_64 = struct.Struct("<QQ")
_PLAIN_HEADER = struct.Struct("<4sI8sIHHIIHH4sI")
_FIRST_CHUNK = 12
_PLAIN = 255
_PCM = 1
_EXTENSIBLE = 0xFFFE
_PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")
_ELSEWHERE = 0xFFFFFFFF
"""A size that stands in the chunk ds64, or nowhere."""


def parse(data: bytes, max_samples: int) -> Recording | None:
    """As `neucomp.formats.SoundParser` says."""
    layout = _read_layout(data)
    if layout is None:
        return None
    recording = parse_samples(data, layout, max_samples)
    if data[: layout.start] + data[layout.end :] == b"".join(_plain(layout)):
        channels, rate = pack_varint(layout.channels), pack_varint(layout.sample_rate_hz)
        return recording._replace(envelope=bytes([_PLAIN]) + channels + rate)
    return recording


def build(envelope: bytes, samples: NDArray[np.int32], bits: int) -> bytes:
    """As `neucomp.formats.SoundParser` says."""
    if envelope[:1] != bytes([_PLAIN]):
        return build_samples(envelope, samples, bits)
    stream = iter(envelope[1:])
    try:
        channels, rate = [read_varint(lambda: next(stream), "a field of a WAV header") for _ in range(2)]
    except StopIteration:
        raise CorruptDataError("the envelope of a WAV file is cut off: the file is damaged") from None
    if list(stream) or channels != samples.shape[1] or rate > _ELSEWHERE:
        raise CorruptDataError("the envelope of a WAV file does not fit its samples: the file is damaged")
    return plain_file(samples, bits, rate)


def plain_file(samples: NDArray[np.int32], bits: int, sample_rate_hz: int) -> bytes:
    """The usual WAV file with samples (frames, channels) of 8, 16, 24 or 32 bits."""
    frames, channels = samples.shape
    layout = Layout(_PLAIN_HEADER.size, frames, channels, bits // 8, sample_rate_hz, unsigned=bits == 8)
    before, after = _plain(layout)
    return before + pack_samples(samples, layout) + after


def _plain(layout: Layout) -> tuple[bytes, bytes]:
    """The usual header of 44 bytes, and the padding behind the samples."""
    size = layout.end - layout.start
    rate, frame_size = layout.sample_rate_hz, layout.channels * layout.width
    padding = bytes(size % 2)
    total = _PLAIN_HEADER.size - _CHUNK.size + size + len(padding)
    fields = (_PCM, layout.channels, rate, rate * frame_size & _ELSEWHERE, frame_size, 8 * layout.width)
    header = _PLAIN_HEADER.pack(b"RIFF", total, b"WAVEfmt ", _FORMAT.size, *fields, b"data", size)
    return header, padding


def _read_layout(data: bytes) -> Layout | None:
    if data[:4] not in (b"RIFF", b"RF64", b"BW64") or data[8:12] != b"WAVE":
        return None
    form: Layout | None = None
    size_64 = 0
    position = _FIRST_CHUNK
    while position + _CHUNK.size <= len(data):
        name, size = _CHUNK.unpack_from(data, position)
        position += _CHUNK.size
        left = len(data) - position
        if name == b"data":
            if form is None:
                return None
            size = size_64 if size == _ELSEWHERE else size
            size = size if 0 < size <= left else left
            return form._replace(start=position, frames=size // (form.channels * form.width))
        if size > left:
            return None
        if name == b"fmt ":
            form = _read_format(data[position : position + size])
        elif name == b"ds64" and size >= _SIZES_64.size:
            size_64 = _SIZES_64.unpack_from(data, position)[1]
        position += size + size % 2
    return None


def _read_format(chunk: bytes) -> Layout | None:
    """A layout without a place, or None where samples are not such integers."""
    if len(chunk) < _FORMAT.size:
        return None
    tag, channels, sample_rate_hz, _, frame_size, bits = _FORMAT.unpack_from(chunk)
    if tag == _EXTENSIBLE and len(chunk) >= _FORMAT.size + _EXTENSION.size:
        tag = _PCM if _EXTENSION.unpack_from(chunk, _FORMAT.size)[3] == _PCM_GUID else tag
    width = -(-bits // 8)
    if tag != _PCM or not (1 <= channels <= MOST_CHANNELS and 1 <= width <= 4 and frame_size == channels * width):
        return None
    return Layout(0, 0, channels, width, sample_rate_hz, unsigned=width == 1)
