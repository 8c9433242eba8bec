"""PixelCNN++ alone, for batches of small images in colour: its frequencies go straight to the range coder.

Images are lanes that the network visits in lockstep, pixel by pixel, in groups; one coder takes a sample from each lane
of the group in turn. The arithmetic is exact, so the result does not depend on how a backend computes it.

    payload = format u8 | N, height, width, envelope size, size of the coded envelope (varints) | coded envelope (as it
    is where the two sizes are equal) | words of the range coder

Where the file is none of 8-bit images in colour that can be taken apart, or nothing is gained, the payload is the file
itself.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from neucomp.container import MAX_EXPANSION
from neucomp.errors import CorruptDataError, LimitExceeded
from neucomp.formats import MAGIC_SIZE, MAX_SAMPLES, RAW, Format, find_format, format_by_id
from neucomp.models.alone import AloneModel, find_ops
from neucomp.models.envelope import decode_envelope, encode_envelope, scaled
from neucomp.varint import pack_varint, read_varint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neucomp.coder import SymbolCoder
    from neucomp.models import Tick
    from neucomp.nets.networks import Architecture
    from neucomp.nets.pixelcnnpp import PixelCNNppConfig

CHANNELS = 3

GROUP = 256
"""Images that are coded in lockstep; more are coded group after group."""


class _Head(NamedTuple):
    """The fields at the start of a payload."""

    format: Format
    lanes: int
    height: int
    width: int
    envelope_size: int
    coded_envelope_size: int

    @property
    def samples(self) -> int:
        """Samples of all images together."""
        return self.lanes * self.height * self.width * CHANNELS


@dataclass(frozen=True)
class TileModel(AloneModel):
    """PixelCNN++ alone. max_samples: images that have more are refused."""

    max_samples: int = MAX_SAMPLES

    id = 6
    name = "pixelcnn++"
    summary = (
        "batches of small images (npy): a PixelCNN++ trained beforehand, and nothing that learns; runs on GPUs, too"
    )

    @staticmethod
    def architecture() -> Architecture[PixelCNNppConfig]:
        """See `AloneModel`."""
        from neucomp.nets.pixelcnnpp_weights import ARCHITECTURE

        return ARCHITECTURE

    def block_size(self, level: int) -> int:
        """A file is one block, of any size that the container allows."""
        from neucomp.container import MAX_CODED_SIZE

        return MAX_CODED_SIZE

    def speed(self, level: int) -> float:
        """About how many KB of samples a core codes in a second."""
        return _SPEED

    def memory(self, level: int, size: int) -> int:
        """Peak working memory in bytes for images of `size` samples: file, samples, what a group's layers keep."""
        return 4 * size + _FIXED_MEMORY

    def encode(self, data: bytes, level: int, tick: Tick) -> bytes:
        """The payload of one file; `data` itself where it holds no such images or nothing is gained."""
        import numpy as np

        from neucomp.coder import Encoder

        found = find_format(data[:MAGIC_SIZE])
        parsed = None if found is RAW or found.model != "image" else found.parser().parse(data, self.max_samples)
        images = None if parsed is None or parsed.bits != 8 else parsed.image.astype(np.uint8, copy=False)
        if parsed is None or images is None or images.size == 0 or images.shape[3] != CHANNELS:
            return data
        encoder = Encoder()
        self._code(images, encoder, scaled(tick, len(data), images.size))
        envelope = encode_envelope(parsed.envelope)
        lanes, height, width, _ = images.shape
        head = _Head(found, lanes, height, width, len(parsed.envelope), len(envelope))
        payload = _pack(head) + envelope + encoder.finish(_least_payload(images.size))
        return payload if len(payload) < len(data) else data

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """The file; CorruptDataError if `payload` cannot be what `encode` made, LimitExceeded above `max_samples`."""
        import numpy as np

        from neucomp.coder import Decoder

        head, offset = _unpack(payload)
        if head.samples > self.max_samples:
            raise LimitExceeded(f"the images have {head.samples} samples; the limit is {self.max_samples}")
        if _least_payload(head.samples) > len(payload) or head.envelope_size > head.samples + 2 * size + 1024:
            raise CorruptDataError("images claim more samples than their payload can hold: the file is damaged")
        body = offset + head.coded_envelope_size
        envelope = decode_envelope(payload[offset:body], head.envelope_size)
        images = np.zeros((head.lanes, head.height, head.width, CHANNELS), np.uint8)
        decoder = Decoder(payload[body:])
        self._code(images, decoder, scaled(tick, size, images.size))
        decoder.check(_least_payload(images.size))
        return head.format.parser().build(envelope, images, 8)

    def describe(self, payload: bytes) -> str:
        """One line on what a block holds, from the payload's first bytes."""
        head, _ = _unpack(payload)
        return f"{head.format.name} {head.lanes} images of {head.width} x {head.height}, in groups of {GROUP}"

    def _code(self, images: NDArray[np.uint8], coder: SymbolCoder, tick: Tick) -> None:
        """Goes through images (n, height, width, 3), which a decoder fills in."""
        from neucomp.nets.pixelcnnpp_images import code_images

        for begin in range(0, len(images), GROUP):
            code_images(find_ops(self.device), self.chosen_network(), images[begin : begin + GROUP], coder, tick)


_SPEED = 30.0

_FIXED_MEMORY = 1 << 30
"""Weights, and two rows of what each layer of the bundled network keeps for a group of images."""


def _least_payload(samples: int) -> int:
    """Bytes that the range coder writes at least, so that a payload bounds how much a decoder allocates."""
    return samples // MAX_EXPANSION


def _pack(head: _Head) -> bytes:
    return bytes([head.format.id]) + b"".join(map(pack_varint, head[1:]))


def _unpack(payload: bytes) -> tuple[_Head, int]:
    """The head of a payload, and where the envelope begins."""
    stream = iter(payload)
    position = itertools.count()

    def byte() -> int:
        next(position)
        return next(stream)

    try:
        found = format_by_id(byte())
        sizes = [read_varint(byte, "a size in the head of images") for _ in range(5)]
    except StopIteration:
        raise CorruptDataError("a block is too short for the model pixelcnn++: the file is damaged") from None
    head = _Head(found, *sizes)
    if found.model != "image" or 0 in head[1:4] or head.coded_envelope_size > head.envelope_size:
        raise CorruptDataError("the head of images is damaged")
    return head, next(position)
