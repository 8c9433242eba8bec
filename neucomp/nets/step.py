"""Networks as the compiled kernels take them: weights of one exit in typed arrays, and the state of one lane."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from neucomp.exact.tables import EXP15, EXP24, RSQRT
from neucomp.kernels.grams import new_reader
from neucomp.kernels.network import Step
from neucomp.kernels.network_constants import HEAD_WIDTH, SYMBOLS, TABLES
from neucomp.nets.transformer import TransformerConfig, norm_scale, tensor_specs
from neucomp.nets.weights import Network


def new_step(network: Network, depth: int) -> Step:
    """A lane that has read nothing, for frequencies after `depth` layers; ValueError if there is no exit there."""
    config, tensors = network.config, network.tensors
    if depth not in config.exits:
        raise ValueError(f"the network has exits after {list(config.exits)} layers, not after {depth}")
    heads = config.heads * HEAD_WIDTH
    specs = tensor_specs(replace(config, layers=1, exits=(0,)))

    def stacked(name: str, dtype: DTypeLike) -> NDArray[Any]:
        layers = [tensors[f"layer{n}.{name}"] for n in range(depth)]
        return np.array(layers, dtype).reshape(depth, *specs[f"layer0.{name}"].shape)

    matrices = {name: stacked(name, np.int8) for name in ("qkv", "out", "up", "down")}
    scales = {f"{name}_scale": stacked(f"{name}_scale", np.int64) for name in matrices}
    return Step(
        tables=tensors["tables"],
        first_rows=np.cumsum([0, *(1 << bits for bits in config.table_bits[:-1])], dtype=np.int64),
        table_bits=np.array(config.table_bits, np.int64),
        table_steps=tensors["table_steps"],
        embedding=tensors["embedding"],
        slopes=stacked("slopes", np.int32),
        logits=tensors[f"exit{depth}.logits"],
        logits_scale=tensors[f"exit{depth}.logits_scale"].astype(np.int64),
        bias=tensors[f"exit{depth}.bias"],
        norm_scale=np.array([norm_scale(config.width)], np.int64),
        rsqrt=RSQRT,
        exp15=EXP15,
        exp24=EXP24,
        reader=new_reader(),
        position=np.zeros(2, np.int64),
        rows=np.zeros(TABLES, np.int32),
        keys=np.zeros((depth, config.heads, HEAD_WIDTH // 2, config.window, 2), np.int16),
        values=np.zeros((depth, config.heads, HEAD_WIDTH, config.window), np.int16),
        residual=np.zeros(config.width, np.int32),
        inputs=np.zeros(config.width, np.int16),
        sums=np.zeros(max(3 * heads, config.hidden, config.width, SYMBOLS), np.int32),
        query=np.zeros(heads, np.int16),
        attended=np.zeros(heads, np.int16),
        scores=np.zeros(config.window, np.int32),
        shares=np.zeros(config.window, np.int16),
        hidden=np.zeros(config.hidden, np.int16),
        freqs=np.zeros(2 * SYMBOLS, np.int64),
        **matrices,
        **scales,
    )


def _blank() -> Network:
    config = TransformerConfig(8, (1,) * TABLES, heads=1, hidden=1, layers=0, window=1, exits=(0,))
    tensors = {name: np.zeros(spec.shape, spec.dtype) for name, spec in tensor_specs(config).items()}
    return Network(config, tensors, bytes(16), {})


NO_STEP = new_step(_blank(), 0)
"""In the place of a network where there is none: arrays of the same types that nobody reads."""
