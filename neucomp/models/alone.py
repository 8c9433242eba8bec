"""What models that are a network alone have in common: which network codes, where it runs, how files name it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from neucomp.container import CODER_RANGE, DIGEST_SIZE, EXPANSION_START, MAX_EXPANSION
from neucomp.errors import CorruptDataError

if TYPE_CHECKING:
    from neucomp.exact.ops import Ops
    from neucomp.nets.networks import Architecture, Network


@dataclass(frozen=True)
class AloneModel(ABC):
    """A network alone: its frequencies go straight to the range coder, and nothing learns while it codes.

    network: the one to encode with, None for the newest one bundled. device: one of `neucomp.models.DEVICES`.
    """

    network: Network[Any] | None = None
    device: str = "cpu"

    name: ClassVar[str]
    coder_id: ClassVar[int] = CODER_RANGE

    @staticmethod
    @abstractmethod
    def architecture() -> Architecture[Any]:
        """The kind of networks that it codes with."""

    def weights(self) -> bytes:
        """First 16 bytes of the SHA-256 of the weights that `encode` uses; UnsupportedError if there are none here."""
        return self.chosen_network().identity

    def with_weights(self, weights: bytes) -> Self:
        """The model with the weights that a file names; UnsupportedError if they are not here."""
        if len(weights) != DIGEST_SIZE:
            raise CorruptDataError("the file does not say which weights its network has")
        if self.network is not None and self.network.identity == weights:
            return self
        return replace(self, network=self.architecture().identified(weights))

    def on(self, device: str) -> Self:
        """The model on one of `DEVICES`, with the same payloads."""
        return replace(self, device=device)

    def chosen_network(self) -> Network[Any]:
        """The network that `encode` uses; UnsupportedError if there is none here."""
        return self.architecture().newest() if self.network is None else self.network


def least_payload(size: int, head_size: int) -> int:
    """Bytes that the container demands for a block of `size`, without a head: a network may need fewer."""
    return -(-size // MAX_EXPANSION) - EXPANSION_START - head_size


@cache
def find_ops(device: str) -> Ops:
    """The exact operations on one of `neucomp.models.DEVICES`; UnsupportedError if this machine does not have it."""
    if device == "cpu":
        from neucomp.exact.numpy_ops import NumpyOps

        return NumpyOps()
    from neucomp.exact.torch_ops import TorchOps

    return TorchOps("cpu" if device == "torch" else device)
