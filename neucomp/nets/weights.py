"""Byte transformers in files; see `weights_file`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import UnsupportedError
from neucomp.nets.transformer import TransformerConfig, tensor_specs
from neucomp.nets.weights_file import (
    Contents,
    check_architecture,
    check_tensors,
    identity,
    read,
    read_bundled,
    serialize,
    write,
)

BUNDLED: dict[str, str] = {"bytes": "5ccf7f269db187883f78fde5d1cb8b01cdd08ba4b9c1731e504225e7f872d8dc"}
"""Networks in the package: the SHA-256 of the safetensors file in weights/<name>.safetensors.zlib, by name."""

ARCHITECTURE = "transformer"
"""What a file says its network is."""

_LOADING = Lock()
"""Threads that need a network wait for the first of them to load it."""


@dataclass(frozen=True)
class Network:
    """A network, its weights checked."""

    config: TransformerConfig
    tensors: dict[str, NDArray[Any]]
    """By name, as `tensor_specs` lists them."""
    identity: bytes
    """16 bytes, by which files name the network."""
    provenance: dict[str, str]
    """What the weights were trained on, when, and what they reach."""


def make_network(config: TransformerConfig, tensors: dict[str, NDArray[Any]], provenance: dict[str, str]) -> Network:
    """A network of new weights; CorruptDataError if they do not fit the config or could sum inexactly."""
    check_tensors(tensors, tensor_specs(config))
    return Network(config, tensors, identity(_serialize(config, tensors, provenance)), provenance)


def load_network(path: str | PathLike[str]) -> Network:
    """The network of a file that `save_network` wrote; CorruptDataError, UnsupportedError or OSError."""
    return unpack(Path(path).read_bytes())


def save_network(path: str | PathLike[str], network: Network) -> None:
    """Writes a network to a file: the same bytes for the same network, with the same zlib."""
    write(Path(path), _serialize(network.config, network.tensors, network.provenance))


def bundled(name: str) -> Network:
    """A network of the package; UnsupportedError if there is none of that name, or it is not what it should be."""
    with _LOADING:
        return _load_bundled(name)


@cache
def _load_bundled(name: str) -> Network:
    if name not in BUNDLED:
        raise UnsupportedError(f"there is no network {name!r} in this version: update neucomp")
    network = unpack(read_bundled(name))
    if network.identity.hex() != BUNDLED[name][:32]:
        raise UnsupportedError(f"the network {name} of this installation is damaged: install neucomp again")
    return network


@cache
def proof_network() -> Network:
    """A small network with weights of all sizes, made by rule: compiled kernels are proven with it."""
    config = TransformerConfig(32, (6,) * 8, heads=1, hidden=48, layers=1, window=16, exits=(0, 1))
    tensors = {}
    for number, (name, spec) in enumerate(tensor_specs(config).items()):
        low, high = max(spec.low, -127), min(spec.high, 127)
        if name.endswith("_scale"):
            low, high = 1 << 17, 1 << 19
        count = np.arange(np.prod(spec.shape), dtype=np.int64) + 1000 * number
        tensors[name] = (
            (low + count * 2654435761 % 4294967291 % (high - low + 1)).astype(spec.dtype).reshape(spec.shape)
        )
    return make_network(config, tensors, {"made": "by rule, to prove kernels"})


def unpack(packed: bytes) -> Network:
    """The network of a packed file's bytes; CorruptDataError or UnsupportedError."""
    contents, name = read(packed)
    check_architecture(contents.architecture, ARCHITECTURE)
    try:
        config = TransformerConfig.from_json(contents.config)
    except ValueError as error:
        raise UnsupportedError(f"this version cannot run the network of this weights file: {error}") from None
    check_tensors(contents.tensors, tensor_specs(config))
    return Network(config, contents.tensors, name, contents.provenance)


def _serialize(config: TransformerConfig, tensors: dict[str, NDArray[Any]], provenance: dict[str, str]) -> bytes:
    """The safetensors file."""
    return serialize(Contents(ARCHITECTURE, config.to_json(), tensors, provenance))
