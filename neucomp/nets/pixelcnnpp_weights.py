"""PixelCNN++ networks in files; see `networks`."""

from typing import TypeAlias

from neucomp.nets.networks import Architecture, Network
from neucomp.nets.pixelcnnpp import PixelCNNppConfig, tensor_specs

BUNDLED = {
    "cifar": "d5ba639eec70b4fc9a43eff7712a42c8e2db6f3753489eb471a7f3e2438bc0d4",
}
"""Networks in the package: the SHA-256 of the safetensors file in weights/<name>.safetensors.zlib, by name."""

ARCHITECTURE = Architecture("pixelcnn++", PixelCNNppConfig.from_json, tensor_specs, BUNDLED)

PixelCNNppNetwork: TypeAlias = Network[PixelCNNppConfig]
make_pixelcnnpp = ARCHITECTURE.make
load_pixelcnnpp = ARCHITECTURE.load
save_pixelcnnpp = ARCHITECTURE.save
