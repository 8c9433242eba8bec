"""Cells: frequencies at first, averages that forget later, 0 when fresh."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels.cells import COUNTS, cautious_logit, cell_logit, update_cell
from neucomp.kernels.tables import STRETCH


class Twin:
    def __init__(self) -> None:
        self.p, self.count = 1 << 21, 0

    def update(self, bit: int, limit: int) -> None:
        rate = 65536 * 2 // (2 * self.count + 3)
        self.p += ((bit << 22) - self.p) * rate >> 16
        self.count = min(self.count + 1, limit)
        assert 0 <= self.p < 1 << 22


@settings(deadline=None)
@given(st.lists(st.integers(0, 1), max_size=300), st.sampled_from((1, 30, COUNTS - 1)))
def test_a_cell_equals_its_twin(bits: list[int], limit: int) -> None:
    cells, twin = np.zeros(3, np.uint32), Twin()
    for bit in bits:
        assert cell_logit(cells, 1) == STRETCH[twin.p >> 10]
        trust = 512 * twin.count // (2 * twin.count + 1)
        assert cautious_logit(cells, 1) == int(STRETCH[twin.p >> 10]) * trust >> 8
        update_cell(cells, 1, bit, limit)
        twin.update(bit, limit)
        assert int(cells[1]) ^ 1 << 31 == twin.p << 10 | twin.count
    assert cells[0] == cells[2] == 0


def test_the_same_bit_for_ever() -> None:
    for bit in (0, 1):
        cells = np.zeros(1, np.uint32)
        for _ in range(3000):
            update_cell(cells, 0, bit, COUNTS - 1)
        assert abs(cell_logit(cells, 0)) > 1500
