"""Sizes, limits and tables of the WaveNet, for its kernel, its definition and its training alike.

They are part of the format (`docs/exact.md`, "The WaveNet").
"""

from decimal import Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.tables import EXACT

GUESSES = 14
"""Predictions that the network reads besides the blend of them all."""

LEVELS = 6
"""Mean errors that it reads besides the usual one, which all else is relative to."""

FEATURE_UNIT = 128
"""Features count in 1/128 of the usual error, logarithms in 1/128 of an octave."""

FEATURE_LIMIT = 1023
ACTIVATION_LIMIT = 1023
"""Layers read integers up to this."""

GATE_UNIT = 256
GATE_LIMIT = 2047
"""What goes into tanh and the logistic function: 1/256, within +-8."""

GATE_BITS = 10
"""tanh and the logistic function come out in 2**-10."""

SKIP_LIMIT = 32767
LOGISTICS = 4
"""In the mixture."""

OUTPUTS = 3 * LOGISTICS

LOGIT_LIMIT = 32767
MEAN_UNIT = 1024
MEAN_LIMIT = 32767
SCALE_LOW, SCALE_HIGH = -1792, 1280
"""Outputs: logits in 1/256 nat; means in 1/1024 of the usual error, from the blend; logarithms of scales in 1/256, from
e**-7 to e**5 times the usual error."""

OUTPUT_UNIT = 256
"""Of logits and logarithms of scales."""

WEIGHT_BITS = 16
"""Weights of a mixture are integers that sum to 2**16."""


def gate_tables() -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """tanh(x / 256), within +-1023, and 1 / (1 + exp(-x / 256)), both times 2**10, for x = index - 2047."""
    one = 1 << GATE_BITS
    tanh, logistic = [], []
    with localcontext(EXACT):
        step = (Decimal(1) / GATE_UNIT).exp()
        value = (Decimal(-GATE_LIMIT) / GATE_UNIT).exp()
        for _ in range(2 * GATE_LIMIT + 1):
            logistic.append(round(one * value / (1 + value)))
            square = value * value
            tanh.append(min(max(round(one * (square - 1) / (square + 1)), 1 - one), one - 1))
            value *= step
    return np.array(tanh, np.int16), np.array(logistic, np.int16)


TANH, LOGISTIC = gate_tables()
