"""Images that are no photographs (screenshots, diagrams, tiles, palettes), coded by the graphics model.

A payload is the level (u8) and the range coder's bytes; level 0 stands for the samples as they are, little-endian: that
is what noise comes to. The images of a batch are coded as one, below each other. Where the channels do not fit into a
pixel of 8 bytes, each is coded as an image of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neucomp.errors import CorruptDataError, KernelError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

    from neucomp.models import Tick
    from neucomp.models.graphics_coding import GraphicsCoder

    Image = NDArray[np.uint8] | NDArray[np.uint16]
    Shape = tuple[int, int, int, int]

STORED = 0
_ORDERS = {3: (1, 0, 2), 4: (1, 0, 2, 3)}
"""Channels in coding order: green before red and blue, alpha last."""

_MOST_BYTES = 8
_PIXELS_AT_ONCE = 1 << 15
"""Pixels coded between two ticks, in whole rows."""


def encode_graphics(image: Image, bits: int, level: int, tick: Tick, marks: NDArray[np.int64] | None = None) -> bytes:
    """The payload of images (N, H, W, C) whose samples have 1 .. 16 `bits`; at most a byte longer than the samples.

    `tick(n)` is called as n more samples are done. marks: of the first three sides of `coded_shape`, filled with where
    the range coder stood after each pixel.
    """
    import numpy as np

    kernels = _kernels()
    shape = coded_shape(image.shape, bits)
    pixels = _new_pixels(kernels, shape)
    _pack_pixels(_inside(kernels, pixels), image if shape == image.shape else _apart(image), bits)
    payload = np.empty(image.nbytes + 64, np.uint8)
    coder = _new_coder(kernels, level, shape, bits)
    if marks is not None:
        coder = coder._replace(marks=marks.reshape(-1, shape[2]))
    kernels.start_graphics(False, payload, coder)
    stored = bytes([STORED]) + image.astype(f"<u{image.itemsize}").tobytes()
    for start, stop in _steps(shape, tick):
        if kernels.code_rows(False, pixels, start, stop, payload, coder) < stop:
            return stored
    kernels.finish_graphics(payload, coder)
    size = kernels.position(coder)
    return stored if size >= len(stored) else bytes([level]) + payload[:size].tobytes()


def decode_graphics(payload: bytes, shape: Shape, bits: int, tick: Tick) -> Image:
    """The images (N, H, W, C), uint8 up to 8 bits a sample, else uint16; CorruptDataError if they cannot be that."""
    import numpy as np

    from neucomp.models.graphics_recipes import RECIPES

    if not payload:
        raise CorruptDataError("an image has no samples: the file is damaged")
    if payload[0] == STORED:
        return _decode_stored(payload[1:], shape, bits)
    if payload[0] not in RECIPES:
        raise UnsupportedError(f"an image needs level {payload[0]}, which this version does not have: update neucomp")
    kernels = _kernels()
    inner = coded_shape(shape, bits)
    pixels = _new_pixels(kernels, inner)
    coded = np.frombuffer(payload, np.uint8, offset=1).copy()
    coder = _new_coder(kernels, payload[0], inner, bits)
    kernels.start_graphics(True, coded, coder)
    for start, stop in _steps(inner, tick):
        kernels.code_rows(True, pixels, start, stop, coded, coder)
        if kernels.position(coder) > coded.size + kernels.BYTES_PAST_END:
            raise CorruptDataError("an image ends before all its samples are decoded: the file is damaged")
    if kernels.position(coder) != coded.size + kernels.BYTES_PAST_END:
        raise CorruptDataError("an image is longer than its samples need: the file is damaged")
    image = _unpack_pixels(_inside(kernels, pixels), inner, bits)
    return image if inner == shape else _together(image, shape)


def _decode_stored(samples: bytes, shape: Shape, bits: int) -> Image:
    import numpy as np

    dtype = np.dtype(np.uint8 if bits <= 8 else "<u2")
    if len(samples) != int(np.prod(shape)) * dtype.itemsize:
        raise CorruptDataError("an image has another size than its samples: the file is damaged")
    image: NDArray[Any] = np.frombuffer(samples, dtype).reshape(shape).astype(dtype.newbyteorder("="))
    return image


def _kernels() -> ModuleType:
    from neucomp.kernels.cache import load_kernels

    return load_kernels("neucomp.models.graphics_coding", _prove)


def _bytes_per_sample(bits: int) -> int:
    return 1 if bits <= 8 else 2


def coded_shape(shape: Shape, bits: int) -> Shape:
    """The shape that is coded: (N, H, W, C) as it is, or (N * C, H, W, 1) where a pixel would be too large."""
    count, height, width, channels = shape
    if channels * _bytes_per_sample(bits) <= _MOST_BYTES:
        return shape
    return count * channels, height, width, 1


def _apart(image: Image) -> Image:
    """(N, H, W, C) to (N * C, H, W, 1)."""
    count, height, width, channels = image.shape
    return image.transpose(0, 3, 1, 2).reshape(count * channels, height, width, 1)


def _together(image: Image, shape: Shape) -> Image:
    """(N * C, H, W, 1) to (N, H, W, C), the shape given."""
    count, height, width, channels = shape
    return image.reshape(count, channels, height, width).transpose(0, 2, 3, 1).copy()


def _new_pixels(kernels: ModuleType, shape: Shape) -> NDArray[np.int64]:
    """Room for pixels and what the kernel wants around them."""
    import numpy as np

    count, height, width, _ = shape
    return np.zeros((count * height + kernels.FARTHEST, width + 2 * kernels.FARTHEST), np.int64)


def _inside(kernels: ModuleType, pixels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The pixels themselves, as a view."""
    return pixels[kernels.FARTHEST :, kernels.FARTHEST : -kernels.FARTHEST]


def _pack_pixels(pixels: NDArray[np.int64], image: Image, bits: int) -> None:
    """Writes samples (N, H, W, C) into pixels (N * H, W): bytes from the lowest, of two the higher one first."""
    samples = image.reshape(-1, *image.shape[2:])
    shift = 0
    for channel in _order(image.shape[3]):
        for low in range(8 * _bytes_per_sample(bits) - 8, -1, -8):
            pixels |= (samples[:, :, channel] >> low & 255).astype(pixels.dtype) << shift
            shift += 8


def _unpack_pixels(pixels: NDArray[np.int64], shape: Shape, bits: int) -> Image:
    """The samples (N, H, W, C) of pixels."""
    import numpy as np

    image: NDArray[Any] = np.zeros((pixels.shape[0], *shape[2:]), np.uint8 if bits <= 8 else np.uint16)
    shift = 0
    for channel in _order(shape[3]):
        for low in range(8 * _bytes_per_sample(bits) - 8, -1, -8):
            image[:, :, channel] |= (pixels >> shift & 255).astype(image.dtype) << low
            shift += 8
    return image.reshape(shape)


def _order(channels: int) -> tuple[int, ...]:
    return _ORDERS.get(channels, tuple(range(channels)))


def _steps(shape: Shape, tick: Tick) -> Iterator[tuple[int, int]]:
    """Ranges of rows, each reported when it is done."""
    count, height, width, channels = shape
    rows = max(1, _PIXELS_AT_ONCE // width)
    tick(0)
    for start in range(0, count * height, rows):
        stop = min(start + rows, count * height)
        yield start, stop
        tick((stop - start) * width * channels)


def _new_coder(kernels: ModuleType, level: int, shape: Shape, bits: int) -> GraphicsCoder:
    from neucomp.models.graphics_recipes import RECIPES, table_bits

    count, height, width, channels = shape
    of_a_sample = (8 - bits,) if bits <= 8 else (16 - bits, 0)
    recipe = RECIPES[level]
    slot_bits, memory_bits = table_bits(recipe, count * height * width, channels * len(of_a_sample))
    coder: GraphicsCoder = kernels.new_coder(recipe, width, of_a_sample * channels, slot_bits, memory_bits)
    return coder


_PROOF_DIGEST = "49a383bdee06e064"


def _prove(kernels: ModuleType) -> None:
    """Codes a small picture with every context, in both directions; KernelError if that gives the wrong answer."""
    import hashlib

    import numpy as np

    from neucomp.models.graphics_recipes import RECIPES

    width, height, channels = 24, 20, 4
    y, x = np.mgrid[:height, :width]
    steps = [x // 5 + y // 4 * 3, x * 9 + y, x * y >> 3, 255 - x // 8]
    pixels = _new_pixels(kernels, (1, height, width, channels))
    _pack_pixels(_inside(kernels, pixels), np.stack(steps, axis=-1).astype(np.uint8)[np.newaxis], 8)
    payload = np.zeros(4096, np.uint8)
    coder = kernels.new_coder(RECIPES[9], width, (0,) * channels, (10, 11), 10)
    kernels.start_graphics(False, payload, coder)
    kernels.code_rows(False, pixels, 0, height, payload, coder)
    kernels.finish_graphics(payload, coder)
    coded = payload[: kernels.position(coder)].copy()
    digest = hashlib.sha256(coded.tobytes())
    decoded = np.zeros_like(pixels)
    coder = kernels.new_coder(RECIPES[9], width, (0,) * channels, (10, 11), 10)
    kernels.start_graphics(True, coded, coder)
    kernels.code_rows(True, decoded, 0, height, coded, coder)
    if not np.array_equal(decoded, pixels):
        digest.update(b"decoded otherwise")
    if digest.hexdigest()[:16] != _PROOF_DIGEST:
        raise KernelError(
            "the compiled kernels of the graphics model give a wrong answer on this machine (known answer "
            f"{_PROOF_DIGEST}, got {digest.hexdigest()[:16]}): nothing was written. Please report it with the versions "
            "of numba and llvmlite and the processor"
        )
