"""Sizes, limits and a table of the pixel network, for its kernel, its definition and its training alike.

They are part of the format (`docs/exact.md`, "The pixel network").
"""

from decimal import Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.tables import EXACT

CHANNELS = 3

FEATURE_UNIT = 96
"""Features count differences in 1/96 of the activity: +-1023 is nearly 11 times the activity."""

FEATURE_LIMIT = 1023

OCTAVE = 128
"""Units of a feature's logarithm to one octave."""

ACTIVATION_LIMIT = 1023
"""Layers read integers up to this."""

LOGISTICS = 5
"""In the mixture of each channel."""

LOGIT_LIMIT = 32767
MEAN_UNIT = 1024
MEAN_LIMIT = 32767
LINK_LIMIT = 4095
SCALE_LOW, SCALE_HIGH = -1792, 1280
"""Outputs: logits in 1/256 nat; means in 1/1024 of the activity, from the prediction; links, what an earlier channel's
residual moves the mean by, in 1/1024 of it; logarithms of scales in 1/256, from e**-7 to e**5 times the activity."""

OUTPUT_UNIT = 256
"""Of logits and logarithms of scales."""

WEIGHT_BITS = 16
"""Weights of a mixture are integers that sum to 2**16."""

MEAN_DISTANCE = np.float32(1.3862944)
"""2 ln 2: the mean distance of a logistic of scale 1 from its centre."""


def head_outputs(channel: int) -> int:
    """Outputs of a channel's head: logits, means, scales, and links to the channels before it, the nearest first."""
    return LOGISTICS * (3 + channel)


def inverse_scales() -> NDArray[np.float32]:
    """exp(-s / 256) for s from SCALE_LOW to SCALE_HIGH, each the float32 nearest to the float64 nearest to it."""
    with localcontext(EXACT):
        step = (Decimal(-1) / OUTPUT_UNIT).exp()
        value = (Decimal(-SCALE_LOW) / OUTPUT_UNIT).exp()
        values = []
        for _ in range(SCALE_LOW, SCALE_HIGH + 1):
            values.append(float(value))
            value *= step
    return np.array(values).astype(np.float32)


INVERSE_SCALES = inverse_scales()
