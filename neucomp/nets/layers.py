"""Layers by name, on which networks are written: once, for coding with integers and for training with real numbers.

A network is a function of `Layers`. `ExactLayers` computes it on any `Ops`, for coding; `train.straight_layers`
computes the same integers as real numbers with gradients. What an integer stands for depends on what makes it:

    symbols       themselves: 0 or 1, or a byte, of which a row of weights is taken
    activations   1/128, within +-1023
    gates         1/256, what goes into tanh and the logistic function, which heed +-2047 of them
    shares        1/1024, what comes out of these, within +-1024
    logits        1/256 nat
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.ops import Array, Ops
from neucomp.kernels.wave_constants import GATE_BITS, GATE_LIMIT, LOGISTIC, TANH
from neucomp.nets.linears import LARGEST_ACTIVATION, linear_specs, put_linears, requantize
from neucomp.nets.transformer import TensorSpec

SYMBOLS, ACTIVATIONS, GATES, SHARES, LOGITS = 1, 128, 256, 1024, 256
"""How many integers make 1."""

LARGEST = {SYMBOLS: 1, ACTIVATIONS: LARGEST_ACTIVATION, SHARES: 1 << GATE_BITS}
"""The largest integers of what layers read."""


class LayerSpec(NamedTuple):
    """A layer: its shape, what its integers stand for, and where it has no weights."""

    outputs: int
    inputs: int
    reads: int
    """Integers to 1 of what it reads, a key of `LARGEST`."""
    makes: int
    """Integers to 1 of what it makes."""
    mask: NDArray[np.bool_] | None = None
    """(outputs, inputs): false where there is no weight, whatever a file says."""


def layer_tensors(specs: dict[str, LayerSpec]) -> dict[str, TensorSpec]:
    """All tensors of a network with these layers, by name."""
    tensors: dict[str, TensorSpec] = {}
    for name, layer in specs.items():
        tensors |= linear_specs(name, layer.outputs, layer.inputs, LARGEST[layer.reads])
    return tensors


class Layers(ABC):
    """Layers of a network, by name."""

    @abstractmethod
    def matrix(self, name: str) -> Array:
        """The weights of a layer (inputs, outputs)."""

    @abstractmethod
    def scaled(self, name: str, sums: Array, part: slice = slice(None)) -> Array:
        """What a layer makes of its sums of products (..., outputs), or of some of its outputs: biased and scaled."""

    @abstractmethod
    def matmul(self, a: Array, b: Array) -> Array:
        """The product of (..., m, k) and (k, n)."""

    @abstractmethod
    def clip(self, x: Array, low: int, high: int) -> Array:
        """Each x brought into [low, high]."""

    @abstractmethod
    def tanh(self, gates: Array) -> Array:
        """Shares in [-1023, 1023]."""

    @abstractmethod
    def logistic(self, gates: Array) -> Array:
        """Shares in [0, 1024]."""

    @abstractmethod
    def shrink(self, products: Array) -> Array:
        """Products with shares, over 1024: the nearest integer, halves upwards."""

    @abstractmethod
    def join(self, arrays: list[Array]) -> Array:
        """One array of several, along the second axis."""

    @abstractmethod
    def parts(self, x: Array, count: int) -> tuple[Array, ...]:
        """Equal parts along the last axis."""

    @abstractmethod
    def steps(self, x: Array) -> tuple[Array, ...]:
        """What there is at each place of the second axis."""

    @abstractmethod
    def zeros(self, *shape: int) -> Array:
        """Zeros."""

    def linear(self, name: str, x: Array) -> Array:
        """What a layer makes of x (..., inputs)."""
        return self.scaled(name, self.matmul(x, self.matrix(name)))

    def rows(self, name: str, symbols: Array) -> Array:
        """What a layer makes of symbols (...), of which each stands for a 1 in its place and 0 elsewhere."""
        return self.scaled(name, self.matrix(name)[symbols])

    def relu(self, x: Array) -> Array:
        """Activations that are not negative."""
        return self.clip(x, 0, LARGEST_ACTIVATION)


class ExactLayers(Layers):
    """Layers of checked weights, on integers; specs: of those that have masks."""

    def __init__(self, ops: Ops, tensors: dict[str, NDArray[Any]], specs: dict[str, LayerSpec] | None = None) -> None:
        self.ops = ops
        masked = {
            name: np.where(spec.mask, tensors[name], 0) for name, spec in (specs or {}).items() if spec.mask is not None
        }
        self._linears = put_linears(ops, tensors | masked)
        self._tanh, self._logistic = ops.put(TANH), ops.put(LOGISTIC)

    def matrix(self, name: str) -> Array:
        """See `Layers`."""
        return self._linears[name].matrix

    def scaled(self, name: str, sums: Array, part: slice = slice(None)) -> Array:
        """See `Layers`."""
        _, bias, scale = self._linears[name]
        return requantize(sums + bias[part], scale[part])

    def matmul(self, a: Array, b: Array) -> Array:
        """See `Layers`."""
        return self.ops.matmul(a, b)

    def rows(self, name: str, symbols: Array) -> Array:
        """See `Layers`."""
        return self.scaled(name, self.ops.take(self.matrix(name), symbols))

    def clip(self, x: Array, low: int, high: int) -> Array:
        """See `Layers`."""
        return self.ops.clip(x, low, high)

    def tanh(self, gates: Array) -> Array:
        """See `Layers`."""
        return self.ops.take(self._tanh, self.clip(gates, -GATE_LIMIT, GATE_LIMIT) + GATE_LIMIT)

    def logistic(self, gates: Array) -> Array:
        """See `Layers`."""
        return self.ops.take(self._logistic, self.clip(gates, -GATE_LIMIT, GATE_LIMIT) + GATE_LIMIT)

    def shrink(self, products: Array) -> Array:
        """See `Layers`."""
        return (products + (1 << (GATE_BITS - 1))) >> GATE_BITS

    def join(self, arrays: list[Array]) -> Array:
        """See `Layers`."""
        return self.ops.join(arrays)

    def parts(self, x: Array, count: int) -> tuple[Array, ...]:
        """See `Layers`."""
        size = x.shape[-1] // count
        return tuple(x[..., n * size : (n + 1) * size] for n in range(count))

    def steps(self, x: Array) -> tuple[Array, ...]:
        """See `Layers`."""
        return tuple(x[:, n] for n in range(x.shape[1]))

    def zeros(self, *shape: int) -> Array:
        """See `Layers`."""
        return self.ops.put(np.zeros(shape, np.int64))
