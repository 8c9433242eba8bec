"""PixelCNN++ alone, for small images in colour: its frequencies go straight to the range coder.

Images are lanes that the network visits in lockstep, pixel by pixel, in groups; one coder takes a sample from each lane
of the group in turn. Images that are larger than a network of small ones knows what to do with are cut into tiles. The
arithmetic is exact, so the result does not depend on how a backend computes it.

    payload = format u8 | N, height, width, side of a tile (0: images are whole), envelope size, size of the coded
    envelope (varints) | coded envelope (as it is where the two sizes are equal) | words of the range coder

Where the file is none of 8-bit images in colour that can be taken apart, the payload is the file itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from neucomp.errors import CorruptDataError, LimitExceeded, UnsupportedError
from neucomp.formats import MAGIC_SIZE, MAX_SAMPLES, RAW, Format, find_format, format_by_id
from neucomp.models.alone import AloneModel, find_ops, least_payload
from neucomp.models.envelope import decode_envelope, encode_envelope, read_head, scaled
from neucomp.varint import pack_varint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neucomp.coder import SymbolCoder
    from neucomp.models import Tick
    from neucomp.nets.lockstep import Lockstep
    from neucomp.nets.lockstep_images import Lanes
    from neucomp.nets.networks import Architecture

CHANNELS = 3

GROUP = 256
"""Lanes that are coded in lockstep; more are coded group after group."""

LARGEST_WHOLE = 64
"""Height and width up to which images are not cut."""

TILE_SIDE = 32
"""Of the tiles of others: what networks are trained on."""

_SPEED = 50.0

_FIXED_MEMORY = 1 << 30
"""Weights, and two rows of what each layer of the bundled network keeps for a group of images."""


class _Head(NamedTuple):
    """The fields at the start of a payload."""

    format: Format
    number: int
    height: int
    width: int
    tile_side: int
    envelope_size: int
    coded_envelope_size: int

    @property
    def samples(self) -> int:
        """Samples of all images together."""
        return self.number * self.height * self.width * CHANNELS


class _Taken(NamedTuple):
    """A file taken apart."""

    format: Format
    images: NDArray[np.uint8]
    envelope: bytes


@dataclass(frozen=True)
class TileModel(AloneModel):
    """PixelCNN++ alone. max_samples: images that have more are refused."""

    max_samples: int = MAX_SAMPLES

    id = 6
    name = "pixelcnn++"
    summary = (
        "batches of small images (npy): a PixelCNN++ trained beforehand, and nothing that learns; runs on GPUs, too"
    )
    unit = "sample"
    suffix = ".png"

    @staticmethod
    def architecture() -> Architecture[Any]:
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

    def follow(self, data: bytes, level: int, coder: SymbolCoder, tick: Tick) -> bytes | None:
        """See `AloneModel`."""
        found = self._take_apart(data)
        if found is None:
            return None
        format, images, envelope = found
        coded = encode_envelope(envelope)
        count, height, width, _ = images.shape
        side = 0 if max(height, width) <= LARGEST_WHOLE else TILE_SIDE
        self._code(cut(images, side), coder, scaled(tick, len(data), images.size))
        return _pack(_Head(format, count, height, width, side, len(envelope), len(coded))) + coded

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """The file; CorruptDataError if `payload` cannot be what `encode` made, LimitExceeded above `max_samples`."""
        import numpy as np

        from neucomp.coder import Decoder

        head, offset = _unpack(payload)
        if head.samples > self.max_samples:
            raise LimitExceeded(f"the images have {head.samples} samples; the limit is {self.max_samples}")
        if least_payload(head.samples, 0) > len(payload) or head.envelope_size > head.samples + 2 * size + 1024:
            raise CorruptDataError("images claim more samples than their payload can hold: the file is damaged")
        body = offset + head.coded_envelope_size
        envelope = decode_envelope(payload[offset:body], head.envelope_size)
        images = np.zeros((head.number, head.height, head.width, CHANNELS), np.uint8)
        lanes = cut(images, head.tile_side)
        decoder = Decoder(payload[body:])
        self._code(lanes, decoder, scaled(tick, size, images.size))
        decoder.check(least_payload(size, body))
        return head.format.parser().build(envelope, join(lanes, images.shape), 8)

    def describe(self, payload: bytes) -> str:
        """One line on what a block holds, from the payload's first bytes."""
        head, _ = _unpack(payload)
        how = f"in tiles of {head.tile_side} x {head.tile_side}" if head.tile_side else "whole"
        images = f"{head.number} image{'s' * (head.number > 1)} of {head.width} x {head.height}"
        return f"{head.format.name} {images}, {how}, up to {GROUP} in lockstep"

    def shape(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """See `AloneModel`: height and width, or one number for both."""
        if len(size) > 2:
            raise ValueError("the size of an image is HEIGHTxWIDTH, or one number for both")
        height, width = (size * 2)[:2] if size else (TILE_SIDE, TILE_SIDE)
        if max(height, width) > LARGEST_WHOLE:
            raise ValueError(f"images have up to {LARGEST_WHOLE} x {LARGEST_WHOLE} pixels here")
        return height, width, CHANNELS

    def beginnings(self, data: bytes) -> NDArray[np.uint8]:
        """See `AloneModel`: (n, rows, width, 3), the upper rows of images."""
        found = self._take_apart(data)
        if found is None:
            raise UnsupportedError("holds no 8-bit images in colour (npy, PNG, PNM, BMP, TIFF) that could be continued")
        return found.images

    def draw(self, samples: NDArray[np.uint8], coder: SymbolCoder, tick: Tick) -> None:
        """See `AloneModel`: (n, height, width, 3), n up to `GROUP`."""
        self._code(cut(samples, 0), coder, tick)

    def present(self, samples: NDArray[np.uint8]) -> bytes:
        """See `AloneModel`: a PNG of all images, side by side in rows."""
        from neucomp.sheet import as_png

        return as_png(samples)

    def _take_apart(self, data: bytes) -> _Taken | None:
        """The 8-bit images in colour of a file; None if it holds none, or could not be built again."""
        import numpy as np

        found = find_format(data[:MAGIC_SIZE])
        parsed = None if found is RAW or found.model != "image" else found.parser().parse(data, self.max_samples)
        if parsed is None or parsed.bits != 8 or parsed.indexed or parsed.image.size == 0:
            return None
        if parsed.image.shape[3] != CHANNELS:
            return None
        return _Taken(found, parsed.image.astype(np.uint8), parsed.envelope)

    def _code(self, lanes: Lanes, coder: SymbolCoder, tick: Tick) -> None:
        """Goes through lanes, which a decoder fills in."""
        from neucomp.nets.lockstep_images import Lanes, code_images

        for begin in range(0, len(lanes.images), GROUP):
            part = slice(begin, begin + GROUP)
            group = Lanes(lanes.images[part], lanes.heights[part], lanes.widths[part])
            code_images(self._at_work(*group.images.shape[:3:2]), group, coder, tick)

    def _at_work(self, lanes: int, columns: int) -> Lockstep:
        """The network, which has read nothing."""
        from neucomp.nets.pixelcnnpp import PixelCNNpp

        return PixelCNNpp(find_ops(self.device), self.chosen_network(), lanes, columns)


@dataclass(frozen=True)
class GatedModel(TileModel):
    """A gated PixelCNN alone, in all else as `TileModel`."""

    id = 13
    name = "pixelcnn"
    summary = "the same with a gated PixelCNN, smaller than PixelCNN++"

    @staticmethod
    def architecture() -> Architecture[Any]:
        """See `AloneModel`."""
        from neucomp.nets.gated_pixelcnn import ARCHITECTURE

        return ARCHITECTURE

    def _at_work(self, lanes: int, columns: int) -> Lockstep:
        from neucomp.nets.gated_pixelcnn import GatedPixelCNN

        return GatedPixelCNN(find_ops(self.device), self.chosen_network(), lanes, columns)


def cut(images: NDArray[np.uint8], side: int) -> Lanes:
    """Images (n, height, width, 3) as lanes: tiles from left to right and from top to bottom, one image after the
    other, those at the right and at the bottom filled up with zeros; a side of 0 leaves images whole."""
    import numpy as np

    from neucomp.nets.lockstep_images import Lanes

    count, height, width, channels = images.shape
    tall, wide = (min(side, height), min(side, width)) if side else (height, width)
    down, across = -(-height // tall), -(-width // wide)
    if down == across == 1:
        whole = images
    else:
        padded = np.zeros((count, down * tall, across * wide, channels), np.uint8)
        padded[:, :height, :width] = images
        tiles = padded.reshape(count, down, tall, across, wide, channels).swapaxes(2, 3)
        whole = tiles.reshape(-1, tall, wide, channels)
    heights = np.minimum(tall, height - tall * np.arange(down)).repeat(across)
    widths = np.tile(np.minimum(wide, width - wide * np.arange(across)), down)
    return Lanes(whole, np.tile(heights, count), np.tile(widths, count))


def join(lanes: Lanes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The images of `shape` that `cut` gave."""
    import numpy as np

    count, height, width, channels = shape
    _, tall, wide, _ = lanes.images.shape
    down, across = -(-height // tall), -(-width // wide)
    tiles = lanes.images.reshape(count, down, across, tall, wide, channels).swapaxes(2, 3)
    padded = tiles.reshape(count, down * tall, across * wide, channels)
    return np.ascontiguousarray(padded[:, :height, :width])


def _pack(head: _Head) -> bytes:
    return bytes([head.format.id]) + b"".join(map(pack_varint, head[1:]))


def _unpack(payload: bytes) -> tuple[_Head, int]:
    """The head of a payload, and where the envelope begins."""
    (format_id, *sizes), end = read_head(payload, TileModel.name, 1, 6)
    head = _Head(format_by_id(format_id), *sizes)
    whole = max(head.height, head.width) <= LARGEST_WHOLE
    sound = 0 not in head[1:4] and head.tile_side == (0 if whole else TILE_SIDE)
    if head.format.model != "image" or not sound or head.coded_envelope_size > head.envelope_size:
        raise CorruptDataError("the head of images is damaged")
    return head, end
