"""Optimisers that torch lacks: Muon for the matrices of layers, Adagrad with one rate per row for the tables."""

import torch
from torch import Tensor, nn

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
_NEWTON_SCHULZ_STEPS = 5
"""Coefficients of a polynomial that brings all singular values near 1 in five steps (Jordan 2024)."""


class Muon:
    """Momentum whose updates are made orthogonal (Jordan 2024, "Muon: an optimizer for hidden layers")."""

    def __init__(
        self,
        parameters: list[nn.Parameter],
        rate: float,
        *,
        momentum: float = 0.95,
        weight_decay: float = 0.05,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """dtype: in which updates are made orthogonal; bfloat16 is precise enough."""
        self.parameters = parameters
        self.rate = rate
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.dtype = dtype
        self.averages = [torch.zeros_like(parameter) for parameter in parameters]

    @torch.no_grad()
    def step(self, factor: float) -> None:
        """Moves the parameters by their gradients, which are then forgotten; the rate is multiplied by `factor`."""
        rate = self.rate * factor
        for parameter, average in zip(self.parameters, self.averages, strict=True):
            if parameter.grad is None:
                continue
            average.lerp_(parameter.grad, 1 - self.momentum)
            update = orthogonalize(parameter.grad.lerp(average, self.momentum).to(self.dtype))
            outputs, inputs = parameter.shape
            parameter.mul_(1 - rate * self.weight_decay)
            parameter.add_(update.to(parameter.dtype), alpha=-rate * max(1, outputs / inputs) ** 0.5)
            parameter.grad = None


def orthogonalize(matrix: Tensor) -> Tensor:
    """A matrix with the same singular vectors and singular values near 1, by Newton-Schulz iteration."""
    wide = matrix.mT if matrix.shape[0] > matrix.shape[1] else matrix
    x = wide / (wide.norm() + 1e-7)
    a, b, c = _NEWTON_SCHULZ
    for _ in range(_NEWTON_SCHULZ_STEPS):
        square = x @ x.mT
        x = a * x + (b * square + c * (square @ square)) @ x
    result: Tensor = x.mT if matrix.shape[0] > matrix.shape[1] else x
    return result


class RowAdagrad:
    """Adagrad (Duchi 2011) with one sum of squares for each row of a matrix, of which a step moves few.

    A row that is rare keeps a high rate. Memory and time are those of the rows that take part, not of the matrix.
    """

    _SMALLEST = 64e-6

    def __init__(self, matrix: Tensor, rate: float) -> None:
        self.matrix = matrix
        self.rate = rate
        self.squares = torch.zeros(len(matrix), device=matrix.device)

    @torch.no_grad()
    def step(self, rows: Tensor, gradients: Tensor, factor: float) -> None:
        """Moves rows (n,), of which some may be equal, by gradients (n, width); the rate is multiplied by `factor`."""
        different, places = torch.unique(rows, return_inverse=True)
        sums = torch.zeros(len(different), self.matrix.shape[1], device=self.matrix.device)
        sums.index_add_(0, places, gradients)
        squares = self.squares[different] + sums.square().mean(1)
        self.squares[different] = squares
        self.matrix[different] -= self.rate * factor * sums / (squares.sqrt() + self._SMALLEST)[:, None]
