"""The WaveNet in training: smooth, in floats that run fast, or rounded, as in the exact definition.

Real numbers stand for the integers of `nets.wavenet`: features for 1/128, what goes into gates for 1/256, what comes
out for 2**-10, other activations for steps that are chosen from data, outputs for the units that they have there.
Rounded values are those of the definition, bit for bit; their gradients are those of smooth arithmetic (the
straight-through estimator).
"""

from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neucomp.kernels.wave_constants import (
    ACTIVATION_LIMIT,
    FEATURE_UNIT,
    GATE_BITS,
    GATE_LIMIT,
    GATE_UNIT,
    LOGISTIC,
    LOGISTICS,
    LOGIT_LIMIT,
    MEAN_LIMIT,
    MEAN_UNIT,
    OUTPUT_UNIT,
    OUTPUTS,
    SCALE_HIGH,
    SCALE_LOW,
    SKIP_LIMIT,
    TANH,
)
from neucomp.kernels.wave_features import FEATURES
from neucomp.nets.wavenet import WaveConfig
from neucomp.train.arithmetic import SCALE_ONE
from neucomp.train.pixel_rounding import nearest, quantize, through

FEATURE_STEP = torch.tensor(1 / FEATURE_UNIT)
INSIDE_STEP = torch.tensor(2.0**-GATE_BITS)
_STREAM, _SKIP, _HIDDEN = range(3)
"""Activations whose steps are chosen."""

SMALLEST_MASS = 1e-7
"""Below this a sample's probability gives no gradient: coding keeps all probabilities above it."""


class Frames(NamedTuple):
    """A batch of stretches of recordings."""

    features: Tensor  # (n, frames, 31) float32: integers / 128
    errors: Tensor  # (n, frames) float32: samples less the blend of all predictions
    usual: Tensor  # (n, frames) float32: the usual error


class FloatWaveNetwork(nn.Module):
    """The network of a `WaveConfig`."""

    steps: Tensor

    def __init__(self, config: WaveConfig) -> None:
        super().__init__()
        self.config = config
        width, k = config.width, LOGISTICS
        self.input = nn.Linear(FEATURES, width)
        self.gate = nn.ModuleList([nn.Linear(2 * width, 2 * width) for _ in config.dilations])
        self.out = nn.ModuleList([nn.Linear(width, 2 * width) for _ in config.dilations])
        self.hidden = nn.Linear(width, width)
        self.output = nn.Linear(width, OUTPUTS)
        self.register_buffer("steps", torch.zeros(3))
        """What one integer of the stream, of the skip connections and of the hidden layer stands for; 0 while they have
        no limits."""
        self.limited = False
        self.rounding = False
        self._largest: Tensor | None = None
        with torch.no_grad():
            for _, out in self.layers:
                out.weight.mul_(0.4)
            self.output.weight.mul_(0.2)
            self.output.bias.zero_()
            self.output.bias[k : 2 * k] = torch.linspace(-0.2, 0.2, k)
            self.output.bias[2 * k :] = torch.linspace(-1.4, 0.2, k)

    @property
    def layers(self) -> list[tuple[nn.Linear, nn.Linear]]:
        """The gate and what follows it, of each layer."""
        return list(zip(cast(list[nn.Linear], self.gate), cast(list[nn.Linear], self.out), strict=True))

    def matrices(self) -> list[nn.Parameter]:
        """Weights (outputs, inputs) of the layers between features and outputs."""
        layers = [self.input, *(layer for pair in self.layers for layer in pair), self.hidden]
        return [cast(nn.Parameter, layer.weight) for layer in layers]

    def others(self) -> list[nn.Parameter]:
        """All other weights."""
        chosen = {id(weight) for weight in self.matrices()}
        return [parameter for parameter in self.parameters() if id(parameter) not in chosen]

    def forward(self, features: Tensor) -> Tensor:
        """Outputs (n, frames, 12), as real numbers, of lanes that begin with silence."""
        width = self.config.width
        device = features.device
        stream, skips, hidden = self.steps
        gates = torch.full((2 * width,), 1 / GATE_UNIT, device=device)
        targets = torch.cat([stream.expand(width), skips.expand(width)])
        h = self._limit(self._linear(self.input, features, FEATURE_STEP.to(device), stream), _STREAM)
        skip = torch.zeros_like(h)
        for dilation, (gate, out) in zip(self.config.dilations, self.layers, strict=True):
            past = F.pad(h, (0, 0, dilation, 0))[:, : h.shape[1]]
            inside = self._gate(self._linear(gate, torch.cat([past, h], -1), stream, gates))
            moves = self._linear(out, inside, INSIDE_STEP.to(device), targets)
            h = self._limit(h + moves[..., :width], _STREAM)
            skip = skip + moves[..., width:]
            if self.rounding:
                skip = torch.minimum(torch.maximum(skip, -SKIP_LIMIT * skips), SKIP_LIMIT * skips)
        skip = F.relu(self._limit(skip, _SKIP))
        inner = F.relu(self._limit(self._linear(self.hidden, skip, skips, hidden), _HIDDEN))
        with torch.autocast(device.type, enabled=False):  # outputs keep their digits
            return self._linear(self.output, inner.float(), hidden, output_steps().to(device))

    @torch.no_grad()
    def choose_limits(self, frames: Frames) -> None:
        """Gives activations the limits and steps that some frames need; rounding may begin then."""
        self.limited = False
        self.rounding = False
        self._largest = torch.zeros_like(self.steps)
        self(frames.features)
        self.steps.copy_(self._largest / ACTIVATION_LIMIT)
        self._largest = None
        self.limited = True

    def _limit(self, x: Tensor, number: int) -> Tensor:
        """Activations brought into the range of their integers."""
        if self._largest is not None:
            self._largest[number] = torch.maximum(self._largest[number], x.abs().max())
        limit = self.steps[number] * ACTIVATION_LIMIT
        return torch.minimum(torch.maximum(x, -limit), limit) if self.limited else x

    def _gate(self, x: Tensor) -> Tensor:
        """tanh of the first half, times the logistic function of the second."""
        width = self.config.width
        smooth = torch.tanh(x[..., :width]) * torch.sigmoid(x[..., width:])
        if not self.rounding:
            return smooth
        places = (x.detach() * GATE_UNIT).round().clamp(-GATE_LIMIT, GATE_LIMIT).long() + GATE_LIMIT
        tanh, logistic = (torch.from_numpy(table).to(x.device).long() for table in (TANH, LOGISTIC))
        products = tanh[places[..., :width]] * logistic[places[..., width:]]
        return through(smooth, ((products + (1 << (GATE_BITS - 1))) >> GATE_BITS) * INSIDE_STEP.to(x.device))

    def _linear(self, linear: nn.Linear, x: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """A layer from activations that count steps of `source` to such that count steps of `target`."""
        if not self.rounding:
            y: Tensor = linear(x)
            return y
        integers = quantize(linear.weight, linear.bias, None, source, target)
        unit = (integers.scale * target / SCALE_ONE).float()
        sums = F.linear(x / source, through(linear.weight * (source / unit)[:, None], integers.weight))
        sums = sums + through(linear.bias / unit, integers.bias)
        return through(sums * unit, nearest(sums.detach().double() * integers.scale / SCALE_ONE) * target)

    def losses(self, frames: Frames, first: int = 0) -> Tensor:
        """What each sample costs (n, frames - first), in nats; the first ones of each lane only warm it up."""
        outputs = self(frames.features)[:, first:].float()
        return cost(outputs, frames.errors[:, first:], frames.usual[:, first:])


def output_steps() -> Tensor:
    """What one integer of each output stands for (12,)."""
    units = torch.tensor([OUTPUT_UNIT, MEAN_UNIT, OUTPUT_UNIT], dtype=torch.float32)
    return 1 / units.repeat_interleave(LOGISTICS)


def cost(outputs: Tensor, errors: Tensor, usual: Tensor) -> Tensor:
    """-ln of the probability of samples, by the mixtures that outputs (..., 12) stand for."""
    logits, means, log_scales = outputs.reshape(*outputs.shape[:-1], 3, LOGISTICS).unbind(-2)
    logits = logits.clamp(-LOGIT_LIMIT / OUTPUT_UNIT, LOGIT_LIMIT / OUTPUT_UNIT)
    means = means.clamp(-MEAN_LIMIT / MEAN_UNIT, MEAN_LIMIT / MEAN_UNIT)
    log_scales = log_scales.clamp(SCALE_LOW / OUTPUT_UNIT, SCALE_HIGH / OUTPUT_UNIT)
    inverse = torch.exp(-log_scales) / usual[..., None]
    # In the lower tail, where differences of the logistic function keep their digits.
    away = ((errors[..., None] - usual[..., None] * means) * inverse).abs()
    half = 0.5 * inverse
    mass = torch.sigmoid(half - away) - torch.sigmoid(-half - away)
    return -torch.log((torch.softmax(logits, -1) * mass).sum(-1) + SMALLEST_MASS)
