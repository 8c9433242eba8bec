"""Images for tests of the image model."""

import numpy as np


def picture(shape: tuple[int, int, int, int], bits: int, kind: str) -> np.ndarray:
    """(n, height, width, channels) of `bits`: "smooth" with a little noise, all "noise", or "flat"."""
    random = np.random.default_rng(sum(shape) + bits)
    limit = (1 << bits) - 1
    if kind == "noise":
        samples = random.integers(0, limit + 1, shape)
    elif kind == "flat":
        samples = np.full(shape, limit)
    else:
        n, y, x, c = np.indices(shape)
        waves = np.sin(x / 9 + c / 3 + n) + np.cos(y / 7 - x / 31)
        samples = ((waves + 2) * limit / 4 + random.normal(0, limit / 200, shape)).astype(np.int64).clip(0, limit)
    return samples.astype(np.uint8 if bits <= 8 else np.uint16)
