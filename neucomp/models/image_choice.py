"""Which of its coders suits an image: told by a look at its pixels, or by what a sample of it comes to."""

import enum
from typing import TYPE_CHECKING

from neucomp.formats import Parsed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE = 48 << 10
"""Samples in the part of an image that is coded both ways, where a look does not tell; small images are coded so as a
whole."""

PHOTO_REPEATS = 0.3
GRAPHICS_REPEATS = 0.95
"""Shares of pixels that equal the one to the left or above: below the first an image is a photograph, above the second
it is none. (Photographs with plain skies or backgrounds reach 0.8; screenshots and diagrams begin at 0.7.)"""


class Coder(enum.IntEnum):
    """What codes the samples; the numbers stand in files."""

    PHOTO = 1
    GRAPHICS = 2


def coders_for(parsed: Parsed) -> tuple[Coder, ...]:
    """The coders that may suit an image."""
    if parsed.indexed:
        return (Coder.GRAPHICS,)
    share = share_of_repeats(parsed.image)
    if share < PHOTO_REPEATS:
        return (Coder.PHOTO,)
    return (Coder.GRAPHICS,) if share > GRAPHICS_REPEATS else (Coder.PHOTO, Coder.GRAPHICS)


def share_of_repeats(image: "NDArray[np.uint8] | NDArray[np.uint16]") -> float:
    """The share of pixels, 0 .. 1, that equal their left or upper neighbour in all channels; image: (N, H, W, C)."""
    inner = image[:, 1:, 1:]
    repeats = (inner == image[:, 1:, :-1]).all(axis=-1) | (inner == image[:, :-1, 1:]).all(axis=-1)
    return float(repeats.mean()) if repeats.size else 0.0


def sample_of(image: "NDArray[np.uint8] | NDArray[np.uint16]") -> "NDArray[np.uint8] | NDArray[np.uint16]":
    """The middle rows of the middle image, about `SAMPLE` samples, at least one row; the whole if it is no larger."""
    if image.size <= SAMPLE:
        return image
    count, height, width, channels = image.shape
    rows = min(height, max(1, SAMPLE // (width * channels)))
    top = (height - rows) // 2
    return image[count // 2 : count // 2 + 1, top : top + rows]
