"""Exact operations on torch tensors, on the CPU or a GPU. The only module on the coding path that imports torch."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from numpy.typing import NDArray

from neucomp.errors import UnsupportedError
from neucomp.exact.ops import POWERS_OF_4
from neucomp.exact.proof import prove

_proven: set[tuple[object, ...]] = set()
"""Devices and settings of torch that have multiplied the known matrices right in this process."""


class TorchOps:
    """`Ops` on tensors of one device, such as "cpu" or "cuda"; UnsupportedError if torch has no such device here."""

    def __init__(self, device: str = "cpu") -> None:
        try:
            self.device = torch.empty(0, device=device).device
            self._powers = self.put(POWERS_OF_4)
        except (RuntimeError, AssertionError, TypeError, NotImplementedError) as error:
            reason = str(error).partition("\n")[0]
            raise UnsupportedError(f"torch cannot compute on {device!r} here: {reason}") from None

    def small_products(self) -> AbstractContextManager[None]:
        """Nothing to set up."""
        return nullcontext()

    def put(self, array: NDArray[Any]) -> torch.Tensor:
        """A copy on the device."""
        return torch.tensor(array, device=self.device)

    def fetch(self, array: torch.Tensor) -> NDArray[Any]:
        """A copy, or the same memory where the device is the CPU."""
        fetched: NDArray[Any] = array.cpu().numpy()
        return fetched

    def zeros(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Zeros, float32."""
        return torch.zeros(shape, dtype=torch.float32, device=self.device)

    def join(self, arrays: list[torch.Tensor]) -> torch.Tensor:
        """One tensor of several, along the second axis."""
        return torch.cat(arrays, 1)

    def matmul(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """The product, exact (see `Ops`); KernelError if torch, as it is set up when this is called, is not."""
        state = (self.device, *_settings(self.device.type))
        if state not in _proven:
            prove(f"torch on {self.device}", lambda a, b: self.fetch(_multiply(self.put(a), self.put(b))))
            _proven.add(state)
        return _multiply(a, b)

    def matmul_parts(self, parts: list[torch.Tensor], b: torch.Tensor) -> torch.Tensor:
        """The product of parts side by side, exact."""
        return self.matmul(self.join(parts), b)

    def take(self, table: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
        """table[index], int64."""
        return table[index].to(torch.int64)

    def clip(self, x: torch.Tensor, low: int, high: int) -> torch.Tensor:
        """Each x brought into [low, high]."""
        return x.clamp(low, high)

    def sum(self, x: torch.Tensor) -> torch.Tensor:
        """Sums over the last axis, which stays."""
        return x.sum(-1, keepdim=True)

    def max(self, x: torch.Tensor) -> torch.Tensor:
        """Largest values along the last axis, which stays."""
        return x.amax(-1, keepdim=True)

    def log4(self, x: torch.Tensor) -> torch.Tensor:
        """The largest e with 4**e <= x."""
        return torch.bucketize(x, self._powers, right=True)


def _multiply(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.matmul(a.to(torch.float32), b.to(torch.float32)).to(torch.int64)


def _settings(device_type: str) -> tuple[object, ...]:
    """What decides in how many bits torch multiplies float32 matrices."""
    return (torch.is_autocast_enabled(device_type), *map(_read, _PRECISIONS))


_PRECISIONS: tuple[Callable[[], object], ...] = (
    torch.get_float32_matmul_precision,
    lambda: torch.backends.cuda.matmul.allow_tf32,
    lambda: torch.backends.fp32_precision,  # type: ignore[attr-defined]  # these three since torch 2.9
    lambda: torch.backends.cuda.matmul.fp32_precision,
    lambda: torch.backends.mkldnn.matmul.fp32_precision,  # type: ignore[attr-defined]
)


def _read(setting: Callable[[], object]) -> object:
    """A setting; None where this torch does not have it, or cannot say because a later one overrules it."""
    try:
        return setting()
    except (AttributeError, RuntimeError):
        return None
