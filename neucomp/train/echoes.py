"""Copies of recordings that sound like others: louder or softer, mixed, at another rate, with channels exchanged."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class _Recording(Protocol):
    @property
    def samples(self) -> NDArray[np.int32]: ...


_LIMIT = 32767
_RATES = (0.5, 2 / 3, 0.75, 0.8, 1.25)
"""Of the sample rate; a kernel of `_HALF_LOBES` lobes on each side keeps what fits in the band."""

_HALF_LOBES = 24


def make_echo(
    samples: NDArray[np.int32], others: Sequence[_Recording], sample_rate_hz: int, random: np.random.Generator
) -> NDArray[np.int32]:
    """What an excerpt (frames, channels) might have been: each change comes by chance, gain always."""
    changed = samples.astype(np.float64)
    if random.random() < 0.3:
        changed = _mix(changed, others[int(random.integers(len(others)))].samples, random)
    if random.random() < 0.3:
        changed = _resample(changed, _RATES[int(random.integers(len(_RATES)))])
    if random.random() < 0.5:
        changed = changed[:, ::-1]
    changed = changed * 10 ** random.uniform(-1.2, 0.1)
    return np.clip(np.round(changed), -_LIMIT - 1, _LIMIT).astype(np.int32)


def _mix(samples: NDArray[np.float64], other: NDArray[np.int32], random: np.random.Generator) -> NDArray[np.float64]:
    """With a part of another recording in all channels."""
    frames = min(len(samples), len(other))
    start = int(random.integers(len(other) - frames + 1))
    added = other[start : start + frames].mean(1, keepdims=True)
    mixed: NDArray[np.float64] = samples[:frames] * random.uniform(0.3, 0.9) + added * random.uniform(0.1, 0.7)
    return mixed


def _resample(samples: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """At `factor` times the rate, by a windowed sinc."""
    cut = min(1.0, factor)
    reach = int(np.ceil(_HALF_LOBES / cut))
    places = np.arange(int(len(samples) * factor)) / factor
    nearest = np.round(places).astype(np.int64)
    padded = np.pad(samples, ((reach, reach), (0, 0)))
    result = np.zeros((len(places), samples.shape[1]))
    for offset in range(-reach, reach + 1):
        distance = (nearest + offset - places) * cut
        inside = np.clip(distance / _HALF_LOBES, -1, 1)
        kernel = cut * np.sinc(distance) * (0.5 + 0.5 * np.cos(np.pi * inside))
        at = np.clip(nearest + offset + reach, 0, len(padded) - 1)
        result += kernel[:, None] * padded[at]
    return result
