"""Features through the WaveNet: sample by sample by the compiled step, and many frames at once by the definition."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.exact.ops import Ops
from neucomp.kernels.wave_constants import OUTPUTS
from neucomp.kernels.wave_features import FEATURES
from neucomp.kernels.wave_network import lay_mixture, run_network
from neucomp.nets.wave_state import new_wave_step
from neucomp.nets.wave_weights import WaveNetwork
from neucomp.nets.wavenet import WaveState, advance


def make_features(seed: int, lanes: int, frames: int) -> NDArray[np.int64]:
    """(lanes, frames, 31): calm and wild frames."""
    random = np.random.default_rng(seed)
    size = random.choice([1, 30, 300, 1023], (lanes, frames, 1))
    return random.integers(-size, size + 1, (lanes, frames, FEATURES))


def by_steps(
    network: WaveNetwork, features: NDArray[np.int64], usual: float
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Outputs (lanes, frames, 12), and the mixtures (lanes, frames, 3, 4) for a usual error; lanes are channels."""
    lanes, frames, _ = features.shape
    outputs = np.zeros((lanes, frames, OUTPUTS), np.int64)
    mixtures = np.zeros((lanes, frames, 3, OUTPUTS // 3), np.float32)
    _run_steps(new_wave_step(network, lanes), features, np.float32(usual), outputs, mixtures)
    return outputs, mixtures


@njit
def _run_steps(net, features, usual, outputs, mixtures):  # type: ignore[no-untyped-def]
    for t in range(features.shape[1]):
        for z in range(features.shape[0]):
            for i in range(FEATURES):
                net.features[0, i] = features[z, t, i]
            run_network(net, z)
            lay_mixture(net, usual)
            outputs[z, t] = net.outputs
            mixtures[z, t] = net.mixture


def by_definition(
    network: WaveNetwork, features: NDArray[np.int64], ops: Ops | None = None, split: int | None = None
) -> NDArray[np.int64]:
    """Outputs (lanes, frames, 12); frames from `split` on are read on their own."""
    state = WaveState(ops or NumpyOps(), network, len(features))
    parts = np.split(features, [split], axis=1) if split is not None else [features]
    return np.concatenate([advance(state, part) for part in parts if part.shape[1]], 1)
