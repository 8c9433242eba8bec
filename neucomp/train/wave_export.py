"""From a WaveNet in training to the integers that recordings are coded with, and back."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neucomp.kernels.wave_constants import GATE_UNIT
from neucomp.nets.wave_weights import WaveNetwork, make_wave_network
from neucomp.train.arithmetic import SCALE_ONE
from neucomp.train.pixel_rounding import quantize
from neucomp.train.wave_network import FEATURE_STEP, INSIDE_STEP, FloatWaveNetwork, output_steps


def _named_layers(model: FloatWaveNetwork, steps: Tensor) -> list[tuple[str, nn.Linear, Tensor, Tensor]]:
    """Name of each layer, the layer, the steps that its inputs count, and those of its outputs."""
    width = model.config.width
    stream, skips, hidden = steps
    gates = torch.full((2 * width,), 1 / GATE_UNIT)
    targets = torch.cat([stream.expand(width), skips.expand(width)])
    layers = [("input", model.input, FEATURE_STEP, stream)]
    for n, (gate, out) in enumerate(model.layers):
        layers += [(f"layer{n}.gate", gate, stream, gates), (f"layer{n}.out", out, INSIDE_STEP, targets)]
    return [*layers, ("hidden", model.hidden, skips, hidden), ("output", model.output, hidden, output_steps())]


def export_wave_network(model: FloatWaveNetwork, provenance: dict[str, str]) -> WaveNetwork:
    """The network that the model's rounded arithmetic is; ValueError if rounding has not begun."""
    if not model.rounding:
        raise ValueError("the network has no steps yet: begin rounding first")
    tensors = {}
    for name, layer, source, target in _named_layers(model, model.steps.cpu()):
        integers = quantize(layer.weight.cpu(), layer.bias.cpu(), None, source, target)
        tensors[name] = _array(integers.weight, np.int8)
        tensors[f"{name}_bias"] = _array(integers.bias, np.int32)
        tensors[f"{name}_scale"] = _array(integers.scale, np.int32)
    return make_wave_network(model.config, tensors, provenance)


@torch.no_grad()
def import_wave_network(network: WaveNetwork, model: FloatWaveNetwork) -> None:
    """Sets a model of the same config to the weights of a network, its activations to the units of features."""
    for name, layer, source, target in _named_layers(model, FEATURE_STEP.expand(3)):
        matrix, bias, scale = (torch.from_numpy(network.tensors[f"{name}{part}"]) for part in ("", "_bias", "_scale"))
        unit = scale.double() * target / SCALE_ONE
        layer.weight.copy_(matrix * (unit / source)[:, None])
        layer.bias.copy_(bias * unit)


def _array(tensor: Tensor, dtype: type[np.integer[Any]]) -> NDArray[Any]:
    return tensor.to(torch.int64).numpy().astype(dtype)
