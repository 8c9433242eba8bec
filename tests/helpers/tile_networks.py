"""Small networks over images, with weights of all sizes."""

import io
from typing import TypeVar

import numpy as np
import torch

from neucomp.nets import gated_pixelcnn
from neucomp.nets.gated_pixelcnn import GatedPixelCNNConfig, GatedPixelCNNNetwork
from neucomp.nets.pixelcnnpp import PixelCNNppConfig
from neucomp.nets.pixelcnnpp_weights import PixelCNNppNetwork, make_pixelcnnpp
from neucomp.train.float_gated_pixelcnn import FloatGatedPixelCNN
from neucomp.train.float_lockstep import FloatLockstep
from neucomp.train.float_pixelcnnpp import FloatPixelCNNpp

CONFIG = PixelCNNppConfig(8, (1, 2, 1), 3)
GATED = GatedPixelCNNConfig(9, 3, 3)
AnyModel = TypeVar("AnyModel", bound=FloatLockstep)


def new_model(seed: int = 0, gain: float = 1.6, config: PixelCNNppConfig = CONFIG) -> FloatPixelCNNpp:
    """A model that nobody has trained; with a larger gain activations meet their limits."""
    torch.manual_seed(seed)
    return _shaken(FloatPixelCNNpp(config).eval(), gain)


def new_gated_model(seed: int = 0, gain: float = 1.6, config: GatedPixelCNNConfig = GATED) -> FloatGatedPixelCNN:
    """The same of the gated PixelCNN."""
    torch.manual_seed(seed)
    return _shaken(FloatGatedPixelCNN(config).eval(), gain)


def _shaken(model: AnyModel, gain: float) -> AnyModel:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(gain)
        for bias in model.biases.values():
            bias.add_(torch.randn_like(bias) * 0.1)
    return model


def new_network(seed: int = 0, gain: float = 1.6, config: PixelCNNppConfig = CONFIG) -> PixelCNNppNetwork:
    """The integers of such a model."""
    return make_pixelcnnpp(config, new_model(seed, gain, config).export(), {})


def new_gated_network(seed: int = 0, gain: float = 1.6, config: GatedPixelCNNConfig = GATED) -> GatedPixelCNNNetwork:
    """The integers of such a model."""
    return gated_pixelcnn.ARCHITECTURE.make(config, new_gated_model(seed, gain, config).export(), {})


def new_images(count: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    """Images (count, height, width, 3), uint8: noise, flat ones, and all between."""
    random = np.random.default_rng((seed, count, height, width))
    centre = random.integers(0, 256, (count, 1, 1, 3))
    noise = random.normal(0, 1, (count, height, width, 3)) * random.choice([0, 3, 30, 300], (count, 1, 1, 1))
    return np.clip(centre + noise, 0, 255).astype(np.uint8)


def likely_images(count: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    """Images (count, height, width, 3), uint8, that a network with gain 1 makes smaller, trained or not."""
    random = np.random.default_rng((seed, count, height, width))
    return np.clip(random.normal(127, 25, (count, height, width, 3)), 0, 255).astype(np.uint8)


def as_npy(images: np.ndarray) -> bytes:
    """What `numpy.save` writes."""
    file = io.BytesIO()
    np.save(file, images)
    return file.getvalue()
