"""What the pixel network and the WaveNet have in common: layers of int8 with biases and scales, softmax weights."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.ops import Array, Ops
from neucomp.exact.tables import EXP24
from neucomp.kernels.network_constants import EXP_SIZE
from neucomp.nets.transformer import TensorSpec

LARGEST_ACTIVATION = 1023
"""What layers read, unless it is said otherwise."""

_LARGEST_BIAS = 1 << 30


class Linear(NamedTuple):
    """A matrix (inputs, outputs), float32; biases of its sums, and scales, 2**24 standing for 1, int64."""

    matrix: Array
    bias: Array
    scale: Array


def linear_specs(
    name: str, outputs: int, inputs: int, largest_input: int = LARGEST_ACTIVATION
) -> dict[str, TensorSpec]:
    """The tensors of a layer."""
    return {
        name: TensorSpec("int8", (outputs, inputs), -128, 127, largest_input),
        f"{name}_bias": TensorSpec("int32", (outputs,), -_LARGEST_BIAS, _LARGEST_BIAS),
        f"{name}_scale": TensorSpec("int32", (outputs,), 0, (1 << 31) - 1),
    }


def put_linears(ops: Ops, tensors: dict[str, NDArray[Any]]) -> dict[str, Linear]:
    """All layers of a network, by name, on a backend."""
    names = [name.removesuffix("_scale") for name in tensors if name.endswith("_scale")]
    return {
        name: Linear(
            ops.put(tensors[name].T.astype(np.float32)),
            ops.put(tensors[f"{name}_bias"].astype(np.int64)),
            ops.put(tensors[f"{name}_scale"].astype(np.int64)),
        )
        for name in names
    }


def apply_linear(ops: Ops, linear: Linear, x: Array) -> Array:
    """Outputs (..., outputs) of a layer that reads x (..., inputs)."""
    return requantize(ops.matmul(x, linear.matrix) + linear.bias, linear.scale)


def requantize(sums: Array, scale: Array) -> Array:
    """Sums times scales, 2**24 standing for 1; halves are rounded upwards."""
    return (sums * scale + (1 << 23)) >> 24


def softmax_weights(logits: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """The softmax of logits (n, k) in 1/256 nat: integers that sum to 2**bits.

    The largest takes what rounding leaves.
    """
    best = logits.argmax(1)[:, None]
    below = np.take_along_axis(logits, best, 1) - logits
    shares = EXP24[np.minimum(below, EXP_SIZE - 1)].astype(np.int64)
    weights: NDArray[np.int64] = shares * ((1 << 24 + bits) // shares.sum(1, keepdims=True)) >> 24
    left = (1 << bits) - weights.sum(1, keepdims=True)
    np.put_along_axis(weights, best, np.take_along_axis(weights, best, 1) + left, 1)
    return weights
