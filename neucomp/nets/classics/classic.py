"""What a classic is, and a walk with it through symbols."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neucomp.exact.ops import Array, Ops
from neucomp.nets.layers import ExactLayers, Layers, LayerSpec, layer_tensors
from neucomp.nets.networks import Architecture, Network
from neucomp.nets.transformer import frequencies

_LARGEST_LOGIT = 1 << 20


@dataclass(frozen=True)
class Classic:
    """An architecture. All of it that coding and training need is `layers` and `read`."""

    name: str
    symbols: int
    """In the alphabet: 2 or 256."""
    config: Callable[..., Any]
    """Sizes of a network: a `JsonConfig`."""
    layers: Callable[[Any], dict[str, LayerSpec]]
    """Its layers, from its sizes."""
    read: Callable[[Layers, Any, Any, Array], tuple[Array, Any]]
    """From layers, sizes, what is remembered (None at the beginning) and symbols (lanes, n), int64: logits (lanes, n,
    symbols) of the symbol after each of them, and what is to be remembered. The first symbol ever read is 0, for the
    beginning. For two symbols the logits are (lanes, n), of a 1 against a 0."""
    bundled: dict[str, str]
    """Networks in the package; see `Architecture`."""

    @cached_property
    def architecture(self) -> Architecture[Any]:
        """How its networks come from files."""
        from_json = self.config.from_json  # type: ignore[attr-defined]
        return Architecture(self.name, from_json, lambda config: layer_tensors(self.layers(config)), self.bundled)


class Walk:
    """A network at work on lanes that have read the same number of symbols."""

    def __init__(self, ops: Ops, classic: Classic, network: Network[Any]) -> None:
        self._ops = ops
        self._classic = classic
        self._config = network.config
        self._layers = ExactLayers(ops, network.tensors, classic.layers(network.config))
        self._memory: Any = None

    def read(self, symbols: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Frequencies (lanes, n, alphabet) of the symbol after each of `symbols` (lanes, n).

        The first symbol that is read is 0, for the beginning. Whether symbols are read in one block, one by one or in
        any other parts, the frequencies are the same. KernelError if the backend is not exact.
        """
        ops = self._ops
        read = ops.put(symbols.astype(np.int64))
        logits, self._memory = self._classic.read(self._layers, self._config, self._memory, read)
        if self._classic.symbols == 2:
            lanes, count = logits.shape
            logits = ops.join([logits.reshape(-1, 1) * 0, logits.reshape(-1, 1)]).reshape(lanes, count, 2)
        rows: NDArray[np.int64] = ops.fetch(frequencies(ops, ops.clip(logits, -_LARGEST_LOGIT, _LARGEST_LOGIT)))
        return rows
