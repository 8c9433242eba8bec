"""PixelCNN++ in training."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.models.tiles import cut
from neucomp.nets.pixelcnnpp import PixelCNNppConfig
from neucomp.nets.pixelcnnpp_images import code_images
from neucomp.nets.pixelcnnpp_weights import PixelCNNppNetwork, make_pixelcnnpp
from neucomp.scorer import Scorer
from neucomp.train.float_pixelcnnpp import FloatPixelCNNpp
from neucomp.train.pixelcnnpp_loss import cost
from neucomp.train.settings import TileSettings
from neucomp.train.tiles import Images, Tiles
from neucomp.train.training import Bits, Training, describe

_AVERAGED_STEPS = 1000
"""The mean of weights that validates and ships forgets with this time constant, and faster at the beginning."""

_QUICK_TILES = 100
_ALL_TILES = 400
"""Of each group, in validations along the way and in the last one."""

_PIECE = 25
"""Tiles that validation computes at once."""


class PixelCNNppTraining(Training[Tiles, Images]):
    """See `Training`."""

    _ADAM_BETAS = (0.9, 0.98)
    _WEIGHT_DECAY = 0.02

    config: PixelCNNppConfig
    settings: TileSettings

    def __init__(
        self, config: PixelCNNppConfig, settings: TileSettings, device: torch.device, *, compiling: bool = True
    ) -> None:
        torch.manual_seed(settings.seed)
        self.model = FloatPixelCNNpp(config, settings.dropout).to(device)
        self.average = FloatPixelCNNpp(config).to(device).eval()
        """The mean of the weights of late steps."""
        self.average.load_state_dict(self.model.state_dict())
        super().__init__(config, settings, device, self.model, compiling=compiling)

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

    def to_dict(self) -> dict[str, Any]:
        """See `Training`."""
        return super().to_dict() | {"model": self.model.state_dict(), "average": self.average.state_dict()}

    def from_dict(self, state: dict[str, Any]) -> None:
        """See `Training`."""
        super().from_dict(state)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])

    def _validate(self, tiles: Images) -> float:
        self.average.rounding = self.rounding
        pieces = [self._put(tiles[begin : begin + _PIECE]) for begin in range(0, len(tiles), _PIECE)]
        return sum(cost(self.average(piece), piece).sum().item() for piece in pieces) / tiles.size / math.log(2)

    def _draw(self, data: Tiles, step: int) -> Images:
        return data.sample(np.random.default_rng((self.settings.seed, step)), self.settings.batch)

    def _learn(self, data: Tiles, batch: Images, factor: float) -> list[float]:
        self.model.rounding = self.rounding
        # Rounded products need every bit of float32.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16 and not self.rounding):
            loss: Tensor = self._losses(self._put(batch)).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        self._move(factor)
        forgotten = 1 / min(_AVERAGED_STEPS, 1 + (self.step + 1) / 10)
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.model.parameters()), forgotten)
        return [loss.item() / batch[0].size / math.log(2)]

    def _put(self, tiles: Images) -> Tensor:
        return torch.from_numpy(tiles).to(self.device).permute(0, 3, 1, 2).float()


def exact_cost(network: PixelCNNppNetwork, images: Images) -> float:
    """Bits per sample of images (n, height, width, 3), by the frequencies that coding uses."""
    scorer = Scorer()
    code_images(NumpyOps(), network, cut(images, 0), scorer)
    return scorer.bits / images.size
