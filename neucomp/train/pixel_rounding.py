"""From the real numbers of a pixel network in training to the integers of its exact definition."""

from typing import NamedTuple

import torch
from torch import Tensor

from neucomp.exact.bounds import LARGEST_SUM
from neucomp.kernels.pixel_constants import (
    ACTIVATION_LIMIT,
    FEATURE_LIMIT,
    FEATURE_UNIT,
    LOGISTICS,
    MEAN_UNIT,
    OUTPUT_UNIT,
)
from neucomp.train.arithmetic import SCALE_ONE

_LARGEST_SCALE = (1 << 31) - 1
_LARGEST_BIAS = 1 << 30
_LARGEST_LOOK = 32767
_FACTOR_ONE = 1 << 15


class Integers(NamedTuple):
    """A layer as the definition has it, in float64."""

    weight: Tensor  # (outputs, inputs), within +-127
    bias: Tensor  # (outputs,)
    scale: Tensor  # (outputs,): 2**24 stands for 1
    look: Tensor | None  # (outputs, samples seen), within +-32767


@torch.no_grad()
def quantize(weight: Tensor, bias: Tensor, look: Tensor | None, source: Tensor, target: Tensor) -> Integers:
    """Integers of a layer whose inputs count steps of `source`, and outputs steps of `target`, one or (outputs,).

    No row's products with inputs up to 1023 sum to more than 2**24.
    """
    whole = weight.double()
    # Rounding adds at most a half to each absolute value.
    largest_row = LARGEST_SUM // ACTIVATION_LIMIT - whole.shape[1] / 2
    step = torch.maximum(whole.abs().amax(1) / 127, whole.abs().sum(1) / largest_row).clamp(min=1e-9)
    scale = (step * (source.double() / target.double()) * SCALE_ONE).round().clamp(1, _LARGEST_SCALE)
    unit = step * source.double()
    return Integers(
        (whole / step[:, None]).round(),
        (bias.double() / unit).round().clamp(-_LARGEST_BIAS, _LARGEST_BIAS),
        scale,
        None
        if look is None
        else (look.double() / (FEATURE_UNIT * unit[:, None])).round().clamp(-_LARGEST_LOOK, _LARGEST_LOOK),
    )


def output_steps(outputs: int) -> Tensor:
    """What one integer of each output of a head stands for (outputs,)."""
    units = [OUTPUT_UNIT, MEAN_UNIT, OUTPUT_UNIT, *[MEAN_UNIT] * (outputs // LOGISTICS - 3)]
    return 1 / torch.tensor(units, dtype=torch.float32).repeat_interleave(LOGISTICS)


def relate(differences: Tensor, activity: Tensor) -> Tensor:
    """Differences of samples (n, channels) over the activity (n, 1), as the integers that features are."""
    factor = (15 * FEATURE_UNIT * _FACTOR_ONE / (15 * activity.double()).round()).floor()
    return nearest(differences.double() * factor / _FACTOR_ONE).clamp(-FEATURE_LIMIT, FEATURE_LIMIT)


def nearest(x: Tensor) -> Tensor:
    """The nearest integer, halves upwards: what adding a half before a shift to the right does."""
    return torch.floor(x + 0.5)


def through(smooth: Tensor, exact: Tensor) -> Tensor:
    """The values of `exact` with the gradients of `smooth`."""
    return exact.detach().to(smooth.dtype) + (smooth - smooth.detach())
