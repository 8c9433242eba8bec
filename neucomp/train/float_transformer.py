"""The byte transformer with weights that can be trained: `nets.transformer`, written on arithmetic with gradients."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neucomp.kernels.network_constants import HEAD_WIDTH, SYMBOLS, TABLES
from neucomp.nets.transformer import TransformerConfig
from neucomp.train.arithmetic import HIDDEN, INPUT, LOGIT, QUERY, RESIDUAL, UP, Arithmetic, Grid, Rounded, Smooth

_STEEPEST_SLOPE = 64
"""What a byte of distance takes off a score of the first head, in 1/256 nat; 1 for the last, a geometric row between
(Press 2022, "Train short, test long")."""


def slopes(heads: int) -> list[int]:
    """What a byte of distance takes off each head's scores, in 1/256 nat."""
    return [round(_STEEPEST_SLOPE ** (1 - i / max(heads - 1, 1))) for i in range(heads)]


class Layer(nn.Module):
    """Attention over the window, then a perceptron with one hidden layer and squared ReLU."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        attended = config.heads * HEAD_WIDTH
        self.query = _matrix(attended, config.width)
        self.key = _matrix(attended, config.width)
        self.value = _matrix(attended, config.width)
        self.out = nn.Parameter(torch.zeros(config.width, attended))
        self.up = _matrix(config.hidden, config.width)
        self.down = nn.Parameter(torch.zeros(config.width, config.hidden))

    def forward(self, arithmetic: Arithmetic, h: Tensor, penalty: Tensor) -> Tensor:
        """The residual stream h (windows, length, width) after the layer."""
        h = RESIDUAL.clip(h + arithmetic.linear(self._attend(arithmetic, h, penalty), self.out, INPUT, RESIDUAL))
        up = arithmetic.linear(arithmetic.normalize(h), self.up, INPUT, UP)
        hidden = arithmetic.square(up.clamp(0, UP.limit / UP.unit))
        return RESIDUAL.clip(h + arithmetic.linear(hidden, self.down, HIDDEN, RESIDUAL))

    def _attend(self, arithmetic: Arithmetic, h: Tensor, penalty: Tensor) -> Tensor:
        x = arithmetic.normalize(h)

        def read(weight: Tensor, grid: Grid) -> Tensor:
            parts = grid.clip(arithmetic.linear(x, weight, INPUT, grid))
            # (windows, length, heads * 32) -> (windows, heads, length, 32)
            return parts.reshape(*h.shape[:2], self.config.heads, HEAD_WIDTH).transpose(1, 2)

        query, key, value = read(self.query, QUERY), read(self.key, QUERY), read(self.value, INPUT)
        found = INPUT.clip(arithmetic.attend(query, key, value, penalty))
        return found.transpose(1, 2).flatten(2)


class Exit(nn.Module):
    """An output layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.randn(SYMBOLS, width) * 0.01)
        self.bias = nn.Parameter(torch.zeros(SYMBOLS))

    def forward(self, arithmetic: Arithmetic, h: Tensor) -> Tensor:
        """Logits (windows, length, 256) in nats."""
        logits = arithmetic.linear(arithmetic.normalize(h), self.logits, INPUT, LOGIT)
        return LOGIT.clip(logits + arithmetic.place(self.bias, LOGIT))


class FloatTransformer(nn.Module):
    """All but the tables, of which it is given the rows: few of them take part in a step."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Parameter(torch.randn(SYMBOLS, config.width) * 0.5)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.exits = nn.ModuleList(Exit(config.width) for _ in config.exits)
        self.smooth = Smooth()
        self.rounded = Rounded(config.width)

    def forward(self, symbols: Tensor, rows: Tensor, rounding: bool) -> list[Tensor]:
        """Logits (windows, length, 256) of each exit, in nats.

        symbols: (windows, length), int64. rows: (windows, length, 8, width / 8), of the tables.
        rounding: compute with the integers of the exact definition; rows are on its grid then.
        """
        arithmetic: Arithmetic = self.rounded if rounding else self.smooth
        embedded = F.embedding(symbols, arithmetic.place(self.embedding, RESIDUAL))
        h = RESIDUAL.clip(embedded + rows.flatten(2))
        penalty = self._penalty(symbols.shape[1], h.device)
        logits = []
        for depth in range(self.config.layers + 1):
            if depth:
                h = self.layers[depth - 1](arithmetic, h, penalty)
            if depth in self.config.exits:
                logits.append(self.exits[self.config.exits.index(depth)](arithmetic, h))
        return logits

    def losses(
        self, symbols: Tensor, rows: Tensor, kept: Tensor, steps: Tensor, targets: Tensor, rounding: bool
    ) -> Tensor:
        """What the targets (windows, length) cost at each exit (exits,), in nats a byte.

        steps: (8, 1), of the tables' integers, in 1/256; without rounding they are not needed.
        kept: (windows, length, 8, 1), 0 where a row is left out, else 1.
        """
        arithmetic: Arithmetic = self.rounded if rounding else self.smooth
        logits = self(symbols, arithmetic.table_rows(rows, steps) * kept, rounding)
        return torch.stack([F.cross_entropy(each.flatten(0, 1), targets.flatten()) for each in logits])

    def matrices(self) -> list[nn.Parameter]:
        """The matrices of the layers."""
        return list(self.layers.parameters())

    def others(self) -> list[nn.Parameter]:
        """Embedding and output layers."""
        return [self.embedding, *self.exits.parameters()]

    def _penalty(self, length: int, device: torch.device) -> Tensor:
        """What distance takes off the scores (heads, length, length), in 1/256 nat, infinite outside of the window."""
        positions = torch.arange(length, device=device)
        distance = positions[:, None] - positions
        seen = (distance >= 0) & (distance < self.config.window)
        steepness = torch.tensor(slopes(self.config.heads), device=device)[:, None, None]
        return torch.where(seen, (steepness * distance).float(), float("inf"))


def new_tables(config: TransformerConfig) -> Tensor:
    """Tables (rows, width / 8) of zeros: rows that are never met stay so, and say nothing."""
    return torch.zeros(sum(1 << bits for bits in config.table_bits), config.width // TABLES)


def _matrix(outputs: int, inputs: int) -> nn.Parameter:
    largest = inputs**-0.5
    return nn.Parameter(torch.empty(outputs, inputs).uniform_(-largest, largest))
