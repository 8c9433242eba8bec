"""PixelCNN++ in training."""

import math

import numpy as np
import torch
from torch import Tensor

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.models.tiles import cut
from neucomp.nets.pixelcnnpp import PixelCNNppConfig
from neucomp.nets.pixelcnnpp_images import code_images
from neucomp.nets.pixelcnnpp_weights import PixelCNNppNetwork, make_pixelcnnpp
from neucomp.scorer import Scorer
from neucomp.train.averaged_training import AveragedTraining
from neucomp.train.float_pixelcnnpp import FloatPixelCNNpp
from neucomp.train.pixelcnnpp_loss import cost
from neucomp.train.settings import TileSettings
from neucomp.train.tiles import Images, Tiles
from neucomp.train.training import Bits, describe

_QUICK_TILES = 100
_ALL_TILES = 400
"""Of each group, in validations along the way and in the last one."""

_PIECE = 25
"""Tiles that validation computes at once."""


class PixelCNNppTraining(AveragedTraining[Tiles, Images, FloatPixelCNNpp]):
    """See `AveragedTraining`."""

    _ADAM_BETAS = (0.9, 0.98)
    _WEIGHT_DECAY = 0.02
    _AVERAGED_STEPS = 1000

    config: PixelCNNppConfig
    settings: TileSettings

    def __init__(
        self, config: PixelCNNppConfig, settings: TileSettings, device: torch.device, *, compiling: bool = True
    ) -> None:
        torch.manual_seed(settings.seed)
        model = FloatPixelCNNpp(config, settings.dropout).to(device)
        average = FloatPixelCNNpp(config).to(device).eval()
        super().__init__(config, settings, device, model, average, compiling=compiling)

    @torch.no_grad()
    def validate(self, data: Tiles, tiles: int = _QUICK_TILES) -> Bits:
        """See `Training`. tiles: of each group."""
        return {group.name: [self._validate(group.validation[:tiles])] for group in data.groups}

    def export(self, data: Tiles) -> tuple[PixelCNNppNetwork, Bits]:
        """See `Training`."""
        tensors = self.average.export()
        network = make_pixelcnnpp(self.config, tensors, {})
        exact = {group.name: [exact_cost(network, group.validation[:_ALL_TILES])] for group in data.groups}
        provenance = describe(self, data, self.validate(data, _ALL_TILES), exact)
        return make_pixelcnnpp(self.config, tensors, provenance), exact

    def begin_with(self, network: PixelCNNppNetwork) -> None:
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


def exact_cost(network: PixelCNNppNetwork, images: Images) -> float:
    """Bits per sample of images (n, height, width, 3), by the frequencies that coding uses."""
    scorer = Scorer()
    code_images(NumpyOps(), network, cut(images, 0), scorer)
    return scorer.bits / images.size
