"""The compiled pixel network: the numbers of the definition, on any split, and nothing from the future."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neucomp.kernels.pixel_features import OFFSETS
from neucomp.kernels.pixel_network import CENTRES, DISTRIBUTION, FRONT_STEP, INVERSE_SCALES_AT, MEAN, WEIGHTS
from neucomp.nets.pixel_weights import proof_pixel_network
from tests.helpers.pixel_fronts import along_fronts, by_definition

NETWORK = proof_pixel_network()


def make_image(seed: int, height: int, width: int, channels: int, bits: int) -> NDArray[np.int64]:
    """Flat and wild places, black and white ones."""
    random = np.random.default_rng(seed)
    wild = random.integers(0, 1 << bits, (height, width, channels))
    return np.asarray(wild * random.choice([0, 0.01, 0.3, 1], (height, width, 1))).astype(np.int64)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 9),
    st.integers(1, 14),
    st.sampled_from([(1, 8), (3, 8), (3, 12), (1, 16), (3, 16)]),
    st.integers(0, 9),
)
def test_is_the_definition(seed: int, height: int, width: int, kind: tuple[int, int], split: int) -> None:
    channels, bits = kind
    image = make_image(seed, height, width, channels, bits)
    found = along_fronts(NETWORK, image, bits, min(split, height))
    assert np.array_equal(found, by_definition(NETWORK, image, bits))


def test_mixtures_make_sense() -> None:
    found = along_fronts(NETWORK, make_image(3, 40, 30, 3, 8), 8)
    assert np.isfinite(found).all()
    assert np.all(found[..., WEIGHTS:MEAN].astype(np.float64).sum(-1) == 1)
    assert np.all(found[..., WEIGHTS:MEAN] * 65536 % 1 == 0)
    assert np.all(found[..., INVERSE_SCALES_AT:WEIGHTS] > 0)
    low, high = (limit(found[..., CENTRES:INVERSE_SCALES_AT], -1) for limit in (np.min, np.max))
    assert np.all((low - 1 <= found[..., MEAN]) & (found[..., MEAN] <= high + 1))


def test_the_proof_network_uses_its_range() -> None:
    found = along_fronts(NETWORK, make_image(4, 40, 30, 3, 8), 8)
    assert all(len(np.unique(found[..., place])) > 100 for place in range(DISTRIBUTION))


def test_neighbours_are_on_earlier_fronts() -> None:
    assert len(set(map(tuple, OFFSETS.tolist()))) == len(OFFSETS) == 42
    assert all(dx + FRONT_STEP * dy < 0 and dy <= 0 and max(-dy, abs(dx)) <= 5 for dy, dx in OFFSETS)
    assert OFFSETS[:6].tolist() == [[0, -1], [-1, 0], [-1, -1], [-1, 1], [0, -2], [-2, 0]]


@pytest.mark.parametrize(("row", "column", "channel"), [(3, 7, 0), (3, 7, 1), (3, 7, 2), (0, 0, 0), (8, 13, 2)])
def test_is_causal(row: int, column: int, channel: int) -> None:
    image = make_image(5, 9, 14, 3, 8)
    changed = image.copy()
    changed[row, column, channel] ^= 1
    moved = (along_fronts(NETWORK, image, 8) != along_fronts(NETWORK, changed, 8)).any(-1)
    front = np.arange(14) + FRONT_STEP * np.arange(9)[:, None]
    assert not moved[row, column, : channel + 1].any()
    moved[row, column] = False
    assert not moved[front <= column + FRONT_STEP * row].any()
