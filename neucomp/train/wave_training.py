"""The WaveNet in training."""

import math

import numpy as np
import torch
from torch import Tensor

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.nets.wave_weights import WaveNetwork
from neucomp.nets.wavenet import WaveConfig, WaveState, advance
from neucomp.train.limited_training import LimitedTraining
from neucomp.train.recordings import Notes, Recordings, as_numbers
from neucomp.train.settings import WaveSettings
from neucomp.train.training import Bits, describe
from neucomp.train.wave_export import export_wave_network, import_wave_network
from neucomp.train.wave_network import FloatWaveNetwork, Frames, cost, output_steps

_CALIBRATION = 16
"""Batches whose largest activations become the limits."""

_QUICK_FRAMES = 20_000
_ALL_FRAMES = 100_000
"""Of each channel, in validations along the way and in the last one."""

_CALIBRATION_SEED = -1
"""In the place of a step's number, where frames are drawn to choose limits."""


class WaveTraining(LimitedTraining[Recordings, Frames, FloatWaveNetwork]):
    """See `LimitedTraining`."""

    _AVERAGED_STEPS = 400

    config: WaveConfig
    settings: WaveSettings

    def __init__(
        self, config: WaveConfig, settings: WaveSettings, device: torch.device, *, compiling: bool = True
    ) -> None:
        torch.manual_seed(settings.seed)
        model, average = (FloatWaveNetwork(config).to(device) for _ in range(2))
        super().__init__(config, settings, device, model, average, compiling=compiling)

    def validate(self, data: Recordings, frames: int = _QUICK_FRAMES) -> Bits:
        """See `Training`; bits are per sample. frames: of each channel."""
        with torch.no_grad():
            return {
                group.name: [_mean([self.average.losses(self._lane(notes, frames)) for notes in group.validation])]
                for group in data.groups
            }

    def export(self, data: Recordings) -> tuple[WaveNetwork, Bits]:
        """See `Training`."""
        smooth = self.validate(data, _ALL_FRAMES)
        self._round_now(data)
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

    def _draw(self, data: Recordings, step: int) -> Frames:
        return draw(data, self.settings.batch, self._warm_up + self.settings.length, (self.settings.seed, step))

    @property
    def _warm_up(self) -> int:
        """Frames of a stretch that come before those that it is to predict."""
        return min(sum(self.config.dilations), self.settings.length // 4)

    def _draw_calibration(self, data: Recordings) -> Frames:
        length = self._warm_up + self.settings.length
        return draw(data, _CALIBRATION * self.settings.batch, length, (self.settings.seed, _CALIBRATION_SEED))

    def _costs(self, batch: Frames) -> Tensor:
        return self._losses(batch, self._warm_up)

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
