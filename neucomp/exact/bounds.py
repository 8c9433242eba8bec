"""Bounds that make a network exact: checked when weights are loaded, so that nothing need be checked while coding."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import CorruptDataError

LARGEST_SUM = 1 << 24
"""float32 holds every integer up to this, so sums that never exceed it do not depend on their order."""


def check_range(name: str, array: NDArray[Any], low: int, high: int) -> None:
    """CorruptDataError unless all values are in [low, high]."""
    if not (low <= array.min() and array.max() <= high):
        raise CorruptDataError(
            f"the weights {name} are in [{array.min()}, {array.max()}], outside of [{low}, {high}]: damaged, or "
            "not made by neucomp"
        )


def check_sums(name: str, matrix: NDArray[Any], largest_input: int) -> None:
    """CorruptDataError unless a row's products with inputs up to `largest_input` have all partial sums within 2**24."""
    largest = int(np.abs(matrix.astype(np.int64)).sum(1).max()) * largest_input
    if largest > LARGEST_SUM:
        raise CorruptDataError(
            f"a row of the weights {name} can sum to {largest:,}, above 2**24, where float32 is not exact: damaged, or "
            "not made by neucomp"
        )
