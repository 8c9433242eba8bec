import numpy as np
import pytest

from neucomp.errors import KernelError
from neucomp.kernels import grams
from neucomp.nets import rows
from neucomp.nets.rows import find_rows, new_readers

BITS = (3, 10, 12, 9, 11, 5, 10, 7)


def test_lanes_are_read_on_their_own_and_in_parts() -> None:
    symbols = np.random.default_rng(1).choice(np.frombuffer(b"ab \xc3\xa9T.", np.uint8), (3, 50))
    readers = new_readers(3)
    parts = [find_rows(part, readers, BITS) for part in np.split(symbols, [1, 30], 1)]
    together = np.concatenate(parts, 1)
    assert together.shape == (3, 50, 8)
    for lane in range(3):
        whole = find_rows(symbols[lane : lane + 1], new_readers(1), BITS)
        assert np.array_equal(whole[0], together[lane])
    for i, bits in enumerate(BITS):
        assert together[..., i].min() >= 0 and together[..., i].max() < 1 << bits


def test_the_zero_at_the_beginning_stands_for_nothing() -> None:
    readers = new_readers(2)
    find_rows(np.zeros((2, 1), np.uint8), readers, BITS)
    assert np.array_equal(readers, new_readers(2))


def test_a_compiler_that_errs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_EXPECTED", "0" * 64)
    with pytest.raises(KernelError, match="hash"):
        rows._prove(grams)
