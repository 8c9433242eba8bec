"""Hashes of contexts: 64-bit, multiplicative, modulo 2**64 by definition."""

import numpy as np

from neucomp.kernels.inline import inline

MULTIPLIER_A = 0x2545F4914F6CDD1D
MULTIPLIER_B = 0x1B873593CC9E2D51
MULTIPLIER_C = 0x3C6EF372FE94F82B


@inline
def fold(value, salt):
    """64-bit hash of a 64-bit value; each `salt` gives another hash. The high bits are the good ones."""
    h = (np.int64(value) + np.int64(salt) * MULTIPLIER_C) * MULTIPLIER_A
    h ^= (h >> 29) & 0x7FFFFFFFF
    return h * MULTIPLIER_B


@inline
def chain(value, following):
    """Combines two values so that their order matters; not yet well mixed: `fold` the result."""
    return np.int64(value) * MULTIPLIER_A + np.int64(following)
