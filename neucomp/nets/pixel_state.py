"""Pixel networks as the compiled kernels take them: weights in panels, and the state of one image."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.panels import pack
from neucomp.kernels.pixel_constants import CHANNELS, head_outputs
from neucomp.kernels.pixel_features import FEATURES, NEIGHBOURS
from neucomp.kernels.pixel_network import DISTRIBUTION, FIRST_OUTPUTS, PixelState, PixelWeights
from neucomp.nets.pixel_weights import PixelNetwork
from neucomp.nets.pixelcnn import PixelConfig, tensor_specs

_HEAD_ROWS = 28
"""Outputs of the third head, and as many more as make a multiple of 4 (kernels.products)."""


def new_pixel_weights(network: PixelNetwork) -> PixelWeights:
    """A network's weights; they may be shared by any number of states."""
    config, tensors = network.config, network.tensors
    blocks, width = config.blocks, config.width

    def stacked(name: str, array: Any, shape: tuple[int, ...]) -> NDArray[Any]:
        layers = [array(tensors[f"block{n}.{name}"]) for n in range(blocks)]
        return np.array(layers, layers[0].dtype if layers else np.int32).reshape(blocks, *shape)

    def joined(suffix: str) -> NDArray[np.int32]:
        first = np.zeros(FIRST_OUTPUTS, np.int32)
        first[: head_outputs(0)] = tensors[f"head0{suffix}"]
        return np.concatenate([first, tensors[f"join1{suffix}"], tensors[f"join2{suffix}"]])

    def padded(name: str, rows: int) -> NDArray[Any]:
        tensor = tensors[name]
        filled = np.zeros((rows, *tensor.shape[1:]), tensor.dtype)
        filled[: len(tensor)] = tensor
        return filled

    panels = (width // 16, width // 2, 32)
    outputs = np.concatenate([padded("head0", FIRST_OUTPUTS), tensors["join1"], tensors["join2"]])
    return PixelWeights(
        input=pack(tensors["input"]),
        input_bias=tensors["input_bias"],
        input_scale=tensors["input_scale"],
        up=stacked("up", pack, panels).astype(np.int16),
        up_bias=stacked("up_bias", np.array, (width,)),
        up_scale=stacked("up_scale", np.array, (width,)),
        down=stacked("down", pack, panels).astype(np.int16),
        down_bias=stacked("down_bias", np.array, (width,)),
        down_scale=stacked("down_scale", np.array, (width,)),
        output=pack(outputs),
        output_bias=joined("_bias"),
        output_scale=joined("_scale"),
        seen=np.ascontiguousarray(np.concatenate([tensors["join1_seen"].T, tensors["join2_seen"].T])),
        second=tensors["head1"],
        second_bias=tensors["head1_bias"],
        second_scale=tensors["head1_scale"],
        third=padded("head2", _HEAD_ROWS),
        third_bias=padded("head2_bias", _HEAD_ROWS),
        third_scale=padded("head2_scale", _HEAD_ROWS),
    )


def new_pixel_state(weights: PixelWeights, rows: int, bits: int) -> PixelState:
    """A network before the first front of an image of that many rows, of samples of 8 to 16 bits."""
    width, hidden = weights.input_bias.size, weights.second.shape[1]
    return PixelState(
        weights=weights,
        extra_bits=np.array([bits - 8], np.int64),
        windows=np.zeros((rows, CHANNELS, NEIGHBOURS), np.int32),
        features=np.zeros((rows, FEATURES + FEATURES % 2), np.int16),
        residual=np.zeros((rows, width), np.int16),
        inside=np.zeros((rows, width), np.int16),
        sums=np.zeros((rows, width), np.int32),
        outputs=np.zeros((2, rows, FIRST_OUTPUTS + 2 * hidden), np.int32),
        medians=np.zeros((2, rows, CHANNELS), np.int32),
        activities=np.zeros((2, rows), np.int64),
        factors=np.zeros((2, rows), np.int64),
        first=np.zeros((2, rows, DISTRIBUTION), np.float32),
        hidden=np.zeros(hidden, np.int16),
        head=np.zeros(_HEAD_ROWS, np.int32),
        distribution=np.zeros(DISTRIBUTION, np.float32),
    )


def _blank() -> PixelNetwork:
    config = PixelConfig(16, 0, 32)
    tensors = {name: np.zeros(spec.shape, spec.dtype) for name, spec in tensor_specs(config).items()}
    return PixelNetwork(config, tensors, bytes(16), {})


NO_PIXEL_STATE = new_pixel_state(new_pixel_weights(_blank()), 0, 8)
"""In the place of a network where there is none: arrays of the same types that nobody reads."""
