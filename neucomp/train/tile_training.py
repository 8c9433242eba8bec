"""Networks over small images in training."""

import math
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.models.tiles import cut
from neucomp.nets import gated_pixelcnn, pixelcnnpp_weights
from neucomp.nets.gated_pixelcnn import GatedPixelCNN
from neucomp.nets.lockstep_images import code_images
from neucomp.nets.networks import Architecture, Network
from neucomp.nets.pixelcnnpp import PixelCNNpp
from neucomp.scorer import Scorer
from neucomp.train.averaged_training import AveragedTraining
from neucomp.train.float_gated_pixelcnn import FloatGatedPixelCNN
from neucomp.train.float_lockstep import FloatLockstep
from neucomp.train.float_pixelcnnpp import FloatPixelCNNpp
from neucomp.train.settings import TileSettings
from neucomp.train.tile_loss import cost
from neucomp.train.tiles import Images, Tiles
from neucomp.train.training import Bits, describe

_QUICK_TILES = 100
_ALL_TILES = 400
"""Of each group, in validations along the way and in the last one."""

_PIECE = 25
"""Tiles that validation computes at once."""

Definition = type[PixelCNNpp] | type[GatedPixelCNN]


class TileTraining(AveragedTraining[Tiles, Images, FloatLockstep]):
    """See `AveragedTraining`."""

    _ADAM_BETAS = (0.9, 0.98)
    _WEIGHT_DECAY = 0.02
    _AVERAGED_STEPS = 1000

    _ARCHITECTURE: ClassVar[Architecture[Any]]
    _MODEL: ClassVar[type[FloatPixelCNNpp] | type[FloatGatedPixelCNN]]
    _DEFINITION: ClassVar[Definition]

    settings: TileSettings

    def __init__(self, config: Any, settings: TileSettings, device: torch.device, *, compiling: bool = True) -> None:
        torch.manual_seed(settings.seed)
        model = self._MODEL(config, settings.dropout).to(device)
        average = self._MODEL(config, 0.0).to(device).eval()
        super().__init__(config, settings, device, model, average, compiling=compiling)

    @torch.no_grad()
    def validate(self, data: Tiles, tiles: int = _QUICK_TILES) -> Bits:
        """See `Training`. tiles: of each group."""
        return {group.name: [self._validate(group.validation[:tiles])] for group in data.groups}

    def export(self, data: Tiles) -> tuple[Network[Any], Bits]:
        """See `Training`."""
        tensors = self.average.export()
        network = self._ARCHITECTURE.make(self.config, tensors, {})
        exact = {
            group.name: [exact_cost(self._DEFINITION, network, group.validation[:_ALL_TILES])] for group in data.groups
        }
        provenance = describe(self, data, self.validate(data, _ALL_TILES), exact)
        return self._ARCHITECTURE.make(self.config, tensors, provenance), exact

    def begin_with(self, network: Network[Any]) -> None:
        """See `Training`."""
        for model in (self.model, self.average):
            model.load(network.tensors)

    def _validate(self, tiles: Images) -> float:
        self.average.rounding = self.rounding
        pieces = [self._put(tiles[begin : begin + _PIECE]) for begin in range(0, len(tiles), _PIECE)]
        return sum(cost(self.average(piece), piece).sum().item() for piece in pieces) / tiles.size / math.log(2)

    def _draw(self, data: Tiles, step: int) -> Images:
        return data.sample(np.random.default_rng((self.settings.seed, step)), self.settings.batch)

    def _learn(self, data: Tiles, batch: Images, factor: float) -> list[float]:
        return [bits / batch[0].size for bits in super()._learn(data, batch, factor)]

    def _put(self, tiles: Images) -> Tensor:
        return torch.from_numpy(tiles).to(self.device).permute(0, 3, 1, 2).float()


class PixelCNNppTraining(TileTraining):
    """PixelCNN++."""

    _ARCHITECTURE = pixelcnnpp_weights.ARCHITECTURE
    _MODEL = FloatPixelCNNpp
    _DEFINITION = PixelCNNpp


class GatedPixelCNNTraining(TileTraining):
    """The gated PixelCNN."""

    _ARCHITECTURE = gated_pixelcnn.ARCHITECTURE
    _MODEL = FloatGatedPixelCNN
    _DEFINITION = GatedPixelCNN


def exact_cost(definition: Definition, network: Network[Any], images: Images) -> float:
    """Bits per sample of images (n, height, width, 3), by the frequencies that coding uses."""
    scorer = Scorer()
    count, _, columns, _ = images.shape
    code_images(definition(NumpyOps(), network, count, columns), cut(images, 0), scorer)
    return scorer.bits / images.size
