"""WaveNets in files; see `weights_file`."""

from dataclasses import dataclass
from functools import cache
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import UnsupportedError
from neucomp.nets.wavenet import WaveConfig, tensor_specs
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

BUNDLED: dict[str, str] = {"audio": "ea82d2c3adbb0ec2e2400c59c53c85989f8fa6111473d067471642a7cb52706f"}
"""Networks in the package: the SHA-256 of the safetensors file in weights/<name>.safetensors.zlib, by name."""

ARCHITECTURE = "wavenet"
"""What a file says its network is."""

_LOADING = Lock()
"""Threads that need a network wait for the first of them to load it."""


@dataclass(frozen=True)
class WaveNetwork:
    """A network, its weights checked."""

    config: WaveConfig
    tensors: dict[str, NDArray[Any]]
    """By name, as `tensor_specs` lists them."""
    identity: bytes
    """16 bytes, by which files name the network."""
    provenance: dict[str, str]
    """What the weights were trained on, when, and what they reach."""


def make_wave_network(config: WaveConfig, tensors: dict[str, NDArray[Any]], provenance: dict[str, str]) -> WaveNetwork:
    """A network of new weights; CorruptDataError if they do not fit the config or could sum inexactly."""
    check_tensors(tensors, tensor_specs(config))
    return WaveNetwork(config, tensors, identity(_serialized(config, tensors, provenance)), provenance)


def load_wave_network(path: str | PathLike[str]) -> WaveNetwork:
    """The network of a file that `save_wave_network` wrote; CorruptDataError, UnsupportedError or OSError."""
    return unpack(Path(path).read_bytes())


def save_wave_network(path: str | PathLike[str], network: WaveNetwork) -> None:
    """Writes a network to a file: the same bytes for the same network, with the same zlib."""
    write(Path(path), _serialized(network.config, network.tensors, network.provenance))


def bundled_wave_network(name: str) -> WaveNetwork:
    """A network of the package; UnsupportedError if there is none of that name, or it is not what it should be."""
    with _LOADING:
        return _load_bundled(name)


@cache
def _load_bundled(name: str) -> WaveNetwork:
    if name not in BUNDLED:
        raise UnsupportedError(f"there is no network {name!r} in this version: update neucomp")
    network = unpack(read_bundled(name))
    if network.identity.hex() != BUNDLED[name][:32]:
        raise UnsupportedError(f"the network {name} of this installation is damaged: install neucomp again")
    return network


@cache
def proof_wave_network() -> WaveNetwork:
    """A small network with weights of all sizes, made by rule: compiled kernels are proven with it."""
    config = WaveConfig(16, (1, 3, 2))
    tensors = {}
    for number, (name, spec) in enumerate(tensor_specs(config).items()):
        low, high = -127, 127
        if name.endswith("_scale"):
            low, high = 1 << 15, 1 << 18
        elif name.endswith("_bias"):
            low, high = -(1 << 15), 1 << 15
        values: NDArray[np.uint64] = np.arange(np.prod(spec.shape), dtype=np.uint64) + np.uint64(1000 * number)
        for factor, shift in ((2654435761, 15), (2246822519, 13)):
            values = values * np.uint64(factor) & np.uint64(0xFFFFFFFF)
            values ^= values >> np.uint64(shift)
        tensors[name] = (
            (low + (values % np.uint64(high - low + 1)).astype(np.int64)).astype(spec.dtype).reshape(spec.shape)
        )
    return make_wave_network(config, tensors, {"made": "by rule, to prove kernels"})


def unpack(packed: bytes) -> WaveNetwork:
    """The network of a packed file's bytes; CorruptDataError or UnsupportedError."""
    contents, name = read(packed)
    check_architecture(contents.architecture, ARCHITECTURE)
    try:
        config = WaveConfig.from_json(contents.config)
    except ValueError as error:
        raise UnsupportedError(f"this version cannot run the network of this weights file: {error}") from None
    check_tensors(contents.tensors, tensor_specs(config))
    return WaveNetwork(config, contents.tensors, name, contents.provenance)


def _serialized(config: WaveConfig, tensors: dict[str, NDArray[Any]], provenance: dict[str, str]) -> bytes:
    return serialize(Contents(ARCHITECTURE, config.to_json(), tensors, provenance))
