"""The byte transformer in training."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neucomp.kernels.network_constants import TABLES
from neucomp.nets.transformer import TransformerConfig
from neucomp.nets.weights import Network
from neucomp.train.corpus import Corpus, Windows
from neucomp.train.export import choose_table_steps, export_weights, import_weights
from neucomp.train.float_transformer import FloatTransformer, new_tables
from neucomp.train.optimizers import RowAdagrad
from neucomp.train.settings import Settings
from neucomp.train.training import Bits, Training, describe
from neucomp.train.validation import validate, validate_exact

DROPOUT: NDArray[np.float32] = np.array([0, 0.2, 0.5, 1, 1, 0.5, 1, 1], np.float32)
"""Chances that a table's row is left out, relative to `Settings.table_dropout`. Long contexts are met again in training
more often than in files that the network has not seen; without dropout it trusts them too much."""

_ALL_WINDOWS = 512
"""Windows of each group in the last validation."""


class ByteTraining(Training[Corpus, tuple[Windows, NDArray[np.float32]]]):
    """See `Training`. A batch is windows, and which rows of the tables are kept."""

    _ADAM_BETAS = (0.9, 0.98)
    _WEIGHT_DECAY = 0.05

    config: TransformerConfig
    settings: Settings

    def __init__(
        self, config: TransformerConfig, settings: Settings, device: torch.device, *, compiling: bool = True
    ) -> None:
        torch.manual_seed(settings.seed)
        self.model = FloatTransformer(config).to(device)
        self.tables = new_tables(config).to(device)
        self.table_steps: Tensor | None = None
        """(8, 1), float32: what the tables' integers count, in 1/256; known when rounding begins."""
        self.adagrad = RowAdagrad(self.tables, settings.table_rate)
        super().__init__(config, settings, device, self.model, compiling=compiling)

    def losses(
        self, windows: Windows, rows: Tensor, kept: Tensor, function: Callable[..., Tensor] | None = None
    ) -> Tensor:
        """What windows cost at each exit (exits,), in nats a byte. function: `model.losses`, as it is or compiled."""
        steps = torch.ones(TABLES, 1, device=self.device) if self.table_steps is None else self.table_steps
        rounding = self.rounding and self.table_steps is not None
        symbols, targets = self._put(windows.symbols), self._put(windows.targets)
        # Rounded products need every bit of float32.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16 and not rounding):
            return (function or self.model.losses)(symbols, rows, kept, steps, targets, rounding)

    @torch.no_grad()
    def cost(self, windows: Windows) -> list[float]:
        """Bits per byte of windows at each exit; nothing is left out, and nothing learned."""
        index = self._put(windows.rows)
        kept = torch.ones(1, device=self.device)
        costs: list[float] = (self.losses(windows, self.tables[index], kept) / math.log(2)).tolist()
        return costs

    def validate(self, data: Corpus) -> Bits:
        """See `Training`."""
        return validate(self, data)

    def export(self, data: Corpus) -> tuple[Network, Bits]:
        """See `Training`. Logits of the network are those of training with rounding."""
        steps = choose_table_steps(self.config, self.tables) if self.table_steps is None else self.table_steps
        network = export_weights(self.model, self.tables, steps, {})
        exact = validate_exact(network, data, self.settings.length, _ALL_WINDOWS)
        provenance = describe(self, data, validate(self, data, _ALL_WINDOWS), exact)
        return export_weights(self.model, self.tables, steps, provenance), exact

    def begin_with(self, network: Network) -> None:
        """See `Training`."""
        import_weights(network, self.model, self.tables)

    def to_dict(self) -> dict[str, Any]:
        """See `Training`."""
        return super().to_dict() | {
            "model": self.model.state_dict(),
            "tables": self.tables,
            "table_steps": self.table_steps,
            "table_squares": self.adagrad.squares,
        }

    def from_dict(self, state: dict[str, Any]) -> None:
        """See `Training`."""
        super().from_dict(state)
        self.model.load_state_dict(state["model"])
        self.tables.copy_(state["tables"])
        self.adagrad.squares.copy_(state["table_squares"])
        steps = state["table_steps"]
        self.table_steps = None if steps is None else steps.to(self.device)

    def _draw(self, data: Corpus, step: int) -> tuple[Windows, NDArray[np.float32]]:
        settings = self.settings
        chance = np.random.default_rng((settings.seed, step))
        windows = data.sample(chance, settings.batch, settings.length, self.config.table_bits)
        left_out = chance.random((*windows.rows.shape, 1), np.float32) < DROPOUT[:, None] * settings.table_dropout
        return windows, (~left_out).astype(np.float32)

    def _learn(self, data: Corpus, batch: tuple[Windows, NDArray[np.float32]], factor: float) -> list[float]:
        if self.step == self.settings.first_rounded_step:
            self.table_steps = choose_table_steps(self.config, self.tables)
        windows, kept = batch
        index = self._put(windows.rows).flatten()
        rows = self.tables[index].view(*windows.rows.shape, -1).requires_grad_()
        losses = self.losses(windows, rows, self._put(kept), self._losses)
        losses.sum().backward()  # type: ignore[no-untyped-call]
        assert rows.grad is not None
        self.adagrad.step(index, rows.grad.flatten(0, 2) * windows.targets.size, factor)
        self._move(factor)
        bits: list[float] = (losses.detach() / math.log(2)).tolist()
        return bits

    def _put(self, array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array).to(self.device)
