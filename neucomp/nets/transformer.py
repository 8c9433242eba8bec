"""The byte transformer: hashed rows for the last bytes and words, then layers of attention over a local window.

For each position it gives the frequencies of the byte to come, from what came before. The definition, with units and
bounds, is in docs/exact.md ("Networks"). `forward` computes it for many lanes and positions at once, on any `Ops`;
`kernels.network` one byte at a time. Both give the same integers, and so do blocks of any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.ops import Array, Ops
from neucomp.exact.tables import EXP15, EXP24, RSQRT
from neucomp.kernels.network_constants import (
    EXP_SIZE,
    FREQUENCY_BITS,
    HEAD_WIDTH,
    HIDDEN_LIMIT,
    INPUT_LIMIT,
    LOGIT_LIMIT,
    QUERY_LIMIT,
    RESIDUAL_LIMIT,
    RSQRT_FIRST,
    SCALE_BITS,
    SCORE_SCALE,
    SYMBOLS,
    TABLES,
)
from neucomp.nets.configs import JsonConfig, require
from neucomp.nets.rows import find_rows, new_readers

if TYPE_CHECKING:
    from neucomp.nets.weights import Network

_LONGEST_PIECE = 256
_SCORES = 1 << 22
"""Blocks are computed in pieces of that many positions, or of as few as keep the scores of all lanes below that."""

_LEAST_ROOM = 64
_NEVER = 1 << 40
"""What is taken off the score of a position outside of the window: enough for an exponential of 0."""


@dataclass(frozen=True)
class TransformerConfig(JsonConfig):
    """Sizes of a byte transformer. ValueError if this version cannot run such a network."""

    width: int
    """Of the residual stream: a multiple of 8, at most 1024."""
    table_bits: tuple[int, ...]
    """Table i has 2**table_bits[i] rows of width // 8; there are 8 tables."""
    heads: int
    hidden: int
    layers: int
    window: int
    """Positions that attention sees, the current one included."""
    exits: tuple[int, ...]
    """Numbers of layers after which logits can be had, rising."""

    def __post_init__(self) -> None:
        require("width", self.width, 8, 1024)
        require("heads", self.heads, 1, 32)
        require("hidden", self.hidden, 1, 4096)
        require("layers", self.layers, 0, 32)
        require("window", self.window, 1, 4096)
        for name in ("table_bits", "exits"):
            if not isinstance(getattr(self, name), tuple):
                raise ValueError(f"{name} must be a tuple")
        for bits in self.table_bits:
            require("table_bits", bits, 1, 22)
        for depth in self.exits:
            require("exits", depth, 0, self.layers)
        if self.width % TABLES or len(self.table_bits) != TABLES:
            raise ValueError("the width must be a multiple of 8, and table_bits have 8 entries")
        if not self.exits or list(self.exits) != sorted(set(self.exits)):
            raise ValueError(f"exits are {list(self.exits)}; they must rise, and there must be one")


class TensorSpec(NamedTuple):
    """What a tensor of a network must be."""

    dtype: str
    shape: tuple[int, ...]
    low: int
    high: int
    largest_input: int = 0
    """If above 0: the rows' sums of products with inputs up to this are bounded (see `exact.bounds`)."""


def tensor_specs(config: TransformerConfig) -> dict[str, TensorSpec]:
    """All tensors of a network, by name."""
    width, heads = config.width, config.heads * HEAD_WIDTH
    rows = sum(1 << bits for bits in config.table_bits)
    specs = {
        "tables": TensorSpec("int8", (rows, width // TABLES), -128, 127),
        "table_steps": TensorSpec("int32", (TABLES,), 1, 32767),
        "embedding": TensorSpec("int16", (SYMBOLS, width), -32768, 32767),
    }
    for n in range(config.layers):
        specs[f"layer{n}.slopes"] = TensorSpec("int32", (config.heads,), 0, 65535)
        specs |= _linear(f"layer{n}.qkv", 3 * heads, width, INPUT_LIMIT)
        specs |= _linear(f"layer{n}.out", width, heads, INPUT_LIMIT)
        specs |= _linear(f"layer{n}.up", config.hidden, width, INPUT_LIMIT)
        specs |= _linear(f"layer{n}.down", width, config.hidden, HIDDEN_LIMIT)
    for depth in config.exits:
        specs |= _linear(f"exit{depth}.logits", SYMBOLS, width, INPUT_LIMIT)
        specs[f"exit{depth}.bias"] = TensorSpec("int32", (SYMBOLS,), -(1 << 31), (1 << 31) - 1)
    return specs


def _linear(name: str, outputs: int, inputs: int, largest_input: int) -> dict[str, TensorSpec]:
    return {
        name: TensorSpec("int8", (outputs, inputs), -128, 127, largest_input),
        f"{name}_scale": TensorSpec("int32", (outputs,), 0, (1 << 31) - 1),
    }


class Linear(NamedTuple):
    """A matrix (inputs, outputs), float32, and the scales of its outputs, int64, 2**24 standing for 1."""

    matrix: Array
    scale: Array


@dataclass
class Layer:
    """Weights of a layer, and what it remembers."""

    qkv: Linear
    out: Linear
    up: Linear
    down: Linear
    slopes: NDArray[np.int64]
    """(heads, 1, 1): what a byte of distance takes off a score, in 1/256 nat."""
    memory: Array
    """(2, lanes, heads, room, 32), float32: keys and values of the last `State.filled` positions, oldest first."""


@dataclass
class State:
    """A network at work on lanes that have read the same number of bytes. `forward` changes it."""

    ops: Ops
    config: TransformerConfig
    tables: Array
    first_rows: Array
    table_steps: Array
    """(8, 1)."""
    embedding: Array
    layers: list[Layer]
    """Those before the exit."""
    logits: Linear
    bias: Array
    exp15: Array
    rsqrt: Array
    readers: NDArray[np.int64]
    """(lanes, 4): see `nets.rows`."""
    room: int
    """Positions that the layers' memories can hold."""
    filled: int = 0
    """Positions that they hold."""
    distances: tuple[tuple[int, int], list[Array]] = ((0, 0), [])
    """For which numbers of new and old positions, and for each layer: what distance takes off the scores."""


def new_state(ops: Ops, network: Network, lanes: int, exit_depth: int) -> State:
    """State of `lanes` lanes that have read nothing yet, for logits after `exit_depth` layers.

    ValueError if the network has no such exit.
    """
    config, tensors = network.config, network.tensors
    if exit_depth not in config.exits:
        raise ValueError(f"the network has exits after {list(config.exits)} layers, not after {exit_depth}")

    room = config.window - 1 + max(_piece(config, lanes), _LEAST_ROOM)

    def linear(name: str) -> Linear:
        scale = tensors[f"{name}_scale"].astype(np.int64)
        return Linear(ops.put(tensors[name].T.astype(np.float32)), ops.put(scale))

    def layer(name: str) -> Layer:
        memory = ops.zeros((2, lanes, config.heads, room, HEAD_WIDTH))
        qkv, out, up, down = (linear(f"{name}.{part}") for part in ("qkv", "out", "up", "down"))
        return Layer(qkv, out, up, down, tensors[f"{name}.slopes"].astype(np.int64)[:, None, None], memory)

    return State(
        ops,
        config,
        tables=ops.put(tensors["tables"]),
        first_rows=ops.put(np.cumsum([0, *(1 << bits for bits in config.table_bits[:-1])], dtype=np.int64)),
        table_steps=ops.put(tensors["table_steps"].astype(np.int64)[:, None]),
        embedding=ops.put(tensors["embedding"]),
        layers=[layer(f"layer{n}") for n in range(exit_depth)],
        logits=linear(f"exit{exit_depth}.logits"),
        bias=ops.put(tensors[f"exit{exit_depth}.bias"].astype(np.int64)),
        exp15=ops.put(EXP15),
        rsqrt=ops.put(RSQRT),
        readers=new_readers(lanes),
        room=room,
    )


def forward(state: State, symbols: NDArray[np.uint8]) -> Array:
    """Logits (lanes, positions, 256), int64, in 1/256 nat, of the byte after each of `symbols` (lanes, positions).

    The first symbol that a new state reads is 0, for the beginning; then come the bytes. Whether they are read in one
    block, one by one or in any other parts, the logits are the same. KernelError if the backend is not exact.
    """
    if symbols.dtype != np.uint8 or symbols.ndim != 2 or len(symbols) != len(state.readers) or symbols.size == 0:
        raise ValueError(f"symbols are {symbols.dtype} {symbols.shape}, not uint8 ({len(state.readers)}, 1 or more)")
    piece = _piece(state.config, len(symbols))
    starts = range(0, symbols.shape[1], piece)
    return state.ops.join([_forward(state, symbols[:, start : start + piece]) for start in starts])


def frequencies(ops: Ops, logits: Array) -> Array:
    """Frequencies (..., n), int64, of logits (..., n), n <= 256: each at least 1, their sum exactly 2**24."""
    symbols = logits.shape[-1]
    # Logits made different by their places: the largest is one, the first of equals.
    keys = logits * SYMBOLS + ops.put(np.arange(symbols - 1, -1, -1, dtype=np.int64))
    largest = ops.max(keys)
    shares = ops.take(ops.put(EXP24), ops.clip((largest >> 8) - logits, 0, EXP_SIZE - 1))
    to_share = (1 << FREQUENCY_BITS) - symbols
    freqs = 1 + (shares * ((to_share << 32) // ops.sum(shares)) >> 32)
    return freqs + (keys == largest) * ((1 << FREQUENCY_BITS) - ops.sum(freqs))


class TransformerWalk:
    """A network at work on lanes, as coding reads it."""

    def __init__(self, ops: Ops, network: Network, lanes: int, exit_depth: int) -> None:
        self._state = new_state(ops, network, lanes, exit_depth)

    def read(self, symbols: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Frequencies (lanes, n, 256) of the byte after each of `symbols` (lanes, n); see `forward`."""
        ops = self._state.ops
        freqs: NDArray[np.int64] = ops.fetch(frequencies(ops, forward(self._state, symbols)))
        return freqs


def _piece(config: TransformerConfig, lanes: int) -> int:
    """Positions that are computed at once."""
    scores = max(lanes, 1) * config.heads * (config.window + _LONGEST_PIECE)
    return max(1, min(_LONGEST_PIECE, _SCORES // scores))


def _forward(state: State, symbols: NDArray[np.uint8]) -> Array:
    """`forward` of one piece."""
    ops = state.ops
    rows = ops.put(find_rows(symbols, state.readers, state.config.table_bits).astype(np.int64)) + state.first_rows
    embedded = ops.take(state.embedding, ops.put(symbols.astype(np.int64)))
    hashed = (ops.take(state.tables, rows) * state.table_steps).reshape(embedded.shape)
    h = ops.clip(embedded + hashed, -RESIDUAL_LIMIT, RESIDUAL_LIMIT)
    for layer, distance in zip(state.layers, _make_room(state, symbols.shape[1]), strict=True):
        h = _add(ops, h, layer.out, _attend(state, layer, distance, _normalize(state, h)))
        up = ops.clip(_apply(ops, layer.up, _normalize(state, h)), 0, INPUT_LIMIT)
        h = _add(ops, h, layer.down, (up * up + 512) >> 10)
    logits = _apply(ops, state.logits, _normalize(state, h)) + state.bias
    return ops.clip(logits, -LOGIT_LIMIT, LOGIT_LIMIT)


def norm_scale(width: int) -> int:
    """round(2048 * sqrt(width)): brings a residual times the reciprocal root of its squares to 16 / 128."""
    return (isqrt(4 * 2048**2 * width) + 1) // 2


def _apply(ops: Ops, linear: Linear, x: Array) -> Array:
    """The linear map (..., outputs) of x (..., inputs); one product for all lanes and positions."""
    sums = ops.matmul(x.reshape(-1, x.shape[-1]), linear.matrix)
    return ((sums * linear.scale + (1 << (SCALE_BITS - 1))) >> SCALE_BITS).reshape(*x.shape[:-1], linear.scale.shape[0])


def _add(ops: Ops, h: Array, linear: Linear, x: Array) -> Array:
    return ops.clip(h + _apply(ops, linear, x), -RESIDUAL_LIMIT, RESIDUAL_LIMIT)


def _normalize(state: State, h: Array) -> Array:
    """h over its root mean square: unit 1/128, within +-1023."""
    ops = state.ops
    squares = ops.sum(h * h) + 1
    exponent = ops.log4(squares)
    inverse = ops.take(state.rsqrt, ((squares << 12) >> (2 * exponent)) - RSQRT_FIRST)
    scale = norm_scale(state.config.width)
    # Adding a half before a shift is adding 1 before its last place.
    return ops.clip((((h * (inverse * scale)) >> (exponent + 18)) + 1) >> 1, -INPUT_LIMIT, INPUT_LIMIT)


def _attend(state: State, layer: Layer, distance: Array, x: Array) -> Array:
    """What the heads find (lanes, positions, heads * 32): unit 1/128, within +-1023. The layer remembers x."""
    ops = state.ops
    lanes, positions, _ = x.shape
    parts = _apply(ops, layer.qkv, x).reshape(lanes, positions, 3, state.config.heads, HEAD_WIDTH)
    query, key, value = (parts[:, :, i].swapaxes(1, 2) for i in range(3))
    keys, values = layer.memory[..., state.filled - distance.shape[-1] : state.filled, :]
    keys[..., -positions:, :] = ops.clip(key, -QUERY_LIMIT, QUERY_LIMIT)
    values[..., -positions:, :] = ops.clip(value, -INPUT_LIMIT, INPUT_LIMIT)
    products = ops.matmul(ops.clip(query, -QUERY_LIMIT, QUERY_LIMIT), keys.swapaxes(2, 3))
    scores = ((products * SCORE_SCALE + (1 << 13)) >> 14) - distance
    shares = ops.take(state.exp15, ops.clip(ops.max(scores) - scores, 0, EXP_SIZE - 1))
    shares = (shares * ((1 << 30) // ops.sum(shares))) >> 16
    found = ops.clip((ops.matmul(shares, values) + (1 << 13)) >> 14, -INPUT_LIMIT, INPUT_LIMIT)
    return found.swapaxes(1, 2).reshape(lanes, positions, -1)


def _make_room(state: State, positions: int) -> list[Array]:
    """Counts positions in; for each layer, what distance takes off the scores, (heads, positions, keys).

    Where the memories have no room left behind the last position, those still in the window move to their beginning.
    """
    kept = min(state.filled, state.config.window - 1)
    if state.filled + positions > state.room:
        for layer in state.layers:
            old = layer.memory
            layer.memory = state.ops.zeros(tuple(old.shape))
            layer.memory[..., :kept, :] = old[..., state.filled - kept : state.filled, :]
        state.filled = kept
    state.filled += positions
    if state.distances[0] != (positions, kept):
        distance = kept + np.arange(positions)[:, None] - np.arange(kept + positions)
        seen = (distance >= 0) & (distance < state.config.window)
        slopes = [layer.slopes for layer in state.layers]
        state.distances = (positions, kept), [state.ops.put(np.where(seen, s * distance, _NEVER)) for s in slopes]
    return state.distances[1]
