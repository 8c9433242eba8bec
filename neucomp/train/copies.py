"""Copies of pictures that look like what cameras and editors would have made of them."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

_SMALLEST = 64
"""Pixels in the shorter direction below which a picture has no copies: parts of it would be too small."""


def make_copies(picture: NDArray[np.uint8], chance: np.random.Generator) -> list[NDArray[np.uint8]]:
    """What a photograph might have become: enlarged with noise, taken by a sensor with one colour a pixel, a JPEG once,
    or painted. Pictures are (height, width, 3): red, green, blue."""
    if min(picture.shape[:2]) < _SMALLEST:
        return []
    made = [_enlarge(picture, chance), _mosaic(picture, chance)]
    if chance.random() < 0.5:
        made.append(_jpeg(picture, chance))
    if chance.random() < 0.35:
        made.append(_paint(picture, chance))
    return made


def _enlarge(picture: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    part = _crop(picture, 0.5, chance)
    strength = chance.uniform(0.5, 5)
    common, own = chance.normal(0, 0.7 * strength, part.shape[:2]), chance.normal(0, 0.7 * strength, part.shape)
    noisy = Image.fromarray(_to_samples(part + common[..., None] + own))
    factor = chance.uniform(1.15, 2)
    size = int(noisy.width * factor), int(noisy.height * factor)
    return np.asarray(
        noisy.resize(size, Image.Resampling.BICUBIC if chance.random() < 0.6 else Image.Resampling.BILINEAR)
    )


def _mosaic(picture: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Reduced, with noise that grows with the light, one colour a pixel, and interpolated as cameras do."""
    image = Image.fromarray(picture)
    factor = chance.uniform(0.6, 1)
    image = image.resize((int(image.width * factor), int(image.height * factor)), Image.Resampling.LANCZOS)
    light = (np.asarray(image).astype(np.float32) / 255) ** 2.2
    noise = chance.uniform(0.002, 0.02) * np.sqrt(light + 0.01)
    light = light + noise * chance.standard_normal(light.shape, np.float32)
    sensor = np.zeros(light.shape, np.float32)
    places = np.zeros(light.shape, np.float32)
    for row, column, colour in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        sensor[row::2, column::2, colour] = light[row::2, column::2, colour]
        places[row::2, column::2, colour] = 1
    full = _smooth(sensor) / _smooth(places)
    # Colour differences vary slowly: the other colours follow the green where it is known.
    green = full[..., 1]
    for colour in (0, 2):
        difference = np.where(places[..., colour] > 0, sensor[..., colour] - green, 0)
        full[..., colour] = green + _smooth(difference[..., None])[..., 0] / _smooth(places[..., colour, None])[..., 0]
    gains = chance.uniform(0.8, 1.2, 3).astype(np.float32)
    taken = Image.fromarray(_to_samples(255 * np.clip(full * gains, 0, 1) ** (1 / chance.uniform(1.8, 2.6))))
    if chance.random() < 0.6:
        taken = taken.filter(ImageFilter.UnsharpMask(chance.uniform(0.5, 1.5), int(chance.uniform(30, 120)), 0))
    return np.asarray(taken)


def _smooth(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each plane, weighted 1 2 1 in both directions."""
    padded = np.pad(planes, ((1, 1), (1, 1), (0, 0)), mode="reflect")
    rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    smoothed: NDArray[np.float32] = rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]
    return smoothed


def _jpeg(picture: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    packed = BytesIO()
    Image.fromarray(_crop(picture, 0.7, chance)).save(packed, "JPEG", quality=int(chance.integers(75, 98)))
    image: Image.Image = Image.open(packed)
    if chance.random() < 0.6:
        factor = chance.uniform(0.5, 0.9)
        image = image.resize((int(image.width * factor), int(image.height * factor)), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _paint(picture: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Few colours in flat areas, as in drawings."""
    flat = Image.fromarray(_crop(picture, 0.4, chance)).filter(ImageFilter.MedianFilter(5))
    flat = flat.quantize(int(chance.integers(4, 48)), dither=Image.Dither.NONE).convert("RGB")
    factor = chance.uniform(0.8, 2)
    smooth = Image.Resampling.BILINEAR if chance.random() < 0.5 else Image.Resampling.NEAREST
    return np.asarray(flat.resize((int(flat.width * factor), int(flat.height * factor)), smooth))


def _crop(picture: NDArray[np.uint8], share: float, chance: np.random.Generator) -> NDArray[np.uint8]:
    height, width = (int(size * share) for size in picture.shape[:2])
    top, left = (int(chance.integers(0, picture.shape[axis] - part + 1)) for axis, part in enumerate((height, width)))
    return picture[top : top + height, left : left + width]


def _to_samples(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    samples: NDArray[np.uint8] = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    return samples
