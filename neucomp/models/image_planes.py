"""Images as planes: one padded array of integers per channel, in the order in which channels are coded."""

import numpy as np
from numpy.typing import NDArray

PAD = 8
"""Samples around a plane: wider than any window of neighbours."""

FRONT_STEP = 4
"""Pixels with the same x + FRONT_STEP * y form a front. They are coded together: each depends on earlier fronts only,
which a neighbour (dy, dx) is on if dy < 0 and dx < -FRONT_STEP * dy."""

CHANNEL_CLASSES = 4
"""Channels of a class share counters, scales and weights."""

_ORDERS = {2: (1, 0), 3: (1, 0, 2), 4: (3, 1, 0, 2)}
_REFERENCES = {2: (-1, -1), 3: (-1, 0, 1), 4: (-1, -1, 1, 2)}
_CLASSES = {2: (1, 0), 3: (0, 1, 2), 4: (3, 0, 1, 2)}


def channel_order(channels: int) -> tuple[int, ...]:
    """The image's channels in coding order: alpha first, green before red and blue; others as they are."""
    return _ORDERS.get(channels, tuple(range(channels)))


def channel_references(channels: int) -> tuple[int, ...]:
    """For each channel in coding order, the earlier one that tells most about it, or -1."""
    return _REFERENCES.get(channels, tuple(range(-1, channels - 1)))


def channel_classes(channels: int) -> tuple[int, ...]:
    """For each channel in coding order, its class, below CHANNEL_CLASSES."""
    return _CLASSES.get(channels, tuple(min(c, CHANNEL_CLASSES - 1) for c in range(channels)))


def new_planes(height: int, width: int, channels: int) -> NDArray[np.int32]:
    """Room for an image; shape (channels, height + 2 PAD, width + 2 PAD)."""
    return np.zeros((channels, height + 2 * PAD, width + 2 * PAD), np.int32)


def clear_planes(planes: NDArray[np.int32], bits: int) -> None:
    """Nothing is known yet: every sample is the middle value."""
    planes[:] = 1 << (bits - 1)


def fill_planes(planes: NDArray[np.int32], image: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    """Copies an image (height, width, channels) into planes."""
    for plane, channel in zip(planes, channel_order(image.shape[2]), strict=True):
        plane[PAD:-PAD, PAD:-PAD] = image[:, :, channel]


def read_planes(planes: NDArray[np.int32], image: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    """Copies planes into an image (height, width, channels)."""
    for plane, channel in zip(planes, channel_order(image.shape[2]), strict=True):
        image[:, :, channel] = plane[PAD:-PAD, PAD:-PAD]
