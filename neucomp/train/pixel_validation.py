"""What a pixel network costs in exact arithmetic."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.kernels.pixel_constants import CHANNELS, FEATURE_UNIT
from neucomp.nets.pixel_weights import PixelNetwork
from neucomp.nets.pixelcnn import Mixture, PixelState, head, mixture, relate, trunk
from neucomp.train.pixel_network import SMALLEST_MASS, Pixels


def exact_cost(network: PixelNetwork, pixels: Pixels) -> float:
    """Bits per sample, by the mixtures that coding uses."""
    features, activity = (
        (part.double().numpy() * unit).round().astype(np.int64)
        for part, unit in ((pixels.features, FEATURE_UNIT), (pixels.activity, 15))
    )
    samples, medians = pixels.targets.numpy().astype(np.int64), pixels.medians.numpy().astype(np.int64)
    state = PixelState(NumpyOps(), network)
    h = trunk(state, features)
    differences = samples - medians
    costs = []
    for channel in range(CHANNELS):
        before = differences[:, :channel]
        outputs = head(state, h, channel, relate(before, activity))
        costs.append(_bits(mixture(outputs, medians[:, channel], activity, before), samples[:, channel]))
    return float(np.mean(costs))


def _bits(mixture: Mixture, samples: NDArray[np.int64]) -> NDArray[np.float64]:
    """-log2 of the probability of samples (n,) from 0 to 255."""
    value = samples[:, None]
    above = np.where(value == 255, 1, _logistic((value + 0.5 - mixture.centres) * mixture.inverse_scales))
    below = np.where(value == 0, 0, _logistic((value - 0.5 - mixture.centres) * mixture.inverse_scales))
    bits: NDArray[np.float64] = -np.log2(((above - below) * mixture.weights).sum(1) + SMALLEST_MASS)
    return bits


def _logistic(z: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 0.5 + 0.5 * np.tanh(0.5 * z)
    return result
