"""Adaptive probability maps: what really happened when the model said p in this context.

A map has one row per context, 32 cells of 16-bit probabilities on a grid over logits. A prediction is refined by
linear interpolation between the two cells around it; the nearer cell then moves towards the coded bit.
(Secondary symbol estimation, Shelwien 2004; PAQ's APM, Mahoney 2005.)
"""

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.aligned import aligned_zeros
from neucomp.kernels.inline import inline
from neucomp.kernels.tables import SQUASH, SQUASH_LIMIT

CELLS = 32
_INTERVALS = CELLS - 1


def new_apm(rows: int) -> NDArray[np.uint16]:
    """`rows` rows that leave a prediction as it is, on cache-line boundaries; shape (32 * rows,)."""
    centres = [(cell * 4096 + _INTERVALS // 2) // _INTERVALS - 2048 for cell in range(CELLS)]
    row = SQUASH[np.array(centres) + SQUASH_LIMIT].astype(np.uint16)
    cells = aligned_zeros(CELLS * rows, np.uint16)
    cells.reshape(rows, CELLS)[:] = row
    return cells


@inline
def refine(cells, row, logit):
    """Refined 16-bit probability for a logit in [-2047, 2047], and the index of the cell to update."""
    scaled = (logit + 2048) * _INTERVALS
    weight = scaled & 4095
    left = row * CELLS + (scaled >> 12)
    below = np.int64(cells[np.uint32(left)])
    above = np.int64(cells[np.uint32(left + 1)])
    return (below * (4096 - weight) + above * weight) >> 12, left + (weight >> 11)


@inline
def update_cell(cells, index, bit, shift):
    """Moves a cell 1 / 2**shift of the way to the coded bit."""
    p = np.int64(cells[np.uint32(index)])
    cells[np.uint32(index)] = p + ((bit * 65535 - p) >> shift)
