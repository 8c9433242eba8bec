"""PNG's filters: a twin written from the specification, and Pillow's reading of filtered rows."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.formats.png_filters import load_filters
from tests.formats.png_files import filtered

ROWS = st.tuples(st.integers(1, 6), st.integers(1, 20), st.sampled_from([1, 2, 3, 4, 6, 8]), st.integers(0, 9))


def text_of(rows: np.ndarray, filters: list[int]) -> np.ndarray:
    """Plain rows, each behind its filter."""
    return np.concatenate([np.array(filters, np.uint8)[:, np.newaxis], rows], axis=1).reshape(-1)


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_filters_are_those_of_the_specification(sizes: tuple[int, int, int, int], choice) -> None:
    height, row_bytes, step, seed = sizes
    kernels = load_filters()
    rows = np.random.default_rng(seed).integers(0, 256, (height, row_bytes)).astype(np.uint8)
    filters = [choice.randrange(5) for _ in range(height)]
    plain = text_of(rows, filters)
    text = np.concatenate([np.full(7, 0xEE, np.uint8), plain, np.full(7, 0xEE, np.uint8)])
    kernels.apply_filters(text, 7, height, row_bytes, step)
    expected = text_of(np.array(filtered(rows.tolist(), filters, step), np.uint8), filters)
    assert text[7:-7].tolist() == expected.tolist()
    kernels.undo_filters(text, 7, height, row_bytes, step)
    assert text[7:-7].tolist() == plain.tolist()
    assert set(text[:7]) == set(text[-7:]) == {0xEE}


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_the_guess_has_the_least_sum(sizes: tuple[int, int, int, int]) -> None:
    height, row_bytes, step, seed = sizes
    random = np.random.default_rng(seed)
    rows = random.integers(0, random.choice([2, 9, 256]), (height, row_bytes)).astype(np.uint8)
    guesses = np.zeros(height, np.uint8)
    load_filters().guess_filters(
        text_of(rows, [0] * height), 0, height, row_bytes, step, np.zeros(5, np.int64), guesses
    )
    sums = np.array(
        [
            [sum(min(byte, 256 - byte) for byte in row) for row in filtered(rows.tolist(), [kind] * height, step)]
            for kind in range(5)
        ]
    )
    assert guesses.tolist() == sums.argmin(axis=0).tolist()
