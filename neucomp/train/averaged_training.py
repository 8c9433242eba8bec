"""Training whose network is the mean of late weights."""

import math
from abc import abstractmethod
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import torch
from torch import Tensor

from neucomp.train.settings import Schedule
from neucomp.train.training import Batch, Config, Model, Read, Training


class AveragedModel(Model, Protocol):
    """A network in training that can be averaged and rounded."""

    rounding: bool

    def parameters(self) -> Any:
        """All weights."""

    def state_dict(self) -> Any:
        """All weights and steps, by name."""

    def load_state_dict(self, state_dict: Any) -> Any:
        """Takes them over."""


Averaged = TypeVar("Averaged", bound=AveragedModel)


class AveragedTraining(Training[Read, Batch], Generic[Read, Batch, Averaged]):
    """See `Training`. In the last steps all is rounded."""

    _AVERAGED_STEPS: ClassVar[int]
    """The mean of weights that validates and ships forgets with this time constant, and faster at the beginning."""

    def __init__(
        self,
        config: Config,
        settings: Schedule,
        device: torch.device,
        model: Averaged,
        average: Averaged,
        *,
        compiling: bool,
    ) -> None:
        average.load_state_dict(model.state_dict())
        self.model = model
        self.average = average
        """The mean of the weights of late steps."""
        super().__init__(config, settings, device, model, compiling=compiling)

    def to_dict(self) -> dict[str, Any]:
        """See `Training`."""
        return super().to_dict() | {"model": self.model.state_dict(), "average": self.average.state_dict()}

    def from_dict(self, state: dict[str, Any]) -> None:
        """See `Training`."""
        super().from_dict(state)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])

    @abstractmethod
    def _put(self, batch: Batch) -> Any:
        """A batch on the device."""

    def _costs(self, batch: Any) -> Tensor:
        """Nats for each of what a batch on the device holds."""
        return self._losses(batch)

    def _set_up(self, data: Read) -> None:
        """Sets the arithmetic of the step to come."""
        for model in (self.model, self.average):
            model.rounding = self.rounding

    def _learn(self, data: Read, batch: Batch, factor: float) -> list[float]:
        self._set_up(data)
        # Rounded products need every bit of float32.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16 and not self.rounding):
            loss = self._costs(self._put(batch)).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        self._move(factor)
        # Weights of smooth steps are not those that rounding wants.
        alike = self.step - self.settings.first_rounded_step if self.rounding else self.step
        forgotten = 1 / min(self._AVERAGED_STEPS, 1 + (alike + 1) / 10)
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.model.parameters()), forgotten)
        return [loss.item() / math.log(2)]
