"""A network in training: everything that a step changes, and the step."""

import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neucomp.nets.transformer import TABLES, TransformerConfig
from neucomp.train.backend import compiled, has_fast_bfloat16
from neucomp.train.corpus import Corpus, Windows
from neucomp.train.export import choose_table_steps
from neucomp.train.float_transformer import FloatTransformer, new_tables
from neucomp.train.optimizers import Muon, RowAdagrad
from neucomp.train.settings import Settings

DROPOUT: NDArray[np.float32] = np.array([0, 0.2, 0.5, 1, 1, 0.5, 1, 1], np.float32)
"""Chances that a table's row is left out, relative to `Settings.table_dropout`. Long contexts are met again in training
more often than in files that the network has not seen; without dropout it trusts them too much."""

_ADAM_BETAS = (0.9, 0.98)


class Training:
    """A run at some step. Each step's randomness comes from the seed and its number alone."""

    def __init__(
        self, config: TransformerConfig, settings: Settings, device: torch.device, *, compiling: bool = True
    ) -> None:
        self.config = config
        self.settings = settings
        self.device = device
        self.step = 0
        self.seconds = 0.0
        """Spent in steps."""
        self.bits: list[list[float]] = []
        """Of the steps since they were last taken: bits per byte of each exit."""
        torch.manual_seed(settings.seed)
        self.model = FloatTransformer(config).to(device)
        self.tables = new_tables(config).to(device)
        self.table_steps: Tensor | None = None
        """(8, 1), float32: what the tables' integers count, in 1/256; known when rounding begins."""
        self.bfloat16 = has_fast_bfloat16(device)
        muon_dtype = torch.bfloat16 if self.bfloat16 else torch.float32
        self.muon = Muon(self.model.matrices(), settings.matrix_rate, dtype=muon_dtype)
        self.adam = torch.optim.AdamW(self.model.others(), settings.rate, _ADAM_BETAS, weight_decay=0)
        self.adagrad = RowAdagrad(self.tables, settings.table_rate)
        self._losses: Callable[..., Tensor] = self.model.losses
        if compiling:
            self._losses = compiled(self.model.losses, device)
        self._reader = ThreadPoolExecutor(1)
        self._next: tuple[int, Future[tuple[Windows, NDArray[np.float32]]]] | None = None

    @property
    def rounding(self) -> bool:
        """Whether the next step computes with rounding."""
        return self.step >= self.settings.first_rounded_step

    @property
    def bytes_seen(self) -> int:
        """Bytes predicted so far."""
        return self.step * self.settings.step_bytes

    def advance(self, corpus: Corpus) -> None:
        """One step."""
        start = time.perf_counter()
        if self.step == self.settings.first_rounded_step:
            self.table_steps = choose_table_steps(self.config, self.tables)
        windows, kept = self._windows(corpus)
        factor = self.settings.factor(self.step)
        index = self._put(windows.rows).flatten()
        rows = self.tables[index].view(*windows.rows.shape, -1).requires_grad_()
        losses = self.losses(windows, rows, self._put(kept), self._losses)
        losses.sum().backward()  # type: ignore[no-untyped-call]
        assert rows.grad is not None
        self.adagrad.step(index, rows.grad.flatten(0, 2) * windows.targets.size, factor)
        self.muon.step(factor)
        for group in self.adam.param_groups:
            group["lr"] = self.settings.rate * factor
        self.adam.step()
        self.adam.zero_grad()
        self.step += 1
        self.bits.append((losses.detach() / math.log(2)).tolist())
        self.seconds += time.perf_counter() - start

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

    def to_dict(self) -> dict[str, Any]:
        """All that `from_dict` needs to go on as if nothing had happened: tensors and plain values."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "bits": self.bits,
            "model": self.model.state_dict(),
            "tables": self.tables,
            "table_steps": self.table_steps,
            "table_squares": self.adagrad.squares,
            "muon": self.muon.averages,
            "adam": self.adam.state_dict(),
        }

    def from_dict(self, state: dict[str, Any]) -> None:
        """Takes over what `to_dict` gave; KeyError, ValueError or RuntimeError if it is of another network."""
        self.model.load_state_dict(state["model"])
        self.adam.load_state_dict(state["adam"])
        for own, other in zip(self.muon.averages, state["muon"], strict=True):
            own.copy_(other)
        self.tables.copy_(state["tables"])
        self.adagrad.squares.copy_(state["table_squares"])
        steps = state["table_steps"]
        self.table_steps = None if steps is None else steps.to(self.device)
        self.step, self.seconds, self.bits = state["step"], state["seconds"], state["bits"]

    def _put(self, array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    def _windows(self, corpus: Corpus) -> tuple[Windows, NDArray[np.float32]]:
        """What this step reads; what the next one reads is prepared meanwhile."""
        ready = self._next[1].result() if self._next and self._next[0] == self.step else self._draw(corpus, self.step)
        self._next = self.step + 1, self._reader.submit(self._draw, corpus, self.step + 1)
        return ready

    def _draw(self, corpus: Corpus, step: int) -> tuple[Windows, NDArray[np.float32]]:
        settings = self.settings
        chance = np.random.default_rng((settings.seed, step))
        windows = corpus.sample(chance, settings.batch, settings.length, self.config.table_bits)
        left_out = chance.random((*windows.rows.shape, 1), np.float32) < DROPOUT[:, None] * settings.table_dropout
        return windows, (~left_out).astype(np.float32)
