"""What networks of all architectures have in common: how they come from files, and what is checked on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import UnsupportedError
from neucomp.nets.transformer import TensorSpec
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


class Config(Protocol):
    """Sizes of a network."""

    def to_json(self) -> str:
        """All fields, as JSON."""


AnyConfig = TypeVar("AnyConfig", bound=Config)


@dataclass(frozen=True)
class Network(Generic[AnyConfig]):
    """A network, its weights checked."""

    config: AnyConfig
    tensors: dict[str, NDArray[Any]]
    """By name, as the architecture's `tensor_specs` lists them."""
    identity: bytes
    """16 bytes, by which files name the network."""
    provenance: dict[str, str]
    """What the weights were trained on, when, and what they reach."""
    architecture: str = ""
    """Of which kind it is; empty for what only proves kernels."""


class Architecture(Generic[AnyConfig]):
    """Networks of one kind.

    name: what a file says its network is. from_json: the config that `Config.to_json` wrote; ValueError if this version
    cannot run it. tensor_specs: all tensors of a config, by name. bundled: networks in the package, the SHA-256 of the
    safetensors file in weights/<name>.safetensors.zlib, by name.
    """

    def __init__(
        self,
        name: str,
        from_json: Callable[[str], AnyConfig],
        tensor_specs: Callable[[AnyConfig], dict[str, TensorSpec]],
        bundled: dict[str, str],
    ) -> None:
        self.name = name
        self._from_json = from_json
        self.digests = bundled
        self._tensor_specs = tensor_specs
        self._loading = Lock()
        self.load_bundled = cache(self._load_bundled)

    def make(
        self, config: AnyConfig, tensors: dict[str, NDArray[Any]], provenance: dict[str, str]
    ) -> Network[AnyConfig]:
        """A network of new weights; CorruptDataError if they do not fit the config or could sum inexactly."""
        check_tensors(tensors, self._tensor_specs(config))
        name = identity(self.serialize(config, tensors, provenance))
        return Network(config, tensors, name, provenance, self.name)

    def load(self, path: str | PathLike[str]) -> Network[AnyConfig]:
        """The network of a file that `save` wrote; CorruptDataError, UnsupportedError or OSError."""
        return self.unpack(Path(path).read_bytes())

    def save(self, path: str | PathLike[str], network: Network[AnyConfig]) -> None:
        """Writes a network to a file: the same bytes for the same network, with the same zlib."""
        write(Path(path), self.serialize(network.config, network.tensors, network.provenance))

    def bundled(self, name: str) -> Network[AnyConfig]:
        """A network of the package; UnsupportedError if there is none of that name, or it is not what it should be."""
        with self._loading:  # threads that need a network wait for the first of them to load it
            return self.load_bundled(name)

    def newest(self) -> Network[AnyConfig]:
        """The newest network of the package; UnsupportedError if there is none."""
        if not self.digests:
            raise UnsupportedError(f"this release comes without a network for the model {self.name!r}")
        return self.bundled(next(reversed(self.digests)))

    def identified(self, identity: bytes) -> Network[AnyConfig]:
        """The network of the package that files name by 16 bytes; UnsupportedError if it is not here."""
        for name, digest in self.digests.items():
            if bytes.fromhex(digest)[: len(identity)] == identity:
                return self.bundled(name)
        raise UnsupportedError(f"the file needs the network weights {identity.hex()}, which are not here")

    def unpack(self, packed: bytes) -> Network[AnyConfig]:
        """The network of a packed file's bytes; CorruptDataError or UnsupportedError."""
        contents, name = read(packed)
        check_architecture(contents.architecture, self.name)
        try:
            config = self._from_json(contents.config)
        except ValueError as error:
            raise UnsupportedError(f"this version cannot run the network of this weights file: {error}") from None
        check_tensors(contents.tensors, self._tensor_specs(config))
        return Network(config, contents.tensors, name, contents.provenance, self.name)

    def serialize(self, config: AnyConfig, tensors: dict[str, NDArray[Any]], provenance: dict[str, str]) -> bytes:
        """The safetensors file."""
        return serialize(Contents(self.name, config.to_json(), tensors, provenance))

    def _load_bundled(self, name: str) -> Network[AnyConfig]:
        if name not in self.digests:
            raise UnsupportedError(f"there is no network {name!r} in this version: update neucomp")
        network = self.unpack(read_bundled(name))
        if network.identity.hex() != self.digests[name][:32]:
            raise UnsupportedError(f"the network {name} of this installation is damaged: install neucomp again")
        return network


def tensors_by_rule(specs: dict[str, TensorSpec], scales: tuple[int, int]) -> dict[str, NDArray[Any]]:
    """Weights of all sizes, spread by a rule, for networks that kernels are proven with. scales: least and largest."""
    tensors = {}
    for number, (name, spec) in enumerate(specs.items()):
        low, high = -127, 127
        if name.endswith("_scale"):
            low, high = scales
        elif name.endswith("_bias"):
            low, high = -(1 << 15), 1 << 15
        values: NDArray[np.uint64] = np.arange(np.prod(spec.shape), dtype=np.uint64) + np.uint64(1000 * number)
        for factor, shift in ((2654435761, 15), (2246822519, 13)):
            values = values * np.uint64(factor) & np.uint64(0xFFFFFFFF)
            values ^= values >> np.uint64(shift)
        spread = low + (values % np.uint64(high - low + 1)).astype(np.int64)
        tensors[name] = spread.astype(spec.dtype).reshape(spec.shape)
    return tensors
