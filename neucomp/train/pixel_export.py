"""From a pixel network in training to the integers that images are coded with, and back."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neucomp.kernels.pixel_constants import FEATURE_UNIT
from neucomp.nets.pixel_weights import PixelNetwork, make_pixel_network
from neucomp.train.arithmetic import SCALE_ONE
from neucomp.train.pixel_network import FEATURE_STEP, FloatPixelNetwork
from neucomp.train.pixel_rounding import Integers, output_steps, quantize


def export_pixel_network(model: FloatPixelNetwork, provenance: dict[str, str]) -> PixelNetwork:
    """The network that the model's rounded arithmetic is; ValueError if rounding has not begun."""
    if not model.rounding:
        raise ValueError("the network has no steps yet: begin rounding first")
    steps, blocks = model.steps, model.config.blocks
    tensors = _tensors("input", quantize(model.input.weight, model.input.bias, None, FEATURE_STEP, steps[0]))
    for n, (up, down) in enumerate(model.blocks):
        tensors |= _tensors(f"block{n}.up", quantize(up.weight, up.bias, None, steps[0], steps[n + 1]))
        tensors |= _tensors(f"block{n}.down", quantize(down.weight, down.bias, None, steps[n + 1], steps[0]))
    joins = {1: (model.join1, model.seen1), 2: (model.join2, model.seen2)}
    for channel, (join, seen) in joins.items():
        integers = quantize(join.weight, join.bias, seen.weight, steps[0], steps[blocks + channel])
        tensors |= _tensors(f"join{channel}", integers)
    for channel, head in enumerate((model.head0, model.head1, model.head2)):
        source = steps[0] if channel == 0 else steps[blocks + channel]
        outputs = output_steps(head.out_features).to(source.device)
        integers = quantize(head.weight, head.bias, None, source, outputs)
        tensors |= _tensors(f"head{channel}", integers)
    return make_pixel_network(model.config, tensors, provenance)


@torch.no_grad()
def import_pixel_network(network: PixelNetwork, model: FloatPixelNetwork) -> None:
    """Sets a model of the same config to the weights of a network, its activations to the units of features."""

    def put(name: str, layer: nn.Linear, target: Tensor = FEATURE_STEP, look: nn.Linear | None = None) -> None:
        matrix, bias, scale = (torch.from_numpy(network.tensors[f"{name}{part}"]) for part in ("", "_bias", "_scale"))
        unit = scale.double() * target / SCALE_ONE
        layer.weight.copy_(matrix * (unit / FEATURE_STEP)[:, None])
        layer.bias.copy_(bias * unit)
        if look is not None:
            look.weight.copy_(torch.from_numpy(network.tensors[f"{name}_seen"]) * (FEATURE_UNIT * unit)[:, None])

    put("input", model.input)
    for n, (up, down) in enumerate(model.blocks):
        put(f"block{n}.up", up)
        put(f"block{n}.down", down)
    put("join1", model.join1, look=model.seen1)
    put("join2", model.join2, look=model.seen2)
    for channel, head in enumerate((model.head0, model.head1, model.head2)):
        put(f"head{channel}", head, output_steps(head.out_features))


def _tensors(name: str, integers: Integers) -> dict[str, NDArray[Any]]:
    tensors = {
        name: _array(integers.weight, np.int8),
        f"{name}_bias": _array(integers.bias, np.int32),
        f"{name}_scale": _array(integers.scale, np.int32),
    }
    if integers.look is not None:
        tensors[f"{name}_seen"] = _array(integers.look, np.int16)
    return tensors


def _array(tensor: Tensor, dtype: type[np.integer[Any]]) -> NDArray[Any]:
    return tensor.cpu().to(torch.int64).numpy().astype(dtype)
