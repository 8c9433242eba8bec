"""The WaveNet in training."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.nets.wave_weights import WaveNetwork
from neucomp.nets.wavenet import WaveConfig, WaveState, advance
from neucomp.train.recordings import Notes, Recordings, as_numbers
from neucomp.train.settings import WaveSettings
from neucomp.train.training import Bits, Training, describe
from neucomp.train.wave_export import export_wave_network, import_wave_network
from neucomp.train.wave_network import FloatWaveNetwork, Frames, cost, output_steps

_AVERAGED_STEPS = 400
"""The mean of weights that validates and ships forgets with this time constant, and faster at the beginning."""

_CALIBRATION = 16
"""Batches whose largest activations become the limits."""

_QUICK_FRAMES = 20_000
_ALL_FRAMES = 100_000
"""Of each channel, in validations along the way and in the last one."""

_CALIBRATION_SEED = -1
"""In the place of a step's number, where frames are drawn to choose limits."""


class WaveTraining(Training[Recordings, Frames]):
    """See `Training`. Where rates begin to fall, activations get limits, which their integers will have; in the last
    steps all is rounded."""

    _ADAM_BETAS = (0.9, 0.99)
    _WEIGHT_DECAY = 0.01

    config: WaveConfig
    settings: WaveSettings

    def __init__(
        self, config: WaveConfig, settings: WaveSettings, device: torch.device, *, compiling: bool = True
    ) -> None:
        torch.manual_seed(settings.seed)
        self.model = FloatWaveNetwork(config).to(device)
        self.average = FloatWaveNetwork(config).to(device)
        """The mean of the weights of late steps."""
        self.average.load_state_dict(self.model.state_dict())
        super().__init__(config, settings, device, self.model, compiling=compiling)

    def validate(self, data: Recordings, frames: int = _QUICK_FRAMES) -> Bits:
        """See `Training`; bits are per sample. frames: of each channel."""
        with torch.no_grad():
            return {
                group.name: [_mean([self.average.losses(self._lane(notes, frames)) for notes in group.validation])]
                for group in data.groups
            }

    def export(self, data: Recordings) -> tuple[WaveNetwork, Bits]:
        """See `Training`. A network that has not learned to live with rounding is rounded now."""
        smooth = self.validate(data, _ALL_FRAMES)
        if not self.average.rounding:
            self._choose_limits(data)
            self._set_arithmetic(limited=True, rounding=True)
        network = export_wave_network(self.average, {})
        exact = {
            group.name: [_mean([exact_cost(network, notes, _ALL_FRAMES) for notes in group.validation])]
            for group in data.groups
        }
        return export_wave_network(self.average, describe(self, data, smooth, exact)), exact

    def begin_with(self, network: WaveNetwork) -> None:
        """See `Training`."""
        for model in (self.model, self.average):
            import_wave_network(network, model)

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

    def _draw(self, data: Recordings, step: int) -> Frames:
        return draw(data, self.settings.batch, self._warm_up + self.settings.length, (self.settings.seed, step))

    @property
    def _warm_up(self) -> int:
        """Frames of a stretch that come before those that it is to predict."""
        return min(sum(self.config.dilations), self.settings.length // 4)

    def _learn(self, data: Recordings, batch: Frames, factor: float) -> list[float]:
        settings = self.settings
        if self.step in (settings.first_limited_step, settings.first_rounded_step):
            self._choose_limits(data)
        self._set_arithmetic(self.step >= settings.first_limited_step, self.rounding)
        # Rounded products need every bit of float32.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16 and not self.rounding):
            loss: Tensor = self._losses(self._put(batch), self._warm_up).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        self._move(factor)
        forgotten = 1 / min(_AVERAGED_STEPS, 1 + (self.step + 1) / 10)
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.model.parameters()), forgotten)
        return [loss.item() / math.log(2)]

    def _choose_limits(self, data: Recordings) -> None:
        """Limits of activations, from the averaged weights."""
        length = self._warm_up + self.settings.length
        frames = draw(data, _CALIBRATION * self.settings.batch, length, (self.settings.seed, _CALIBRATION_SEED))
        self.average.choose_limits(self._put(frames))
        self.model.steps.copy_(self.average.steps)

    def _set_arithmetic(self, limited: bool, rounding: bool) -> None:
        for model in (self.model, self.average):
            model.limited, model.rounding = limited, rounding

    def _put(self, frames: Frames) -> Frames:
        return Frames(*(tensor.to(self.device) for tensor in frames))

    def _lane(self, notes: Notes, frames: int) -> Frames:
        """The first frames of a channel."""
        return self._put(_stack([(notes, slice(frames))]))


def draw(data: Recordings, size: int, length: int, seed: tuple[int, int]) -> Frames:
    """Stretches of `length` frames from everywhere; shorter excerpts are repeated."""
    random = np.random.default_rng([number % (1 << 32) for number in seed])
    chosen = []
    for _ in range(size):
        notes = data.pool[int(np.searchsorted(data.shares, random.random(), "right"))]
        while len(notes.errors) < length:
            notes = Notes(*(np.concatenate([part, part]) for part in notes))
        start = int(random.integers(len(notes.errors) - length + 1))
        chosen.append((notes, slice(start, start + length)))
    return _stack(chosen)


def _stack(chosen: list[tuple[Notes, slice]]) -> Frames:
    return Frames(
        torch.from_numpy(as_numbers(np.stack([notes.features[part] for notes, part in chosen]))),
        torch.from_numpy(np.stack([notes.errors[part] for notes, part in chosen])),
        torch.from_numpy(np.stack([notes.usual[part] for notes, part in chosen])),
    )


def exact_cost(network: WaveNetwork, notes: Notes, frames: int) -> Tensor:
    """Nats for each of the first frames of a channel, in exact arithmetic but for the logarithm of a probability."""
    features = notes.features[:frames].astype(np.int64)
    outputs = advance(WaveState(NumpyOps(), network), features[None])[0]
    numbers = torch.from_numpy(outputs).float() * output_steps()
    return cost(numbers, torch.from_numpy(notes.errors[:frames]), torch.from_numpy(notes.usual[:frames]))


def _mean(costs: list[Tensor]) -> float:
    """Bits per sample."""
    return float(torch.cat([each.flatten() for each in costs]).double().mean()) / math.log(2)
