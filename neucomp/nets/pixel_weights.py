"""Pixel networks in files; see `weights_file`."""

from dataclasses import dataclass
from functools import cache
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import UnsupportedError
from neucomp.nets.pixelcnn import PixelConfig, tensor_specs
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

BUNDLED: dict[str, str] = {
    "photo": "f63d2eae77c39b071ca73aa5e042da0ec4dd05d08ac93dbafd062e9dad08407f",
    "photo-large": "236a753a3d2fa026174e81116ffccf0907ef4b90eee4c95e2f4b156dc675f5f4",
    "photo-largest": "e3c8e086e6b8b3ea75888f8958c89f9acf9b095df6d8b71b260dd98d5ac95224",
}
"""Networks in the package: the SHA-256 of the safetensors file in weights/<name>.safetensors.zlib, by name."""

ARCHITECTURE = "pixelcnn"
"""What a file says its network is."""

_LOADING = Lock()
"""Threads that need a network wait for the first of them to load it."""


@dataclass(frozen=True)
class PixelNetwork:
    """A network, its weights checked."""

    config: PixelConfig
    tensors: dict[str, NDArray[Any]]
    """By name, as `tensor_specs` lists them."""
    identity: bytes
    """16 bytes, by which files name the network."""
    provenance: dict[str, str]
    """What the weights were trained on, when, and what they reach."""


def make_pixel_network(
    config: PixelConfig, tensors: dict[str, NDArray[Any]], provenance: dict[str, str]
) -> PixelNetwork:
    """A network of new weights; CorruptDataError if they do not fit the config or could sum inexactly."""
    check_tensors(tensors, tensor_specs(config))
    return PixelNetwork(config, tensors, identity(_serialized(config, tensors, provenance)), provenance)


def load_pixel_network(path: str | PathLike[str]) -> PixelNetwork:
    """The network of a file that `save_pixel_network` wrote; CorruptDataError, UnsupportedError or OSError."""
    return unpack(Path(path).read_bytes())


def save_pixel_network(path: str | PathLike[str], network: PixelNetwork) -> None:
    """Writes a network to a file: the same bytes for the same network, with the same zlib."""
    write(Path(path), _serialized(network.config, network.tensors, network.provenance))


def bundled_pixel_network(name: str) -> PixelNetwork:
    """A network of the package; UnsupportedError if there is none of that name, or it is not what it should be."""
    with _LOADING:
        return _load_bundled(name)


@cache
def _load_bundled(name: str) -> PixelNetwork:
    if name not in BUNDLED:
        raise UnsupportedError(f"there is no network {name!r} in this version: update neucomp")
    network = unpack(read_bundled(name))
    if network.identity.hex() != BUNDLED[name][:32]:
        raise UnsupportedError(f"the network {name} of this installation is damaged: install neucomp again")
    return network


@cache
def proof_pixel_network() -> PixelNetwork:
    """A small network with weights of all sizes, made by rule: compiled kernels are proven with it."""
    config = PixelConfig(48, 1, 32)
    tensors = {}
    for number, (name, spec) in enumerate(tensor_specs(config).items()):
        low, high = -127, 127
        if name.endswith("_scale"):
            low, high = 1 << 14, 1 << 17
        elif name.endswith("_bias"):
            low, high = -(1 << 15), 1 << 15
        values: NDArray[np.uint64] = np.arange(np.prod(spec.shape), dtype=np.uint64) + np.uint64(1000 * number)
        for factor, shift in ((2654435761, 15), (2246822519, 13)):
            values = values * np.uint64(factor) & np.uint64(0xFFFFFFFF)
            values ^= values >> np.uint64(shift)
        tensors[name] = (
            (low + (values % np.uint64(high - low + 1)).astype(np.int64)).astype(spec.dtype).reshape(spec.shape)
        )
    return make_pixel_network(config, tensors, {"made": "by rule, to prove kernels"})


def unpack(packed: bytes) -> PixelNetwork:
    """The network of a packed file's bytes; CorruptDataError or UnsupportedError."""
    contents, name = read(packed)
    check_architecture(contents.architecture, ARCHITECTURE)
    try:
        config = PixelConfig.from_json(contents.config)
    except ValueError as error:
        raise UnsupportedError(f"this version cannot run the network of this weights file: {error}") from None
    check_tensors(contents.tensors, tensor_specs(config))
    return PixelNetwork(config, contents.tensors, name, contents.provenance)


def _serialized(config: PixelConfig, tensors: dict[str, NDArray[Any]], provenance: dict[str, str]) -> bytes:
    return serialize(Contents(ARCHITECTURE, config.to_json(), tensors, provenance))
