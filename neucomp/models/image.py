"""The image model as the codec sees it: a whole image file in, a payload out, and the same file back.

A format takes the file apart; the samples are coded by one of two coders, whichever suits them, and the rest of the
file by the byte model. A payload says all that decoding needs:

    format u8 | coder u8 | bits per sample u8 | N, height, width, channels, envelope size, size of the coded envelope
    (varints) | coded envelope (as it is where the two sizes are equal) | coder's bytes

Where nothing is gained, and for files that cannot be built again byte for byte, the payload is the file itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from neucomp.errors import CorruptDataError, LimitExceeded, UnsupportedError
from neucomp.formats import MAGIC_SIZE, MAX_SAMPLES, Format, Parsed, find_format, format_by_id
from neucomp.models.envelope import decode_envelope, encode_envelope, read_head, scaled
from neucomp.models.ticks import no_tick
from neucomp.varint import pack_varint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neucomp.models import Tick
    from neucomp.models.image_choice import Coder

_SAMPLES_PER_BYTE = 23_000
"""Most samples that one byte of a payload can stand for; more is a lie, refused before anything is allocated."""


class _Head(NamedTuple):
    """The fields at the start of a payload. shape: (N, height, width, channels)."""

    format: Format
    coder: Coder
    bits: int
    shape: tuple[int, int, int, int]
    envelope_size: int
    coded_envelope_size: int

    @property
    def samples(self) -> int:
        """Samples of all images together."""
        count, height, width, channels = self.shape
        return count * height * width * channels


@dataclass(frozen=True)
class ImageModel:
    """Images: each sample predicted from its neighbours, by least squares, a network and contexts, mixed while coding.

    threads: 1 or 2 work on one image; the result does not depend on it. max_samples: refuse images that have more.
    """

    threads: int = 1
    max_samples: int = MAX_SAMPLES

    id = 3
    name = "image"
    summary = "images (PNG, PNM, BMP, TIFF, npy): neighbours, least squares, a PixelCNN and contexts, mixed"

    def block_size(self, level: int) -> int:
        """A file is one block, of any size that the container allows."""
        from neucomp.container import MAX_CODED_SIZE

        return MAX_CODED_SIZE

    def speed(self, level: int) -> float:
        """About how many KB of samples a core codes in a second."""
        from neucomp.models.image_efforts import EFFORTS

        return EFFORTS[level].speed

    def memory(self, level: int, size: int) -> int:
        """Peak working memory in bytes for an image of `size` samples: the file, its samples, planes and tables."""
        return 16 * size + _FIXED_MEMORY

    def encode(self, data: bytes, level: int, tick: Tick) -> bytes:
        """The payload of one file; `data` itself where it is none of our formats or nothing is gained."""
        found = find_format(data[:MAGIC_SIZE])
        parsed = found.parser().parse(data, self.max_samples) if found.model == self.name else None
        if parsed is None or parsed.image.size == 0:
            return data
        payload = self._encode(found, parsed, level, scaled(tick, len(data), parsed.image.size))
        return payload if len(payload) < len(data) else data

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """The file; CorruptDataError if `payload` cannot be what `encode` made, LimitExceeded above `max_samples`."""
        head, offset = _unpack(payload)
        if head.samples > self.max_samples:
            raise LimitExceeded(f"the image has {head.samples} samples; the limit is {self.max_samples}")
        if head.samples > _SAMPLES_PER_BYTE * len(payload) or head.envelope_size > head.samples + 2 * size + 1024:
            raise CorruptDataError("an image claims more samples than its payload can hold: the file is damaged")
        envelope = decode_envelope(payload[offset : offset + head.coded_envelope_size], head.envelope_size)
        image = self._decode(head, payload[offset + head.coded_envelope_size :], scaled(tick, size, head.samples))
        return head.format.parser().build(envelope, image, head.bits)

    def describe(self, payload: bytes) -> str:
        """One line on what a block holds and how it was coded, from the payload's first bytes."""
        head, _ = _unpack(payload)
        count, height, width, channels = head.shape
        images = f"{count} images of " if count > 1 else ""
        size = f"{images}{width} x {height} x {channels}, {head.bits} bits"
        return f"{head.format.name} {size}, {head.coder.name.lower()} coder, envelope {head.coded_envelope_size} bytes"

    def pixel_bits(self, parsed: Parsed, level: int, tick: Tick) -> NDArray[np.float64]:
        """What each pixel takes of the coder that `encode` chooses, (N, H, W), in bits."""
        from neucomp.models.image_costs import pixel_bits

        coder, _ = self._choose(parsed, level)
        return pixel_bits(coder, parsed.image, parsed.bits, level, self.threads, tick)

    def _choose(self, parsed: Parsed, level: int) -> tuple[Coder, bytes | None]:
        """The coder that suits an image, and its bytes if it was small enough to code all of it both ways."""
        from neucomp.models.image_choice import coders_for, sample_of

        coders = coders_for(parsed)
        if len(coders) == 1:
            return coders[0], None
        sample = sample_of(parsed.image)
        bodies = {coder: self._code(coder, sample, parsed.bits, level, no_tick) for coder in coders}
        best = min(bodies, key=lambda coder: len(bodies[coder]))
        return best, bodies[best] if sample.size == parsed.image.size else None

    def _encode(self, found: Format, parsed: Parsed, level: int, tick: Tick) -> bytes:
        image, bits = parsed.image, parsed.bits
        coder, body = self._choose(parsed, level)
        if body is None:
            body = self._code(coder, image, bits, level, tick)
        envelope = encode_envelope(parsed.envelope)
        count, height, width, channels = image.shape
        head = _Head(found, coder, bits, (count, height, width, channels), len(parsed.envelope), len(envelope))
        return _pack(head) + envelope + body

    def _code(
        self, coder: Coder, image: NDArray[np.uint8] | NDArray[np.uint16], bits: int, level: int, tick: Tick
    ) -> bytes:
        from neucomp.models.image_choice import Coder

        if coder is Coder.PHOTO:
            from neucomp.models.image_codec import encode_image

            return encode_image(image, bits, level, self.threads, tick)
        from neucomp.models.image_graphics import encode_graphics

        return encode_graphics(image, bits, level, tick)

    def _decode(self, head: _Head, body: bytes, tick: Tick) -> NDArray[np.uint8] | NDArray[np.uint16]:
        from neucomp.models.image_choice import Coder

        if head.coder is Coder.PHOTO:
            from neucomp.models.image_codec import decode_image

            return decode_image(body, head.shape, head.bits, self.threads, tick)
        from neucomp.models.image_graphics import decode_graphics

        return decode_graphics(body, head.shape, head.bits, tick)


_FIXED_MEMORY = 128 << 20
"""Counters, weights and code, which depend little on the image."""


def _pack(head: _Head) -> bytes:
    sizes = (*head.shape, head.envelope_size, head.coded_envelope_size)
    return bytes([head.format.id, head.coder, head.bits]) + b"".join(map(pack_varint, sizes))


def _unpack(payload: bytes) -> tuple[_Head, int]:
    """The head of a payload, and where the envelope begins."""
    numbers, end = read_head(payload, ImageModel.name, 3, 6)
    format_id, coder, bits, count, height, width, channels, envelope_size, coded_envelope_size = numbers
    from neucomp.models.image_choice import Coder

    if coder not in set(Coder):
        raise UnsupportedError(f"the image needs coder {coder}, which this version does not have: update neucomp")
    shape = (count, height, width, channels)
    if not 1 <= bits <= 16 or 0 in shape or coded_envelope_size > envelope_size:
        raise CorruptDataError("the head of an image is damaged")
    found = format_by_id(format_id)
    if found.model != ImageModel.name:
        raise CorruptDataError("an image has a format that is none of images")
    return _Head(found, Coder(coder), bits, shape, envelope_size, coded_envelope_size), end
