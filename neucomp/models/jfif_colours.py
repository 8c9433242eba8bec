"""Images that were JPEG once: coded as the luma and the differences of colours that their decoder had.

JFIF keeps a pixel as luma Y and two differences of colours, Cb and Cr, of 8 bits each. Decoders make RGB of them in
integers (those of the Independent JPEG Group's library, version 6b and later; libjpeg-turbo's are the same):

    R = Y + ((91881 (Cr - 128) + 2**15) >> 16)
    G = Y + ((-22554 (Cb - 128) - 46802 (Cr - 128) + 2**15) >> 16)
    B = Y + ((116130 (Cb - 128) + 2**15) >> 16)

each cut off at 0 and 255. That makes a quarter of all colours. An image with no others is coded as Y, Cb and Cr: the
differences are smooth, for most JPEGs have them at half the resolution, while R, G and B have the noise of all three.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

_RED, _BLUE = 91881, 116130
_GREEN = (-22554, -46802)
_HALF = 1 << 15
_MIDDLE = 128
_MOST_CUT = 64
"""How far colours are looked for beyond 0 and 255, where decoders cut them off."""

_TRIED_TOGETHER = 1 << 15
"""Colours, each with some cut, that are tried at once."""

_MOST_TRIED = 512
"""Pixels that tell an image that was never JPEG."""

_PIXELS_TOGETHER = 1 << 18


def suits(channels: int, bits: int) -> bool:
    """Whether images can have such colours: RGB or RGBA of 8 bits."""
    return channels in (3, 4) and bits == 8


def from_rgb(images: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Images (n, height, width, 3 or 4) as Y, Cb, Cr and alpha.

    None if no JPEG decoder makes their colours, and if all are gray: nothing would be won.
    """
    pixels = images.reshape(-1, images.shape[3])
    tried = pixels[np.linspace(0, len(pixels) - 1, min(len(pixels), _MOST_TRIED)).astype(np.int64), :3]
    if _luma_and_differences(tried) is None or (pixels[:, 1:3] == pixels[:, :1]).all():
        return None
    converted = images.copy()
    for start in range(0, len(pixels), _PIXELS_TOGETHER):
        found = _luma_and_differences(pixels[start : start + _PIXELS_TOGETHER, :3])
        if found is None:
            return None
        converted.reshape(pixels.shape)[start : start + _PIXELS_TOGETHER, :3] = found
    return converted


def to_rgb(image: NDArray[np.uint8]) -> None:
    """Makes Y, Cb and Cr of an image (height, width, 3 or 4) what a JPEG decoder does, in place."""
    rows = max(1, _PIXELS_TOGETHER // image.shape[1])
    for top in range(0, len(image), rows):
        band = image[top : top + rows]
        band[..., :3] = np.clip(_decoded(*(band[..., c].astype(np.int64) for c in range(3))), 0, 255)


def _decoded(luma: NDArray[np.int64], cb: NDArray[np.int64], cr: NDArray[np.int64]) -> NDArray[np.int64]:
    """Red, green and blue (..., 3) before they are cut off."""
    cb, cr = cb - _MIDDLE, cr - _MIDDLE
    red, blue = _RED * cr + _HALF >> 16, _BLUE * cb + _HALF >> 16
    green = _GREEN[0] * cb + _GREEN[1] * cr + _HALF >> 16
    return np.stack([luma + red, luma + green, luma + blue], axis=-1)


def _luma_and_differences(pixels: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """Y, Cb and Cr of pixels (n, 3), which are as near to what was cut off as they can be; None if there are none."""
    codes = pixels.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    colours, where = np.unique(codes, return_inverse=True)
    rgb = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=-1)
    found, known = _uncut(rgb)
    left = np.flatnonzero(~known)
    if not ((rgb[left] == 0) | (rgb[left] == 255)).any(axis=1).all():
        return None
    cuts = _cuts()
    while left.size and len(cuts):
        together = max(1, _TRIED_TOGETHER // left.size)
        some, cuts = cuts[:together], cuts[together:]
        colours = rgb[left, None]
        side = (colours == 255).astype(np.int64) - (colours == 0)
        tried, fits = _uncut((colours + side * some).reshape(-1, 3))
        fits = fits.reshape(left.size, -1) & ((side != 0) | (some == 0)).all(axis=-1)
        now, first = fits.any(axis=1), fits.argmax(axis=1)
        found[left[now]] = tried.reshape(left.size, -1, 3)[now, first[now]]
        left = left[~now]
    return None if left.size else found[where]


@cache
def _cuts() -> NDArray[np.int64]:
    """(n, 3): by how much red, green and blue may have been cut off, from little to much; never all three."""
    amounts = np.indices((_MOST_CUT,) * 2).reshape(2, -1).T
    amounts = amounts[np.argsort(amounts.sum(axis=1), kind="stable")]
    amounts = amounts[amounts.sum(axis=1) <= _MOST_CUT]
    return np.stack([np.insert(amounts[1:], place, 0, axis=1) for place in range(3)], axis=1).reshape(-1, 3)


def _uncut(rgb: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Y, Cb and Cr of colours (n, 3) that nothing was cut off from, and whether there are any."""
    found = np.zeros(rgb.shape, np.int64)
    known = np.zeros(len(rgb), np.bool_)
    nearest = (rgb @ np.array([299, 587, 114]) + 500) // 1000
    for step in (1, -1, 0):
        luma = nearest + step
        cr = _rounded((rgb[:, 0] - luma) << 16, _RED) + _MIDDLE
        cb = _rounded((rgb[:, 2] - luma) << 16, _BLUE) + _MIDDLE
        tried = np.stack([luma, cb, cr], axis=-1)
        fits = ((tried >= 0) & (tried <= 255)).all(axis=1) & (_decoded(luma, cb, cr) == rgb).all(axis=1)
        found[fits] = tried[fits]
        known |= fits
    return found, known


def _rounded(numerator: NDArray[np.int64], denominator: int) -> NDArray[np.int64]:
    """The quotient, to the nearest integer."""
    return (2 * numerator + denominator) // (2 * denominator)
