"""The training loop: steps, validations, checkpoints, until all is seen or someone asks to stop."""

import logging
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from neucomp.train.checkpoint import Checkpoint, Point, save_checkpoint
from neucomp.train.curve import draw_curve
from neucomp.train.kinds import Kind
from neucomp.train.training import AnyNetwork, Bits, Data, Training

CHECKPOINT_SECONDS = 180

_log = logging.getLogger(__name__)


def checkpoint_path(output: Path) -> Path:
    """Where the checkpoints of a network are kept until it is trained, and after."""
    return output.with_name(f"{output.name}.checkpoint")


def curve_path(output: Path) -> Path:
    """Where the picture of a network's learning curve goes."""
    return output.with_name(f"{output.name}.png")


class Run:
    """A training run that writes `output`, its checkpoints and its curve."""

    def __init__(
        self,
        kind: Kind,
        training: Training[Any, Any],
        data: Data,
        output: Path,
        history: list[Point] | None = None,
    ) -> None:
        self.kind = kind
        self.training = training
        self.data = data
        self.output = output
        self.history = history or []

    def go(
        self, should_stop: Callable[[], object] = lambda: False, tick: Callable[[int], None] = lambda count: None
    ) -> AnyNetwork | None:
        """Trains to the end; None if `should_stop`, asked after each step, says so before. `tick` gets bytes."""
        training, settings = self.training, self.training.settings
        saved = self._save()
        while training.step < settings.steps:
            if training.step == settings.first_rounded_step:
                _log.info("rounding begins: steps take longer from here on")
            training.advance(self.data)
            tick(settings.step_bytes)
            if training.step % settings.validation_steps == 0 or training.step == settings.steps:
                self._report()
            if should_stop():
                self._save()
                return None
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                saved = self._save()
        self._save()
        return self._finish()

    def _save(self) -> float:
        training = self.training
        state = training.to_dict()
        checkpoint = Checkpoint(
            self.kind.name, training.config, training.settings, self.data.digest, state, self.history
        )
        save_checkpoint(checkpoint_path(self.output), checkpoint)
        return time.monotonic()

    def _report(self) -> None:
        """Validates, adds a point to the curve, says where the run stands."""
        training = self.training
        bits: list[float] = np.mean(training.bits, 0).tolist()
        training.bits = []
        self.history.append(Point(training.bytes_seen, bits, training.validate(self.data)))
        speed = training.bytes_seen / 1000 / max(training.seconds, 1e-9)
        _log.info(
            "%.2f of %.2f MB, %.0f KB/s: %s bits per byte; validation: %s",
            *(training.bytes_seen / 1e6, training.settings.total_bytes / 1e6, speed),
            *(_text(bits), _summary(self.history[-1].validation)),
        )
        if find_spec("matplotlib"):
            draw_curve(curve_path(self.output), self.history)

    def _finish(self) -> AnyNetwork:
        """Exports, measures what was exported, writes it."""
        network, exact = self.training.export(self.data)
        self.kind.save_network(self.output, network)
        _log.info("validation of the network as written: %s", _summary(exact))
        return network


def _text(bits: list[float]) -> str:
    return " ".join(f"{value:.3f}" for value in bits)


def _summary(bits: Bits) -> str:
    return ", ".join(f"{name} {_text(values)}" for name, values in bits.items())
