"""Binary digits from scikit-learn's: python benchmarks/recipes/classics/digits.py FOLDER

Writes digits-train.npy and digits-test.npy, uint8 (images, 8, 8). The 1,797 images of 8 x 8 pixels in [0, 16] (Alpaydin
and Kaynak 1998, "Optical Recognition of Handwritten Digits") become black and white at 8 and are shuffled by a fixed
seed; the last 397 are for tests.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

TEST = 397
_SEED = 8
_THRESHOLD = 8


def load_bits() -> NDArray[np.bool_]:
    """All images (1797, 64), those for tests last."""
    pixels = load_digits().data
    shuffled: NDArray[np.bool_] = (
        pixels[np.random.Generator(np.random.PCG64(_SEED)).permutation(len(pixels))] >= _THRESHOLD
    )
    return shuffled


if __name__ == "__main__":
    images = load_bits().reshape(-1, 8, 8).astype(np.uint8)
    for name, part in (("train", images[:-TEST]), ("test", images[-TEST:])):
        np.save(Path(sys.argv[1]) / f"digits-{name}.npy", part)
