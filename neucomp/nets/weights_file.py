"""Files of networks: config, weights and where they come from, in one safetensors file, packed by zlib.

A network is known by the first 16 bytes of the SHA-256 of its safetensors file. What is loaded is checked: nothing that
a file says leads to a huge allocation, to an inexact sum or to an error that is not a `NeucompError`.
"""

import hashlib
import json
import os
import zlib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import CorruptDataError, UnsupportedError
from neucomp.exact.bounds import check_range, check_sums
from neucomp.nets.transformer import TensorSpec

LARGEST_FILE = 256 << 20
_LARGEST_HEADER = 1 << 20
"""Limits in bytes on what is unpacked, and on its part that describes the tensors."""

_SAFETENSORS_DTYPES = {"int8": "I8", "int16": "I16", "int32": "I32"}


class Contents(NamedTuple):
    """What a file holds, of any architecture. The weights are not checked."""

    architecture: str
    config: str
    """JSON."""
    tensors: dict[str, NDArray[Any]]
    provenance: dict[str, str]
    """What the weights were trained on, when, and what they reach."""


def serialize(contents: Contents) -> bytes:
    """The safetensors file. (The library would write the metadata in an order that differs from run to run.)"""
    header: dict[str, Any] = {
        "__metadata__": {
            "architecture": contents.architecture,
            "config": contents.config,
            "provenance": json.dumps(contents.provenance, sort_keys=True),
        }
    }
    parts = []
    end = 0
    for name, tensor in sorted(contents.tensors.items(), key=lambda item: (-item[1].itemsize, item[0])):
        begin, end = end, end + tensor.nbytes
        dtype = _SAFETENSORS_DTYPES[tensor.dtype.name]
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [begin, end]}
        parts.append(tensor.astype(tensor.dtype.newbyteorder("<"), copy=False).tobytes())
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)


def write(path: Path, data: bytes) -> None:
    """Packs a safetensors file: the same bytes for the same network, with the same zlib.

    It gets its name when it is complete.
    """
    # Weights do not repeat: without the search for matches they come out 12 % shorter.
    packer = zlib.compressobj(9, strategy=zlib.Z_HUFFMAN_ONLY)
    unfinished = path.with_name(f"{path.name}.part")
    try:
        unfinished.write_bytes(packer.compress(data) + packer.flush())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_bundled(name: str) -> bytes:
    """The packed file of a network in the package."""
    return files("neucomp.weights").joinpath(f"{name}.safetensors.zlib").read_bytes()


def read(packed: bytes) -> tuple[Contents, bytes]:
    """Contents of a packed file, and the network's identity; CorruptDataError or UnsupportedError."""
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
        config = metadata["config"]
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CorruptDataError(f"not a weights file of neucomp, or a damaged one: {error!r:.200}") from None
    if not _is_text(provenance):
        raise CorruptDataError("the provenance in a weights file is not text by name")
    tensors = {name: _tensor(name, entry) for name, entry in entries.items()}
    return Contents(architecture, config, tensors, provenance), identity(data)


def identity(data: bytes) -> bytes:
    """16 bytes, by which files name the network of a safetensors file."""
    return hashlib.sha256(data).digest()[:16]


def check_architecture(found: str, expected: str) -> None:
    """UnsupportedError unless a file's network is of the kind that is expected."""
    if found != expected:
        raise UnsupportedError(f"the weights are of a {found!r:.40}, where a {expected!r} is needed")


def check_tensors(tensors: dict[str, NDArray[Any]], specs: dict[str, TensorSpec]) -> None:
    """CorruptDataError unless the tensors are as specified, and cannot sum inexactly."""
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


def _is_text(provenance: object) -> bool:
    """Whether it is a dict of short lines that can be shown anywhere."""
    if not isinstance(provenance, dict):
        return False
    return all(isinstance(text, str) and text.isprintable() for pair in provenance.items() for text in pair)
