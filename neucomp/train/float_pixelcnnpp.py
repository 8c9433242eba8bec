"""PixelCNN++ in training: smooth, in floats that run fast, or rounded, as in the exact definition.

Real numbers stand for the integers of `nets.pixelcnnpp`: activations for 1/256, what layers read for 1/64. Rounded
values are those of the definition, bit for bit; their gradients are those of smooth arithmetic.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from neucomp.exact.bounds import LARGEST_SUM
from neucomp.kernels.tables import SQUASH, SQUASH_LIMIT
from neucomp.nets.pixelcnnpp import (
    ACTIVATION_LIMIT,
    FIRST_TAPS,
    IMAGE_LIMIT,
    INPUT_LIMIT,
    ONE,
    OUTPUT_LIMIT,
    SIZES,
    TAPS,
    PixelCNNppConfig,
    Taps,
    elu_table,
    layer_shapes,
)
from neucomp.train.pixel_rounding import nearest, through
from neucomp.train.pixelcnnpp_loss import cost

_UNIT = 256
_READ_UNIT = 64
_SCALE_ONE = 1 << 24
_LARGEST_SCALE = (1 << 31) - 1
_LARGEST_BIAS = 1 << 30


class FloatPixelCNNpp(nn.Module):
    """The network of a `PixelCNNppConfig`."""

    elu: Tensor
    sigmoid: Tensor

    def __init__(self, config: PixelCNNppConfig, dropout: float = 0.0) -> None:
        super().__init__()
        self.config = config
        self.dropout = dropout
        self.rounding = False
        self.weights = nn.ParameterDict()
        self.biases = nn.ParameterDict()
        for name, shape in layer_shapes(config).items():
            gain = 0.25 if name.endswith("second") else 0.2 if name == "out" else 0.8
            weight = torch.randn(shape.outputs, shape.inputs) * (gain / math.sqrt(shape.inputs))
            self.weights[_key(name)] = nn.Parameter(weight)
            self.biases[_key(name)] = nn.Parameter(torch.zeros(shape.outputs))
        with torch.no_grad():
            outputs = self.biases["out"].view(-1, config.logistics)
            outputs[1:4] = torch.linspace(-10, 10, config.logistics)
            outputs[4:7] = 3
            outputs[7:] = 2
        self.register_buffer("elu", torch.tensor(elu_table()), persistent=False)
        self.register_buffer("sigmoid", torch.tensor(SQUASH), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """Outputs (n, 10 * logistics, height, width) for images (n, 3, height, width) of samples from 0 to 255."""
        image = F.pad((2 * samples - 255) / IMAGE_LIMIT, (0, 0, 0, 0, 0, 1), value=1.0)
        streams = {"rows": self._first_rows(image), "pixels": self._first_pixels(image)}
        down: dict[str, list[Tensor]] = {"rows": [], "pixels": []}
        for size in range(SIZES):
            for stream, taps in TAPS.items():
                if size:
                    h = self._layer(f"{stream}.shrink{size - 1}", down[stream][-1], taps, stride=2)
                    streams[stream] = _limit(h)
                down[stream].append(self._read(streams[stream]))
            for number in range(self.config.blocks[size]):
                for stream in TAPS:
                    beside = [down["rows"][-1]] if stream == "pixels" else []
                    name = f"{stream}.down{size}.{number}"
                    streams[stream] = self._block(name, streams[stream], down[stream][-1], TAPS[stream], beside)
                    down[stream].append(self._read(streams[stream]))
        read = {stream: layers.pop() for stream, layers in down.items()}
        for size in reversed(range(SIZES)):
            if size < SIZES - 1:
                for stream in TAPS:
                    grown = self._layer(f"{stream}.grow{size}", read[stream], ONE)
                    streams[stream] = _limit(_interleave(grown))
                    read[stream] = self._read(streams[stream])
            for number in range(self.config.blocks_up(size)):
                for stream in TAPS:
                    beside = [down[stream].pop()]
                    if stream == "pixels":
                        beside.insert(0, read["rows"])
                    name = f"{stream}.up{size}.{number}"
                    streams[stream] = self._block(name, streams[stream], read[stream], TAPS[stream], beside)
                    read[stream] = self._read(streams[stream])
        with torch.autocast(samples.device.type, enabled=False):
            outputs = self._layer("out", read["pixels"].float(), ONE)
            return outputs.clamp(-OUTPUT_LIMIT / _UNIT, OUTPUT_LIMIT / _UNIT)

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
        for name in layer_shapes(self.config):
            matrix, bias, scale = (torch.from_numpy(tensors[f"{name}{part}"]) for part in ("", "_bias", "_scale"))
            unit = IMAGE_LIMIT if name.startswith("first") else _READ_UNIT
            step = scale.double() * (unit / _UNIT / _SCALE_ONE)
            self.weights[_key(name)].copy_(matrix * step[:, None])
            self.biases[_key(name)].copy_(bias * step / unit)

    def export(self) -> dict[str, NDArray[Any]]:
        """Tensors of the network as integers, as `nets.pixelcnnpp.tensor_specs` lists them."""
        tensors = {}
        for name in layer_shapes(self.config):
            weight, bias, scale = self._quantize(name)
            tensors[name] = weight.to(torch.int8).cpu().numpy()
            tensors[f"{name}_bias"] = bias.to(torch.int32).cpu().numpy()
            tensors[f"{name}_scale"] = scale.to(torch.int32).cpu().numpy()
        return tensors

    def _first_rows(self, image: Tensor) -> Tensor:
        return _limit(_down(self._layer("first.rows", image, FIRST_TAPS["rows"])))

    def _first_pixels(self, image: Tensor) -> Tensor:
        above = _down(self._layer("first.above", image, FIRST_TAPS["above"]))
        left = F.pad(self._layer("first.left", image, FIRST_TAPS["left"]), (1, 0))[..., :-1]
        return _limit(above + left)

    def _block(self, name: str, h: Tensor, read: Tensor, taps: Taps, beside: list[Tensor]) -> Tensor:
        inside = _limit(self._layer(f"{name}.first", read, taps, beside))
        inside = F.dropout(self._read(inside), self.dropout, self.training)
        values, gates = self._layer(f"{name}.second", inside, taps).chunk(2, 1)
        gated = values * torch.sigmoid(gates)
        if self.rounding:
            index = (gates.detach().double() * _UNIT).long().clamp(-SQUASH_LIMIT, SQUASH_LIMIT - 1) + SQUASH_LIMIT
            whole = (values.detach().double() * _UNIT).long()
            gated = through(gated, ((whole * self.sigmoid[index] + (1 << 15)) >> 16).double() / _UNIT)
        return _limit(h + gated)

    def _read(self, h: Tensor) -> Tensor:
        """The concatenated ELU, as layers read it."""
        read = torch.cat([F.elu(h), F.elu(-h)], 1)
        if not self.rounding:
            return read
        whole = (h.detach().double() * _UNIT).long()
        exact = torch.cat([self.elu[ACTIVATION_LIMIT + whole], self.elu[ACTIVATION_LIMIT - whole]], 1)
        return through(read, exact.double() / _READ_UNIT)

    def _layer(
        self, name: str, x: Tensor, taps: Taps, beside: list[Tensor] | tuple[()] = (), stride: int = 1
    ) -> Tensor:
        key = _key(name)
        weight, bias = self.weights[key], self.biases[key]
        if not self.rounding:
            return _convolve(x, weight, bias, taps, beside, stride)
        unit = IMAGE_LIMIT if name.startswith("first") else _READ_UNIT
        whole_weight, whole_bias, scale = self._quantize(name)
        step = scale * (unit / _UNIT / _SCALE_ONE)
        integers = through(weight / step[:, None].float(), whole_weight)
        biases = through(bias * unit / step.float(), whole_bias)
        sums = _convolve(x * unit, integers, biases, taps, [each * unit for each in beside], stride)
        factor = (scale / _SCALE_ONE)[:, None, None]
        return through(sums * (factor / _UNIT).float(), nearest(sums.detach().double() * factor) / _UNIT)

    @torch.no_grad()
    def _quantize(self, name: str) -> tuple[Tensor, Tensor, Tensor]:
        """Integers of a layer, float64: weights (outputs, inputs), biases (outputs,), scales (outputs,)."""
        first = name.startswith("first")
        unit, limit = (IMAGE_LIMIT, IMAGE_LIMIT) if first else (_READ_UNIT, INPUT_LIMIT)
        whole = self.weights[_key(name)].double()
        # Rounding adds at most a half to each absolute value.
        largest_row = LARGEST_SUM // limit - whole.shape[1] / 2
        step = torch.maximum(whole.abs().amax(1) / 127, whole.abs().sum(1) / largest_row).clamp(min=1e-9)
        scale = (step * (_UNIT / unit * _SCALE_ONE)).round().clamp(1, _LARGEST_SCALE)
        step = scale * (unit / _UNIT / _SCALE_ONE)
        bias = (self.biases[_key(name)].double() * unit / step).round().clamp(-_LARGEST_BIAS, _LARGEST_BIAS)
        return (whole / step[:, None]).round().clamp(-127, 127), bias, scale


def _key(name: str) -> str:
    """A layer's name without dots, which names of parameters must not have."""
    return name.replace(".", "_")


def _is_edge(key: str) -> bool:
    return key.startswith("first") or key == "out"


def _limit(h: Tensor) -> Tensor:
    return h.clamp(-ACTIVATION_LIMIT / _UNIT, ACTIVATION_LIMIT / _UNIT)


def _down(x: Tensor) -> Tensor:
    return F.pad(x, (0, 0, 1, 0))[:, :, :-1]


def _interleave(grown: Tensor) -> Tensor:
    """(n, 4 * c, h, w), c channels for each of the four places, to (n, c, 2 * h, 2 * w)."""
    n, channels, height, width = grown.shape
    places = grown.view(n, 2, 2, channels // 4, height, width).permute(0, 3, 4, 1, 5, 2)
    return places.reshape(n, channels // 4, 2 * height, 2 * width)


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
