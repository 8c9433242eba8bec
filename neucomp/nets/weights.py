"""Byte transformers in files; see `networks`."""

from functools import cache
from typing import TypeAlias

import numpy as np

from neucomp.nets import networks
from neucomp.nets.transformer import TransformerConfig, tensor_specs

BUNDLED: dict[str, str] = {"bytes": "5ccf7f269db187883f78fde5d1cb8b01cdd08ba4b9c1731e504225e7f872d8dc"}
"""Networks in the package: the SHA-256 of the safetensors file in weights/<name>.safetensors.zlib, by name."""

ARCHITECTURE = networks.Architecture("transformer", TransformerConfig.from_json, tensor_specs, BUNDLED)

Network: TypeAlias = networks.Network[TransformerConfig]
make_network = ARCHITECTURE.make
load_network = ARCHITECTURE.load
save_network = ARCHITECTURE.save
bundled = ARCHITECTURE.bundled
unpack = ARCHITECTURE.unpack


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
