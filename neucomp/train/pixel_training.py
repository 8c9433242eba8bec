"""The pixel network in training."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neucomp.kernels.pixel_constants import CHANNELS, FEATURE_UNIT
from neucomp.kernels.pixel_drawing import Pool, draw_pixels
from neucomp.kernels.pixel_features import FEATURES, NEIGHBOURS
from neucomp.nets.pixel_weights import PixelNetwork
from neucomp.nets.pixelcnn import PixelConfig
from neucomp.train.pictures import Pictures
from neucomp.train.pixel_export import export_pixel_network, import_pixel_network
from neucomp.train.pixel_network import FloatPixelNetwork, Pixels
from neucomp.train.pixel_validation import exact_cost
from neucomp.train.settings import PixelSettings
from neucomp.train.training import Bits, Training, describe

_AVERAGED_STEPS = 1000
"""The mean of weights that validates and ships forgets with this time constant, and faster at the beginning."""

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


class PixelTraining(Training[Pictures, Pixels]):
    """See `Training`. Where rates begin to fall, activations get limits, which their integers will have; in the last
    steps all is rounded."""

    _ADAM_BETAS = (0.9, 0.99)
    _WEIGHT_DECAY = 0.01

    config: PixelConfig
    settings: PixelSettings

    def __init__(
        self, config: PixelConfig, settings: PixelSettings, device: torch.device, *, compiling: bool = True
    ) -> None:
        torch.manual_seed(settings.seed)
        self.model = FloatPixelNetwork(config).to(device)
        self.average = FloatPixelNetwork(config).to(device)
        """The mean of the weights of late steps."""
        self.average.load_state_dict(self.model.state_dict())
        super().__init__(config, settings, device, self.model, compiling=compiling)

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
        """See `Training`. A network that has not learned to live with rounding is rounded now."""
        smooth = self.validate(data, _ALL_PIXELS)
        if not self.average.rounding:
            self._choose_limits(data)
            self._set_arithmetic(limited=True, rounding=True)
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

    def to_dict(self) -> dict[str, Any]:
        """See `Training`."""
        return super().to_dict() | {"model": self.model.state_dict(), "average": self.average.state_dict()}

    def from_dict(self, state: dict[str, Any]) -> None:
        """See `Training`."""
        super().from_dict(state)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        # As the last step left it: the next one may change it.
        before = self.step - 1
        self._set_arithmetic(before >= self.settings.first_limited_step, before >= self.settings.first_rounded_step)

    def _draw(self, data: Pictures, step: int) -> Pixels:
        return draw(data.pool, self.settings.batch, (self.settings.seed, step), changing=True)

    def _draw_validation(self, pool: Pool, pixels: int) -> Pixels:
        return draw(pool, pixels, (self.settings.seed, _VALIDATION_SEED), changing=False)

    def _learn(self, data: Pictures, batch: Pixels, factor: float) -> list[float]:
        settings = self.settings
        if self.step in (settings.first_limited_step, settings.first_rounded_step):
            self._choose_limits(data)
        self._set_arithmetic(self.step >= settings.first_limited_step, self.rounding)
        # Rounded products need every bit of float32.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16 and not self.rounding):
            loss: Tensor = self._losses(self._put(batch)).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        self._move(factor)
        forgotten = 1 / min(_AVERAGED_STEPS, 1 + (self.step + 1) / 10)
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.model.parameters()), forgotten)
        return [loss.item() / math.log(2)]

    def _choose_limits(self, data: Pictures) -> None:
        """Limits of activations, from the averaged weights."""
        pixels = draw(data.pool, _CALIBRATION, (self.settings.seed, _CALIBRATION_SEED), changing=True)
        self.average.choose_limits(self._put(pixels))
        self.model.steps.copy_(self.average.steps)

    def _set_arithmetic(self, limited: bool, rounding: bool) -> None:
        for model in (self.model, self.average):
            model.limited, model.rounding = limited, rounding

    def _put(self, pixels: Pixels) -> Pixels:
        return Pixels(*(tensor.to(self.device) for tensor in pixels))
