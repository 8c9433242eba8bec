"""Adaptive probability maps: a twin, the range of every result, and no step out of a row."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels.apm import CELLS, new_apm, refine, update_cell
from neucomp.kernels.tables import SQUASH, SQUASH_LIMIT, STRETCH_LIMIT

LOGITS = range(-STRETCH_LIMIT, STRETCH_LIMIT + 1)


def plain_refine(cells: list[int], row: int, logit: int) -> tuple[int, int]:
    left, weight = divmod((logit + 2048) * 31, 4096)
    below, above = cells[32 * row + left], cells[32 * row + left + 1]
    return (below * (4096 - weight) + above * weight) // 4096, 32 * row + left + (weight >= 2048)


def plain_update(cell: int, bit: int, shift: int) -> int:
    return cell + ((65535 * bit - cell) >> shift)


def test_rows_are_cache_lines() -> None:
    cells = new_apm(7)
    assert (cells.dtype, cells.shape) == (np.uint16, (7 * CELLS,))
    assert cells.ctypes.data % 64 == 0


def test_a_new_map_changes_little() -> None:
    cells = new_apm(1)
    assert (np.diff(cells.astype(int)) > 0).all()
    changes = [abs(refine(cells, 0, logit)[0] - int(SQUASH[logit + SQUASH_LIMIT])) for logit in LOGITS]
    assert max(changes) < 65536 // 256  # what linear interpolation does to the logistic function


def test_refining_equals_its_twin() -> None:
    random = np.random.default_rng(2)
    cells = new_apm(3)
    cells[:] = random.integers(0, 65536, cells.size)
    plain = cells.tolist()
    for logit in [*LOGITS[::7], LOGITS[-1]]:
        row, bit, shift = int(random.integers(3)), int(random.integers(2)), int(random.integers(1, 9))
        probability, cell = refine(cells, row, logit)
        assert (probability, cell) == plain_refine(plain, row, logit)
        update_cell(cells, cell, bit, shift)
        plain[cell] = plain_update(plain[cell], bit, shift)
        assert cells.tolist() == plain


@settings(deadline=None)
@given(st.integers(-STRETCH_LIMIT, STRETCH_LIMIT), st.sampled_from([0, 1, 32768, 65534, 65535]))
def test_refining_stays_in_its_row_and_in_16_bits(logit: int, value: int) -> None:
    cells = np.full(3 * CELLS, 12345, np.uint16)
    cells[CELLS : 2 * CELLS] = value
    probability, cell = refine(cells, 1, logit)
    assert probability == value
    assert CELLS <= cell < 2 * CELLS


def test_a_cell_stays_in_16_bits() -> None:
    cells = np.array([0, 1, 63, 64, 65471, 65472, 65534, 65535], np.uint16)
    for bit in (0, 1):
        for index, before in enumerate(cells.tolist()):
            for shift in range(1, 17):
                moved = cells.copy()
                update_cell(moved, index, bit, shift)
                assert moved[index] == plain_update(before, bit, shift)
                assert min(before, 65535 * bit) <= moved[index] <= max(before, 65535 * bit)
