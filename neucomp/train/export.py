"""From a network in training to the integers that files are coded with."""

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neucomp.nets.transformer import TransformerConfig
from neucomp.nets.weights import Network, make_network
from neucomp.train.arithmetic import (
    HIDDEN,
    INPUT,
    LOGIT,
    QUERY,
    RESIDUAL,
    SCALE_ONE,
    UP,
    Grid,
    Rounded,
    quantize_matrix,
    quantize_table,
)
from neucomp.train.float_transformer import Exit, FloatTransformer, Layer, slopes

LARGEST_TABLES = 9_500_000
"""Bytes that the packed tables may take, so that the file of the network stays below 10 MB."""

_FINEST_STEP = 0.5
_COARSER = 1.15
_COARSEST_STEP = 2.0
"""A table's integers count half the root mean square of its rows at first, and 15 % more until all tables are small
enough. For `base` before rounded steps, half cost 0.7 % in bits on validation (1.888 bits per byte on English, 1.873 in
floats) in 10.0 MB, a quarter 0.2 % in 13.1 MB, a twentieth 0.1 %; the other weights cost less than that."""

_LARGEST_STEP = 32767


def choose_table_steps(config: TransformerConfig, tables: Tensor, largest: int = LARGEST_TABLES) -> Tensor:
    """What the integers of each table count, in 1/256: (8, 1), float32, whole numbers.

    largest: bytes that the packed tables (rows, width / 8) should take at most; too large a network takes more.
    """
    sizes = [1 << bits for bits in config.table_bits]
    used = [table[table.any(1)] for table in torch.split(tables, sizes)]
    rms = torch.stack([table.square().mean().sqrt() if len(table) else table.sum() for table in used])
    multiple = _FINEST_STEP
    while True:
        steps = (multiple * rms * RESIDUAL.unit).round().clamp(1, _LARGEST_STEP)[:, None]
        if multiple > _COARSEST_STEP or _packed_size(_table_integers(config, tables, steps)) <= largest:
            return steps
        multiple *= _COARSER


def export_weights(model: FloatTransformer, tables: Tensor, steps: Tensor, provenance: dict[str, str]) -> Network:
    """The network of a model, its tables (rows, width / 8) and what their integers count (8, 1)."""
    config = model.config
    rounded = Rounded(config.width).to(tables.device)

    def whole(x: Tensor, grid: Grid) -> NDArray[Any]:
        return _fetch(rounded.place(x, grid) * grid.unit)

    tensors: dict[str, NDArray[Any]] = {
        "tables": _table_integers(config, tables, steps),
        "table_steps": _fetch(steps[:, 0]).astype(np.int32),
        "embedding": whole(model.embedding, RESIDUAL).astype(np.int16),
    }
    for n, layer in enumerate(model.layers):
        assert isinstance(layer, Layer)
        matrices: dict[str, list[tuple[Tensor, Grid, Grid]]] = {
            "qkv": [(layer.query, INPUT, QUERY), (layer.key, INPUT, QUERY), (layer.value, INPUT, INPUT)],
            "out": [(layer.out, INPUT, RESIDUAL)],
            "up": [(layer.up, INPUT, UP)],
            "down": [(layer.down, HIDDEN, RESIDUAL)],
        }
        for name, parts in matrices.items():
            tensors |= _linear(f"layer{n}.{name}", parts)
        tensors[f"layer{n}.slopes"] = np.array(slopes(config.heads), np.int32)
    for depth, exit_ in zip(config.exits, model.exits, strict=True):
        assert isinstance(exit_, Exit)
        tensors |= _linear(f"exit{depth}.logits", [(exit_.logits, INPUT, LOGIT)])
        tensors[f"exit{depth}.bias"] = whole(exit_.bias, LOGIT).astype(np.int32)
    return make_network(config, tensors, provenance)


def import_weights(network: Network, model: FloatTransformer, tables: Tensor) -> None:
    """Sets a model of the same config, and its tables, to the weights of a network."""
    config, tensors = network.config, network.tensors

    def put(parameter: Tensor, values: NDArray[Any]) -> None:
        parameter.copy_(torch.from_numpy(np.array(values, np.float32)))

    def matrix(name: str, source: Grid, target: Grid) -> NDArray[np.float64]:
        scale: NDArray[np.float64] = tensors[f"{name}_scale"] * (source.unit / target.unit / SCALE_ONE)
        product: NDArray[np.float64] = tensors[name] * scale[:, None]
        return product

    with torch.no_grad():
        of_row = np.repeat(tensors["table_steps"], [1 << bits for bits in config.table_bits])
        put(tables, tensors["tables"] * of_row[:, None] / RESIDUAL.unit)
        put(model.embedding, tensors["embedding"] / RESIDUAL.unit)
        for n, layer in enumerate(model.layers):
            assert isinstance(layer, Layer)
            both, third = len(layer.query), 2 * len(layer.query)
            put(layer.query, matrix(f"layer{n}.qkv", INPUT, QUERY)[:both])
            put(layer.key, matrix(f"layer{n}.qkv", INPUT, QUERY)[both:third])
            put(layer.value, matrix(f"layer{n}.qkv", INPUT, INPUT)[third:])
            put(layer.out, matrix(f"layer{n}.out", INPUT, RESIDUAL))
            put(layer.up, matrix(f"layer{n}.up", INPUT, UP))
            put(layer.down, matrix(f"layer{n}.down", HIDDEN, RESIDUAL))
        for depth, exit_ in zip(config.exits, model.exits, strict=True):
            assert isinstance(exit_, Exit)
            put(exit_.logits, matrix(f"exit{depth}.logits", INPUT, LOGIT))
            put(exit_.bias, tensors[f"exit{depth}.bias"] / LOGIT.unit)


def _linear(name: str, parts: Sequence[tuple[Tensor, Grid, Grid]]) -> dict[str, NDArray[Any]]:
    """Matrices with the same inputs, one below the other."""
    integers, scales = zip(*(quantize_matrix(*part) for part in parts), strict=True)
    return {
        name: _fetch(torch.cat(integers)).astype(np.int8),
        f"{name}_scale": _fetch(torch.cat(scales)).astype(np.int32),
    }


def _table_integers(config: TransformerConfig, tables: Tensor, steps: Tensor) -> NDArray[np.int8]:
    parts = zip(torch.split(tables, [1 << bits for bits in config.table_bits]), steps, strict=True)
    return _fetch(torch.cat([quantize_table(table, step) for table, step in parts]).to(torch.int8))


def _packed_size(integers: NDArray[np.int8]) -> int:
    """Bytes, as `save_network` packs them."""
    packer = zlib.compressobj(9, strategy=zlib.Z_HUFFMAN_ONLY)
    return len(packer.compress(integers.tobytes())) + len(packer.flush())


def _fetch(tensor: Tensor) -> NDArray[Any]:
    fetched: NDArray[Any] = tensor.detach().cpu().numpy()
    return fetched
