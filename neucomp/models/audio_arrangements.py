"""Which two signals stand for the two channels of a recording, and which of them is coded first.

The second one of a pair is predicted from the first one's sample of the same instant; what is alike in both channels is
cheaper to code as their difference for some recordings and dearer for others, by up to a percent.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

_LARGEST = 1 << 30
"""Differences of samples below this fit into 32 bits."""


class Arrangement(IntEnum):
    """What is coded of a left and a right channel, in this order."""

    LEFT_RIGHT = 0
    """The channels as they are, of recordings with any number of them"""
    RIGHT_LEFT = 1
    SIDE_RIGHT = 2
    """Left - right, then right"""
    SIDE_LEFT = 3


def arrangements_for(planes: NDArray[np.int32]) -> list[Arrangement]:
    """Those that a recording (channels, frames) can have."""
    if len(planes) != 2:
        return [Arrangement.LEFT_RIGHT]
    if planes.min() <= -_LARGEST or planes.max() >= _LARGEST:
        return [Arrangement.LEFT_RIGHT, Arrangement.RIGHT_LEFT]
    return list(Arrangement)


def arrange(planes: NDArray[np.int32], arrangement: Arrangement) -> NDArray[np.int32]:
    """The signals (channels, frames) to code."""
    if arrangement == Arrangement.LEFT_RIGHT:
        return planes
    left, right = planes
    if arrangement == Arrangement.RIGHT_LEFT:
        return np.stack([right, left])
    return np.stack([left - right, right if arrangement == Arrangement.SIDE_RIGHT else left])


def restore(signals: NDArray[np.int32], arrangement: Arrangement) -> NDArray[np.int32]:
    """The reverse of `arrange`."""
    if arrangement == Arrangement.LEFT_RIGHT:
        return signals
    first, second = signals
    if arrangement == Arrangement.RIGHT_LEFT:
        return np.stack([second, first])
    return np.stack([first + second, second] if arrangement == Arrangement.SIDE_RIGHT else [second, second - first])
