"""Training of the networks for pictures and recordings: the mean of late weights is kept; limits come first, then
rounding."""

import math
from abc import abstractmethod
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import torch
from torch import Tensor

from neucomp.train.settings import LimitedSchedule
from neucomp.train.training import Config, Model, Read, Training


class LimitedModel(Model, Protocol):
    """A network in training whose activations can be limited and rounded."""

    steps: Tensor
    limited: bool
    rounding: bool

    def parameters(self) -> Any:
        """All weights."""

    def state_dict(self) -> Any:
        """All weights and steps, by name."""

    def load_state_dict(self, state_dict: Any) -> Any:
        """Takes them over."""

    def choose_limits(self, batch: Any) -> None:
        """Gives activations the limits and steps that a batch needs."""


Tensors = TypeVar("Tensors", bound=tuple[Tensor, ...])
Limited = TypeVar("Limited", bound=LimitedModel)


class AveragedTraining(Training[Read, Tensors], Generic[Read, Tensors, Limited]):
    """See `Training`. Where rates begin to fall, activations get limits, which their integers will have; in the last
    steps all is rounded."""

    _ADAM_BETAS = (0.9, 0.99)
    _WEIGHT_DECAY = 0.01
    _AVERAGED_STEPS: ClassVar[int]
    """The mean of weights that validates and ships forgets with this time constant, and faster at the beginning."""

    settings: LimitedSchedule

    def __init__(
        self,
        config: Config,
        settings: LimitedSchedule,
        device: torch.device,
        model: Limited,
        average: Limited,
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
        # As the last step left it: the next one may change it.
        before = self.step - 1
        self._set_arithmetic(before >= self.settings.first_limited_step, before >= self.settings.first_rounded_step)

    @abstractmethod
    def _draw_calibration(self, data: Read) -> Tensors:
        """The batch whose largest activations become the limits."""

    def _costs(self, batch: Tensors) -> Tensor:
        """Nats for each of a batch's samples."""
        return self._losses(batch)

    def _learn(self, data: Read, batch: Tensors, factor: float) -> list[float]:
        settings = self.settings
        if self.step in (settings.first_limited_step, settings.first_rounded_step):
            self._choose_limits(data)
        self._set_arithmetic(self.step >= settings.first_limited_step, self.rounding)
        # Rounded products need every bit of float32.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16 and not self.rounding):
            loss = self._costs(self._put(batch)).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        self._move(factor)
        forgotten = 1 / min(self._AVERAGED_STEPS, 1 + (self.step + 1) / 10)
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.model.parameters()), forgotten)
        return [loss.item() / math.log(2)]

    def _round_now(self, data: Read) -> None:
        """A network that has not learned to live with rounding is rounded."""
        if not self.average.rounding:
            self._choose_limits(data)
            self._set_arithmetic(limited=True, rounding=True)

    def _choose_limits(self, data: Read) -> None:
        """Limits of activations, from the averaged weights."""
        self.average.choose_limits(self._put(self._draw_calibration(data)))
        self.model.steps.copy_(self.average.steps)

    def _set_arithmetic(self, limited: bool, rounding: bool) -> None:
        for model in (self.model, self.average):
            model.limited, model.rounding = limited, rounding

    def _put(self, batch: Tensors) -> Tensors:
        return type(batch)(*(tensor.to(self.device) for tensor in batch))
