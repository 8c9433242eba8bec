"""The network's arithmetic in training: smooth, in floats that run fast, or rounded, as in the exact definition.

Both take and give real numbers; the integer n of a `Grid` stands for n / unit (docs/exact.md, "Networks"). Rounded
values are those of `nets.transformer`, bit for bit: sums of products are integers that float32 holds, and the rest is
computed in float64, which has room for all of it. Their gradients are those of smooth arithmetic (the straight-through
estimator: Bengio 2013, "Estimating or propagating gradients through stochastic neurons").
"""

from typing import NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from neucomp.exact.bounds import LARGEST_SUM
from neucomp.exact.ops import POWERS_OF_4
from neucomp.exact.tables import EXP15, RSQRT
from neucomp.kernels.network_constants import (
    EXP_SIZE,
    HIDDEN_LIMIT,
    INPUT_LIMIT,
    LOGIT_LIMIT,
    QUERY_LIMIT,
    RESIDUAL_LIMIT,
    RSQRT_FIRST,
    SCALE_BITS,
    SCORE_SCALE,
)
from neucomp.nets.transformer import norm_scale


class Grid(NamedTuple):
    """Numbers n / unit for integers n with |n| <= limit."""

    unit: int
    limit: int

    def clip(self, x: Tensor) -> Tensor:
        """Each x brought into range; outside of it there is no gradient."""
        return x.clamp(-self.limit / self.unit, self.limit / self.unit)


RESIDUAL = Grid(256, RESIDUAL_LIMIT)
INPUT = Grid(128, INPUT_LIMIT)
QUERY = Grid(64, QUERY_LIMIT)
UP = Grid(256, INPUT_LIMIT)
HIDDEN = Grid(64, HIDDEN_LIMIT)
LOGIT = Grid(256, LOGIT_LIMIT)

SCALE_ONE = 1 << SCALE_BITS
"""The integer that stands for 1 in the scales of matrices."""

_LARGEST_SCALE = (1 << 31) - 1
_SHARE_ONE = 1 << 14


class Arithmetic(Protocol):
    """The operations of a network that rounding changes."""

    def place(self, x: Tensor, grid: Grid) -> Tensor:
        """Weights that are added: on the grid, and in its range."""

    def table_rows(self, rows: Tensor, steps: Tensor) -> Tensor:
        """Rows (..., 8, width / 8) of the tables, whose integers stand for multiples of steps (8, 1) / 256."""

    def normalize(self, h: Tensor) -> Tensor:
        """h over its root mean square along the last axis, in `INPUT`."""

    def linear(self, x: Tensor, weight: Tensor, source: Grid, target: Grid) -> Tensor:
        """The linear map by weight (outputs, inputs) of x in `source`, to the grid of `target` but not its range."""

    def attend(self, query: Tensor, key: Tensor, value: Tensor, penalty: Tensor) -> Tensor:
        """What heads find (..., positions, 32) by query and key in `QUERY`, value in `INPUT`, to the grid of `INPUT`.

        penalty: (heads, positions, positions), in 1/256 nat, infinite where a position is not seen.
        """

    def square(self, up: Tensor) -> Tensor:
        """The square of `up`, from `UP` to `HIDDEN`."""


class Smooth:
    """The float twin: the same clips, no rounding."""

    def place(self, x: Tensor, grid: Grid) -> Tensor:
        """See `Arithmetic`."""
        return grid.clip(x)

    def table_rows(self, rows: Tensor, steps: Tensor) -> Tensor:
        """See `Arithmetic`."""
        return rows

    def normalize(self, h: Tensor) -> Tensor:
        """See `Arithmetic`."""
        return INPUT.clip(_normalize(h))

    def linear(self, x: Tensor, weight: Tensor, source: Grid, target: Grid) -> Tensor:
        """See `Arithmetic`."""
        return F.linear(x, weight).float()

    def attend(self, query: Tensor, key: Tensor, value: Tensor, penalty: Tensor) -> Tensor:
        """See `Arithmetic`."""
        with torch.autocast(query.device.type, enabled=False):
            return F.scaled_dot_product_attention(query, key, value, attn_mask=-penalty[None] / LOGIT.unit)

    def square(self, up: Tensor) -> Tensor:
        """See `Arithmetic`."""
        return up.square()


class Rounded(torch.nn.Module):
    """The integers of the exact definition, with the gradients of the float twin, for networks of one width. (A module,
    so as to own tables.)"""

    powers_of_4: Tensor
    rsqrt: Tensor
    exp15: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm_scale = norm_scale(width)
        for name, table in (("powers_of_4", POWERS_OF_4), ("rsqrt", RSQRT), ("exp15", EXP15)):
            self.register_buffer(name, torch.tensor(table), persistent=False)

    def place(self, x: Tensor, grid: Grid) -> Tensor:
        """See `Arithmetic`."""
        return grid.clip(_through(x, _nearest(x.double() * grid.unit) / grid.unit))

    def table_rows(self, rows: Tensor, steps: Tensor) -> Tensor:
        """See `Arithmetic`."""
        return _through(rows, quantize_table(rows, steps) * steps / RESIDUAL.unit)

    def normalize(self, h: Tensor) -> Tensor:
        """See `Arithmetic`."""
        whole = h.detach().double() * RESIDUAL.unit
        squares = whole.square().sum(-1, keepdim=True).long() + 1
        exponent = torch.bucketize(squares, self.powers_of_4, right=True)
        inverse = self.rsqrt[((squares << 12) >> (2 * exponent)) - RSQRT_FIRST]
        shifted = whole * (inverse * self.norm_scale) * torch.exp2(-(exponent + 19).double())
        return INPUT.clip(_through(_normalize(h), _nearest(shifted) / INPUT.unit))

    def linear(self, x: Tensor, weight: Tensor, source: Grid, target: Grid) -> Tensor:
        """See `Arithmetic`."""
        integers, scale = quantize_matrix(weight, source, target)
        step = scale * (source.unit / target.unit / SCALE_ONE)
        matrix = _through(weight / step[:, None].float(), integers)
        sums = F.linear(x * source.unit, matrix)
        factor = scale / SCALE_ONE
        smooth = sums * (factor / target.unit).float()
        return _through(smooth, _nearest(sums.detach().double() * factor) / target.unit)

    def attend(self, query: Tensor, key: Tensor, value: Tensor, penalty: Tensor) -> Tensor:
        """See `Arithmetic`."""
        products = (query * QUERY.unit) @ (key * QUERY.unit).mT
        factor = SCORE_SCALE / 2**14
        scores = _through(products * factor, _nearest(products.detach().double() * factor)) - penalty
        below = (scores.amax(-1, keepdim=True) - scores).detach().clamp(max=EXP_SIZE - 1)
        shares = self.exp15[below.long()]
        shares = (shares * ((1 << 30) // shares.sum(-1, keepdim=True))) >> 16
        weights = _through(torch.softmax(scores / LOGIT.unit, -1), shares / _SHARE_ONE)
        sums = (weights * _SHARE_ONE) @ (value * INPUT.unit)
        exact = _nearest(sums.detach().double() / _SHARE_ONE) / INPUT.unit
        return _through(sums / (_SHARE_ONE * INPUT.unit), exact)

    def square(self, up: Tensor) -> Tensor:
        """See `Arithmetic`."""
        square = up.square()
        return _through(square, _nearest(square.detach() * HIDDEN.unit) / HIDDEN.unit)


def quantize_matrix(weight: Tensor, source: Grid, target: Grid) -> tuple[Tensor, Tensor]:
    """A matrix (outputs, inputs) as integers in [-127, 127] and scales (outputs,), both float64, without gradients.

    The scale times integers times numbers of `source`, over 2**24, are numbers of `target`. No row's products with
    inputs up to the limit of `source` sum to more than 2**24.
    """
    whole = weight.detach().double()
    # Rounding adds at most a half to each absolute value.
    largest_row = LARGEST_SUM // source.limit - whole.shape[1] / 2
    step = torch.maximum(whole.abs().amax(1) / 127, whole.abs().sum(1) / largest_row)
    scale = (step * (target.unit / source.unit * SCALE_ONE)).round().clamp(1, _LARGEST_SCALE)
    return (whole / step.clamp(min=1e-12)[:, None]).round(), scale


def quantize_table(rows: Tensor, steps: Tensor) -> Tensor:
    """Rows (..., 8, width / 8) of the tables as integers in [-127, 127], in units of steps (8, 1) / 256."""
    return (rows.detach() * RESIDUAL.unit / steps).round().clamp(-127, 127)


def _normalize(h: Tensor) -> Tensor:
    width = h.shape[-1]
    return F.rms_norm(h, (width,), eps=1 / (width * RESIDUAL.unit**2))


def _nearest(x: Tensor) -> Tensor:
    """The nearest integer, halves upwards: what adding a half before a shift to the right does."""
    return torch.floor(x + 0.5)


def _through(smooth: Tensor, exact: Tensor) -> Tensor:
    """The values of `exact` with the gradients of `smooth`."""
    return exact.detach().to(smooth.dtype) + (smooth - smooth.detach())
