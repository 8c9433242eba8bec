"""Mixtures of logistics for many lanes, turned into frequencies by the compiled kernel."""

import hashlib
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import KernelError
from neucomp.kernels.cache import load_kernels

CHANNELS = 3
SAMPLES = 256


class Mixtures:
    """Mixtures of one pixel after the other, one for each lane; the samples of a pixel are coded in order."""

    def __init__(self, lanes: int, logistics: int) -> None:
        self._kernels = _kernels()
        self._outputs: NDArray[np.int64] = np.zeros((lanes, 0), np.int64)
        self._weights = np.zeros((lanes, logistics), np.int64)
        self._masses = np.zeros(SAMPLES, np.int32)
        self._freqs = np.zeros((lanes, SAMPLES), np.int64)

    def begin(self, outputs: NDArray[np.int64]) -> None:
        """A new pixel, by outputs (lanes, 10 * logistics) of `nets.pixelcnnpp`."""
        self._outputs = np.ascontiguousarray(outputs)
        self._kernels.first_weights(self._outputs, self._weights)

    def frequencies(self, channel: int, samples: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Frequencies (lanes, 256), each at least 1, their sum 2**24; valid until the next call.

        samples: (lanes, 3), C-contiguous, of which those of the channels before are known.
        """
        self._kernels.find_frequencies(self._outputs, self._weights, samples, channel, self._masses, self._freqs)
        return self._freqs

    def learn(self, channel: int, samples: NDArray[np.uint8]) -> None:
        """The channel's sample is known, too."""
        self._kernels.learn_weights(self._outputs, self._weights, samples, channel)


_EXPECTED = "c244ea0aa1a600764918658a00baf5c4de767fd723a552c19cf670fc60c679d9"


def _kernels() -> ModuleType:
    return load_kernels("neucomp.kernels.pixel_mixture", _prove)


def _prove(kernels: ModuleType) -> None:
    """KernelError if the frequencies of known mixtures come out otherwise; compiles the kernel for the types above."""
    lanes, logistics = 24, 3
    number = np.arange(lanes * 10 * logistics, dtype=np.int64)
    spread = np.repeat([1024, 8192, 8192, 8192, 2048, 2048, 2048, 2048, 2048, 2048], logistics)
    outputs = (number * 2654435761 % 4294967291).reshape(lanes, -1) % (2 * spread) - spread
    samples = (np.arange(3 * lanes) * 89 % 256).astype(np.uint8).reshape(lanes, 3)
    weights, freqs = np.zeros((lanes, logistics), np.int64), np.zeros((lanes, SAMPLES), np.int64)
    masses = np.zeros(SAMPLES, np.int32)
    digest = hashlib.sha256()
    kernels.first_weights(outputs, weights)
    for channel in range(CHANNELS):
        kernels.find_frequencies(outputs, weights, samples, channel, masses, freqs)
        kernels.learn_weights(outputs, weights, samples, channel)
        digest.update(freqs.tobytes() + weights.tobytes())
    if digest.hexdigest() != _EXPECTED:
        raise KernelError("compiled mixtures give other frequencies than expected: please report this machine")
