"""Images through the pixel network: along fronts by the compiled kernel, and all at once by the definition."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.exact.ops import Ops
from neucomp.kernels.inline import compiled
from neucomp.kernels.pixel_constants import CHANNELS
from neucomp.kernels.pixel_features import OFFSETS
from neucomp.kernels.pixel_network import (
    CENTRES,
    DISTRIBUTION,
    EXPECTED_ERROR,
    FRONT_STEP,
    INVERSE_SCALES_AT,
    MEAN,
    PADDING,
    WEIGHTS,
    predict_sample,
    prepare_pixels,
)
from neucomp.nets import pixelcnn
from neucomp.nets.pixel_state import new_pixel_state, new_pixel_weights
from neucomp.nets.pixel_weights import PixelNetwork


def make_planes(image: NDArray[Any]) -> NDArray[np.int32]:
    """Planes of an image (height, width, channels), gray around it."""
    border = (PADDING, PADDING)
    padded = np.pad(image, (border, border, (0, 0)), constant_values=128)
    return np.ascontiguousarray(padded.transpose(2, 0, 1), dtype=np.int32)


def along_fronts(network: PixelNetwork, image: NDArray[Any], bits: int, split: int = 0) -> NDArray[np.float32]:
    """Distributions (height, width, 3, 17) of all samples; rows from `split` on are prepared before the others."""
    height, width, _ = image.shape
    state = new_pixel_state(new_pixel_weights(network), height, bits)
    found = np.zeros((height, width, CHANNELS, DISTRIBUTION), np.float32)
    _run_fronts(state, make_planes(image), split, found)
    return found


@compiled
def _run_fronts(state, planes, split, found):  # type: ignore[no-untyped-def]
    height, width = found.shape[:2]
    for front in range(width + FRONT_STEP * (height - 1)):
        prepare_pixels(state, planes, front, split, height)
        prepare_pixels(state, planes, front, 0, split)
        for row in range(height):
            column = front - FRONT_STEP * row
            if 0 <= column < width:
                for channel in range(CHANNELS):
                    first = planes[0, row + PADDING, column + PADDING]
                    second = planes[min(1, planes.shape[0] - 1), row + PADDING, column + PADDING]
                    predict_sample(state, front, row, channel, first, second)
                    for i in range(DISTRIBUTION):
                        found[row, column, channel, i] = state.distribution[i]


def by_definition(network: PixelNetwork, image: NDArray[Any], bits: int, ops: Ops | None = None) -> NDArray[np.float32]:
    """The same by `nets.pixelcnn`."""
    height, width, channels = image.shape
    planes = make_planes(image)
    places = [(PADDING + dy, PADDING + dx) for dy, dx in OFFSETS]
    windows = np.stack([planes[:, y : y + height, x : x + width] for y, x in places], -1)
    windows = windows.transpose(1, 2, 0, 3).reshape(-1, channels, len(OFFSETS)).astype(np.int64)
    windows = np.broadcast_to(windows, (len(windows), CHANNELS, len(OFFSETS)))
    samples = np.broadcast_to(image.reshape(-1, channels).astype(np.int64), (len(windows), CHANNELS))
    features = pixelcnn.find_features(windows, bits - 8)
    state = pixelcnn.PixelState(ops or NumpyOps(), network)
    h = pixelcnn.trunk(state, features.values)
    differences = samples - features.medians
    found = np.zeros((len(windows), CHANNELS, DISTRIBUTION), np.float32)
    for channel in range(CHANNELS):
        earlier = differences[:, :channel]
        residuals = pixelcnn.relate(earlier, features.activity, bits - 8)
        outputs = pixelcnn.head(state, h, channel, residuals)
        mixture = pixelcnn.mixture(outputs, features.medians[:, channel], features.activity, earlier)
        target = found[:, channel]
        target[:, CENTRES:INVERSE_SCALES_AT] = mixture.centres
        target[:, INVERSE_SCALES_AT:WEIGHTS] = mixture.inverse_scales
        target[:, WEIGHTS:MEAN] = mixture.weights
        target[:, MEAN], target[:, EXPECTED_ERROR] = mixture.mean, mixture.expected_error
    return found.reshape(height, width, CHANNELS, DISTRIBUTION)
