"""The classics in training: batches in, a network of integers out."""

import logging
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from neucomp.nets.classics.classic import Classic
from neucomp.nets.layers import LOGITS
from neucomp.nets.networks import Network
from neucomp.train.optimizers import Muon
from neucomp.train.straight_layers import StraightLayers

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClassicSettings:
    """How a classic is trained."""

    steps: int
    rate: float
    """Adam's rate, at first; it falls linearly to 0."""
    matrix_rate: float = 0.0
    """Muon's rate for the layers between input and output; where it is 0, Adam moves them too."""
    weight_decay: float = 0.0
    rounded: float = 0.1
    """Share of the steps, the last ones, that compute with the integers of the exact definition."""
    averaged: int = 200
    """The mean of weights that validates and ships forgets with this time constant."""
    validations: int = 20
    seed: int = 0


class ClassicTraining:
    """A run at some step. It can be saved and resumed."""

    def __init__(self, classic: Classic, config: Any, settings: ClassicSettings) -> None:
        torch.manual_seed(settings.seed)
        self.classic, self.config, self.settings = classic, config, settings
        specs = classic.layers(config)
        self.layers, self.average = StraightLayers(specs), StraightLayers(specs)
        for name in specs:
            if name == "output" or name.endswith(".out"):  # what is added, and logits, begin small
                with torch.no_grad():
                    self.layers.parameter(name).mul_(0.3)
        self.average.load_state_dict(self.layers.state_dict())
        inner = [name for name in specs if name not in ("input", "output") and settings.matrix_rate]
        self.muon = Muon([self.layers.parameter(name) for name in inner], settings.matrix_rate, weight_decay=0.01)
        moved = {id(weight) for weight in self.muon.parameters}
        others = [weight for weight in self.layers.parameters() if id(weight) not in moved]
        self.adam = torch.optim.AdamW(others, settings.rate, (0.9, 0.99), weight_decay=settings.weight_decay)
        self.step = 0
        self.seconds = 0.0

    def costs(self, layers: StraightLayers, symbols: Tensor, warm_up: int = 0) -> Tensor:
        """Nats for each of symbols (n, length) but the first `warm_up` ones, which only warm the network up."""
        layers.prepare()
        begun = F.pad(symbols, (1, 0))[:, :-1]
        read = begun.float() if self.classic.symbols == 2 else begun
        logits, _ = self.classic.read(layers, self.config, None, read)
        logits, symbols = logits[:, warm_up:] / LOGITS, symbols[:, warm_up:]
        if self.classic.symbols == 2:
            return F.binary_cross_entropy_with_logits(logits, symbols.float(), reduction="none")
        return F.cross_entropy(logits.transpose(1, 2), symbols, reduction="none")

    def advance(self, symbols: Tensor, warm_up: int = 0) -> float:
        """One step; bits per symbol before it."""
        start = time.perf_counter()
        settings = self.settings
        rounding = self.step >= settings.steps * (1 - settings.rounded)
        self.layers.rounding = self.average.rounding = rounding
        factor = min(1.0, (self.step + 1) / 50) * (1 - self.step / settings.steps)
        loss = self.costs(self.layers, symbols, warm_up).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        for group in self.adam.param_groups:
            group["lr"] = settings.rate * factor
        self.adam.step()
        self.muon.step(factor)
        self.adam.zero_grad()
        forgotten = 1 / min(settings.averaged, 1 + (self.step + 1) / 10)
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.layers.parameters()), forgotten)
        self.step += 1
        self.seconds += time.perf_counter() - start
        return loss.item() / math.log(2)

    @torch.no_grad()
    def validate(self, batches: Iterable[Tensor], warm_up: int = 0) -> float:
        """Bits per symbol of the averaged weights."""
        costs = [self.costs(self.average, symbols, warm_up).flatten() for symbols in batches]
        return float(torch.cat(costs).double().mean()) / math.log(2)

    def export(self, provenance: dict[str, str]) -> Network[Any]:
        """The averaged weights as integers."""
        return self.classic.architecture.make(self.config, self.average.tensors(), provenance)

    def to_dict(self) -> dict[str, Any]:
        """All that `from_dict` needs to go on."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "layers": self.layers.state_dict(),
            "average": self.average.state_dict(),
            "adam": self.adam.state_dict(),
            "muon": self.muon.averages,
        }

    def from_dict(self, state: dict[str, Any]) -> None:
        """Takes over what `to_dict` gave."""
        self.step, self.seconds = state["step"], state["seconds"]
        self.layers.load_state_dict(state["layers"])
        self.average.load_state_dict(state["average"])
        self.adam.load_state_dict(state["adam"])
        for own, other in zip(self.muon.averages, state["muon"], strict=True):
            own.copy_(other)


def train(
    training: ClassicTraining,
    draw: Callable[[int], Tensor],
    held_out: list[Tensor],
    warm_up: int = 0,
    saved: Callable[[], None] = lambda: None,
) -> list[tuple[int, float, float]]:
    """Trains to the end, on the batches that `draw` gives for steps; steps, bits in training and held out."""
    log, bits = [], []
    every = max(1, training.settings.steps // training.settings.validations)
    while training.step < training.settings.steps:
        bits.append(training.advance(draw(training.step), warm_up))
        if training.step % every == 0 or training.step == training.settings.steps:
            log.append((training.step, sum(bits) / len(bits), training.validate(held_out, warm_up)))
            _log.info("step %d, %.0f s: %.4f bits, held out %.4f", log[-1][0], training.seconds, *log[-1][1:])
            bits = []
            saved()
    return log
