"""What formats of uncompressed sound have in common: integer samples that lie side by side, in one piece.

A format only says where they lie and how they are written. The envelope is the rest of the file:

    layout u8: bytes per sample - 1 | 4 if big-endian | 8 if unsigned
    bytes before the samples (varint) | those bytes | the bytes after the samples
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import CorruptDataError, LimitExceeded
from neucomp.formats import Recording
from neucomp.varint import pack_varint, read_varint

MOST_CHANNELS = 8

_BIG_ENDIAN = 4
_UNSIGNED = 8
_SIGN = 0x80


class Layout(NamedTuple):
    """Where the samples of a file lie: `frames` x `channels` of `width` bytes (1 .. 4) each, from `start` on."""

    start: int
    frames: int
    channels: int
    width: int
    sample_rate_hz: int
    big_endian: bool = False
    unsigned: bool = False
    """Zero is the middle of the range; else samples are two's complement."""

    @property
    def end(self) -> int:
        """Where the samples end."""
        return self.start + self.frames * self.channels * self.width


def parse_samples(data: bytes, layout: Layout, max_samples: int) -> Recording:
    """The recording that a layout describes, which lies within `data`; LimitExceeded above `max_samples` samples."""
    count = layout.frames * layout.channels
    if count > max_samples:
        raise LimitExceeded(f"the recording has {count} samples; the limit is {max_samples}")
    code = layout.width - 1 | _BIG_ENDIAN * layout.big_endian | _UNSIGNED * layout.unsigned
    envelope = bytes([code]) + pack_varint(layout.start) + data[: layout.start] + data[layout.end :]
    words = np.zeros((count, 4), np.uint8)
    parts = np.frombuffer(data, np.uint8, count * layout.width, layout.start).reshape(-1, layout.width)
    words[:, 4 - layout.width :] = parts[:, ::-1] if layout.big_endian else parts
    if layout.unsigned:
        words[:, 3] ^= _SIGN
    samples = words.reshape(-1).view("<i4").astype(np.int32) >> (32 - 8 * layout.width)
    return Recording(samples.reshape(-1, layout.channels), 8 * layout.width, layout.sample_rate_hz, envelope)


def build_samples(envelope: bytes, samples: NDArray[np.int32], bits: int) -> bytes:
    """The file; CorruptDataError if the envelope cannot be what `parse_samples` made for samples of so many bits."""
    stream = iter(envelope)
    try:
        code = next(stream)
        start = read_varint(lambda: next(stream), "the start of samples")
    except StopIteration:
        raise CorruptDataError("the envelope of a recording is cut off: the file is damaged") from None
    kept = bytes(stream)
    if code >= 2 * _UNSIGNED or 8 * (code % 4 + 1) != bits or start > len(kept):
        raise CorruptDataError("the envelope of a recording does not fit its samples: the file is damaged")
    frames, channels = samples.shape
    layout = Layout(start, frames, channels, bits // 8, 0, bool(code & _BIG_ENDIAN), bool(code & _UNSIGNED))
    return b"".join((kept[:start], pack_samples(samples, layout), kept[start:]))


def pack_samples(samples: NDArray[np.int32], layout: Layout) -> bytes:
    """Samples as they stand in a file with this layout."""
    words = (samples.reshape(-1, 1) << (32 - 8 * layout.width)).astype("<i4").view(np.uint8)
    if layout.unsigned:
        words[:, 3] ^= _SIGN
    parts = words[:, 4 - layout.width :]
    return (parts[:, ::-1] if layout.big_endian else parts).tobytes()
