"""PixelCNN++ networks in files; see `networks`."""

from typing import TypeAlias

from neucomp.nets.networks import Architecture, Network
from neucomp.nets.pixelcnnpp import PixelCNNppConfig, tensor_specs

BUNDLED: dict[str, str] = {}
"""Networks in the package: the SHA-256 of the safetensors file in weights/<name>.safetensors.zlib, by name."""

ARCHITECTURE = Architecture("pixelcnn++", PixelCNNppConfig.from_json, tensor_specs, BUNDLED)

PixelCNNppNetwork: TypeAlias = Network[PixelCNNppConfig]
make_pixelcnnpp = ARCHITECTURE.make
load_pixelcnnpp = ARCHITECTURE.load
save_pixelcnnpp = ARCHITECTURE.save
