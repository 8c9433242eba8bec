"""WaveNets as the compiled kernels take them: weights in panels, and the state of one recording."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.panels import pack
from neucomp.kernels.wave_constants import LOGISTICS, OUTPUTS
from neucomp.kernels.wave_features import FEATURES
from neucomp.kernels.wave_network import WaveStep
from neucomp.nets.wave_weights import WaveNetwork
from neucomp.nets.wavenet import WaveConfig, tensor_specs


def new_wave_step(network: WaveNetwork, channels: int) -> WaveStep:
    """A network that has read nothing of a recording."""
    config, tensors = network.config, network.tensors
    layers, width = len(config.dilations), config.width

    def stacked(name: str) -> dict[str, NDArray[Any]]:
        parts = [tensors[f"layer{n}.{name}"] for n in range(layers)]
        biases, scales = (
            np.array([tensors[f"layer{n}.{name}_{each}"] for n in range(layers)]) for each in ("bias", "scale")
        )
        return {name: np.array([pack(each) for each in parts]), f"{name}_bias": biases, f"{name}_scale": scales}

    def single(name: str) -> dict[str, NDArray[Any]]:
        return {name: pack(tensors[name])} | {f"{name}_{each}": tensors[f"{name}_{each}"] for each in ("bias", "scale")}

    return WaveStep(
        **single("input"),
        **stacked("gate"),
        **stacked("out"),
        **single("hidden"),
        **single("output"),
        dilations=np.array(config.dilations, np.int64),
        starts=np.cumsum([0, *config.dilations[:-1]], dtype=np.int64),
        rings=np.zeros((channels, sum(config.dilations), width), np.int16),
        counts=np.zeros(channels, np.int64),
        features=np.zeros((1, FEATURES + FEATURES % 2), np.int16),
        stream=np.zeros((1, 2 * width), np.int16),
        inside=np.zeros((1, width), np.int16),
        skip=np.zeros(width, np.int32),
        sums=np.zeros((1, 2 * width), np.int32),
        outputs=np.zeros(OUTPUTS, np.int64),
        mixture=np.zeros((3, LOGISTICS), np.float32),
    )


def _make_blank() -> WaveNetwork:
    config = WaveConfig(16, (1,))
    tensors = {name: np.zeros(spec.shape, spec.dtype) for name, spec in tensor_specs(config).items()}
    return WaveNetwork(config, tensors, bytes(16), {})


_BLANK = _make_blank()


def blank_wave_step() -> WaveStep:
    """In the place of a network where there is none: arrays of the same types."""
    return new_wave_step(_BLANK, 0)
