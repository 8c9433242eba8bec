"""What uncompressed image formats have in common: samples in rows at known places of a file.

A format only says where its samples lie: it reads a `Layout` from a file's headers. From that, samples are taken out of
a file and put back. The envelope is the file with its rows cut out, so that the headers in it give the same layout when
the file is built again:

    number of cuts (varint) | for each cut: bytes kept before it, bytes cut (varints) | size of the slack (varint) |
    slack | all bytes that are kept

Slack is what lies between the rows of a block and in the last byte of rows that do not fill it. It is left out where it
is zero everywhere, as it should be.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import CorruptDataError, LimitExceeded
from neucomp.formats import Parsed
from neucomp.varint import pack_varint, read_varint

Buffer = bytes | bytearray
Image = NDArray[np.uint8] | NDArray[np.uint16]
Shape = tuple[int, int, int, int]

_SMALL_SLACK = 1 << 16
_MOST_BITS_AT_ONCE = 1 << 24
_MOST_CHANNELS = 255

MOST_BLOCKS = 1 << 16
"""Files with more strips or tiles are not taken apart: each takes a few microseconds."""


class Block(NamedTuple):
    """Rows of samples at equal distances: a strip, a tile, an image.

    Row r lies at `offset + r * stride` and holds `columns` pixels of `Layout.interleaved` channels; in the image its
    first sample is [row + r, left, channel], where the rows of all images are counted on.
    """

    offset: int
    stride: int
    rows: int
    columns: int
    row: int = 0
    left: int = 0
    channel: int = 0


class Layout(NamedTuple):
    """Where the samples of a file lie. Blocks follow each other in the file and do not overlap."""

    shape: Shape  # (N, H, W, C)
    stored_bits: int  # of a sample in the file, 1 .. 16; below 8, and from 9 to 15, packed from a byte's highest bit on
    used_bits: int  # that the headers allow for, at most stored_bits
    interleaved: int  # channels of a pixel that lie side by side: C, or 1 where each channel has its own blocks
    blocks: tuple[Block, ...]
    big_endian: bool = False
    from_bottom: bool = False  # the last row of an image stands first in the file
    blue_first: bool = False  # the first three channels stand in the order 2, 1, 0
    indexed: bool = False


ReadLayout = Callable[[Buffer], Layout | None]
"""Reads a layout from a file's headers; None where they are not understood. It may lie outside of the file."""


def parse_raster(data: bytes, max_samples: int, read_layout: ReadLayout) -> Parsed | None:
    """Takes a file apart; None, or LimitExceeded, as `neucomp.formats.Parser` says."""
    layout = read_layout(data)
    if layout is None or 0 in layout.shape or not 0 < len(layout.blocks) <= MOST_BLOCKS:
        return None
    if layout.shape[3] > _MOST_CHANNELS:
        return None
    cuts = list(_cuts(layout))
    if cuts[-1][1] > len(data) or any(start < end for (_, end), (start, _) in pairwise(cuts)):
        return None
    _check_limit(layout, max_samples)
    if sum(end - start for start, end in cuts) > _most_bytes(_samples(layout)):
        return None

    kept = [data[end:start] for (_, end), (start, _) in pairwise([(0, 0), *cuts, (len(data), len(data))])]
    if read_layout(_skeleton(kept, cuts)) != layout:
        return None  # headers among the samples
    image, slack = _take(data, layout)
    bits = _needed_bits(image, layout)
    upright = _upright(image, layout)
    samples = upright if bits > 8 else upright.astype(np.uint8, copy=False)
    return Parsed(samples, bits, pack_envelope(cuts, slack, kept), layout.indexed)


def build_raster(envelope: bytes, image: Image, bits: int, read_layout: ReadLayout) -> bytes:
    """The file again; CorruptDataError if `envelope` is not one that `parse_raster` makes for such an image."""
    cuts, slack, kept = _unpack(envelope)
    if image.size == 0 or sum(end - start for start, end in cuts) > _most_bytes(image.size):
        raise CorruptDataError("an image's envelope has room for more samples than there are: the file is damaged")
    file = _skeleton(kept, cuts)
    layout = read_layout(file)
    fits = layout is not None and layout.shape == image.shape and layout.blocks and list(_cuts(layout)) == cuts
    if layout is None or not fits or bits > layout.stored_bits or int(image.max()) >> bits:
        raise CorruptDataError("the headers in an image's envelope do not fit its samples: the file is damaged")
    _put(file, layout, _upright(image, layout), slack)
    return bytes(file)


def _samples(layout: Layout) -> int:
    count, height, width, channels = layout.shape
    return count * height * width * channels


def _check_limit(layout: Layout, max_samples: int) -> None:
    if _samples(layout) > max_samples:
        count, height, width, channels = layout.shape
        raise LimitExceeded(
            f"the file declares {count} image(s) of {width} x {height} pixels and {channels} channel(s), more than the "
            f"limit of {max_samples} samples"
        )


def _most_bytes(samples: int) -> int:
    """Bytes that rows may take with what is between them. The bound keeps a short envelope from asking for a lot."""
    return 4 * samples + _SMALL_SLACK


def _row_bytes(layout: Layout, block: Block) -> int:
    return (block.columns * layout.interleaved * layout.stored_bits + 7) // 8


def _cuts(layout: Layout) -> Iterator[tuple[int, int]]:
    """Where blocks begin and end, those that touch taken as one."""
    start = end = -1
    for block in layout.blocks:
        if block.offset != end:
            if end >= 0:
                yield start, end
            start = block.offset
        end = block.offset + (block.rows - 1) * block.stride + _row_bytes(layout, block)
    yield start, end


def _skeleton(kept: list[bytes], cuts: list[tuple[int, int]]) -> bytearray:
    """The file with zeros for what was cut."""
    file = bytearray(kept[0])
    for (start, end), piece in zip(cuts, kept[1:], strict=True):
        file += bytes(end - start)
        file += piece
    return file


def pack_envelope(cuts: list[tuple[int, int]], slack: bytes, kept: list[bytes]) -> bytes:
    """The envelope."""
    sizes = [(len(piece), end - start) for piece, (start, end) in zip(kept, cuts, strict=False)]
    numbers = [len(cuts), *(number for pair in sizes for number in pair), len(slack)]
    return b"".join([*map(pack_varint, numbers), slack, *kept])


def _unpack(envelope: bytes) -> tuple[list[tuple[int, int]], bytes, list[bytes]]:
    """Where the cuts begin and end, the slack, and the pieces before, between and behind the cuts."""
    position = 0

    def next_byte() -> int:
        nonlocal position
        if position == len(envelope):
            raise CorruptDataError("the envelope of an image is too short: the file is damaged")
        position += 1
        return envelope[position - 1]

    def size() -> int:
        return read_varint(next_byte, "a size in the envelope of an image")

    sizes = [(size(), size()) for _ in range(min(size(), len(envelope)))]
    slack_size = size()
    slack = envelope[position : position + slack_size]
    position += slack_size
    cuts = []
    kept = []
    end = 0
    for before, cut in sizes:
        kept.append(envelope[position : position + before])
        position += before
        cuts.append((end + before, end + before + cut))
        end += before + cut
    if position > len(envelope):
        raise CorruptDataError("the envelope of an image is too short: the file is damaged")
    return cuts, slack, [*kept, envelope[position:]]


def _upright(image: Image, layout: Layout) -> Image:
    """From the order of rows and channels in the file to that of images, and back: both are their own inverse."""
    rows: NDArray[Any] = image[:, ::-1] if layout.from_bottom else image
    channels = np.take(rows, [2, 1, 0, *range(3, image.shape[3])], axis=3) if layout.blue_first else rows
    upright: Image = np.ascontiguousarray(channels)
    return upright


def _needed_bits(image: Image, layout: Layout) -> int:
    """As many as the headers allow for; of samples with more than 8, and where headers lie, what the largest needs."""
    needed = int(image.max()).bit_length()
    return max(min(layout.used_bits, 8), needed)


def _rows(file: Buffer, layout: Layout, block: Block) -> NDArray[np.uint8]:
    """The rows of a block, (rows, bytes), as a view of the file."""
    shape = (block.rows, _row_bytes(layout, block))
    return np.ndarray(shape, np.uint8, file, block.offset, (block.stride, 1))


def _between_rows(file: Buffer, layout: Layout, block: Block) -> NDArray[np.uint8]:
    """What follows each row but the last before the next one begins, as a view of the file."""
    row_bytes = _row_bytes(layout, block)
    shape = (block.rows - 1, block.stride - row_bytes)
    if 0 in shape:
        return np.zeros(0, np.uint8)
    return np.ndarray(shape, np.uint8, file, block.offset + row_bytes, (block.stride, 1))


def _unused_bits(layout: Layout, block: Block) -> int:
    """A mask of the bits in a row's last byte that belong to no sample."""
    return (1 << -block.columns * layout.interleaved * layout.stored_bits % 8) - 1


def _place(image: Image, layout: Layout, block: Block) -> Image:
    """The part of an image that a block holds, as a view."""
    rows = slice(block.row, block.row + block.rows)
    columns = slice(block.left, block.left + block.columns)
    channels = slice(block.channel, block.channel + layout.interleaved)
    return image.reshape(-1, *image.shape[2:])[rows, columns, channels]


def _take(data: bytes, layout: Layout) -> tuple[Image, bytes]:
    """The samples as they stand in the file, and the slack."""
    image = np.empty(layout.shape, np.uint8 if layout.stored_bits <= 8 else np.uint16)
    slack: list[NDArray[np.uint8]] = []
    for block in layout.blocks:
        rows = _rows(data, layout, block)
        place = _place(image, layout, block)
        at_once = max(1, _MOST_BITS_AT_ONCE // (8 * rows.shape[1]))
        for first in range(0, block.rows, at_once):
            part = place[first : first + at_once]
            part[:] = unpack_samples(rows[first : first + at_once], part[0].size, layout).reshape(part.shape)
        unused = _unused_bits(layout, block)
        if unused:
            slack.append(np.bitwise_and(rows[:, -1], np.uint8(unused)))
        slack.append(_between_rows(data, layout, block))
    return image, b"".join(map(np.ndarray.tobytes, slack)) if any(map(np.any, slack)) else b""


def _put(file: bytearray, layout: Layout, image: Image, slack: bytes) -> None:
    """Writes samples and slack into a file that has zeros in their place."""
    position = 0
    for block in layout.blocks:
        rows = _rows(file, layout, block)
        place = _place(image, layout, block)
        at_once = max(1, _MOST_BITS_AT_ONCE // (8 * rows.shape[1]))
        for first in range(0, block.rows, at_once):
            part = place[first : first + at_once]
            rows[first : first + at_once] = pack_samples(part.reshape(part.shape[0], -1), layout)
        if slack:
            unused = _unused_bits(layout, block)
            between = _between_rows(file, layout, block)
            size = (block.rows if unused else 0) + between.size
            if position + size > len(slack):
                raise CorruptDataError("the envelope of an image has too little padding: the file is damaged")
            padding = np.frombuffer(slack, np.uint8, size, position)
            if unused:
                rows[:, -1] |= padding[: block.rows] & unused
            between[...] = padding[size - between.size :].reshape(between.shape)
            position += size
    if position != len(slack):
        raise CorruptDataError("the envelope of an image has too much padding: the file is damaged")


def unpack_samples(rows: NDArray[np.uint8], samples: int, layout: Layout) -> Image:
    """Samples of rows as a file has them: (rows, bytes) to (rows, samples), uint8 up to 8 bits, else uint16."""
    bits = layout.stored_bits
    if bits == 8:
        return rows
    if bits == 16:
        order = ">u2" if layout.big_endian else "<u2"
        return np.ascontiguousarray(rows).view(order).astype(np.uint16)
    each = np.unpackbits(rows, axis=1)[:, : samples * bits].reshape(len(rows), samples, bits)
    values = np.zeros((len(rows), samples), np.uint8 if bits < 8 else np.uint16)
    for bit in range(bits):
        values = values << 1 | each[:, :, bit]
    return values


def pack_samples(samples: Image, layout: Layout) -> NDArray[np.uint8]:
    """Rows as they lie in a file: (rows, samples) to (rows, bytes)."""
    bits = layout.stored_bits
    if bits == 8:
        return samples.astype(np.uint8, copy=False)
    if bits == 16:
        return np.ascontiguousarray(samples.astype(">u2" if layout.big_endian else "<u2")).view(np.uint8)
    each = np.empty((*samples.shape, bits), np.uint8)
    for bit in range(bits):
        each[:, :, bit] = samples >> (bits - 1 - bit) & 1
    return np.packbits(each.reshape(len(samples), -1), axis=1)
