"""Gated logistic mixing: an online logistic regression whose weights a small context chooses.

Inputs are logits (256 to a nat, +-2047). A weight set has one row of weights per value of its selector; the row's dot
product with the inputs is the set's output, and the row learns from its own error (Mattern 2012; Mahoney 2005,
PAQ8). Sums are integers, so their order cannot matter and the compiler may vectorise them.

A weight is a fraction of 2**20 in an int32, |w| < 2**23 (8.0); the product with an input uses its high 16 bits:
|x * (w >> 4)| <= 2047 * 2**19 < 2**30, and a sum of n such terms, each shifted right by 8, stays below n * 2**22:
exact in int32 for up to 512 inputs.
"""

import numpy as np

from neucomp.kernels.inline import inline

WEIGHT_ONE = 1 << 20
"""The integer that stands for a weight of 1."""

WEIGHT_LIMIT = np.int32((1 << 23) - 1)

LANES = 64
"""Rows of weights and inputs are padded with zeros to a multiple of this, so that no vector loop has a remainder
(measured: 6 % of all time)."""

LARGEST_WIDTH = 512

ERROR_LIMIT = 1 << 19
"""Scaled errors are below this: |x * error| < 2047 * 2**19 < 2**30."""


@inline
def dot_product(inputs, weights, row, width):
    """Sum of inputs times weights[row:row + width], in input units (256 to a nat)."""
    total = np.int32(0)
    chosen = weights[row : row + width]
    for i in range(width):
        total = np.int32(total + (np.int32(inputs[i] * (chosen[i] >> 4)) >> 8))
    return np.int64(total) >> 8


@inline
def train_row(inputs, weights, row, width, scaled_error):
    """Adds inputs * scaled_error / 2**12, rounded, to a row of weights; |scaled_error| < ERROR_LIMIT."""
    chosen = weights[row : row + width]
    error = np.int32(scaled_error)
    for i in range(width):
        step = np.int32(np.int32(inputs[i] * error) + np.int32(0x800)) >> 12
        chosen[i] = np.int32(min(max(np.int32(chosen[i] + step), np.int32(-WEIGHT_LIMIT)), WEIGHT_LIMIT))
