"""How often each value of a signal occurs, against its neighbours: recordings that were scaled after they had been
rounded leave out values or have some of them twice as often, and converters have steps of unequal width.

For each value v the kernel counts occurrences n(v), and their mean over the values around it, s(v), with weights that
fall off linearly over 16 values. The density of a value is (n + 6) / (s + 6): 1 where nothing is known. What a decision
between two sets of values should lean to is the logarithm of the ratio of their densities, here as 2 z (15 - 4 z**2) /
(15 - 9 z**2), z = (a - b) / (a + b), which is within 2 % of ln(a / b) up to a ratio of 9. float32, in the order that
the code has.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.inline import inline, part
from neucomp.kernels.vectors import add_scaled

REACH = 16
"""Values on either side that a mean looks at (a multiple of the lanes of float32)."""

MOST_VALUES = 1 << 18
"""Signals with a wider range are not counted: their values hardly ever come again."""

WIDEST = 32
"""Sets of more values have a density of 1, as good as."""

_PRIOR = np.float32(6)
_ONE = np.float32(1)
_TWO = np.float32(2)
_FOUR = np.float32(4)
_NINE = np.float32(9)
_FIFTEEN = np.float32(15)


class ValueDensities(NamedTuple):
    """A bank of signals, one row each. Rows are padded by REACH on both sides."""

    lowest: NDArray[np.int64]  # (rows,): value of a row's first count
    sizes: NDArray[np.int64]  # (rows,): values that are counted; 0: none
    starts: NDArray[np.int64]  # (rows,): where the row's first count stands
    counts: NDArray[np.float32]  # of all rows: n
    means: NDArray[np.float32]  # likewise: s
    tent: NDArray[np.float32]  # (2 * REACH,): the weights of a mean, which add up to 1


def new_value_densities(lowest: list[int], highest: list[int]) -> ValueDensities:
    """Signals with these ranges, of which nothing is known."""
    spans = [high - low + 1 for low, high in zip(lowest, highest, strict=True)]
    sizes = [span if span <= MOST_VALUES else 0 for span in spans]
    ends = np.cumsum([size + 2 * REACH for size in sizes])
    distances = np.abs(np.arange(2 * REACH) - REACH)
    return ValueDensities(
        lowest=np.array(lowest, np.int64),
        sizes=np.array(sizes, np.int64),
        starts=np.array([REACH, *(int(end) + REACH for end in ends[:-1])], np.int64),
        counts=np.zeros(int(ends[-1]), np.float32),
        means=np.zeros(int(ends[-1]), np.float32),
        tent=((REACH - distances) / REACH**2).astype(np.float32),
    )


@part
def density(bank, row, first, size):
    """Sum of the densities of `size` values from `first` on; `size` itself where they are too many or not counted."""
    begin = first - bank.lowest[row]
    if size > WIDEST or begin < 0 or begin + size > bank.sizes[row]:
        return np.float32(size)
    begin += bank.starts[row]
    total = np.float32(0)
    for i in range(begin, begin + size):
        total += (bank.counts[i] + _PRIOR) / (bank.means[i] + _PRIOR)
    return total


@inline
def lean(a, b):
    """About ln(a / b), float32 within +-3.7, for a and b >= 0 that are not both 0."""
    z = (a - b) / (a + b)
    square = z * z
    return _TWO * z * (_FIFTEEN - _FOUR * square) / (_FIFTEEN - _NINE * square)


@part
def learn(bank, row, value):
    """Counts a value, which is in the row's range."""
    if bank.sizes[row] > 0:
        place = bank.starts[row] + value - bank.lowest[row]
        bank.counts[place] += _ONE
        add_scaled(bank.means, place - REACH, bank.tent, 0, 2 * REACH, _ONE)
