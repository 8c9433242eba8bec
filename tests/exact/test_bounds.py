import numpy as np
import pytest

from neucomp.errors import CorruptDataError
from neucomp.exact.bounds import check_range, check_sums


def test_ranges() -> None:
    check_range("x", np.array([[-3, 4]]), -3, 4)
    for values in ([-4, 0], [0, 5]):
        with pytest.raises(CorruptDataError, match=r"the weights x are in .* outside of \[-3, 4\]"):
            check_range("x", np.array(values), -3, 4)


def test_sums() -> None:
    """-128 counts as 128, in int8 too; one row too many is enough."""
    matrix = np.full((2, 128), -128, np.int8)
    check_sums("x", matrix, 1024)
    with pytest.raises(CorruptDataError, match="a row of the weights x can sum to 16,793,600"):
        check_sums("x", matrix, 1025)
    matrix[0] = 0
    with pytest.raises(CorruptDataError, match="float32 is not exact"):
        check_sums("x", matrix, 1025)
