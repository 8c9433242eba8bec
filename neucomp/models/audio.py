"""The audio model as the codec sees it: a whole sound file in, a payload out, and the same file back.

A format takes the file apart; the samples are coded by `audio_codec`, the rest of the file by the byte model. A payload
says all that decoding needs:

    format u8 | bits per sample u8 | frames, channels, envelope size, size of the coded envelope (varints) | coded
    envelope (as it is where the two sizes are equal) | the samples

Where nothing is gained, and for files that cannot be taken apart, the payload is the file itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from neucomp.errors import CorruptDataError, LimitExceeded
from neucomp.formats import MAGIC_SIZE, MAX_SAMPLES, Format, find_format, format_by_id
from neucomp.models.envelope import decode_envelope, encode_envelope, read_head, scaled
from neucomp.varint import pack_varint

if TYPE_CHECKING:
    from neucomp.models import Tick

_BYTES_PER_BYTE = 23_000
"""Most bytes of samples that a byte of a payload can stand for; more is a lie, refused before anything is allocated."""

_FIXED_MEMORY = 96 << 20
"""Filters and code, which depend little on the recording."""


class _Head(NamedTuple):
    """The fields at the start of a payload."""

    format: Format
    bits: int
    frames: int
    channels: int
    envelope_size: int
    coded_envelope_size: int

    @property
    def samples(self) -> int:
        return self.frames * self.channels


@dataclass(frozen=True)
class AudioModel:
    """Sound: each sample predicted from its past by filters that learn while it is coded.

    threads: how many stretches of a recording are coded at once; the result does not depend on it. max_samples: refuse
    recordings that have more.
    """

    threads: int = 1
    max_samples: int = MAX_SAMPLES

    id = 4
    name = "audio"
    summary = "sound (WAV, AIFF): least squares and long filters that learn each recording, mixed"

    def block_size(self, level: int) -> int:
        """A file is one block, of any size that the container allows."""
        from neucomp.container import MAX_CODED_SIZE

        return MAX_CODED_SIZE

    def speed(self, level: int) -> float:
        """About how many KB of 16-bit samples a core codes in a second."""
        from neucomp.models.audio_efforts import EFFORTS

        return EFFORTS[level].speed

    def memory(self, level: int, size: int) -> int:
        """Peak working memory in bytes for a file of `size` bytes: the file, its samples twice, and payloads."""
        return 12 * size + _FIXED_MEMORY

    def encode(self, data: bytes, level: int, tick: Tick) -> bytes:
        """The payload of one file; `data` itself where it is none of our formats or nothing is gained."""
        from neucomp.models.audio_codec import encode_audio

        found = find_format(data[:MAGIC_SIZE])
        recording = found.sound_parser().parse(data, self.max_samples) if found.model == self.name else None
        if recording is None or recording.samples.size == 0:
            return data
        samples, bits = recording.samples, recording.bits
        coded = encode_audio(samples, bits, level, self.threads, scaled(tick, len(data), samples.size))
        if coded is None:
            return data
        envelope = encode_envelope(recording.envelope)
        frames, channels = samples.shape
        head = _Head(found, bits, frames, channels, len(recording.envelope), len(envelope))
        payload = _pack(head) + envelope + coded
        return payload if len(payload) < len(data) else data

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """The file; CorruptDataError if `payload` cannot be what `encode` made, LimitExceeded above `max_samples`."""
        from neucomp.models.audio_codec import decode_audio

        head, offset = _unpack(payload)
        if head.samples > self.max_samples:
            raise LimitExceeded(f"the recording has {head.samples} samples; the limit is {self.max_samples}")
        if head.samples * head.bits // 8 > min(size, _BYTES_PER_BYTE * len(payload)) or head.envelope_size > size + 16:
            raise CorruptDataError("a recording claims more samples than its payload can hold: the file is damaged")
        end = offset + head.coded_envelope_size
        envelope = decode_envelope(payload[offset:end], head.envelope_size)
        shape = head.frames, head.channels
        samples = decode_audio(payload[end:], shape, self.threads, scaled(tick, size, head.samples))
        return head.format.sound_parser().build(envelope, samples, head.bits)

    def describe(self, payload: bytes) -> str:
        """One line on what a block holds and how it was coded, from the payload's first bytes."""
        head, _ = _unpack(payload)
        what = f"{head.frames} frames of {head.channels} x {head.bits} bits"
        return f"{head.format.name} {what}, envelope {head.coded_envelope_size} bytes"


def _pack(head: _Head) -> bytes:
    return bytes([head.format.id, head.bits]) + b"".join(map(pack_varint, head[2:]))


def _unpack(payload: bytes) -> tuple[_Head, int]:
    """The head of a payload, and where the envelope begins."""
    numbers, end = read_head(payload, AudioModel.name, 2, 4)
    format_id, bits, frames, channels, size, coded_size = numbers
    found = format_by_id(format_id)
    if bits not in (8, 16, 24, 32) or frames == 0 or not 1 <= channels <= 8 or coded_size > size:
        raise CorruptDataError("the head of a recording is damaged")
    if found.model != AudioModel.name:
        raise CorruptDataError("a recording has a format that is none of sound")
    return _Head(found, bits, frames, channels, size, coded_size), end
