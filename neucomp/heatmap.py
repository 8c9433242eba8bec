"""Where the bits of an image go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neucomp.errors import UnsupportedError
from neucomp.formats import MAGIC_SIZE, MAX_SAMPLES, find_format
from neucomp.models.image import ImageModel
from neucomp.models.ticks import no_tick

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neucomp.models import Tick

_COLOURS = ((0, 0, 4), (40, 17, 89), (114, 31, 129), (183, 55, 121), (241, 96, 93), (254, 176, 120), (252, 253, 191))
"""From nothing to much, evenly spaced; brighter is more, in gray too (Smith and van der Walt 2015, "magma")."""

_BRIGHTEST = 0.995
"""Share of pixels that are not brighter than the scale reaches."""


def pixel_bits(
    data: bytes, level: int = 5, *, threads: int = 1, max_samples: int = MAX_SAMPLES, tick: Tick | None = None
) -> NDArray[np.float64]:
    """What each pixel of an image file takes when the file is compressed, in bits: (N, H, W), N images in a row.

    Headers and metadata do not count. Raises `UnsupportedError` for files that are not coded as images, and
    `LimitExceeded` for more than `max_samples` samples. tick: told the numbers of samples that are done.
    """
    found = find_format(data[:MAGIC_SIZE])
    parsed = found.parser().parse(data, max_samples) if found.magic and found.model == ImageModel.name else None
    if parsed is None or parsed.image.size == 0:
        raise UnsupportedError("is coded as bytes: no image, or one that could not be built again byte for byte")
    return ImageModel(threads, max_samples).pixel_bits(parsed, level, tick or no_tick)


def draw(bits: NDArray[np.float64]) -> tuple[NDArray[np.uint8], float]:
    """A picture (N * H, W, 3), RGB, of `pixel_bits`, and how many bits the brightest colour stands for, or more."""
    import numpy as np

    most = max(float(np.quantile(bits, _BRIGHTEST)), 1.0)
    place = (bits.reshape(-1, bits.shape[2]) / most).clip(0, 1)
    stops = np.linspace(0, 1, len(_COLOURS))
    channels = [np.interp(place, stops, values) for values in np.array(_COLOURS, float).T]
    return np.stack(channels, axis=-1).round().astype(np.uint8), most
