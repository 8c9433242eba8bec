"""PixelCNN++ networks in files; see `weights_file`."""

from dataclasses import dataclass
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from neucomp.errors import UnsupportedError
from neucomp.nets.pixelcnnpp import PixelCNNppConfig, tensor_specs
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

BUNDLED: dict[str, str] = {}
"""Networks in the package: the SHA-256 of the safetensors file in weights/<name>.safetensors.zlib, by name."""

ARCHITECTURE = "pixelcnn++"
"""What a file says its network is."""


@dataclass(frozen=True)
class PixelCNNppNetwork:
    """A network, its weights checked."""

    config: PixelCNNppConfig
    tensors: dict[str, NDArray[Any]]
    """By name, as `tensor_specs` lists them."""
    identity: bytes
    """16 bytes, by which files name the network."""
    provenance: dict[str, str]
    """What the weights were trained on, when, and what they reach."""


def make_pixelcnnpp(
    config: PixelCNNppConfig, tensors: dict[str, NDArray[Any]], provenance: dict[str, str]
) -> PixelCNNppNetwork:
    """A network of new weights; CorruptDataError if they do not fit the config or could sum inexactly."""
    check_tensors(tensors, tensor_specs(config))
    return PixelCNNppNetwork(config, tensors, identity(_serialized(config, tensors, provenance)), provenance)


def load_pixelcnnpp(path: str | PathLike[str]) -> PixelCNNppNetwork:
    """The network of a file that `save_pixelcnnpp` wrote; CorruptDataError, UnsupportedError or OSError."""
    return unpack(Path(path).read_bytes())


@cache
def bundled_pixelcnnpp(name: str) -> PixelCNNppNetwork:
    """A network of the package; UnsupportedError if there is none of that name, or it is not what it should be."""
    if name not in BUNDLED:
        raise UnsupportedError(f"there is no network {name!r} in this version: update neucomp")
    network = unpack(read_bundled(name))
    if network.identity.hex() != BUNDLED[name][:32]:
        raise UnsupportedError(f"the network {name} of this installation is damaged: install neucomp again")
    return network


def unpack(packed: bytes) -> PixelCNNppNetwork:
    """The network of a packed file's bytes; CorruptDataError or UnsupportedError."""
    contents, name = read(packed)
    check_architecture(contents.architecture, ARCHITECTURE)
    try:
        config = PixelCNNppConfig.from_json(contents.config)
    except ValueError as error:
        raise UnsupportedError(f"this version cannot run the network of this weights file: {error}") from None
    check_tensors(contents.tensors, tensor_specs(config))
    return PixelCNNppNetwork(config, contents.tensors, name, contents.provenance)


def save_pixelcnnpp(path: str | PathLike[str], network: PixelCNNppNetwork) -> None:
    """Writes a network to a file: the same bytes for the same network, with the same zlib."""
    write(Path(path), _serialized(network.config, network.tensors, network.provenance))


def _serialized(config: PixelCNNppConfig, tensors: dict[str, NDArray[Any]], provenance: dict[str, str]) -> bytes:
    return serialize(Contents(ARCHITECTURE, config.to_json(), tensors, provenance))
