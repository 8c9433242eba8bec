"""Images that were JPEG once: noticed, coded by what they were made of, and the same afterwards."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from neucomp.errors import CorruptDataError
from neucomp.models.image_codec import decode_image, encode_image
from neucomp.models.jfif_colours import from_rgb, to_rgb
from neucomp.models.ticks import no_tick
from tests.helpers.pictures import picture

SHAPE = (1, 45, 61, 3)


def through_jpeg(quality: int, subsampling: int = 2) -> NDArray[np.uint8]:
    """Colourful, smooth and rough, with colours beyond what 8 bits hold; (1, height, width, 3)."""
    y, x = np.indices(SHAPE[1:3])
    plain = np.stack([x * 7 % 300, y * 9 % 310 - 20, (x * y) // 7 % 290], axis=-1)
    noise = np.random.default_rng(3).normal(0, 20, SHAPE[1:3])
    file = io.BytesIO()
    Image.fromarray((plain + noise[..., None]).clip(0, 255).astype(np.uint8)).save(
        file, "jpeg", quality=quality, subsampling=subsampling
    )
    return np.asarray(Image.open(file))[None]


@pytest.mark.parametrize("quality", [25, 75, 98])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_what_jpeg_decoders_make_is_noticed(quality: int, subsampling: int) -> None:
    images = through_jpeg(quality, subsampling)
    converted = from_rgb(images)
    assert converted is not None and converted.shape == images.shape
    assert (images == 0).any() and (images == 255).any()  # colours were cut off
    back = converted.copy()
    to_rgb(back[0])
    assert np.array_equal(back, images)


def test_every_decoded_colour_is_found() -> None:
    random = np.random.default_rng(5)
    decoded = np.clip(random.normal(128, (40, 15, 15), (1, 300, 100, 3)), 0, 255).astype(np.uint8)
    images = decoded.copy()
    to_rgb(images[0])
    found = from_rgb(images)
    assert found is not None
    uncut = ((images > 0) & (images < 255)).all(axis=-1)
    assert uncut.mean() > 0.9 and np.array_equal(found[uncut], decoded[uncut])


def test_alpha_stays() -> None:
    alpha = picture((1, 45, 61, 1), 8, "noise").astype(np.uint8)
    images = np.concatenate([through_jpeg(80), alpha], axis=-1)
    converted = from_rgb(images)
    assert converted is not None and np.array_equal(converted[..., 3:], alpha)
    to_rgb(converted[0])
    assert np.array_equal(converted, images)


@pytest.mark.parametrize("place", [(0, 0), (20, 30), (44, 60)])
def test_one_other_colour_is_enough(place: tuple[int, int]) -> None:
    images = through_jpeg(75).copy()
    assert from_rgb(images) is not None
    images[0, *place] = (100, 110, 100)  # from Y = 101, which R and B ask for, no G like that is made
    assert from_rgb(images) is None


@pytest.mark.parametrize("kind", ["smooth", "noise"])
def test_others_are_not_taken_for_it(kind: str) -> None:
    assert from_rgb(picture(SHAPE, 8, kind).astype(np.uint8)) is None


def test_gray_is_left_alone() -> None:
    assert from_rgb(np.repeat(through_jpeg(75)[..., :1], 3, axis=-1)) is None


@pytest.mark.parametrize("level", [1, 5])
@pytest.mark.parametrize("channels", [3, 4])
def test_files_become_smaller(level: int, channels: int) -> None:
    """By a tenth at least against an image in which one pixel is another."""
    images = np.concatenate([through_jpeg(75), np.full((*SHAPE[:3], 1), 255, np.uint8)], axis=-1)[..., :channels]
    other = images.copy()
    other[0, 20, 30, :3] = (100, 110, 100)
    payload, usual = (encode_image(each, 8, level, 1, no_tick) for each in (images, other))
    assert len(payload) < 0.9 * len(usual)
    for each, coded in ((images, payload), (other, usual)):
        assert np.array_equal(decode_image(coded, each.shape, 8, 1, no_tick), each)


def test_only_colours_were_jpeg() -> None:
    payload = encode_image(through_jpeg(75), 8, 1, 1, no_tick)
    with pytest.raises(CorruptDataError, match="colours"):
        decode_image(payload, (1, 45, 61, 1), 8, 1, no_tick)
