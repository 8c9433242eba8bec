"""Rising integers coded by the gaps between them, which are regular where numbers were multiplied and rounded.

A gap >= 1 is coded as the number of its bits, one decision for each, in the context of the three gaps before; then its
bits below the highest, in the context of their place and of whether those before were all 0, all 1, or neither.
"""

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels import rangecoder
from neucomp.kernels.cells import cell_probability, update_cell
from neucomp.kernels.inline import part

MOST_BITS = 33
"""Of a gap."""

_RECENT = 8  # gaps from here on are one context
_PLACES = _RECENT**3 * (MOST_BITS + 1)
_CELLS = _PLACES + (MOST_BITS + 1) * MOST_BITS * 3
_LIMIT = 255
_MIXED = 2


def new_cells() -> NDArray[np.uint32]:
    """What is learned about gaps, before the first of them."""
    return np.zeros(_CELLS, np.uint32)


@part
def _code(decode, payload, registers, cells, index, bit):
    bit = rangecoder.code_bit(registers, payload, decode, bit, cell_probability(cells, index))
    update_cell(cells, index, bit, _LIMIT)
    return bit


@part
def _code_gap(decode, payload, registers, cells, recent, gap):
    size = np.int64(1)
    while size < MOST_BITS:
        longer = np.int64(1) if gap >> size != 0 else np.int64(0)
        if _code(decode, payload, registers, cells, recent * (MOST_BITS + 1) + size, longer) == 0:
            break
        size += 1
    value = np.int64(1)
    like = np.int64(0)
    for place in range(size - 1):
        index = _PLACES + (size * MOST_BITS + place) * 3 + like
        bit = _code(decode, payload, registers, cells, index, gap >> (size - 2 - place) & 1)
        like = bit if place == 0 or like == bit else np.int64(_MIXED)
        value = value << 1 | bit
    return value


@part
def code_rising(decode, payload, registers, cells, values):
    """Codes or fills in values, int64, which rise and are above -2**31 - 1; returns how many are done.

    An encoder that might run out of room stops early.
    """
    before = -np.int64(1 << 31) - 1
    recent = np.int64(0)
    room = 2 * MOST_BITS * rangecoder.LARGEST_STEP + 1
    for i in range(values.size):
        if not decode and registers[rangecoder.POSITION] + room > payload.size:
            return i
        gap = _code_gap(decode, payload, registers, cells, recent, values[i] - before)
        before += gap
        values[i] = before
        recent = (recent * _RECENT + min(gap, _RECENT - 1)) % _RECENT**3
    return values.size
