"""The pixel network in training: smooth, in floats that run fast, or rounded, as in the exact definition.

Real numbers stand for the integers of `nets.pixelcnn`: features for 1/96, activations for steps that are chosen from
data, outputs for the units that they have there. Rounded values are those of the definition, bit for bit; their
gradients are those of smooth arithmetic (the straight-through estimator).
"""

from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neucomp.kernels.pixel_constants import (
    ACTIVATION_LIMIT,
    FEATURE_LIMIT,
    FEATURE_UNIT,
    LINK_LIMIT,
    LOGISTICS,
    MEAN_LIMIT,
    MEAN_UNIT,
    OUTPUT_UNIT,
    SCALE_HIGH,
    SCALE_LOW,
)
from neucomp.kernels.pixel_features import FEATURES
from neucomp.nets.pixelcnn import PixelConfig
from neucomp.train.arithmetic import SCALE_ONE
from neucomp.train.pixel_rounding import nearest, output_steps, quantize, relate, through

FEATURE_STEP = torch.tensor(1 / FEATURE_UNIT)
_FEATURES, _STREAM = -1, 0
"""Numbers of activations: features; residual stream; then come the blocks' insides and those of two heads."""

SMALLEST_MASS = 1e-8
"""Below this a sample's probability gives no gradient: coding keeps all probabilities above it."""


class Pixels(NamedTuple):
    """A batch of pixels."""

    features: Tensor  # (n, 133) float32: integers / 96
    targets: Tensor  # (n, 3) float32: samples in coding order, 0 to 255
    medians: Tensor  # (n, 3) float32
    activity: Tensor  # (n, 1) float32


class Mixture(NamedTuple):
    """Logistics of one channel, relative to the median-edge prediction, in units of the activity."""

    logits: Tensor  # (n, 5)
    means: Tensor  # (n, 5)
    log_scales: Tensor  # (n, 5)


class FloatPixelNetwork(nn.Module):
    """The network of a `PixelConfig`."""

    steps: Tensor

    def __init__(self, config: PixelConfig) -> None:
        super().__init__()
        self.config = config
        width, hidden, k = config.width, config.hidden, LOGISTICS
        self.input = nn.Linear(FEATURES, width)
        self.up = nn.ModuleList([nn.Linear(width, width) for _ in range(config.blocks)])
        self.down = nn.ModuleList([nn.Linear(width, width) for _ in range(config.blocks)])
        self.head0 = nn.Linear(width, 3 * k)
        self.join1, self.join2 = nn.Linear(width, hidden), nn.Linear(width, hidden)
        self.seen1, self.seen2 = nn.Linear(1, hidden, bias=False), nn.Linear(2, hidden, bias=False)
        self.head1, self.head2 = nn.Linear(hidden, 4 * k), nn.Linear(hidden, 5 * k)
        self.register_buffer("steps", torch.zeros(1 + config.blocks + 2))
        """What one integer of each activation stands for; 0 while activations have no limits."""
        self.limited = False
        self.rounding = False
        self._largest: Tensor | None = None
        with torch.no_grad():
            for _, down in self.blocks:
                down.weight.mul_(0.3)
            for head in (self.head0, self.head1, self.head2):
                head.weight.mul_(0.2)
                head.bias.zero_()
                head.bias[k : 2 * k] = torch.linspace(-0.3, 0.3, k)
                head.bias[2 * k : 3 * k] = -1
            self.head1.bias[3 * k :] = 0.8
            self.head2.bias[3 * k : 4 * k] = 0.5
            self.head2.bias[4 * k :] = 0.3

    @property
    def blocks(self) -> list[tuple[nn.Linear, nn.Linear]]:
        """The two layers of each residual block."""
        return list(zip(cast(list[nn.Linear], self.up), cast(list[nn.Linear], self.down), strict=True))

    def matrices(self) -> list[nn.Parameter]:
        """Weights (outputs, inputs) of the layers between features and heads."""
        ups, downs = zip(*self.blocks, strict=True) if self.blocks else ((), ())
        return [layer.weight for layer in (self.input, *ups, *downs, self.join1, self.join2)]

    def others(self) -> list[nn.Parameter]:
        """All other weights."""
        chosen = {id(weight) for weight in self.matrices()}
        return [parameter for parameter in self.parameters() if id(parameter) not in chosen]

    def forward(self, features: Tensor, differences: Tensor, activity: Tensor) -> list[Mixture]:
        """Mixtures of the three channels. differences (n, 2): the first two samples less their predictions."""
        h = self._activate(self._linear(self.input, features, _FEATURES, _STREAM), _STREAM)
        for number, (up, down) in enumerate(self.blocks, _STREAM + 1):
            inside = self._activate(self._linear(up, h, _STREAM, number), number)
            h = self._limit(h + self._linear(down, inside, number, _STREAM), _STREAM)
        h = F.relu(h)
        residuals = differences / activity
        seen = residuals.clamp(-FEATURE_LIMIT / FEATURE_UNIT, FEATURE_LIMIT / FEATURE_UNIT)
        if self.rounding:
            seen = through(seen, relate(differences, activity) / FEATURE_UNIT)
        mixtures = [_mixture(self._linear(self.head0, h, _STREAM), residuals[:, :0])]
        joins = (self.join1, self.seen1, self.head1), (self.join2, self.seen2, self.head2)
        for channel, (join, look, head) in enumerate(joins, 1):
            number = self.config.blocks + channel
            joined = self._linear(join, h, _STREAM, number, look.weight, seen[:, :channel])
            outputs = self._linear(head, self._activate(joined, number), number)
            mixtures.append(_mixture(outputs, residuals[:, :channel]))
        return mixtures

    @torch.no_grad()
    def choose_limits(self, pixels: Pixels) -> None:
        """Gives activations the limits and steps that some pixels need; rounding may begin then."""
        self.limited = False
        self._largest = torch.zeros_like(self.steps)
        self.losses(pixels)
        self.steps.copy_(self._largest / ACTIVATION_LIMIT)
        self._largest = None
        self.limited = True

    def _activate(self, x: Tensor, number: int) -> Tensor:
        return F.relu(self._limit(x, number))

    def _limit(self, x: Tensor, number: int) -> Tensor:
        """Activations brought into the range of their integers."""
        if self._largest is not None:
            self._largest[number] = torch.maximum(self._largest[number], x.abs().max())
        limit = self.steps[number] * ACTIVATION_LIMIT
        return torch.minimum(torch.maximum(x, -limit), limit) if self.limited else x

    def _linear(
        self,
        linear: nn.Linear,
        x: Tensor,
        source: int,
        target: int | None = None,
        look: Tensor | None = None,
        seen: Tensor | None = None,
    ) -> Tensor:
        """A layer from activations `source` to `target`, or to outputs; with weights `look` for samples `seen`."""
        device = x.device.type
        if not self.rounding:
            # Outputs keep their digits: they are means of logistics that can be sharp.
            with torch.autocast(device, enabled=target is not None and torch.is_autocast_enabled(device)):
                y: Tensor = linear(x if target is not None else x.float())
                return y if look is None or seen is None else y + F.linear(seen, look)
        from_step = FEATURE_STEP if source == _FEATURES else self.steps[source]
        to_step = output_steps(linear.out_features).to(x.device) if target is None else self.steps[target]
        integers = quantize(linear.weight, linear.bias, look, from_step, to_step)
        unit = (integers.scale * to_step / SCALE_ONE).float()
        sums = F.linear(x / from_step, through(linear.weight * (from_step / unit)[:, None], integers.weight))
        sums = sums + through(linear.bias / unit, integers.bias)
        if look is not None and integers.look is not None and seen is not None:
            weights = through(look / (FEATURE_UNIT * unit[:, None]), integers.look)
            sums = sums + F.linear(seen * FEATURE_UNIT, weights)
        return through(sums * unit, nearest(sums.detach().double() * integers.scale / SCALE_ONE) * to_step)

    def losses(self, pixels: Pixels) -> Tensor:
        """What each channel costs (n, 3), in nats."""
        relative = pixels.targets - pixels.medians
        mixtures = self(pixels.features, relative[:, :2], pixels.activity)
        return torch.stack(
            [
                _cost(mixture, pixels.targets[:, c, None], relative[:, c, None], pixels.activity)
                for c, mixture in enumerate(mixtures)
            ],
            1,
        )


def _mixture(outputs: Tensor, residuals: Tensor) -> Mixture:
    logits, means, log_scales, *links = outputs.view(len(outputs), -1, LOGISTICS).unbind(1)
    means = means.clamp(-MEAN_LIMIT / MEAN_UNIT, MEAN_LIMIT / MEAN_UNIT)
    # The channel before this one first.
    for link, residual in zip(links, reversed(residuals.unbind(1)), strict=True):
        means = means + link.clamp(-LINK_LIMIT / MEAN_UNIT, LINK_LIMIT / MEAN_UNIT) * residual[:, None]
    return Mixture(logits, means, log_scales.clamp(SCALE_LOW / OUTPUT_UNIT, SCALE_HIGH / OUTPUT_UNIT))


def _cost(mixture: Mixture, samples: Tensor, relative: Tensor, activity: Tensor) -> Tensor:
    """-ln of the probability of samples (n, 1), which are `relative` to the prediction."""
    inverse = torch.exp(-mixture.log_scales) / activity
    distance = (relative - activity * mixture.means) * inverse
    half = 0.5 * inverse
    # In the lower tail, where differences of the logistic function keep their digits; beyond 0 and 255 all counts.
    away = distance.abs()
    inside = torch.sigmoid(half - away) - torch.sigmoid(-half - away)
    mass = torch.where(
        samples == 0,
        torch.sigmoid(distance + half),
        torch.where(samples == 255, torch.sigmoid(half - distance), inside),
    )
    weights = torch.softmax(mixture.logits, 1)
    return -torch.log((weights * mass).sum(1) + SMALLEST_MASS)
