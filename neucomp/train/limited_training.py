"""Training of the networks for pictures and recordings: limits of activations come first, then rounding."""

from abc import abstractmethod
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from torch import Tensor

from neucomp.train.averaged_training import AveragedModel, AveragedTraining
from neucomp.train.settings import LimitedSchedule
from neucomp.train.training import Read


class LimitedModel(AveragedModel, Protocol):
    """A network in training whose activations can be limited, too."""

    steps: Tensor
    limited: bool

    def choose_limits(self, batch: Any) -> None:
        """Gives activations the limits and steps that a batch needs."""


Tensors = TypeVar("Tensors", bound=tuple[Tensor, ...])
Limited = TypeVar("Limited", bound=LimitedModel)


class LimitedTraining(AveragedTraining[Read, Tensors, Limited], Generic[Read, Tensors, Limited]):
    """See `AveragedTraining`. Where rates begin to fall, activations get limits, which their integers will have."""

    _ADAM_BETAS: ClassVar[tuple[float, float]] = (0.9, 0.99)
    _WEIGHT_DECAY: ClassVar[float] = 0.01

    settings: LimitedSchedule

    def from_dict(self, state: dict[str, Any]) -> None:
        """See `Training`."""
        super().from_dict(state)
        # As the last step left it: the next one may change it.
        before = self.step - 1
        self._set_arithmetic(before >= self.settings.first_limited_step, before >= self.settings.first_rounded_step)

    @abstractmethod
    def _draw_calibration(self, data: Read) -> Tensors:
        """The batch whose largest activations become the limits."""

    def _set_up(self, data: Read) -> None:
        if self.step in (self.settings.first_limited_step, self.settings.first_rounded_step):
            self._choose_limits(data)
        self._set_arithmetic(self.step >= self.settings.first_limited_step, self.rounding)

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
