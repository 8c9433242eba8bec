"""Layers in training: the integers of `nets.layers`, as real numbers with gradients, or the same without rounding.

Activations are float32 numbers in the units of the integers that they stand for. With rounding they are these integers,
bit for bit, and their gradients are those of smooth arithmetic (the straight-through estimator: Bengio 2013,
"Estimating or propagating gradients through stochastic neurons").
"""

from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from neucomp.exact.ops import Array
from neucomp.kernels.wave_constants import GATE_BITS, GATE_LIMIT, LOGISTIC, TANH
from neucomp.nets.layers import GATES, SHARES, Layers, LayerSpec
from neucomp.nets.linears import requantize
from neucomp.train.arithmetic import SCALE_ONE
from neucomp.train.pixel_rounding import Integers, quantize, through

_TANH, _LOGISTIC = (torch.from_numpy(table).float() for table in (TANH, LOGISTIC))


class _Ready(NamedTuple):
    """A layer as a pass uses it."""

    matrix: Tensor  # (inputs, outputs)
    bias: Tensor  # (outputs,): of sums
    rounded: Integers | None  # where it is rounded


class StraightLayers(Layers, nn.Module):
    """Weights of layers, in real units: outputs are matrix x inputs + bias."""

    def __init__(self, specs: dict[str, LayerSpec]) -> None:
        super().__init__()
        self.specs = specs
        self.rounding = False
        weights, biases = {}, {}
        for name, spec in specs.items():
            connected = spec.inputs if spec.mask is None else max(1.0, float(spec.mask.sum(1).mean()))
            weights[_key(name)] = nn.Parameter(torch.randn(spec.outputs, spec.inputs) / connected**0.5)
            biases[_key(name)] = nn.Parameter(torch.zeros(spec.outputs))
            if spec.mask is not None:
                self.register_buffer(f"mask_{_key(name)}", torch.from_numpy(spec.mask).float(), persistent=False)
        self.weights, self.biases = nn.ParameterDict(weights), nn.ParameterDict(biases)
        self._ready: dict[str, _Ready] = {}

    def prepare(self) -> None:
        """Makes the weights ready for a pass; call it whenever they have changed."""
        self._ready = {name: self._prepare(name) for name in self.specs}

    def weight(self, name: str) -> Tensor:
        """The weights of a layer (outputs, inputs), 0 where its mask says so."""
        weight = self.parameter(name)
        return weight if self.specs[name].mask is None else weight * getattr(self, f"mask_{_key(name)}")

    def parameter(self, name: str) -> nn.Parameter:
        """The weights of a layer that a step moves (outputs, inputs)."""
        parameter: nn.Parameter = self.weights[_key(name)]
        return parameter

    def integers(self, name: str) -> Integers:
        """A layer as the exact definition has it, in float64."""
        spec = self.specs[name]
        source, target = torch.tensor(1 / spec.reads), torch.tensor(1 / spec.makes)
        return quantize(self.weight(name), self.biases[_key(name)], None, source, target)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """All tensors of the exact definition, by name."""
        tensors: dict[str, NDArray[Any]] = {}
        for name in self.specs:
            integers = self.integers(name)
            tensors[name] = integers.weight.numpy().astype(np.int8)
            tensors[f"{name}_bias"] = integers.bias.numpy().astype(np.int32)
            tensors[f"{name}_scale"] = integers.scale.numpy().astype(np.int32)
        return tensors

    def matrix(self, name: str) -> Tensor:
        """See `Layers`."""
        return self._ready[name].matrix

    def scaled(self, name: str, sums: Tensor, part: slice = slice(None)) -> Tensor:
        """See `Layers`."""
        _, bias, rounded = self._ready[name]
        biased = sums + bias[part]
        if rounded is None:
            return biased
        exact = requantize(sums.detach().long() + rounded.bias.long()[part], rounded.scale.long()[part])
        return through(biased * (rounded.scale / SCALE_ONE).float()[part], exact)

    def matmul(self, a: Tensor, b: Tensor) -> Tensor:
        """See `Layers`."""
        return a @ b

    def rows(self, name: str, symbols: Tensor) -> Tensor:
        """See `Layers`."""
        return self.scaled(name, F.embedding(symbols, self.matrix(name)))

    def clip(self, x: Tensor, low: int, high: int) -> Tensor:
        """See `Layers`."""
        return x.clamp(low, high)

    def tanh(self, gates: Tensor) -> Tensor:
        """See `Layers`."""
        return self._look_up(_TANH, SHARES * torch.tanh(gates / GATES), gates)

    def logistic(self, gates: Tensor) -> Tensor:
        """See `Layers`."""
        return self._look_up(_LOGISTIC, SHARES * torch.sigmoid(gates / GATES), gates)

    def shrink(self, products: Tensor) -> Tensor:
        """See `Layers`."""
        smooth = products / (1 << GATE_BITS)
        return through(smooth, torch.floor(smooth + 0.5)) if self.rounding else smooth

    def join(self, arrays: list[Array]) -> Tensor:
        """See `Layers`."""
        return torch.cat(arrays, 1)

    def parts(self, x: Tensor, count: int) -> tuple[Tensor, ...]:
        """See `Layers`."""
        return x.chunk(count, -1)

    def steps(self, x: Tensor) -> tuple[Tensor, ...]:
        """See `Layers`."""
        return x.unbind(1)

    def zeros(self, *shape: int) -> Tensor:
        """See `Layers`."""
        return torch.zeros(shape)

    def _prepare(self, name: str) -> _Ready:
        spec, weight, bias = self.specs[name], self.weight(name), self.biases[_key(name)]
        if not self.rounding:
            return _Ready(weight.mT * (spec.makes / spec.reads), bias * spec.makes, None)
        integers = self.integers(name)
        unit = integers.scale.float() * (
            spec.reads / spec.makes / SCALE_ONE
        )  # what an integer of the weights stands for
        return _Ready(
            through(weight / unit[:, None], integers.weight).mT,
            through(bias * spec.reads / unit, integers.bias),
            integers,
        )

    def _look_up(self, table: Tensor, smooth: Tensor, gates: Tensor) -> Tensor:
        if not self.rounding:
            return smooth
        return through(smooth, table[gates.detach().long().clamp(-GATE_LIMIT, GATE_LIMIT) + GATE_LIMIT])


def _key(name: str) -> str:
    """A name without dots, which modules do not take."""
    return name.replace(".", "_")
