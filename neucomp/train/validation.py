"""What a network costs on held-out data: in training, and as it will be coded with."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.kernels.network_constants import FREQUENCY_BITS
from neucomp.nets.rows import find_rows
from neucomp.nets.transformer import forward, frequencies, new_state
from neucomp.nets.weights import Network
from neucomp.train.corpus import LOOK_BACK, Corpus, Group, cut_windows, read_windows
from neucomp.train.training import Bits

if TYPE_CHECKING:
    from neucomp.train.byte_training import ByteTraining

QUICK_WINDOWS = 64
"""Windows of each group, of all that there are, in the validations along the way."""

_BATCH = 32


def validate(training: "ByteTraining", corpus: Corpus, most: int = QUICK_WINDOWS) -> Bits:
    """Bits per byte of each group's validation part, in up to `most` windows, by the network in training."""
    return {
        group.name: _mean(
            [training.cost(read_windows(batch, training.config.table_bits)) for batch in batches],
            [len(batch) for batch in batches],
        )
        for group in corpus.groups
        for batches in [list(_batches(group, training.settings.length, most))]
    }


def validate_exact(network: Network, corpus: Corpus, length: int, most: int = QUICK_WINDOWS) -> Bits:
    """The same in exact arithmetic, by the frequencies that coding uses."""
    bits = {}
    for group in corpus.groups:
        batches = list(_batches(group, length, most))
        costs = [[_exact_cost(network, batch, depth) for depth in network.config.exits] for batch in batches]
        bits[group.name] = _mean(costs, [len(batch) for batch in batches])
    return bits


def _batches(group: Group, length: int, most: int) -> Iterator[NDArray[np.uint8]]:
    windows = cut_windows(group.validation, length, most)
    for start in range(0, len(windows), _BATCH):
        yield windows[start : start + _BATCH]


def _exact_cost(network: Network, windows: NDArray[np.uint8], depth: int) -> float:
    ops = NumpyOps()
    state = new_state(ops, network, len(windows), depth)
    find_rows(windows[:, :LOOK_BACK], state.readers, network.config.table_bits)
    freqs = frequencies(ops, forward(state, windows[:, LOOK_BACK:-1]))
    chosen = np.take_along_axis(freqs, windows[:, LOOK_BACK + 1 :, None].astype(np.int64), 2)
    return float(FREQUENCY_BITS - np.log2(chosen).mean())


def _mean(costs: list[list[float]], sizes: list[int]) -> list[float]:
    mean: list[float] = np.average(costs, 0, sizes).tolist()
    return mean
