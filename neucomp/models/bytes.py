"""The byte model as the codec sees it: a block of bytes in, a payload out, and back.

A payload starts with how the block is modelled, so that decoding needs nothing else:

    primer << 4 | data type u8 | level << 4 | (slot bits - 10) u8 | network u8 | for samples: left u8, up u16 | range
    coder's bytes

The network's number is 0 where a block is coded without one. It is left out where it does not pay: on small blocks that
is tried, on larger ones a sample tells.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from neucomp.errors import CorruptDataError, KernelError, UnsupportedError
from neucomp.models.ticks import no_tick

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

    from neucomp.models import Tick
    from neucomp.models.byte_coding import ByteCoder

_CHUNK = 1 << 16
"""Bytes coded between two ticks."""

_HEAD = 3
_GRID = struct.Struct("<BH")

_NO_NETWORK = 0
_TRIED_BOTH_WAYS = 32 << 10
"""Blocks up to this size are coded with and without the network, and the shorter payload is kept. (Not so text, which
a network always helps.)"""

_NETWORK_SAMPLE = 16 << 10
"""Bytes from the middle of a larger block that are coded both ways, to see which is shorter."""


class Plan(NamedTuple):
    """How a block is modelled: the fields at the start of its payload."""

    data_type: int
    level: int
    slot_bits: int = 0
    network: int = 0
    primer: int = 0
    left: int = 1
    up: int = 0


class ByteModel:
    """Context mixing over bytes: learns each block from nothing while coding it (see `byte_coding`)."""

    id = 1
    name = "bytes"
    summary = "any data: contexts, matches and a mixer that learn the file while it is coded"

    def block_size(self, level: int) -> int:
        """Bytes per independent block at a level (1 to 9)."""
        from neucomp.models.byte_recipes import EFFORTS

        return EFFORTS[level].block_size

    def speed(self, level: int) -> float:
        """About how many KB a core codes in a second."""
        from neucomp.models.byte_recipes import EFFORTS

        return EFFORTS[level].speed

    def memory(self, level: int, size: int) -> int:
        """Peak working memory in bytes while one block of `size` bytes is coded: tables, symbols, payload, network."""
        from neucomp.models.byte_recipes import EFFORTS, match_bits_for, slot_bits_for
        from neucomp.models.byte_types import DataType

        effort = EFFORTS[level]
        bits = max(slot_bits_for(effort.primer + size, level, data_type) for data_type in DataType)
        matches = len(effort.match_lengths) * 4 << match_bits_for(bits)
        network = 0 if effort.network_depth is None else _NETWORK_MEMORY
        return (64 << bits) + matches + 4 * size + _FIXED_MEMORY + network

    def encode(self, data: bytes, level: int, tick: Tick) -> bytes:
        """The payload of one block; as long as `data` or longer where the model does not help."""
        import numpy as np

        from neucomp.models.byte_recipes import EFFORTS, NETWORKS
        from neucomp.models.byte_transforms import absolute_calls
        from neucomp.models.byte_types import DataType, find_type, sample
        from neucomp.models.primers import find_primer

        pieces = sample(np.frombuffer(data, np.uint8))
        finding = find_type(pieces)
        if finding.data_type == DataType.CODE:
            data = absolute_calls(data)
        style = Plan(finding.data_type, level, primer=find_primer(pieces), left=finding.left, up=finding.up)
        if EFFORTS[level].network_depth is None:
            return _encode(style, data, tick) or data
        with_network = style._replace(network=max(NETWORKS))
        if finding.data_type == DataType.TEXT:
            return _encode(with_network, data, tick) or data
        if len(data) <= _TRIED_BOTH_WAYS:
            payloads = [_encode(with_network, data, tick), _encode(style, data, no_tick)]
            return min((payload for payload in payloads if payload), key=len, default=data)
        return _encode(with_network if _network_pays(style, with_network, data) else style, data, tick) or data

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """The `size` bytes of a block; CorruptDataError if `payload` cannot be what `encode` made of them."""
        import numpy as np

        from neucomp.models.byte_transforms import relative_calls
        from neucomp.models.byte_types import DataType

        plan, offset = _unpack(payload)
        symbols, start = _after_primer(plan, size, size)
        _check(plan, symbols.size)
        kernels = _kernels()
        coded = np.frombuffer(payload, np.uint8, offset=offset).copy()
        coder = _new_coder(kernels, plan)
        _read_primer(kernels, coder, symbols[:start])
        tick(0)
        kernels.start_bytes(True, coded, coder)
        for begin in range(start, symbols.size, _CHUNK):
            end = min(begin + _CHUNK, symbols.size)
            kernels.code_bytes(True, symbols, begin, end, coded, coder)
            if kernels.position(coder) > coded.size + kernels.BYTES_PAST_END:
                raise CorruptDataError("a block ends before all its bytes are decoded: the file is damaged")
            tick(end - begin)
        if kernels.position(coder) != coded.size + kernels.BYTES_PAST_END:
            raise CorruptDataError("a block is longer than its bytes need: the file is damaged")
        data = symbols[start:].tobytes()
        return relative_calls(data) if plan.data_type == DataType.CODE else data

    def describe(self, payload: bytes) -> str:
        """One line on how a block was coded, from the payload's first bytes."""
        from neucomp.models.byte_recipes import NETWORKS
        from neucomp.models.byte_types import DataType
        from neucomp.models.primers import PRIMERS

        plan, _ = _unpack(payload)
        text = f"{DataType(plan.data_type).name.lower()}, level {plan.level}, 2^{plan.slot_bits} slots"
        if plan.network:
            text += f", network {NETWORKS[plan.network]}"
        if plan.primer in PRIMERS:
            text += f", primer {PRIMERS[plan.primer].name}"
        if plan.data_type == DataType.SAMPLES:
            text += f", neighbours {plan.left} and {plan.up} back" if plan.up else f", neighbour {plan.left} back"
        return text


_FIXED_MEMORY = 48 << 20
"""Maps, weights and code, which depend little on block and level."""

_NETWORK_MEMORY = 32 << 20
"""Weights of a network, which blocks share, and what each block learns about it."""


def _kernels() -> ModuleType:
    from neucomp.kernels.cache import load_kernels

    return load_kernels("neucomp.models.byte_coding", _prove)


def _encode(plan: Plan, data: bytes, tick: Tick, block_size: int | None = None) -> bytes | None:
    """The payload of a block by a plan, whose slots are chosen here; None if it is not shorter than the block.

    block_size: where `data` is a sample of a block, whose primer it gets.
    """
    import numpy as np

    from neucomp.models.byte_recipes import slot_bits_for
    from neucomp.models.byte_types import DataType

    kernels = _kernels()
    symbols, start = _after_primer(plan, len(data), block_size or len(data))
    plan = plan._replace(slot_bits=slot_bits_for(symbols.size, plan.level, DataType(plan.data_type)))
    symbols[start:] = np.frombuffer(data, np.uint8)
    payload = np.empty(len(data) + 64, np.uint8)
    coder = _new_coder(kernels, plan)
    _read_primer(kernels, coder, symbols[:start])
    tick(0)
    kernels.start_bytes(False, payload, coder)
    for begin in range(start, symbols.size, _CHUNK):
        end = min(begin + _CHUNK, symbols.size)
        if kernels.code_bytes(False, symbols, begin, end, payload, coder) < end:
            return None
        tick(end - begin)
    kernels.finish_bytes(payload, coder)
    return _pack(plan) + payload[: kernels.position(coder)].tobytes()


def _network_pays(without: Plan, with_network: Plan, data: bytes) -> bool:
    """Whether a sample of a block gets shorter with a network."""
    middle = (len(data) - _NETWORK_SAMPLE) // 2
    sample = data[middle : middle + _NETWORK_SAMPLE]
    sizes = [len(_encode(plan, sample, no_tick, len(data)) or sample) for plan in (without, with_network)]
    return sizes[1] < sizes[0]


def _new_coder(kernels: ModuleType, plan: Plan) -> ByteCoder:
    from neucomp.models.byte_recipes import CONTEXTS, EFFORTS, NETWORKS, SELECTORS, TUNINGS, match_bits_for
    from neucomp.models.byte_types import DataType

    effort = EFFORTS[plan.level]
    data_type = DataType(plan.data_type)
    step = None
    if plan.network != _NO_NETWORK:
        from neucomp.nets.step import new_step
        from neucomp.nets.weights import bundled

        assert effort.network_depth is not None
        step = new_step(bundled(NETWORKS[plan.network]), effort.network_depth)
    coder: ByteCoder = kernels.new_coder(
        CONTEXTS[data_type][: effort.contexts],
        SELECTORS[data_type][: effort.sets],
        effort.match_lengths,
        plan.slot_bits,
        match_bits_for(plan.slot_bits),
        plan.left,
        plan.up,
        TUNINGS[data_type],
        step,
    )
    return coder


def _after_primer(plan: Plan, size: int, block_size: int) -> tuple[NDArray[np.uint8], int]:
    """A block's primer and room for `size` symbols behind it, and where they start."""
    import numpy as np

    from neucomp.models.byte_recipes import primer_size
    from neucomp.models.primers import NO_PRIMER, read_primer

    most = primer_size(plan.level, block_size, plan.network != _NO_NETWORK)
    text = b"" if plan.primer == NO_PRIMER else read_primer(plan.primer)[-most:]
    symbols = np.zeros(len(text) + size, np.uint8)
    symbols[: len(text)] = np.frombuffer(text, np.uint8)
    return symbols, len(text)


def _read_primer(kernels: ModuleType, coder: ByteCoder, text: NDArray[np.uint8]) -> None:
    """Codes the primer for what the model learns from it; the payload is of no use."""
    import numpy as np

    payload = np.empty(2 * text.size + 64, np.uint8)
    kernels.start_bytes(False, payload, coder)
    kernels.code_bytes(False, text, 0, text.size, payload, coder)


def _pack(plan: Plan) -> bytes:
    from neucomp.models.byte_recipes import SMALLEST_SLOT_BITS
    from neucomp.models.byte_types import DataType

    bits = plan.slot_bits - SMALLEST_SLOT_BITS
    head = bytes([plan.primer << 4 | plan.data_type, plan.level << 4 | bits, plan.network])
    return head + _GRID.pack(plan.left, plan.up) if plan.data_type == DataType.SAMPLES else head


def _unpack(payload: bytes) -> tuple[Plan, int]:
    """The plan at the start of a payload, and where the coder's bytes begin."""
    from neucomp.models.byte_recipes import EFFORTS, NETWORKS, SMALLEST_SLOT_BITS
    from neucomp.models.byte_types import DataType

    if len(payload) < _HEAD:
        raise CorruptDataError("a block is too short for the byte model: the file is damaged")
    primer, data_type = payload[0] >> 4, payload[0] & 15
    level, bits = payload[1] >> 4, (payload[1] & 15) + SMALLEST_SLOT_BITS
    network = payload[2]
    if data_type not in set(DataType) or level not in EFFORTS or not (network == _NO_NETWORK or network in NETWORKS):
        raise UnsupportedError(
            f"a block needs data type {data_type}, level {level} and network {network} of the byte model, which this "
            "version does not have: update neucomp, or the file is damaged"
        )
    if network != _NO_NETWORK and EFFORTS[level].network_depth is None:
        raise CorruptDataError(f"a block asks for a network, which level {level} does not use: the file is damaged")
    if data_type != DataType.SAMPLES:
        return Plan(data_type, level, bits, network, primer), _HEAD
    if len(payload) < _HEAD + _GRID.size:
        raise CorruptDataError("a block is too short for the byte model: the file is damaged")
    left, up = _GRID.unpack_from(payload, _HEAD)
    return Plan(data_type, level, bits, network, primer, left, up), _HEAD + _GRID.size


def _check(plan: Plan, size: int) -> None:
    """Refuses what `encode` never writes, before tables are allocated; `size` is that of primer and block."""
    from neucomp.models.byte_recipes import slot_bits_for
    from neucomp.models.byte_types import DataType

    if plan.slot_bits > slot_bits_for(size, plan.level, DataType(plan.data_type)) or plan.left == 0:
        raise CorruptDataError("a block asks for tables that its size does not warrant: the file is damaged")


_PROOF_TEXT = bytes(range(64)) + b"It was the best of times, it was the worst of times, 1859\n" * 3 + bytes(32)
_PROOF_DIGEST = "09b399c473c30b24"


def _prove(kernels: ModuleType) -> None:
    """Codes a short text with every context, alone and beside a network; KernelError if that gives the wrong answer."""
    import hashlib

    import numpy as np

    from neucomp.models.byte_contexts import Context
    from neucomp.models.byte_recipes import Tuning
    from neucomp.models.byte_selectors import Selector
    from neucomp.nets.step import new_step
    from neucomp.nets.weights import proof_network

    def new_coder(beside_network: bool) -> ByteCoder:
        everything = tuple(Context), tuple(Selector), (20, 12, 5)
        step = new_step(proof_network(), 1) if beside_network else None
        coder: ByteCoder = kernels.new_coder(*everything, 12, 11, 3, 57, Tuning(16, 320, 160), step)
        return coder

    digest = hashlib.sha256()
    decoded = np.zeros(len(_PROOF_TEXT), np.uint8)
    for beside_network in (False, True):
        symbols = np.frombuffer(_PROOF_TEXT, np.uint8).copy()
        payload = np.zeros(symbols.size + 64, np.uint8)
        coder = new_coder(beside_network)
        kernels.start_bytes(False, payload, coder)
        kernels.code_bytes(False, symbols, 0, symbols.size, payload, coder)
        kernels.finish_bytes(payload, coder)
        coded = payload[: kernels.position(coder)].copy()
        digest.update(coded.tobytes())
        coder = new_coder(beside_network)
        kernels.start_bytes(True, coded, coder)
        kernels.code_bytes(True, decoded, 0, decoded.size, coded, coder)
        if decoded.tobytes() != _PROOF_TEXT:
            digest.update(b"decoded otherwise")
    if digest.hexdigest()[:16] != _PROOF_DIGEST:
        raise KernelError(
            "the compiled kernels of the byte model give a wrong answer on this machine (known answer "
            f"{_PROOF_DIGEST}, got {digest.hexdigest()[:16]}): nothing was written. Please report it with the versions "
            "of numba and llvmlite and the processor"
        )
