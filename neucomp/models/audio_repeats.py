"""Where music repeats itself sample by sample, as loops and drum machines do: found by whoever encodes.

For each block of a recording the search wants the earlier place whose sound is most like it. Compared is what linear
prediction leaves of each channel, at equal loudness, by correlation at every lag (Oppenheim and Schafer, Discrete-Time
Signal Processing, on block convolution by FFT). The lags found are part of the file, so that rounding here can change
which file is written, and never what it decodes to.
"""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from neucomp.models.audio_terms import BLOCK

if TYPE_CHECKING:
    from neucomp.models import Tick

NO_LAG = 0

_LEAST_LAG = 1024
"""Shorter ones are known to other predictors."""

_MOST_BLOCKS = 256
"""How far back the search goes: 12 s at 44.1 kHz."""

_LAG_COST = 24.0
"""Bits of a lag that is not that of the block before, nearly."""

_DOUBT = 40.0
"""Bits that a new lag saves by estimate beyond its cost, at least: the best of so many lags saves some by chance."""

_LEAST_SAVING = 1.0 / 4096
"""Bits a sample that the lags of a recording save by estimate, at least."""

_LARGEST_SHARE = 0.9999
_ORDER = 32
_FRAME = 4 * BLOCK
_RIDGE = 1.0
_AT_ONCE = 64
_LEAST_ENERGY = 1e-6


def find_repeats(planes: NDArray[np.int32], tick: "Tick") -> NDArray[np.int64] | None:
    """For each block of all channels (channels, frames) its lag or NO_LAG; None where it does not pay.

    tick: called with 0 now and then.
    """
    channels, frames = planes.shape
    lags = np.full(-(-frames // BLOCK), NO_LAG, np.int64)
    if frames < 2 * BLOCK:
        return None
    past = _Past(planes)
    saved = 0.0
    for block in range(1, frames // BLOCK):
        tick(0)
        shares = past.shares(block)
        lag = _LEAST_LAG + int(shares.argmax())
        bits = _bits_known(shares[lag - _LEAST_LAG], channels) - _LAG_COST - _DOUBT
        before = int(lags[block - 1])
        kept = _bits_known(shares[before - _LEAST_LAG], channels) if 0 < before < _LEAST_LAG + shares.size else 0.0
        if max(bits, kept) > 0:
            lags[block] = lag if bits > kept else before
            saved += max(bits, kept)
    return lags if saved > _LEAST_SAVING * planes.size else None


class _Past:
    """What linear prediction leaves of a recording, ready to be compared with itself."""

    def __init__(self, planes: NDArray[np.int32]) -> None:
        errors = np.stack([_flatten(plane.astype(np.float64)) for plane in planes]).astype(np.float32)
        blocks = errors.shape[1] // BLOCK
        errors = np.pad(errors[:, : blocks * BLOCK], ((0, 0), (0, BLOCK)))
        sums = np.concatenate([[0.0], np.cumsum((errors.astype(np.float64) ** 2).sum(0))])
        self._energies = sums[BLOCK:] - sums[:-BLOCK]  # of BLOCK frames from each on
        starts = slice(None, blocks * BLOCK, BLOCK)
        self._doubles = np.fft.rfft(sliding_window_view(errors, 2 * BLOCK, axis=1)[:, starts])
        self._blocks = np.conj(np.fft.rfft(sliding_window_view(errors, BLOCK, axis=1)[:, starts], 2 * BLOCK))

    def shares(self, block: int) -> NDArray[np.float64]:
        """The share of a block's energy that the sound a lag before it explains, for lags from _LEAST_LAG on."""
        start = block * BLOCK
        first = max(0, block - _MOST_BLOCKS)
        products: list[NDArray[np.floating]] = [np.zeros(0, np.float32)]
        for begin in range(first, block, _AT_ONCE):
            spectra = self._doubles[:, begin : min(begin + _AT_ONCE, block)] * self._blocks[:, block, None]
            products.append(np.fft.irfft(spectra.sum(0))[:, :BLOCK].ravel())
        likeness = np.concatenate(products)[: start - first * BLOCK - _LEAST_LAG + 1]
        energies = self._energies[first * BLOCK : first * BLOCK + likeness.size] * self._energies[start]
        shares: NDArray[np.float64] = likeness.astype(np.float64) ** 2 / (energies + _LEAST_ENERGY)
        return shares[::-1]


def _bits_known(share: float, channels: int) -> float:
    """Bits that a block needs less where this share of its energy is known."""
    return -0.5 * BLOCK * channels * math.log2(1.0 - min(share, _LARGEST_SHARE))


def _flatten(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """What linear prediction, frame by frame, leaves of a channel, with the loudness of each frame made equal."""
    errors = np.zeros_like(plane)
    for begin in range(0, plane.size, _FRAME):
        first, last = max(_ORDER, begin), min(plane.size, begin + _FRAME)
        if last - first <= _ORDER:
            continue
        windows = sliding_window_view(plane[first - _ORDER : last], _ORDER + 1)
        past, now = windows[:, :-1], windows[:, -1]
        weights = np.linalg.solve(past.T @ past + _RIDGE * np.eye(_ORDER), past.T @ now)
        left = now - past @ weights
        errors[first:last] = left / (np.sqrt((left * left).mean()) + _RIDGE)
    return errors
