"""Small networks of the classics, the same ones everywhere, whose activations reach their limits."""

import io
import struct
from itertools import pairwise
from typing import Any

import numpy as np

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.exact.ops import Ops
from neucomp.nets.classics.classic import Classic, Walk
from neucomp.nets.classics.fvsbn import FVSBN, FvsbnConfig
from neucomp.nets.classics.gru import GRU, GruConfig
from neucomp.nets.classics.made import MADE, MadeConfig
from neucomp.nets.classics.nade import NADE, NadeConfig
from neucomp.nets.classics.wavenet import WAVENET, PlainWaveConfig
from neucomp.nets.layers import SYMBOLS, layer_tensors
from neucomp.nets.networks import Network, tensors_by_rule
from tests.helpers.networks import integers

CLASSICS: dict[str, tuple[Classic, Any]] = {
    "fvsbn": (FVSBN, FvsbnConfig(12)),
    "nade": (NADE, NadeConfig(12, 9)),
    "made": (MADE, MadeConfig(12, (20, 15))),
    "gru": (GRU, GruConfig(11)),
    "wavenet": (WAVENET, PlainWaveConfig(8, 10, (1, 3, 2))),
}
"""Each with small sizes; 12 pixels."""

LENGTH = 12
"""Symbols in a test: those of an image."""


def small_network(name: str) -> Network[Any]:
    """A network with weights of all sizes, whose layers change with what they read, and reach their limits."""
    classic, config = CLASSICS[name]
    specs = classic.layers(config)
    tensors = tensors_by_rule(layer_tensors(specs), scales=(1 << 15, 1 << 18))
    for layer, spec in specs.items():
        if spec.reads == SYMBOLS:
            tensors[f"{layer}_bias"] >>= 8
            tensors[f"{layer}_scale"] <<= 9
    return classic.architecture.make(config, tensors, {"made": "by rule"})


def symbols_for(name: str, seed: int, lanes: int, length: int = LENGTH) -> np.ndarray:
    """What lanes read: 0, and then symbols (lanes, length)."""
    symbols = np.random.default_rng(seed).integers(0, CLASSICS[name][0].symbols, (lanes, length)).astype(np.uint8)
    symbols[:, 0] = 0
    return symbols


def by_definition(
    name: str, symbols: np.ndarray, ops: Ops | None = None, splits: tuple[int, ...] = (), network: Any = None
) -> np.ndarray:
    """Frequencies (lanes, length, alphabet), read in parts that end at `splits`."""
    walk = Walk(ops or NumpyOps(), CLASSICS[name][0], network or small_network(name))
    ends = [0, *sorted(splits), symbols.shape[1]]
    parts = [symbols[:, begin:end] for begin, end in pairwise(ends) if end > begin]
    return np.concatenate([walk.read(part) for part in parts], 1)


def images_file(count: int, seed: int = 1, shape: tuple[int, ...] = (2, 6)) -> bytes:
    """A .npy file of binary images, most pixels dark."""
    file = io.BytesIO()
    np.save(file, (integers(f"images {seed}", 0, 4, (count, *shape)) == 0).astype(np.uint8))
    return file.getvalue()


def sound_file(codes: bytes, tag: int = 7, before: bytes = b"", after: bytes = b"") -> bytes:
    """A WAV file with samples of 8 bits; before and after: chunks around them."""
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, tag, 1, 8000, 8000, 1, 8, 0)
    body = b"WAVE" + form + before + struct.pack("<4sI", b"data", len(codes)) + codes + after
    return b"RIFF" + struct.pack("<I", len(body)) + body
