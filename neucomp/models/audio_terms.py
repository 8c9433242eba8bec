"""The words of the audio model."""

from enum import IntEnum

BLOCK = 2048
"""Frames that share a kind."""


LAG_BITS = 20
"""Lags of repeats are below 2**LAG_BITS frames: 24 s at 44.1 kHz."""


class Guess(IntEnum):
    """Predictions of a sample, in the order in which they are kept; those of all predictors follow the cascades'."""

    ALL = 0
    """Blend of the others up to the last cascade"""
    WIDE = 1
    """Least squares over all predictors, cascades and their stages"""
    NARROW = 2
    """Least squares over predictors and cascades, quicker to forget"""
    FAST = 3
    """Blend of the fast predictors"""
    CASCADES = 4
    """Blend of the cascades"""
    FIRST_CASCADE = 5
    SECOND_CASCADE = 6


class Kind(IntEnum):
    """How a block of a channel is coded; smaller numbers are shifts: so many low bits are all zero."""

    SILENT = 32
    """All zero"""
    EQUAL = 33
    """As the partner's block"""
    OPPOSITE = 34
    """The negative of the partner's block"""
