"""Products of panels: what NumPy's integers give, for all shapes and at the limits."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels.inline import compiled
from neucomp.kernels.panels import multiply_rows, pack


@compiled
def run(panels, inputs, sums, first, last):  # type: ignore[no-untyped-def]
    multiply_rows(panels, inputs, sums, first, last)


@settings(deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 11), st.integers(0, 11), st.integers(0, 2**32 - 1))
def test_sums(outputs: int, inputs: int, first: int, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    matrix = random.choice([-128, 127, *range(-5, 6)], (outputs, inputs)).astype(np.int8)
    x = np.zeros((first + count + 2, inputs + inputs % 2), np.int16)
    x[:, :inputs] = random.choice([-1023, 1023, 0, 1, 17], (len(x), inputs))
    panels = pack(matrix)
    sums = np.full((len(x), 16 * len(panels)), -7, np.int32)
    run(panels, x, sums, first, first + count)
    expected = np.full_like(sums, -7)
    expected[first : first + count] = 0
    expected[first : first + count, :outputs] = (x[:, :inputs].astype(np.int64) @ matrix.T)[first : first + count]
    assert np.array_equal(sums, expected)
