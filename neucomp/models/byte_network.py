"""The network as one of the byte model's experts: what it says of each bit, corrected by what it gets wrong.

A bit's probability follows from the network's 256 frequencies. The mixer gets its logit; the same through two adaptive
maps, which learn how far the network can be trusted here; and the logit plus a correction. The correction is a linear
map of what the network's output layer reads, one row of weights for each partial byte, that starts at zero and learns
online: an output layer that follows the file.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels import mixer
from neucomp.kernels.apm import new_apm, refine, update_cell
from neucomp.kernels.inline import part
from neucomp.kernels.logarithm import log_ratio
from neucomp.kernels.network import Step, follow_byte, predict_byte
from neucomp.kernels.tables import SQUASH, SQUASH_LIMIT, STRETCH, STRETCH_LIMIT
from neucomp.nets.step import NO_STEP

NETWORK_INPUTS = 4
"""Logits for the mixer: the network's, through the map by partial byte, through the map by last byte too, corrected."""

START_PERCENT = np.array((10, 5, 5, 20), np.int64)
"""Weights of these inputs before the first bit (40, 65 and 80 together were tried: 0.1 % apart behind a primer, up to
0.4 % without)."""

_MAP_ROWS = 256 + 65536
_MAP_SHIFT = 6
_CORRECTION_RATE = 200
_CORRECTION_SHIFT = 2
"""The correction moves by error * rate / 64 and counts 2**shift times (measured; half or twice the rate: the same)."""


class NetworkExpert(NamedTuple):
    """A network at work on a stream, and what was learned about it; without a network, empty."""

    step: Step
    maps: NDArray[np.uint16]  # (_MAP_ROWS * 32,): rows by partial byte, then by last and partial byte
    features: NDArray[np.int32]  # (network's width, padded with zeros): what its output layer reads
    weights: NDArray[np.int32]  # (256 * width,): of the correction, a row for each partial byte
    pending: NDArray[np.int64]  # (3,): corrected logit and cells of the maps that wait for the bit


def new_expert(step: Step | None) -> NetworkExpert:
    """The expert before the first byte."""
    if step is None:
        empty = np.zeros(0, np.int32)
        return NetworkExpert(NO_STEP, new_apm(0), empty, empty, np.zeros(3, np.int64))
    width = -(-step.residual.size // mixer.LANES) * mixer.LANES
    features = np.zeros(width, np.int32)
    return NetworkExpert(step, new_apm(_MAP_ROWS), features, np.zeros(256 * width, np.int32), np.zeros(3, np.int64))


@part
def predict_by_network(expert):
    """Before the first bit of a byte."""
    predict_byte(expert.step)
    for i in range(expert.step.inputs.size):
        expert.features[i] = expert.step.inputs[i]


@part
def predict_bit_by_network(expert, inputs, first, partial_byte, last_byte):
    """Fills NETWORK_INPUTS inputs of the mixer, from `first` on."""
    freqs = expert.step.freqs
    ones = freqs[2 * partial_byte + 1]
    logit = _clip(log_ratio(ones, freqs[partial_byte] - ones))
    p0, cell0 = refine(expert.maps, partial_byte, logit)
    p1, cell1 = refine(expert.maps, 256 + (last_byte << 8 | partial_byte), logit)
    width = expert.features.size
    correction = mixer.dot_product(expert.features, expert.weights, partial_byte * width, width)
    corrected = _clip(logit + (correction << _CORRECTION_SHIFT))
    inputs[first] = logit
    inputs[first + 1] = STRETCH[p0 >> 4]
    inputs[first + 2] = STRETCH[p1 >> 4]
    inputs[first + 3] = corrected
    expert.pending[0] = corrected
    expert.pending[1] = cell0
    expert.pending[2] = cell1


@part
def learn_by_network(expert, partial_byte, bit):
    """After each bit: the partial byte is the one before it."""
    width = expert.features.size
    error = (bit << 16) - np.int64(SQUASH[np.uint32(expert.pending[0] + SQUASH_LIMIT)])
    mixer.train_row(expert.features, expert.weights, partial_byte * width, width, error * _CORRECTION_RATE >> 6)
    update_cell(expert.maps, expert.pending[1], bit, _MAP_SHIFT)
    update_cell(expert.maps, expert.pending[2], bit, _MAP_SHIFT)


@part
def follow_by_network(expert, byte):
    """After each byte."""
    follow_byte(expert.step, byte)


@part
def _clip(logit):
    return max(min(logit, np.int64(STRETCH_LIMIT)), np.int64(-STRETCH_LIMIT))
