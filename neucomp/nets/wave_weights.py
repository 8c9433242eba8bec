"""WaveNets in files; see `networks`."""

from functools import cache
from typing import TypeAlias

from neucomp.nets.networks import Architecture, Network, tensors_by_rule
from neucomp.nets.wavenet import WaveConfig, tensor_specs

BUNDLED: dict[str, str] = {"audio": "ea82d2c3adbb0ec2e2400c59c53c85989f8fa6111473d067471642a7cb52706f"}
"""Networks in the package: the SHA-256 of the safetensors file in weights/<name>.safetensors.zlib, by name."""

ARCHITECTURE = Architecture("wavenet", WaveConfig.from_json, tensor_specs, BUNDLED)

WaveNetwork: TypeAlias = Network[WaveConfig]
make_wave_network = ARCHITECTURE.make
load_wave_network = ARCHITECTURE.load
save_wave_network = ARCHITECTURE.save
bundled_wave_network = ARCHITECTURE.bundled
unpack = ARCHITECTURE.unpack


@cache
def proof_wave_network() -> WaveNetwork:
    """A small network with weights of all sizes, made by rule: compiled kernels are proven with it."""
    config = WaveConfig(16, (1, 3, 2))
    tensors = tensors_by_rule(tensor_specs(config), scales=(1 << 15, 1 << 18))
    return make_wave_network(config, tensors, {"made": "by rule, to prove kernels"})
