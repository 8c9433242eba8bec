"""Networks in files: config, weights and where they come from, in one safetensors file, packed by zlib.

A network is known by the first 16 bytes of the SHA-256 of its safetensors file. What is loaded is checked: nothing that
a file says leads to a huge allocation, to an inexact sum or to an error that is not a `NeucompError`.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import CorruptDataError, UnsupportedError
from neucomp.exact.bounds import check_range, check_sums
from neucomp.nets.transformer import TransformerConfig, tensor_specs

BUNDLED: dict[str, str] = {"bytes": "5ccf7f269db187883f78fde5d1cb8b01cdd08ba4b9c1731e504225e7f872d8dc"}
"""Networks in the package: the SHA-256 of the safetensors file in weights/<name>.safetensors.zlib, by name."""

ARCHITECTURE = "transformer"
"""What a file says its network is."""

LARGEST_FILE = 256 << 20
_LARGEST_HEADER = 1 << 20
"""Limits in bytes on what is unpacked, and on its part that describes the tensors."""

_LOADING = Lock()
"""Threads that need a network wait for the first of them to load it."""

_SAFETENSORS_DTYPES = {"int8": "I8", "int16": "I16", "int32": "I32"}


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
    _check(config, tensors)
    return Network(config, tensors, _identity(_serialize(config, tensors, provenance)), provenance)


def load_network(path: str | PathLike[str]) -> Network:
    """The network of a file that `save_network` wrote; CorruptDataError, UnsupportedError or OSError."""
    return unpack(Path(path).read_bytes())


def save_network(path: str | PathLike[str], network: Network) -> None:
    """Writes a network to a file: the same bytes for the same network, with the same zlib."""
    data = _serialize(network.config, network.tensors, network.provenance)
    # Weights do not repeat: without the search for matches they come out 12 % shorter.
    packer = zlib.compressobj(9, strategy=zlib.Z_HUFFMAN_ONLY)
    Path(path).write_bytes(packer.compress(data) + packer.flush())


def bundled(name: str) -> Network:
    """A network of the package; UnsupportedError if there is none of that name, or it is not what it should be."""
    with _LOADING:
        return _load_bundled(name)


@cache
def _load_bundled(name: str) -> Network:
    if name not in BUNDLED:
        raise UnsupportedError(f"there is no network {name!r} in this version: update neucomp")
    packed = files("neucomp.weights").joinpath(f"{name}.safetensors.zlib").read_bytes()
    network = unpack(packed)
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
    import safetensors

    deserialize: Callable[[bytes], list[tuple[str, dict[str, Any]]]] = safetensors.deserialize
    data = _inflate(packed)
    size = int.from_bytes(data[:8], "little")
    if size > min(_LARGEST_HEADER, len(data) - 8):
        raise CorruptDataError(f"the weights file's header claims {size:,} bytes")
    try:
        entries = dict(deserialize(data))
        metadata = json.loads(data[8 : 8 + size])["__metadata__"]
        architecture, provenance = metadata["architecture"], json.loads(metadata["provenance"])
        config_text = metadata["config"]
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CorruptDataError(f"not a weights file of neucomp, or a damaged one: {error!r:.200}") from None
    if architecture != ARCHITECTURE:
        raise UnsupportedError(f"the weights are of a {architecture!r:.40}, which this version does not have")
    try:
        config = TransformerConfig.from_json(config_text)
    except ValueError as error:
        raise UnsupportedError(f"this version cannot run the network of this weights file: {error}") from None
    if not _is_text(provenance):
        raise CorruptDataError("the provenance in a weights file is not text by name")
    tensors = {name: _tensor(name, entry) for name, entry in entries.items()}
    _check(config, tensors)
    return Network(config, tensors, _identity(data), provenance)


def _inflate(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(packed, LARGEST_FILE + 1)
    except zlib.error as error:
        raise CorruptDataError(f"not a weights file of neucomp, or a damaged one: {error}") from None
    if len(data) > LARGEST_FILE:
        raise CorruptDataError(f"the weights file unpacks to more than {LARGEST_FILE:,} bytes")
    if not inflater.eof or inflater.unused_data:
        raise CorruptDataError("the weights file ends too early or too late: it is damaged")
    return data


def _tensor(name: str, entry: dict[str, Any]) -> NDArray[Any]:
    """A tensor of a safetensors file, in this machine's byte order."""
    for dtype, stored in _SAFETENSORS_DTYPES.items():
        if entry["dtype"] == stored:
            array = np.frombuffer(entry["data"], np.dtype(dtype).newbyteorder("<"))
            native = array.astype(dtype, copy=False).reshape(entry["shape"])
            # Kernels are compiled for arrays that are aligned and writable, whatever the package hands out.
            return np.require(native, requirements=["C", "A", "W"])
    raise CorruptDataError(f"the weights {name!r:.40} are of type {entry['dtype']}, not of small integers")


def _check(config: TransformerConfig, tensors: dict[str, NDArray[Any]]) -> None:
    specs = tensor_specs(config)
    if tensors.keys() != specs.keys():
        names = ", ".join(sorted(tensors.keys() ^ specs.keys()))
        raise CorruptDataError(f"these weights are missing, or there without reason: {names:.200}")
    for name, spec in specs.items():
        tensor = tensors[name]
        if tensor.dtype.name != spec.dtype or tensor.shape != spec.shape:
            raise CorruptDataError(
                f"the weights {name} are {tensor.dtype} {tensor.shape}, where {spec.dtype} {spec.shape} is needed"
            )
        check_range(name, tensor, spec.low, spec.high)
        if spec.largest_input:
            check_sums(name, tensor, spec.largest_input)


def _is_text(provenance: object) -> bool:
    """Whether it is a dict of short lines that can be shown anywhere."""
    if not isinstance(provenance, dict):
        return False
    return all(isinstance(text, str) and text.isprintable() for pair in provenance.items() for text in pair)


def _serialize(config: TransformerConfig, tensors: dict[str, NDArray[Any]], provenance: dict[str, str]) -> bytes:
    """The safetensors file. (The library would write the metadata in an order that differs from run to run.)"""
    header: dict[str, Any] = {
        "__metadata__": {
            "architecture": ARCHITECTURE,
            "config": config.to_json(),
            "provenance": json.dumps(provenance, sort_keys=True),
        }
    }
    parts = []
    end = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: (-item[1].itemsize, item[0])):
        begin, end = end, end + tensor.nbytes
        dtype = _SAFETENSORS_DTYPES[tensor.dtype.name]
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [begin, end]}
        parts.append(tensor.astype(tensor.dtype.newbyteorder("<"), copy=False).tobytes())
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)


def _identity(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]
