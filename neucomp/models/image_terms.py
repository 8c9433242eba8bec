"""The words of the image model: what a sample is predicted from, and in which contexts."""

from enum import IntEnum


class Predictor(IntEnum):
    """What a sample's value is expected to be."""

    FAST = 0
    """Least squares that forget quickly"""
    SLOW = 1
    """Least squares that forget slowly"""
    SMALL = 2
    """Least squares over the nearest neighbours only"""
    EDGE = 3
    """Median of left, up and their gradient (JPEG-LS), of differences to the reference channel where there is one"""
    SLOPE = 4
    """Mean of left and up with a slope, or of their differences to the reference channel"""
    PLANE = 5
    """Left + up - corner; the median of these where there is a reference channel"""
    NETWORK = 6
    """Mean of the network's mixture"""
    BLEND = 7
    """Mean of the others, weighted by their inverse squared errors nearby"""


class Energy(IntEnum):
    """What the width of a distribution is learned by: a small context."""

    OWN = 0
    """Errors nearby of the same predictor"""
    CHANNELS = 1
    """Errors nearby of the blend, and its errors in the channels before"""
    EXPECTED = 2
    """What a regression expects of the blend: see image_expectations"""


class Residual(IntEnum):
    """Contexts of counters that are aligned to the blend: what happened this far from it."""

    ENERGY = 0
    """Errors of the blend nearby"""
    TEXTURE = 1
    """Which neighbours are above the blend"""
    CHANNEL = 2
    """Error of the blend in the reference channel, and errors nearby"""


class Value(IntEnum):
    """Contexts of counters of the value itself."""

    CHANNELS = 0
    """Values in the two channels before; left and up where there are none"""
    CHANNELS_BLEND = 1
    """The same and the blend; the channels' values to the left where there are none"""
    NEIGHBOURS = 2
    """Left, up, and the reference channel's step to the right"""
    BLEND = 3
    """The blend and the errors nearby"""
    STEP = 4
    """Left, and the reference channel's step to the right"""
    STEP_DOWN = 5
    """Up, and the reference channel's step down"""
    LINE = 6
    """Left, the one before, and the corner"""
    COLUMN = 7
    """Up, the one before, and the corner to the right"""
    TEXTURE = 8
    """The blend, and which neighbours are above it"""
    AROUND = 9
    """Four neighbours, roughly"""
    STEPS = 10
    """Left with the reference channel's step to the right, and up with its step down; three neighbours without it"""
    BOTH_STEPS = 11
    """Left, and the steps to the right of the two channels before; left and corner where there are none"""
    BOTH_STEPS_DOWN = 12
    """Up, and their steps down; up and corner where there are none"""
    BOTH_STEPS_ASIDE = 13
    """Up to the right, and their steps from there; up and right of it where there are none"""
    DIFFERENCE = 14
    """Values in the two channels before, and left's difference to the first; two to the left where there are none"""


class Selector(IntEnum):
    """What chooses the mixer's weights, besides channel and bit."""

    DISTANCE = 0
    """How far the blend is from the middle of the interval, in units of its expected error"""
    ENERGY = 1
    """Errors of the blend nearby"""
    NODE = 2
    """The bits so far"""
    EXPECTED = 3
    """The error that the network expects; as ENERGY without a network"""


class Refinement(IntEnum):
    """In which context the mixed probability is compared with what happened."""

    DISTANCE = 0
    """How far the blend is from the middle of the interval, in units of the error that the regression expects"""
    EXPECTED = 1
    """That error"""
    NODE = 2
    """The bits so far"""
    TEXTURE = 3
    """Which neighbours are above the blend"""
