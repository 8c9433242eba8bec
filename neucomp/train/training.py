"""A network in training, whatever it predicts: what a step changes, and the step."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from neucomp.nets.gated_pixelcnn import GatedPixelCNNConfig, GatedPixelCNNNetwork
from neucomp.nets.pixel_weights import PixelNetwork
from neucomp.nets.pixelcnn import PixelConfig
from neucomp.nets.pixelcnnpp import PixelCNNppConfig
from neucomp.nets.pixelcnnpp_weights import PixelCNNppNetwork
from neucomp.nets.transformer import TransformerConfig
from neucomp.nets.wave_weights import WaveNetwork
from neucomp.nets.wavenet import WaveConfig
from neucomp.nets.weights import Network
from neucomp.train.backend import compiled, has_fast_bfloat16
from neucomp.train.optimizers import Muon
from neucomp.train.settings import Schedule

AnyNetwork = Network | PixelNetwork | WaveNetwork | PixelCNNppNetwork | GatedPixelCNNNetwork
Config = TransformerConfig | PixelConfig | WaveConfig | PixelCNNppConfig | GatedPixelCNNConfig

Bits = dict[str, list[float]]
"""Bits per byte of each exit, by group; of pictures and recordings per sample, of the one that there is."""


class Data(Protocol):
    """What a run reads."""

    @property
    def digest(self) -> str:
        """SHA-256 of names, shares and data."""

    def describe(self) -> str:
        """One line: names, sizes and shares."""


class Model(Protocol):
    """The parts of a network that a step moves."""

    @property
    def losses(self) -> Callable[..., Tensor]:
        """What a batch costs."""

    def matrices(self) -> list[nn.Parameter]:
        """Weights (outputs, inputs) that Muon moves."""

    def others(self) -> list[nn.Parameter]:
        """Weights that Adam moves."""


Read = TypeVar("Read", bound=Data)
Batch = TypeVar("Batch")


class Training(ABC, Generic[Read, Batch]):
    """A run at some step. Each step's randomness comes from the seed and its number alone."""

    _ADAM_BETAS: ClassVar[tuple[float, float]]
    _WEIGHT_DECAY: ClassVar[float]
    """Of the matrices."""

    def __init__(
        self, config: Config, settings: Schedule, device: torch.device, model: Model, *, compiling: bool
    ) -> None:
        self.config = config
        self.settings = settings
        self.device = device
        self.step = 0
        self.seconds = 0.0
        """Spent in steps."""
        self.bits: list[list[float]] = []
        """Of the steps since they were last taken: bits per byte of each exit."""
        self.bfloat16 = has_fast_bfloat16(device)
        muon_dtype = torch.bfloat16 if self.bfloat16 else torch.float32
        self.muon = Muon(model.matrices(), settings.matrix_rate, weight_decay=self._WEIGHT_DECAY, dtype=muon_dtype)
        self.adam = torch.optim.AdamW(model.others(), settings.rate, self._ADAM_BETAS, weight_decay=0)
        self._losses: Callable[..., Tensor] = compiled(model.losses, device) if compiling else model.losses
        self._reader = ThreadPoolExecutor(1)
        self._next: tuple[int, Future[Batch]] | None = None

    @property
    def rounding(self) -> bool:
        """Whether the next step computes with rounding."""
        return self.step >= self.settings.first_rounded_step

    @property
    def bytes_seen(self) -> int:
        """Bytes predicted so far."""
        return self.step * self.settings.step_bytes

    def advance(self, data: Read) -> None:
        """One step."""
        start = time.perf_counter()
        self.bits.append(self._learn(data, self._batch(data), self.settings.factor(self.step)))
        self.step += 1
        self.seconds += time.perf_counter() - start

    @abstractmethod
    def validate(self, data: Read) -> Bits:
        """Bits per byte of some of each group's validation part, by the network in training."""

    @abstractmethod
    def export(self, data: Read) -> tuple[AnyNetwork, Bits]:
        """The network as integers, and what it costs on more of the validation parts, in exact arithmetic."""

    @abstractmethod
    def begin_with(self, network: Any) -> None:
        """Takes over the weights of a network of the same config."""

    def to_dict(self) -> dict[str, Any]:
        """All that `from_dict` needs to go on as if nothing had happened: tensors and plain values."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "bits": self.bits,
            "muon": self.muon.averages,
            "adam": self.adam.state_dict(),
        }

    def from_dict(self, state: dict[str, Any]) -> None:
        """Takes over what `to_dict` gave; KeyError, ValueError or RuntimeError if it is of another network."""
        self.adam.load_state_dict(state["adam"])
        for own, other in zip(self.muon.averages, state["muon"], strict=True):
            own.copy_(other)
        self.step, self.seconds, self.bits = state["step"], state["seconds"], state["bits"]

    @abstractmethod
    def _draw(self, data: Read, step: int) -> Batch:
        """What a step reads. It is called in a thread of its own, while the step before is at work."""

    @abstractmethod
    def _learn(self, data: Read, batch: Batch, factor: float) -> list[float]:
        """Moves the weights, with rates times `factor`; bits per byte of each exit before that."""

    def _move(self, factor: float) -> None:
        """Moves the weights of Muon and Adam by their gradients, which are then forgotten."""
        self.muon.step(factor)
        for group in self.adam.param_groups:
            group["lr"] = self.settings.rate * factor
        self.adam.step()
        self.adam.zero_grad()

    def _batch(self, data: Read) -> Batch:
        """What this step reads; what the next one reads is prepared meanwhile."""
        ready = self._next[1].result() if self._next and self._next[0] == self.step else self._draw(data, self.step)
        self._next = self.step + 1, self._reader.submit(self._draw, data, self.step + 1)
        return ready


def describe(training: Training[Any, Any], data: Data, smooth: Bits, exact: Bits) -> dict[str, str]:
    """The provenance of a network: what it was trained on, how long, and bits per byte of each exit on validation."""
    settings = ", ".join(f"{name} {value:g}" for name, value in training.settings.to_dict().items())
    provenance = {
        "made": f"{datetime.now(UTC):%Y-%m-%d}",
        "data": data.describe(),
        "data sha256": data.digest,
        "bytes seen": str(training.bytes_seen),
        "steps": str(training.step),
        "hours": f"{training.seconds / 3600:.2f}",
        "settings": settings,
    }
    for name in exact:
        floats, integers = (" ".join(f"{value:.4f}" for value in bits[name]) for bits in (smooth, exact))
        provenance[f"validation {name}"] = f"{integers} bits per byte, in floats {floats}"
    return provenance
