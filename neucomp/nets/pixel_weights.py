"""Pixel networks in files; see `networks`."""

from functools import cache
from typing import TypeAlias

from neucomp.nets.networks import Architecture, Network, tensors_by_rule
from neucomp.nets.pixelcnn import PixelConfig, tensor_specs

BUNDLED: dict[str, str] = {
    "photo": "f63d2eae77c39b071ca73aa5e042da0ec4dd05d08ac93dbafd062e9dad08407f",
    "photo-large": "236a753a3d2fa026174e81116ffccf0907ef4b90eee4c95e2f4b156dc675f5f4",
    "photo-largest": "e3c8e086e6b8b3ea75888f8958c89f9acf9b095df6d8b71b260dd98d5ac95224",
}
"""Networks in the package: the SHA-256 of the safetensors file in weights/<name>.safetensors.zlib, by name."""

ARCHITECTURE = Architecture("pixelcnn", PixelConfig.from_json, tensor_specs, BUNDLED)

PixelNetwork: TypeAlias = Network[PixelConfig]
make_pixel_network = ARCHITECTURE.make
load_pixel_network = ARCHITECTURE.load
save_pixel_network = ARCHITECTURE.save
bundled_pixel_network = ARCHITECTURE.bundled
unpack = ARCHITECTURE.unpack


@cache
def proof_pixel_network() -> PixelNetwork:
    """A small network with weights of all sizes, made by rule: compiled kernels are proven with it."""
    config = PixelConfig(48, 1, 32)
    tensors = tensors_by_rule(tensor_specs(config), scales=(1 << 14, 1 << 17))
    return make_pixel_network(config, tensors, {"made": "by rule, to prove kernels"})
