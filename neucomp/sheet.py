"""Many small images on one sheet, to look at."""

import io
import math

import numpy as np
from numpy.typing import NDArray

_GAP = 2
"""Pixels between images."""

_PAPER = 255


def sheet(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images (n, height, width, channels) in rows, in about a square, with gaps between them (rows, columns, channels);
    one image is its own sheet."""
    count, height, width, channels = images.shape
    across = math.ceil(math.sqrt(count))
    down = -(-count // across)
    placed = np.full((down * across, height + _GAP, width + _GAP, channels), _PAPER, np.uint8)
    placed[:count, :height, :width] = images
    rows = placed.reshape(down, across, height + _GAP, width + _GAP, channels).swapaxes(1, 2)
    joined: NDArray[np.uint8] = rows.reshape(down * (height + _GAP), -1, channels)
    return joined[:-_GAP, :-_GAP]


def as_png(images: NDArray[np.uint8]) -> bytes:
    """The sheet of images with one channel (gray) or three as a PNG file."""
    from PIL import Image

    drawn = sheet(images)
    file = io.BytesIO()
    Image.fromarray(drawn[:, :, 0] if drawn.shape[2] == 1 else drawn).save(file, "PNG")
    return file.getvalue()
