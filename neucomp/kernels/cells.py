"""Adaptive probabilities in four bytes: how often a bit was 1 in a context, and how sure that is.

A cell holds a 22-bit probability and a 10-bit count. The probability moves towards each bit by 1 / (count + 3/2), so
that it is at first the frequency of what was seen, and later, when the count has reached its limit, an average that
forgets. Cells are stored so that 0 means "one half, nothing seen": fresh memory needs no clearing, and large tables
cost only the pages that are used.
"""

import numpy as np

from neucomp.kernels.inline import inline
from neucomp.kernels.tables import STRETCH, reciprocal_table

COUNTS = 1024
_FRESH = 1 << 31
_RATES = reciprocal_table(COUNTS)
_TRUST = np.array([512 * n // (2 * n + 1) for n in range(COUNTS)], np.int32)
"""How much a logit of n bits counts, 256 for all of it."""


@inline
def cell_logit(cells, index):
    """Logit of a cell of uint32 `cells`, 256 to a nat."""
    return np.int64(STRETCH[np.uint32((np.int64(cells[index]) ^ _FRESH) >> 20)])


@inline
def cautious_logit(cells, index):
    """`cell_logit`, nearer to 0 where few bits were seen."""
    cell = np.int64(cells[index]) ^ _FRESH
    return np.int64(STRETCH[np.uint32(cell >> 20)]) * np.int64(_TRUST[np.uint32(cell & (COUNTS - 1))]) >> 8


@inline
def update_cell(cells, index, bit, limit):
    """Learns a bit; the count ends at `limit` < COUNTS."""
    cell = np.int64(cells[index]) ^ _FRESH
    p = cell >> 10
    count = cell & (COUNTS - 1)
    p += ((bit << 22) - p) * np.int64(_RATES[np.uint32(count)]) >> 16
    count = min(count + 1, limit)
    cells[index] = np.uint32((p << 10 | count) ^ _FRESH)


@inline
def cell_probability(cells, index):
    """16-bit probability of a cell, from 32 to 65504."""
    return min(max((np.int64(cells[index]) ^ _FRESH) >> 16, np.int64(32)), np.int64(65504))
