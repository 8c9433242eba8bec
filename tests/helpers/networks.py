"""Small networks of pseudo-random weights, the same ones everywhere, that reach the ends of every range."""

import hashlib

import numpy as np

from neucomp.nets.transformer import TransformerConfig, tensor_specs
from neucomp.nets.weights import Network, make_network

TINY = TransformerConfig(
    width=32, table_bits=(6, 5, 6, 7, 6, 6, 4, 6), heads=1, hidden=48, layers=2, window=8, exits=(0, 1, 2)
)
TWO_HEADS = TransformerConfig(width=40, table_bits=(5,) * 8, heads=2, hidden=24, layers=1, window=5, exits=(1,))


def integers(name: str, low: int, high: int, shape: tuple[int, ...]) -> np.ndarray:
    """Pseudo-random integers in [low, high], another set for each name."""
    stream = hashlib.shake_256(name.encode()).digest(8 * int(np.prod(shape)))
    words = np.frombuffer(stream, "<u8").reshape(shape) >> np.uint64(1)
    return words.astype(np.int64) % (high - low + 1) + low


def random_network(config: TransformerConfig, seed: int) -> Network:
    """A network whose weights fill their types and whose activations reach their limits, and go beyond them."""
    tensors = {}
    for name, spec in tensor_specs(config).items():
        key = f"{seed} {name}"
        tensor = integers(key, spec.low, spec.high, spec.shape)
        if name.endswith("_scale"):
            tensor >>= integers(f"{key} shifts", 7, 20, spec.shape)
            tensor[::17] = spec.high
        elif name.endswith("bias"):
            tensor[np.arange(tensor.size) % 50 > 0] >>= 20
        elif name == "table_steps":
            tensor >>= integers(f"{key} shifts", 0, 12, spec.shape)
            tensor = np.maximum(tensor, 1)
        elif name == "embedding":
            tensor >>= integers(f"{key} shifts", 0, 8, (spec.shape[0], 1))
        elif name.endswith("slopes"):
            tensor >>= 8
        tensors[name] = (_bound(tensor, spec.largest_input) if spec.largest_input else tensor).astype(spec.dtype)
    return make_network(config, tensors, {"data": "hashes", "seed": str(seed)})


def _bound(matrix: np.ndarray, largest_input: int) -> np.ndarray:
    """The matrix, with the ends of rows that could sum to more than 2**24 set to 0."""
    sums = np.cumsum(np.abs(matrix), 1) * largest_input
    return np.where(sums <= 1 << 24, matrix, 0)
