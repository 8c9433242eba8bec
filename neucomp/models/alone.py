"""What models that are a network alone have in common: which network codes, where it runs, how files name it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from neucomp.container import CODER_RANGE, DIGEST_SIZE, EXPANSION_START, MAX_EXPANSION
from neucomp.errors import CorruptDataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neucomp.coder import Encoder, SymbolCoder
    from neucomp.exact.ops import Ops
    from neucomp.models import Tick
    from neucomp.nets.networks import Architecture, Network


@dataclass(frozen=True)
class AloneModel(ABC):
    """A network alone: its frequencies go straight to the range coder, and nothing learns while it codes.

    network: the one to encode with, None for the newest one bundled. device: one of `neucomp.models.DEVICES`. Besides
    coding blocks it can be followed through one by any `SymbolCoder`, and draw samples: arrays (n, ...) of symbols,
    whose beginnings along the second axis are known first.
    """

    network: Network[Any] | None = None
    device: str = "cpu"

    id: ClassVar[int]
    name: ClassVar[str]
    summary: ClassVar[str]
    coder_id: ClassVar[int] = CODER_RANGE

    unit: ClassVar[str]
    """What a symbol is: "byte" or "sample"."""

    suffix: ClassVar[str]
    """Of the files that `present` makes."""

    @staticmethod
    @abstractmethod
    def architecture() -> Architecture[Any]:
        """The kind of networks that it codes with."""

    def weights(self) -> bytes | None:
        """See `NetworkModel`."""
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

    def encode(self, data: bytes, level: int, tick: Tick) -> bytes:
        """The payload of one block; as long as `data` or longer where the network does not help."""
        from neucomp.coder import Encoder

        encoder = Encoder()
        head = self.follow(data, level, encoder, tick)
        return data if head is None else self.payload(head, encoder, len(data))

    def payload(self, head: bytes, encoder: Encoder, size: int) -> bytes:
        """The payload of a block of `size` bytes that an encoder was followed through. A network may need fewer bytes
        than the container demands of a block."""
        return head + encoder.finish(least_payload(size, len(head)))

    @abstractmethod
    def block_size(self, level: int) -> int:
        """See `Model`."""

    @abstractmethod
    def speed(self, level: int) -> float:
        """See `Model`."""

    @abstractmethod
    def memory(self, level: int, size: int) -> int:
        """See `Model`."""

    @abstractmethod
    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """See `Model`."""

    @abstractmethod
    def describe(self, payload: bytes) -> str:
        """See `Model`."""

    @abstractmethod
    def follow(self, data: bytes, level: int, coder: SymbolCoder, tick: Tick) -> bytes | None:
        """Goes through a block as `encode` does, with any coder; what its payload begins with. None, and nothing is
        coded, where a block is none of what the model is for."""

    @abstractmethod
    def shape(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of one sample of a size as users say it, of the usual size for (); ValueError if there is no such."""

    @abstractmethod
    def beginnings(self, data: bytes) -> NDArray[np.uint8]:
        """What a file holds, as beginnings of samples (n, ...); UnsupportedError if they cannot go on."""

    @abstractmethod
    def draw(self, samples: NDArray[np.uint8], coder: SymbolCoder, tick: Tick) -> None:
        """Goes through samples (n, ...) of a shape in lockstep, which the coder fills in."""

    @abstractmethod
    def present(self, samples: NDArray[np.uint8]) -> bytes:
        """Samples as a file that people can read, see or hear."""

    def takes(self, network: Network[Any]) -> bool:
        """Whether a network is of the kind that this model codes with."""
        return network.architecture == self.architecture().name

    def chosen_network(self) -> Network[Any]:
        """The network that `encode` uses; UnsupportedError if there is none here."""
        return self.architecture().newest() if self.network is None else self.network


def least_payload(size: int, head_size: int) -> int:
    """Bytes that the container demands for a block of `size`, without a head."""
    return -(-size // MAX_EXPANSION) - EXPANSION_START - head_size


@cache
def find_ops(device: str) -> Ops:
    """The exact operations on one of `neucomp.models.DEVICES`; UnsupportedError if this machine does not have it."""
    if device == "cpu":
        from neucomp.exact.numpy_ops import NumpyOps

        return NumpyOps()
    from neucomp.exact.torch_ops import TorchOps

    return TorchOps("cpu" if device == "torch" else device)
