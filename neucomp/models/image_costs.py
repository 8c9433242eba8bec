"""What each pixel of an image takes: from where the range coder stood after it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neucomp.models.image_choice import Coder
from neucomp.models.image_codec import encode_image
from neucomp.models.image_graphics import STORED, coded_shape, encode_graphics
from neucomp.models.image_planes import FRONT_STEP

if TYPE_CHECKING:
    from neucomp.models import Tick

    Image = NDArray[np.uint8] | NDArray[np.uint16]


def pixel_bits(coder: Coder, image: "Image", bits: int, level: int, threads: int, tick: "Tick") -> NDArray[np.float64]:
    """The bits that `coder` spends on each pixel, all its channels together, (N, H, W), of images (N, H, W, C).

    They add up to the size of its payload, but for the ends of it; rounding can make a single one negative by 1e-6.
    """
    if coder is Coder.PHOTO:
        return _bits_of_photos(image, bits, level, threads, tick)
    return _bits_of_graphics(image, bits, level, tick)


def _bits_of_photos(image: "Image", bits: int, level: int, threads: int, tick: "Tick") -> NDArray[np.float64]:
    marks = np.zeros(image.shape[:3], np.int64)
    encode_image(image, bits, level, threads, tick, marks)
    row, column = np.indices(marks.shape[1:]).reshape(2, -1)
    order = np.lexsort((row, column + FRONT_STEP * row))
    taken = np.zeros((len(marks), order.size))
    taken[:, order] = _bits_between(marks.reshape(len(marks), -1)[:, order].reshape(-1)).reshape(taken.shape)
    return taken.reshape(marks.shape)


def _bits_of_graphics(image: "Image", bits: int, level: int, tick: "Tick") -> NDArray[np.float64]:
    marks = np.zeros(coded_shape(image.shape, bits)[:3], np.int64)
    payload = encode_graphics(image, bits, level, tick, marks)
    if payload[0] == STORED:
        return np.full(image.shape[:3], 8.0 * image.itemsize * image.shape[3])
    taken = _bits_between(marks.reshape(-1)).reshape(len(image), -1, *marks.shape[1:])
    together: NDArray[np.float64] = taken.sum(1)  # channels may have been coded apart
    return together


def _bits_between(marks: NDArray[np.int64]) -> NDArray[np.float64]:
    """The bits coded from each mark (rangecoder.mark) to the next, the first one from the start; marks in order."""
    position, width = marks >> 32, marks & 0xFFFFFFFF
    coded = 8.0 * position + (32 - np.log2(width + 1.0))
    return np.diff(coded, prepend=0.0)
