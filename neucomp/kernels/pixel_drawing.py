"""Pixels to train networks on: drawn from everywhere in many pictures, changed a little, and made into features."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.inline import compiled, part
from neucomp.kernels.pixel_features import NEIGHBOURS, OFFSETS, read_features

BORDER = 5
"""Pixels at a picture's edge that have no whole neighbourhood in all directions."""


class Pool(NamedTuple):
    """Pictures, one after the other."""

    samples: NDArray[np.uint8]  # all pictures' (height, width, 3), channels in coding order: green, red, blue
    starts: NDArray[np.int64]  # (pictures,)
    heights: NDArray[np.int64]
    widths: NDArray[np.int64]
    shares: NDArray[np.float64]  # cumulated, by area; the last is 1


@compiled
def draw_pixels(pool, seed, changing, window, order, targets, medians, activities, features):
    """Fills a batch with pixels from everywhere: targets and medians (n, 3) uint8, activities (n,), features (n, 133).

    window (3, neighbours) int32 and order (3,) int64 are scratch.
    changing: with mirrored and transposed neighbourhoods, exchanged channels, less light, noise, and some gray pixels.
    """
    np.random.seed(seed)
    for i in range(targets.shape[0]):
        picture = min(np.searchsorted(pool.shares, np.random.random(), "right"), len(pool.starts) - 1)
        height, width = pool.heights[picture], pool.widths[picture]
        y = BORDER + int(np.random.random() * (height - 2 * BORDER))
        x = BORDER + int(np.random.random() * (width - 2 * BORDER))
        turn = np.random.randint(8) if changing else 0
        for c in range(3):
            order[c] = c
        if changing and np.random.random() < 0.4:
            for c in range(2):
                other = c + np.random.randint(3 - c)
                kept = order[c]
                order[c] = order[other]
                order[other] = kept
        for c in range(3):
            targets[i, c] = pool.samples[pool.starts[picture] + 3 * (y * width + x) + order[c]]
        for j in range(NEIGHBOURS):
            dy, dx = OFFSETS[j]
            dy = -dy if turn & 1 else dy
            dx = -dx if turn & 2 else dx
            if turn & 4:
                dy, dx = dx, dy
            at = pool.starts[picture] + 3 * ((y + dy) * width + x + dx)
            for c in range(3):
                window[c, j] = pool.samples[at + order[c]]
        if changing:
            _change(window, targets[i])
        activities[i] = read_features(window, 0, medians[i], features[i])


@part
def _change(window, target):
    """Less light, noise, gray: each in some of the pixels."""
    gain = np.random.uniform(0.45, 1.0) if np.random.random() < 0.5 else 1.0
    noise = np.random.uniform(0.3, 4.0) if np.random.random() < 0.2 else 0.0
    if np.random.random() < 0.08:
        for j in range(window.shape[1]):
            _make_gray(window[:, j])
        _make_gray(target)
        if noise > 0:
            return
    elif np.random.random() < 0.05:
        colour = np.random.uniform(0.0, 0.5)
        for j in range(window.shape[1]):
            _fade(window[:, j], colour)
        _fade(target, colour)
    if gain < 1 or noise > 0:
        for c in range(3):
            for j in range(window.shape[1]):
                window[c, j] = _expose(window[c, j], gain, noise)
            target[c] = _expose(target[c], gain, noise)


@part
def _make_gray(sample):
    """The brightness of a pixel (3,), green, red, blue, in all its channels."""
    brightness = (150 * np.int64(sample[0]) + 77 * np.int64(sample[1]) + 29 * np.int64(sample[2]) + 128) >> 8
    for c in range(3):
        sample[c] = brightness


@part
def _fade(sample, colour):
    """Brings the colours of a pixel (3,) nearer to its green."""
    green = np.int64(sample[0])
    for c in range(1, 3):
        sample[c] = int(np.floor(green + colour * (np.int64(sample[c]) - green) + 0.5))


@part
def _expose(sample, gain, noise):
    """A sample with less light, and with noise if there is to be any."""
    value = gain * sample + 0.5
    if noise > 0:
        value += noise * np.random.normal(0.0, 1.0)
    return min(255, max(0, int(np.floor(value))))
