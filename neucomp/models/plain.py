"""The byte transformer alone: its frequencies of each next byte go straight to the range coder.

A block is cut into lanes, parts of equal size (the last may be shorter), that the network reads side by side: it gives
one row of frequencies for each lane, and one coder takes a symbol from each lane in turn. More lanes are faster, and
worse, as each begins with nothing read. An encoder knows all symbols and computes many positions at once, a decoder one
position of all lanes at a time; the arithmetic is exact, so both get the same frequencies, on every device.

    payload = depth of the network's exit u8 | lanes u16 | words of the range coder
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from neucomp.container import CODER_RANGE, DIGEST_SIZE, EXPANSION_START, MAX_EXPANSION
from neucomp.errors import CorruptDataError, UnsupportedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neucomp.exact.ops import Ops
    from neucomp.models import Tick
    from neucomp.nets.weights import Network

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

_SPEED = 25.0

_FIXED_MEMORY = 144 << 20
"""Weights, compiled kernels, and what is computed of `_POSITIONS` positions at once."""

_LANE_MEMORY = 1 << 20
"""Keys and values of a lane, for two layers of 128 and a window of 256."""


_Coding: TypeAlias = "Callable[[NDArray[np.uint8], NDArray[np.int64], NDArray[np.bool_]], None]"
"""Codes symbols (step, lanes) by their frequencies (step, lanes, 256), as far as the block has them (step, lanes)."""


class Plan(NamedTuple):
    """How a block is coded: the fields at the start of its payload."""

    exit_depth: int
    lanes: int


@dataclass(frozen=True)
class TransformerModel:
    """A network alone. `network` is the one to encode with, None for the newest one bundled; `device` is one of
    `neucomp.models.DEVICES`; `lanes` are those of a block, at most `MOST_LANES`, None for the number of the level."""

    network: Network | None = None
    device: str = "cpu"
    lanes: int | None = None

    id = 2
    name = "transformer"
    summary = "any data, text above all: a network trained beforehand, and nothing that learns; runs on GPUs, too"
    coder_id = CODER_RANGE

    def weights(self) -> bytes:
        """First 16 bytes of the SHA-256 of the weights that `encode` uses; UnsupportedError if there are none here."""
        return self._network().identity

    def with_weights(self, weights: bytes) -> TransformerModel:
        """The model with the weights that a file names; UnsupportedError if they are not here."""
        from neucomp.nets.weights import BUNDLED, bundled

        if len(weights) != DIGEST_SIZE:
            raise CorruptDataError("the file does not say which weights its network has")
        if self.network is not None and self.network.identity == weights:
            return self
        for name, digest in BUNDLED.items():
            if bytes.fromhex(digest)[:DIGEST_SIZE] == weights:
                return replace(self, network=bundled(name))
        raise UnsupportedError(f"the file needs the network weights {weights.hex()}, which are not here")

    def on(self, device: str) -> TransformerModel:
        """The model on one of `DEVICES`, with the same payloads."""
        return replace(self, device=device)

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

    def encode(self, data: bytes, level: int, tick: Tick) -> bytes:
        """The payload of one block; as long as `data` or longer where the network does not help."""
        from neucomp.coder import Encoder

        plan = Plan(max(self._network().config.exits), self._lane_count(level, len(data)))
        read = _spread(data, plan.lanes, len(data))
        encoder = Encoder()

        def take(symbols: NDArray[np.uint8], freqs: NDArray[np.int64], there: NDArray[np.bool_]) -> None:
            encoder.encode(symbols[there], freqs[there])

        self._code(plan, read, len(data), max(1, _POSITIONS[self.device] // plan.lanes), take, tick)
        return _HEAD.pack(*plan) + encoder.finish(_least_payload(len(data)))

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """The `size` bytes of a block; CorruptDataError if `payload` cannot be what `encode` made of them."""
        from neucomp.coder import Decoder

        plan = _unpack(payload)
        if plan.exit_depth not in self._network().config.exits:
            raise CorruptDataError(f"a block needs exit {plan.exit_depth}, which its network does not have")
        if _lanes_used(plan.lanes, size) != plan.lanes:
            raise CorruptDataError(f"a block of {size} bytes cannot have {plan.lanes} lanes: the file is damaged")
        read = _spread(b"", plan.lanes, size)
        decoder = Decoder(payload[_HEAD.size :])

        def give(symbols: NDArray[np.uint8], freqs: NDArray[np.int64], there: NDArray[np.bool_]) -> None:
            symbols[there] = decoder.decode(freqs[there])

        self._code(plan, read, size, 1, give, tick)
        decoder.check(_least_payload(size))
        return read[1:].T.tobytes()[:size]

    def describe(self, payload: bytes) -> str:
        """One line on how a block was coded, from the payload's first bytes."""
        plan = _unpack(payload)
        return f"network to depth {plan.exit_depth}, {plan.lanes} lane{'s' * (plan.lanes > 1)}"

    def _network(self) -> Network:
        from neucomp.nets.weights import BUNDLED, bundled

        if self.network is not None:
            return self.network
        if not BUNDLED:
            raise UnsupportedError(f"this release comes without a network for the model {self.name!r}")
        return bundled(next(reversed(BUNDLED)))

    def _lane_count(self, level: int, size: int) -> int:
        wanted = min(_LANES[level], size // _SMALLEST_LANE) if self.lanes is None else self.lanes
        return _lanes_used(min(max(wanted, 1), MOST_LANES), size)

    def _code(self, plan: Plan, read: NDArray[np.uint8], size: int, step: int, code: _Coding, tick: Tick) -> None:
        """Goes through a block, `step` positions at a time. read: (1 + positions, lanes), see `_spread`; a decoder's
        `code` fills it in, which the network reads in the next step."""
        import numpy as np

        from neucomp.nets.transformer import forward, frequencies, new_state

        ops = find_ops(self.device)
        positions, lanes = len(read) - 1, plan.lanes
        state = new_state(ops, self._network(), lanes, plan.exit_depth)
        with ops.small_products():
            for begin in range(0, positions, step):
                end = min(begin + step, positions)
                freqs = frequencies(ops, forward(state, read[begin:end].T))
                rows = ops.fetch(freqs).swapaxes(0, 1)  # (lanes, step, 256) -> (step, lanes, 256)
                there = np.arange(begin, end)[:, None] + np.arange(lanes) * positions < size
                code(read[1 + begin : 1 + end], rows, there)
                tick(int(there.sum()))


def _spread(data: bytes, lanes: int, size: int) -> NDArray[np.uint8]:
    """A block as its lanes read it, (1 + positions, lanes): what each has read before its first byte, which is 0, and
    then its bytes, as far as `data` goes, else 0."""
    import numpy as np

    whole = np.zeros((lanes, -(-size // lanes)), np.uint8)
    whole.reshape(-1)[: len(data)] = np.frombuffer(data, np.uint8)
    return np.concatenate([np.zeros((1, lanes), np.uint8), whole.T])


def _lanes_used(lanes: int, size: int) -> int:
    """How many of so many lanes of equal size have bytes; 0 for a block without bytes."""
    return -(-size // max(1, -(-size // lanes)))


def _least_payload(size: int) -> int:
    """Bytes that the container demands for a block of `size`, without the head: a network may need fewer."""
    return -(-size // MAX_EXPANSION) - EXPANSION_START - _HEAD.size


def _unpack(payload: bytes) -> Plan:
    if len(payload) < _HEAD.size:
        raise CorruptDataError("a block is too short for the transformer: the file is damaged")
    plan = Plan(*_HEAD.unpack_from(payload))
    if not 1 <= plan.lanes <= MOST_LANES:
        raise CorruptDataError(f"a block has {plan.lanes} lanes, not 1 to {MOST_LANES}: the file is damaged")
    return plan


@cache
def find_ops(device: str) -> Ops:
    """The exact operations on one of `neucomp.models.DEVICES`; UnsupportedError if this machine does not have it."""
    if device == "cpu":
        from neucomp.exact.numpy_ops import NumpyOps

        return NumpyOps()
    from neucomp.exact.torch_ops import TorchOps

    return TorchOps("cpu" if device == "torch" else device)
