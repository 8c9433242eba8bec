"""Networks over small images in training: smooth, in floats that run fast, or rounded, as in the exact definition.

Real numbers stand for the integers of `nets.lockstep`: activations for 1/256, what layers read for 1/64 or 1/128.
Rounded values are those of the definition, bit for bit; their gradients are those of smooth arithmetic.
"""

import math
from abc import abstractmethod
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from neucomp.exact.bounds import LARGEST_SUM
from neucomp.nets.lockstep import ACTIVATION_LIMIT, FIRST_TAPS, IMAGE_LIMIT, INPUT_LIMIT, ONE, OUTPUT_LIMIT, Shape, Taps
from neucomp.train.pixel_rounding import nearest, through
from neucomp.train.tile_loss import cost

UNIT = 256
_SCALE_ONE = 1 << 24
_LARGEST_SCALE = (1 << 31) - 1
_LARGEST_BIAS = 1 << 30


class FloatLockstep(nn.Module):
    """A network whose layers have these shapes. gains: of first weights, by the end of a layer's name."""

    read_unit: ClassVar[int]
    """What layers read of 1, but for those that read the image."""

    def __init__(self, shapes: dict[str, Shape], logistics: int, gains: dict[str, float]) -> None:
        super().__init__()
        self.rounding = False
        self._shapes = shapes
        self.weights = nn.ParameterDict()
        self.biases = nn.ParameterDict()
        for name, shape in shapes.items():
            gain = next((gain for end, gain in gains.items() if name.endswith(end)), 0.8)
            weight = torch.randn(shape.outputs, shape.inputs) * (gain / math.sqrt(shape.inputs))
            self.weights[_key(name)] = nn.Parameter(weight)
            self.biases[_key(name)] = nn.Parameter(torch.zeros(shape.outputs))
        with torch.no_grad():
            outputs = self.biases["out"].view(-1, logistics)
            outputs[1:4] = torch.linspace(-10, 10, logistics)
            outputs[4:7] = 3
            outputs[7:] = 2

    @abstractmethod
    def read_image(self, image: Tensor) -> Tensor:
        """What the layer of outputs reads (n, channels, height, width) of images (n, 4, height, width), in [-1, 1]."""

    def forward(self, samples: Tensor) -> Tensor:
        """Outputs (n, 10 * logistics, height, width) for images (n, 3, height, width) of samples from 0 to 255."""
        image = F.pad((2 * samples - 255) / IMAGE_LIMIT, (0, 0, 0, 0, 0, 1), value=1.0)
        read = self.read_image(image)
        with torch.autocast(samples.device.type, enabled=False):
            return self.layer("out", read.float()).clamp(-OUTPUT_LIMIT / UNIT, OUTPUT_LIMIT / UNIT)

    def losses(self, samples: Tensor) -> Tensor:
        """What images (n, 3, height, width) cost (n,), in nats."""
        return cost(self(samples), samples)

    def matrices(self) -> list[nn.Parameter]:
        """Weights (outputs, inputs) of the layers between image and outputs."""
        return [weight for key, weight in self.weights.items() if not _is_edge(key)]

    def others(self) -> list[nn.Parameter]:
        """All other weights."""
        return [weight for key, weight in self.weights.items() if _is_edge(key)] + list(self.biases.values())

    @torch.no_grad()
    def load(self, tensors: dict[str, NDArray[Any]]) -> None:
        """Takes over the weights that `export` gave."""
        for name in self._shapes:
            matrix, bias, scale = (torch.from_numpy(tensors[f"{name}{part}"]) for part in ("", "_bias", "_scale"))
            unit = IMAGE_LIMIT if name.startswith("first") else self.read_unit
            step = scale.double() * (unit / UNIT / _SCALE_ONE)
            self.weights[_key(name)].copy_(matrix * step[:, None])
            self.biases[_key(name)].copy_(bias * step / unit)

    def export(self) -> dict[str, NDArray[Any]]:
        """Tensors of the network as integers, as `tensor_specs` of its definition lists them."""
        tensors = {}
        for name in self._shapes:
            weight, bias, scale = self._quantize(name)
            tensors[name] = weight.to(torch.int8).cpu().numpy()
            tensors[f"{name}_bias"] = bias.to(torch.int32).cpu().numpy()
            tensors[f"{name}_scale"] = scale.to(torch.int32).cpu().numpy()
        return tensors

    def first_rows(self, image: Tensor) -> Tensor:
        """What is kept of the rows above."""
        return limit(_down(self.layer("first.rows", image, FIRST_TAPS["rows"])))

    def first_pixels(self, image: Tensor) -> Tensor:
        """What is kept of the pixels before."""
        above = _down(self.layer("first.above", image, FIRST_TAPS["above"]))
        left = F.pad(self.layer("first.left", image, FIRST_TAPS["left"]), (1, 0))[..., :-1]
        return limit(above + left)

    def layer(
        self, name: str, x: Tensor, taps: Taps = ONE, beside: list[Tensor] | tuple[()] = (), stride: int = 1
    ) -> Tensor:
        """Outputs of a layer that reads x, and what is `beside` it, around each position."""
        key = _key(name)
        weight, bias = self.weights[key], self.biases[key]
        if not self.rounding:
            return _convolve(x, weight, bias, taps, beside, stride)
        unit = IMAGE_LIMIT if name.startswith("first") else self.read_unit
        whole_weight, whole_bias, scale = self._quantize(name)
        step = scale * (unit / UNIT / _SCALE_ONE)
        integers = through(weight / step[:, None].float(), whole_weight)
        biases = through(bias * unit / step.float(), whole_bias)
        sums = _convolve(x * unit, integers, biases, taps, [each * unit for each in beside], stride)
        factor = (scale / _SCALE_ONE)[:, None, None]
        return through(sums * (factor / UNIT).float(), nearest(sums.detach().double() * factor) / UNIT)

    @torch.no_grad()
    def _quantize(self, name: str) -> tuple[Tensor, Tensor, Tensor]:
        """Integers of a layer, float64: weights (outputs, inputs), biases (outputs,), scales (outputs,)."""
        first = name.startswith("first")
        unit, largest = (IMAGE_LIMIT, IMAGE_LIMIT) if first else (self.read_unit, INPUT_LIMIT)
        whole = self.weights[_key(name)].double()
        # Rounding adds at most a half to each absolute value.
        largest_row = LARGEST_SUM // largest - whole.shape[1] / 2
        step = torch.maximum(whole.abs().amax(1) / 127, whole.abs().sum(1) / largest_row).clamp(min=1e-9)
        scale = (step * (UNIT / unit * _SCALE_ONE)).round().clamp(1, _LARGEST_SCALE)
        step = scale * (unit / UNIT / _SCALE_ONE)
        bias = (self.biases[_key(name)].double() * unit / step).round().clamp(-_LARGEST_BIAS, _LARGEST_BIAS)
        return (whole / step[:, None]).round().clamp(-127, 127), bias, scale


def _key(name: str) -> str:
    """A layer's name without dots, which names of parameters must not have."""
    return name.replace(".", "_")


def _is_edge(key: str) -> bool:
    return key.startswith("first") or key == "out"


def limit(h: Tensor) -> Tensor:
    """Activations within their limit."""
    return h.clamp(-ACTIVATION_LIMIT / UNIT, ACTIVATION_LIMIT / UNIT)


def _down(x: Tensor) -> Tensor:
    return F.pad(x, (0, 0, 1, 0))[:, :, :-1]


def _convolve(
    x: Tensor, weight: Tensor, bias: Tensor, taps: Taps, beside: list[Tensor] | tuple[()], stride: int
) -> Tensor:
    """A convolution of x by the weights of its taps, and what is read `beside` it, at the same position."""
    channels = x.shape[1]
    near = weight[:, : taps.number * channels].view(len(weight), taps.rows, len(taps.columns), channels)
    padding = (-taps.columns[0], taps.columns[-1], taps.rows - 1, 0)
    y = F.conv2d(F.pad(x, padding), near.permute(0, 3, 1, 2), bias, stride=stride)
    if beside:
        y = y + F.conv2d(torch.cat(list(beside), 1), weight[:, taps.number * channels :, None, None])
    return y
