"""The graphics model: any image comes back, payloads are bound to what was coded, and repeats cost next to nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.errors import CorruptDataError, UnsupportedError
from neucomp.kernels.mixer import LANES, LARGEST_WIDTH
from neucomp.models.graphics_contexts import FARTHEST, PLACES, ByteContext, PixelContext, Place
from neucomp.models.graphics_recipes import RECIPES, table_bits
from neucomp.models.image_graphics import _kernels, decode_graphics, encode_graphics


def no_tick(samples: int) -> None:
    """Nobody watches."""


def check(image: np.ndarray, bits: int, level: int = 5) -> bytes:
    payload = encode_graphics(image, bits, level, no_tick)
    decoded = decode_graphics(payload, image.shape, bits, no_tick)
    assert decoded.dtype == image.dtype
    assert np.array_equal(decoded, image)
    assert len(payload) <= image.nbytes + 1
    return payload


def noise(*shape: int, bits: int = 8, seed: int = 1) -> np.ndarray:
    values = np.random.default_rng(seed).integers(0, 1 << bits, shape)
    return values.astype(np.uint8 if bits <= 8 else np.uint16)


def drawing(height: int, width: int, channels: int = 3) -> np.ndarray:
    """Boxes of a few colours with a pattern repeated over them."""
    y, x = np.mgrid[:height, :width]
    box = (y // 11 * 7 + x // 13 * 5) % 6
    stamp = (y % 11 * 3 + x % 13) % 7 == 0
    colours = noise(8, channels, seed=3)
    return colours[np.where(stamp, 7, box)][np.newaxis]


@pytest.mark.parametrize("level", RECIPES)
def test_levels(level: int) -> None:
    payload = check(drawing(60, 70), 8, level)
    assert payload[0] == level
    assert len(payload) < 260


@pytest.mark.parametrize("bits", range(1, 17))
@pytest.mark.parametrize("channels", [1, 3])
def test_bits(bits: int, channels: int) -> None:
    check(noise(1, 7, 9, channels, bits=bits), bits)
    check(np.repeat(noise(1, 7, 3, channels, bits=bits), 5, axis=2), bits)


@pytest.mark.parametrize(
    "shape", [(1, 1, 1, 1), (1, 1, 300, 3), (1, 300, 1, 3), (3, 5, 4, 4), (2, 3, 4, 9), (1, 2, 2, 255)]
)
def test_shapes(shape: tuple[int, int, int, int]) -> None:
    check(noise(*shape, bits=2), 8)
    check(noise(*shape, bits=12), 12)


@given(
    st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12), st.integers(1, 5)),
    st.integers(1, 16),
    st.integers(1, 4),
    st.sampled_from(sorted(RECIPES)),
    st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_any_image(shape: tuple[int, int, int, int], bits: int, colours: int, level: int, seed: int) -> None:
    some = noise(colours, shape[3], bits=bits, seed=seed)
    check(some[noise(*shape[:3], bits=8, seed=seed) % colours], bits, level)


def test_noise_is_stored() -> None:
    image = noise(1, 40, 40, 3)
    payload = check(image, 8)
    assert payload[0] == 0 and len(payload) == image.size + 1
    check(noise(1, 40, 40, 1, bits=16), 16)


def test_repeats_cost_next_to_nothing() -> None:
    assert len(check(np.full((1, 500, 500, 4), 77, np.uint8), 8)) < 60
    once, twice = drawing(44, 52), np.concatenate([drawing(44, 52)] * 2)
    assert len(check(twice, 8)) < 1.3 * len(check(once, 8))


def test_unused_channels_cost_nothing() -> None:
    opaque = np.concatenate([drawing(44, 52), np.full((1, 44, 52, 1), 255, np.uint8)], axis=3)
    assert len(check(opaque, 8)) < len(check(drawing(44, 52), 8)) + 12


def test_later_pixels_change_nothing_before_them() -> None:
    """Causality: the decoder gets every row before the one that differs from a payload that goes on otherwise."""
    image = drawing(40, 30)
    other = image.copy()
    other[0, 25:] = noise(15, 30, 3)
    first, second = (encode_graphics(each, 8, 5, no_tick) for each in (image, other))
    common = next(i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    top = encode_graphics(image[:, :25], 8, 5, no_tick)
    assert common >= len(top) - 6


def test_ticks_add_up() -> None:
    for image in (drawing(300, 200), noise(2, 3, 4, 9)):
        for run in (encode_graphics, None):
            ticks: list[int] = []
            payload = encode_graphics(image, 8, 1, ticks.append if run else no_tick)
            if run is None:
                decode_graphics(payload, image.shape, 8, ticks.append)
            if payload[0]:
                assert sum(ticks) == image.size


def test_damage_is_refused_or_gives_other_samples() -> None:
    image = drawing(30, 40)
    payload = check(image, 8)
    with pytest.raises(CorruptDataError):
        decode_graphics(b"", image.shape, 8, no_tick)
    with pytest.raises(CorruptDataError):
        decode_graphics(payload + b"\0", image.shape, 8, no_tick)
    with pytest.raises(CorruptDataError):
        decode_graphics(payload[:-4], image.shape, 8, no_tick)
    with pytest.raises(CorruptDataError):
        decode_graphics(b"\0" + bytes(5), image.shape, 8, no_tick)
    with pytest.raises(UnsupportedError):
        decode_graphics(b"\x0a" + payload[1:], image.shape, 8, no_tick)
    for position in range(1, len(payload), 7):
        damaged = bytearray(payload)
        damaged[position] ^= 0x55
        try:
            decoded = decode_graphics(bytes(damaged), image.shape, 8, no_tick)
        except CorruptDataError:
            continue
        assert not np.array_equal(decoded, image)


def test_recipes_fit_the_kernel() -> None:
    kernels = _kernels()
    assert list(RECIPES) == list(range(1, 10))
    for recipe in RECIPES.values():
        for kinds, everything in ((recipe.pixel_contexts, PixelContext), (recipe.byte_contexts, ByteContext)):
            assert len(set(kinds)) == len(kinds) and set(kinds) <= set(everything)
            assert -(-(3 * len(kinds) + 7) // LANES) * LANES <= LARGEST_WIDTH
        for pixels in (1, 10**4, 10**9):
            slots, memory = table_bits(recipe, pixels, 8)
            assert all(10 <= bits <= 22 for bits in (*slots, memory))
    assert len(PLACES) == len(Place) and kernels.FARTHEST == FARTHEST
    assert all(max(-dy, abs(dx)) <= FARTHEST and (dy < 0 or (dy == 0 and dx < 0)) for dy, dx in PLACES)


def test_the_last_recipe_has_every_context() -> None:
    """The proof of the kernels codes with it."""
    assert set(RECIPES[9].pixel_contexts) == set(PixelContext)
    assert set(RECIPES[9].byte_contexts) == set(ByteContext)
