"""The pixel network in training."""

import math

import numpy as np
import torch

from neucomp.kernels.pixel_constants import CHANNELS, FEATURE_UNIT
from neucomp.kernels.pixel_drawing import Pool, draw_pixels
from neucomp.kernels.pixel_features import FEATURES, NEIGHBOURS
from neucomp.nets.pixel_weights import PixelNetwork
from neucomp.nets.pixelcnn import PixelConfig
from neucomp.train.limited_training import LimitedTraining
from neucomp.train.pictures import Pictures
from neucomp.train.pixel_export import export_pixel_network, import_pixel_network
from neucomp.train.pixel_network import FloatPixelNetwork, Pixels
from neucomp.train.pixel_validation import exact_cost
from neucomp.train.settings import PixelSettings
from neucomp.train.training import Bits, describe

_CALIBRATION = 20_000
"""Pixels whose largest activations become the limits."""

_QUICK_PIXELS = 20_000
_ALL_PIXELS = 60_000
"""Of each group, in validations along the way and in the last one."""

_CALIBRATION_SEED, _VALIDATION_SEED = -1, -2
"""In the place of a step's number, where pixels are drawn for other purposes."""


def draw(pool: Pool, size: int, seed: tuple[int, int], *, changing: bool) -> Pixels:
    """Pixels from everywhere in the pool; see `draw_pixels`."""
    targets, medians = np.zeros((size, CHANNELS), np.uint8), np.zeros((size, CHANNELS), np.uint8)
    activities, features = np.zeros(size, np.int32), np.zeros((size, FEATURES), np.int16)
    whole = np.random.default_rng([number % (1 << 32) for number in seed]).integers(1 << 32)
    window, order = np.zeros((CHANNELS, NEIGHBOURS), np.int32), np.zeros(CHANNELS, np.int64)
    draw_pixels(pool, whole, changing, window, order, targets, medians, activities, features)
    return Pixels(
        torch.from_numpy(features).float() / FEATURE_UNIT,
        torch.from_numpy(targets).float(),
        torch.from_numpy(medians).float(),
        torch.from_numpy(activities).float()[:, None] / 15,
    )


class PixelTraining(LimitedTraining[Pictures, Pixels, FloatPixelNetwork]):
    """See `LimitedTraining`."""

    _AVERAGED_STEPS = 1000

    config: PixelConfig
    settings: PixelSettings

    def __init__(
        self, config: PixelConfig, settings: PixelSettings, device: torch.device, *, compiling: bool = True
    ) -> None:
        torch.manual_seed(settings.seed)
        model, average = (FloatPixelNetwork(config).to(device) for _ in range(2))
        super().__init__(config, settings, device, model, average, compiling=compiling)

    @torch.no_grad()
    def cost(self, pixels: Pixels) -> list[float]:
        """Bits per sample of each channel, by the averaged weights."""
        costs: list[float] = (self.average.losses(self._put(pixels)).mean(0) / math.log(2)).tolist()
        return costs

    def validate(self, data: Pictures, pixels: int = _QUICK_PIXELS) -> Bits:
        """See `Training`. pixels: of each group."""
        return {
            group.name: [float(np.mean(self.cost(self._draw_validation(group.validation, pixels))))]
            for group in data.groups
        }

    def export(self, data: Pictures) -> tuple[PixelNetwork, Bits]:
        """See `Training`."""
        smooth = self.validate(data, _ALL_PIXELS)
        self._round_now(data)
        network = export_pixel_network(self.average, {})
        exact = {
            group.name: [exact_cost(network, self._draw_validation(group.validation, _ALL_PIXELS))]
            for group in data.groups
        }
        return export_pixel_network(self.average, describe(self, data, smooth, exact)), exact

    def begin_with(self, network: PixelNetwork) -> None:
        """See `Training`."""
        for model in (self.model, self.average):
            import_pixel_network(network, model)

    def _draw(self, data: Pictures, step: int) -> Pixels:
        return draw(data.pool, self.settings.batch, (self.settings.seed, step), changing=True)

    def _draw_validation(self, pool: Pool, pixels: int) -> Pixels:
        return draw(pool, pixels, (self.settings.seed, _VALIDATION_SEED), changing=False)

    def _draw_calibration(self, data: Pictures) -> Pixels:
        return draw(data.pool, _CALIBRATION, (self.settings.seed, _CALIBRATION_SEED), changing=True)
