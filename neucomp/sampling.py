"""Recognises data that no byte model can shrink (JPEG, zip, encrypted, random) from samples, in milliseconds.

The test must not mistake photographs or sound that arrive as bytes for noise: they may use all byte values almost
evenly, but differences between bytes a pixel or a frame apart give them away. So all witnesses have to agree that
there is nothing to gain: the entropy of the bytes, of their differences, a trial with deflate on each sample, and a
search for long repeats (the same picture twice in one archive).

On random, xz and PNG data the first two find less than 0.01 bits per byte to gain, on JPEG, lossless WebP and FLAC
files mostly below 0.1, on raw photographs from 0.2 to 7, on programs and text more.
"""

import re
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MIN_SIZE = 4 << 10
"""Bytes below which coding takes less time than a wrong guess is worth."""

PIECES = 16
PIECE_SIZE = 4 << 10
"""Samples, spread evenly over the block, and bytes in each of them: 64 KiB know an entropy to 0.01 bits."""

DISTANCES = (1, 2, 3, 4, 6, 8)
"""Bytes between neighbours: pixels of 1 to 4 channels of 8 or 16 bits, frames of 1 or 2 channels of 8 to 32 bits."""

MAX_GAIN_BITS = 0.1
"""Bits per byte to gain, by the entropy of bytes or differences, that still count as nothing."""

MAX_DEFLATED = 0.02
"""Fraction that deflate saves on the average sample that still counts as nothing; one sample of text has more."""

ANCHOR = re.compile(rb"\x5a\xc3(.{14})", re.DOTALL)
"""Takes 14 bytes after a marker that random data have every 64 KiB; copies of the same data have the same ones."""

MAX_REPEATED = 0.03
"""Fraction of anchors seen before that still counts as nothing."""


def looks_incompressible(block: bytes) -> bool:
    """Return whether coding `block` would be a waste of time, so that it should be stored at once.

    Blocks under `MIN_SIZE` bytes are always worth a try.

    >>> import random
    >>> looks_incompressible(random.Random(1).randbytes(100_000))
    True
    >>> looks_incompressible(b"All work and no play makes Jack a dull boy. " * 2_000)
    False
    """
    if len(block) < MIN_SIZE:
        return False
    pieces = _spread(block)
    return _deflated(pieces) < MAX_DEFLATED and _repeated(block) < MAX_REPEATED and _gain_bits(pieces) < MAX_GAIN_BITS


def _spread(block: bytes) -> list[bytes]:
    """Return `PIECES` samples, or the whole of a small block in pieces of at least half the usual size."""
    if len(block) <= PIECES * PIECE_SIZE:
        count = max(1, len(block) // PIECE_SIZE)
        bounds = [len(block) * number // count for number in range(count + 1)]
        return [block[begin:end] for begin, end in pairwise(bounds)]
    last = len(block) - PIECE_SIZE
    begins = [last * number // (PIECES - 1) for number in range(PIECES)]
    return [block[begin : begin + PIECE_SIZE] for begin in begins]


def _deflated(pieces: list[bytes]) -> float:
    """Return which fraction of the samples deflate saves, each sample by itself and none below zero."""
    return sum(max(0.0, 1 - len(zlib.compress(piece, 1)) / len(piece)) for piece in pieces) / len(pieces)


def _repeated(block: bytes) -> float:
    """Return which fraction of the anchors in the block has been there before."""
    anchors = ANCHOR.findall(block)
    return 1 - len(set(anchors)) / len(anchors) if anchors else 0.0


def _gain_bits(pieces: list[bytes]) -> float:
    """Return what an order-0 code of the bytes, or of differences at the best distance, would gain in bits per byte."""
    import numpy as np

    samples = [np.frombuffer(piece, dtype=np.uint8) for piece in pieces]
    counts = [sum(np.bincount(sample, minlength=256) for sample in samples)]
    for distance in DISTANCES:
        # Differences of uint8 wrap, as they should: a byte model sees them modulo 256 as well.
        counts.append(sum(np.bincount(sample[distance:] - sample[:-distance], minlength=256) for sample in samples))
    return max(8.0 - _entropy_bits(np.asarray(count)) for count in counts)


def _entropy_bits(counts: "npt.NDArray[np.int64]") -> float:
    """Return the entropy in bits of a distribution over 256 values, known from these counts of at least 2,000 draws."""
    import numpy as np

    total = int(counts.sum())
    fractions = counts[counts > 0] / total
    # The estimate from few draws is too low, on average by (values - 1) / (2 ln 2 draws): Miller and Madow, 1955.
    return float(-(fractions * np.log2(fractions)).sum() + 255 / (2 * np.log(2) * total))
