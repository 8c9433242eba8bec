"""The byte transformer alone: its frequencies of each next byte go straight to the range coder.

A block is cut into lanes, parts of equal size (the last may be shorter), that the network reads side by side: it gives
one row of frequencies for each lane, and one coder takes a symbol from each lane in turn. More lanes are faster, and
worse, as each begins with nothing read. An encoder knows all symbols and computes many positions at once, a decoder one
position of all lanes at a time; the arithmetic is exact, so both get the same frequencies, on every device.

    payload = depth of the network's exit u8 | lanes u16 | words of the range coder
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from neucomp.errors import CorruptDataError
from neucomp.models.alone import AloneModel, find_ops, least_payload
from neucomp.models.contents import Bytes
from neucomp.models.lanes import code_lanes, gather, lanes_used, spread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neucomp.coder import SymbolCoder
    from neucomp.models import Tick
    from neucomp.nets.networks import Architecture
    from neucomp.nets.transformer import TransformerConfig

_BLOCK_SIZE = 2 << 20

MOST_LANES = 256
"""Most lanes of a block, which bounds what a decoder allocates: each has the keys and values of a window."""

_LANES = {1: 256, 2: 256, 3: 128, 4: 64, 5: 64, 6: 64, 7: 32, 8: 16, 9: 16}
"""Most lanes at each level."""

_SMALLEST_LANE = 4096
"""Bytes that a lane should have: the first few hundred of each are coded by a network that has read little."""

_POSITIONS = {"cpu": 512, "torch": 512, "cuda": 8192}
"""Positions, over all lanes, that an encoder computes at once: what fits into a processor's caches, or fills a GPU."""

_HEAD = struct.Struct("<BH")

_BYTES = Bytes()

_SPEED = 25.0

_FIXED_MEMORY = 144 << 20
"""Weights, compiled kernels, and what is computed of `_POSITIONS` positions at once."""

_LANE_MEMORY = 1 << 20
"""Keys and values of a lane, for two layers of 128 and a window of 256."""


class Plan(NamedTuple):
    """How a block is coded: the fields at the start of its payload."""

    exit_depth: int
    lanes: int


@dataclass(frozen=True)
class TransformerModel(AloneModel):
    """A byte transformer alone. lanes: those of a block, at most `MOST_LANES`, None for the number of the level."""

    lanes: int | None = None

    id = 2
    name = "transformer"
    summary = "any data, text above all: a network trained beforehand, and nothing that learns; runs on GPUs, too"
    unit = "byte"
    suffix = ".txt"

    @staticmethod
    def architecture() -> Architecture[TransformerConfig]:
        """See `AloneModel`."""
        from neucomp.nets.weights import ARCHITECTURE

        return ARCHITECTURE

    def block_size(self, level: int) -> int:
        """Bytes per independent block, the same at every level."""
        return _BLOCK_SIZE

    def speed(self, level: int) -> float:
        """About how many KB a core codes in a second: more lanes are faster, and decoding is slower than encoding."""
        return _SPEED

    def memory(self, level: int, size: int) -> int:
        """Peak working memory in bytes while one block of `size` bytes is coded: weights, what the lanes keep, and the
        positions that are computed at once."""
        return _FIXED_MEMORY + self._lane_count(level, size) * _LANE_MEMORY + 4 * size

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """The `size` bytes of a block; CorruptDataError if `payload` cannot be what `encode` made of them."""
        import numpy as np

        from neucomp.coder import Decoder

        plan = _unpack(payload)
        if plan.exit_depth not in self.chosen_network().config.exits:
            raise CorruptDataError(f"a block needs exit {plan.exit_depth}, which its network does not have")
        if lanes_used(plan.lanes, size) != plan.lanes:
            raise CorruptDataError(f"a block of {size} bytes cannot have {plan.lanes} lanes: the file is damaged")
        read = spread(np.zeros(0, np.uint8), plan.lanes, size)
        decoder = Decoder(payload[_HEAD.size :])
        self._code(plan, read, size, 1, decoder, tick)
        decoder.check(least_payload(size, _HEAD.size))
        return gather(read, size).tobytes()

    def describe(self, payload: bytes) -> str:
        """One line on how a block was coded, from the payload's first bytes."""
        plan = _unpack(payload)
        return f"network to depth {plan.exit_depth}, {plan.lanes} lane{'s' * (plan.lanes > 1)}"

    def follow(self, data: bytes, level: int, coder: SymbolCoder, tick: Tick) -> bytes:
        """See `AloneModel`."""
        import numpy as np

        plan = self._plan(self._lane_count(level, len(data)))
        step = max(1, _POSITIONS[self.device] // plan.lanes)
        read = spread(np.frombuffer(data, np.uint8), plan.lanes, len(data))
        self._code(plan, read, len(data), step, coder, tick)
        return _HEAD.pack(*plan)

    def shape(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """See `Content`: bytes."""
        return _BYTES.shape(size)

    def beginnings(self, data: bytes) -> NDArray[np.uint8]:
        """See `Content`: (1, bytes)."""
        return _BYTES.beginnings(data)

    def draw(self, samples: NDArray[np.uint8], coder: SymbolCoder, tick: Tick) -> None:
        """See `AloneModel`: (n, bytes), n up to `MOST_LANES`."""
        read = spread(samples.reshape(-1), len(samples), samples.size)
        self._code(self._plan(len(samples)), read, samples.size, 1, coder, tick)
        samples[:] = gather(read, samples.size).reshape(samples.shape)

    def present(self, samples: NDArray[np.uint8]) -> bytes:
        """See `Content`: one text after the other."""
        return _BYTES.present(samples)

    def _plan(self, lanes: int) -> Plan:
        return Plan(max(self.chosen_network().config.exits), lanes)

    def _lane_count(self, level: int, size: int) -> int:
        wanted = min(_LANES[level], size // _SMALLEST_LANE) if self.lanes is None else self.lanes
        return lanes_used(min(max(wanted, 1), MOST_LANES), size)

    def _code(self, plan: Plan, read: NDArray[np.uint8], size: int, step: int, coder: SymbolCoder, tick: Tick) -> None:
        """See `code_lanes`."""
        from neucomp.nets.transformer import TransformerWalk

        ops = find_ops(self.device)
        with ops.small_products():
            walk = TransformerWalk(ops, self.chosen_network(), plan.lanes, plan.exit_depth)
            code_lanes(walk, read, size, step, coder, tick)


def _unpack(payload: bytes) -> Plan:
    if len(payload) < _HEAD.size:
        raise CorruptDataError("a block is too short for the transformer: the file is damaged")
    plan = Plan(*_HEAD.unpack_from(payload))
    if not 1 <= plan.lanes <= MOST_LANES:
        raise CorruptDataError(f"a block has {plan.lanes} lanes, not 1 to {MOST_LANES}: the file is damaged")
    return plan
