"""AIFF files, and AIFF-C files without compression: samples of 8 to 32 bits, 1 to 8 channels.

Sources: Apple, "Audio Interchange File Format AIFF", version 1.3; "AIFF-C", draft of 1991. Samples are big-endian and
signed; `sowt` means little-endian, `raw ` unsigned (8 bits). Whatever else is in the file stays in the envelope.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from neucomp.formats import Recording
from neucomp.formats.pcm import MOST_CHANNELS, Layout, build_samples, parse_samples

_CHUNK = struct.Struct(">4sI")
_COMMON = struct.Struct(">hIhHQ")
_SOUND = struct.Struct(">II")
_FIRST_CHUNK = 12
_EXPONENT_OF_ONE = 16383
_UNCOMPRESSED = (b"NONE", b"twos", b"sowt", b"raw ")


def parse(data: bytes, max_samples: int) -> Recording | None:
    """As `neucomp.formats.SoundParser` says."""
    layout = _read_layout(data)
    return parse_samples(data, layout, max_samples) if layout else None


def build(envelope: bytes, samples: NDArray[np.int32], bits: int) -> bytes:
    """As `neucomp.formats.SoundParser` says."""
    return build_samples(envelope, samples, bits)


def _read_layout(data: bytes) -> Layout | None:
    if data[:4] != b"FORM" or data[8:12] not in (b"AIFF", b"AIFC"):
        return None
    common: Layout | None = None
    sound: tuple[int, int] | None = None
    position = _FIRST_CHUNK
    while position + _CHUNK.size <= len(data):
        name, size = _CHUNK.unpack_from(data, position)
        position += _CHUNK.size
        end = min(position + size, len(data))
        if name == b"COMM" and common is None:
            common = _read_common(data[position:end], data[8:12] == b"AIFC")
        elif name == b"SSND" and sound is None and end - position >= _SOUND.size:
            offset, _ = _SOUND.unpack_from(data, position)
            sound = position + _SOUND.size + offset, end
        position += size + size % 2
    if common is None or sound is None or sound[0] > sound[1]:
        return None
    frames = min(common.frames, (sound[1] - sound[0]) // (common.channels * common.width))
    return common._replace(start=sound[0], frames=frames)


def _read_common(chunk: bytes, has_compression: bool) -> Layout | None:
    """A layout without a place, or None where samples are not such integers."""
    if len(chunk) < _COMMON.size + 4 * has_compression:
        return None
    channels, frames, bits, exponent, mantissa = _COMMON.unpack_from(chunk)
    compression = chunk[_COMMON.size : _COMMON.size + 4] if has_compression else b"NONE"
    width = -(-bits // 8)
    if compression not in _UNCOMPRESSED or not (1 <= channels <= MOST_CHANNELS and 1 <= width <= 4):
        return None
    unsigned = compression == b"raw "
    if unsigned and width > 1:
        return None
    # The rate is a float of 80 bits: mantissa x 2**(exponent - 16383 - 63).
    shift = _EXPONENT_OF_ONE + 63 - exponent
    sample_rate_hz = mantissa >> shift if 0 <= shift < 64 else 0
    return Layout(0, frames, channels, width, sample_rate_hz, big_endian=compression != b"sowt", unsigned=unsigned)
