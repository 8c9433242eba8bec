"""Rising integers by their gaps."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from neucomp.kernels import rangecoder
from neucomp.kernels.gaps import code_rising, new_cells


@njit
def run(decode, registers, payload, cells, values):
    rangecoder.start_coder(registers, payload, decode)
    done = code_rising(decode, payload, registers, cells, values)
    if not decode and done == values.size:
        rangecoder.finish_coder(registers, payload)
    return done


def check(values: list[int]) -> int:
    """Round trip; returns the size in bytes."""
    original = np.array(values, np.int64)
    registers = np.zeros(4, np.int64)
    payload = np.zeros(9 * len(values) + 600, np.uint8)
    assert run(False, registers, payload, new_cells(), original.copy()) == len(values)
    size = int(registers[rangecoder.POSITION])
    decoded = np.zeros_like(original)
    run(True, registers, payload[:size].copy(), new_cells(), decoded)
    assert decoded.tolist() == values
    assert registers[rangecoder.POSITION] == size + rangecoder.BYTES_PAST_END
    return size


@given(st.sets(st.integers(-(1 << 31), (1 << 31) - 1), max_size=200))
@settings(deadline=None)
def test_any_values(values: set[int]) -> None:
    check(sorted(values))


def test_limits() -> None:
    for values in ([], [0], [-(1 << 31)], [(1 << 31) - 1], [-(1 << 31), (1 << 31) - 1]):
        check(values)


def test_regular_gaps_cost_little() -> None:
    assert check(list(range(-30_000, 30_000))) < 100
    assert check([round(1.37 * i) for i in range(-20_000, 20_000)]) < 40_000 / 8
    assert check([round(255.6 * i) for i in range(-20_000, 20_000)]) < 40_000 / 4


def test_a_full_payload_stops_the_encoder() -> None:
    registers = np.zeros(4, np.int64)
    values = np.random.default_rng(1).integers(1, 1000, 500).cumsum()
    assert run(False, registers, np.zeros(400, np.uint8), new_cells(), values) < 500
