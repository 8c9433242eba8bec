"""The byte model as the codec sees it: a block of bytes in, a payload out, and back.

A payload starts with how the block is modelled, so that decoding needs nothing else:

    data type u8 | level << 4 + (slot bits - 10) u8 | for samples: left u8, up u16 | range coder's bytes
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from neucomp.errors import CorruptDataError, KernelError, UnsupportedError

if TYPE_CHECKING:
    from types import ModuleType

    from neucomp.models import Tick
    from neucomp.models.byte_coding import ByteCoder

_CHUNK = 1 << 16
"""Bytes coded between two ticks."""

_GRID = struct.Struct("<BH")


class Plan(NamedTuple):
    """How a block is modelled: the fields at the start of its payload."""

    data_type: int
    level: int
    slot_bits: int
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

    def memory(self, level: int, size: int) -> int:
        """Peak working memory in bytes while one block of `size` bytes is coded: tables, symbols and payload."""
        from neucomp.models.byte_recipes import EFFORTS, match_bits_for, slot_bits_for
        from neucomp.models.byte_types import DataType

        bits = max(slot_bits_for(size, level, data_type) for data_type in DataType)
        matches = len(EFFORTS[level].match_lengths) * 4 << match_bits_for(bits)
        return (64 << bits) + matches + 2 * size + _FIXED_MEMORY

    def encode(self, data: bytes, level: int, tick: Tick) -> bytes:
        """The payload of one block; as long as `data` or longer where the model does not help."""
        import numpy as np

        from neucomp.models.byte_recipes import slot_bits_for
        from neucomp.models.byte_transforms import absolute_calls
        from neucomp.models.byte_types import DataType, find_type

        kernels = _kernels()
        finding = find_type(np.frombuffer(data, np.uint8))
        bits = slot_bits_for(len(data), level, finding.data_type)
        plan = Plan(finding.data_type, level, bits, finding.left, finding.up)
        if finding.data_type == DataType.CODE:
            data = absolute_calls(data)
        symbols = np.frombuffer(data, np.uint8).copy()
        payload = np.empty(len(data) + 64, np.uint8)
        coder = _new_coder(kernels, plan)
        kernels.start_bytes(False, payload, coder)
        for start in range(0, symbols.size, _CHUNK):
            stop = min(start + _CHUNK, symbols.size)
            if kernels.code_bytes(False, symbols, start, stop, payload, coder) < stop:
                return payload.tobytes()
            tick(stop - start)
        kernels.finish_bytes(payload, coder)
        return _pack(plan) + payload[: kernels.position(coder)].tobytes()

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """The `size` bytes of a block; CorruptDataError if `payload` cannot be what `encode` made of them."""
        import numpy as np

        from neucomp.models.byte_transforms import relative_calls
        from neucomp.models.byte_types import DataType

        plan, offset = _unpack(payload)
        _check(plan, size)
        kernels = _kernels()
        coded = np.frombuffer(payload, np.uint8, offset=offset).copy()
        symbols = np.zeros(size, np.uint8)
        coder = _new_coder(kernels, plan)
        kernels.start_bytes(True, coded, coder)
        for start in range(0, size, _CHUNK):
            stop = min(start + _CHUNK, size)
            kernels.code_bytes(True, symbols, start, stop, coded, coder)
            if kernels.position(coder) > coded.size + kernels.BYTES_PAST_END:
                raise CorruptDataError("a block ends before all its bytes are decoded: the file is damaged")
            tick(stop - start)
        if kernels.position(coder) != coded.size + kernels.BYTES_PAST_END:
            raise CorruptDataError("a block is longer than its bytes need: the file is damaged")
        data = symbols.tobytes()
        return relative_calls(data) if plan.data_type == DataType.CODE else data

    def describe(self, payload: bytes) -> str:
        """One line on how a block was coded, from the payload's first bytes."""
        from neucomp.models.byte_types import DataType

        plan, _ = _unpack(payload)
        text = f"{DataType(plan.data_type).name.lower()}, level {plan.level}, 2^{plan.slot_bits} slots"
        if plan.data_type == DataType.SAMPLES:
            text += f", neighbours {plan.left} and {plan.up} back" if plan.up else f", neighbour {plan.left} back"
        return text


_FIXED_MEMORY = 48 << 20
"""Maps, weights and code, which depend little on block and level."""


def _kernels() -> ModuleType:
    from neucomp.kernels.cache import load_kernels

    return load_kernels("neucomp.models.byte_coding", _prove)


def _new_coder(kernels: ModuleType, plan: Plan) -> ByteCoder:
    from neucomp.models.byte_recipes import CONTEXTS, EFFORTS, SELECTORS, match_bits_for
    from neucomp.models.byte_types import DataType

    effort = EFFORTS[plan.level]
    data_type = DataType(plan.data_type)
    coder: ByteCoder = kernels.new_coder(
        CONTEXTS[data_type][: effort.contexts],
        SELECTORS[data_type][: effort.sets],
        effort.match_lengths,
        plan.slot_bits,
        match_bits_for(plan.slot_bits),
        plan.left,
        plan.up,
    )
    return coder


def _pack(plan: Plan) -> bytes:
    from neucomp.models.byte_recipes import SMALLEST_SLOT_BITS
    from neucomp.models.byte_types import DataType

    head = bytes([plan.data_type, plan.level << 4 | (plan.slot_bits - SMALLEST_SLOT_BITS)])
    return head + _GRID.pack(plan.left, plan.up) if plan.data_type == DataType.SAMPLES else head


def _unpack(payload: bytes) -> tuple[Plan, int]:
    """The plan at the start of a payload, and where the coder's bytes begin."""
    from neucomp.models.byte_recipes import EFFORTS, SMALLEST_SLOT_BITS
    from neucomp.models.byte_types import DataType

    if len(payload) < 2:
        raise CorruptDataError("a block is too short for the byte model: the file is damaged")
    data_type, level, bits = payload[0], payload[1] >> 4, (payload[1] & 15) + SMALLEST_SLOT_BITS
    if data_type not in set(DataType) or level not in EFFORTS:
        raise UnsupportedError(
            f"a block needs data type {data_type}, level {level} of the byte model, which this version does not have: "
            "update neucomp, or the file is damaged"
        )
    if data_type != DataType.SAMPLES:
        return Plan(data_type, level, bits), 2
    if len(payload) < 2 + _GRID.size:
        raise CorruptDataError("a block is too short for the byte model: the file is damaged")
    left, up = _GRID.unpack_from(payload, 2)
    return Plan(data_type, level, bits, left, up), 2 + _GRID.size


def _check(plan: Plan, size: int) -> None:
    """Refuses what `encode` never writes, before anything is allocated."""
    from neucomp.models.byte_recipes import slot_bits_for
    from neucomp.models.byte_types import DataType

    if plan.slot_bits > slot_bits_for(size, plan.level, DataType(plan.data_type)) or plan.left == 0:
        raise CorruptDataError("a block asks for tables that its size does not warrant: the file is damaged")


_PROOF_TEXT = bytes(range(64)) + b"It was the best of times, it was the worst of times, 1859\n" * 3 + bytes(32)
_PROOF_DIGEST = "7e539f21383fe287"


def _prove(kernels: ModuleType) -> None:
    """Codes a short text with every context and compares with the known answer; KernelError if it differs."""
    import hashlib

    import numpy as np

    plan = Plan(data_type=4, level=9, slot_bits=12, left=3, up=57)
    payload = np.zeros(len(_PROOF_TEXT) + 64, np.uint8)
    symbols = np.frombuffer(_PROOF_TEXT, np.uint8).copy()
    coder = _new_coder(kernels, plan)
    kernels.start_bytes(False, payload, coder)
    kernels.code_bytes(False, symbols, 0, symbols.size, payload, coder)
    kernels.finish_bytes(payload, coder)
    coded = payload[: kernels.position(coder)].copy()
    digest = hashlib.sha256(coded.tobytes()).hexdigest()
    decoded = np.zeros(symbols.size, np.uint8)
    coder = _new_coder(kernels, plan)
    kernels.start_bytes(True, coded, coder)
    kernels.code_bytes(True, decoded, 0, decoded.size, coded, coder)
    if digest[:16] != _PROOF_DIGEST or decoded.tobytes() != _PROOF_TEXT:
        raise KernelError(
            "the compiled kernels of the byte model give a wrong answer on this machine (known answer "
            f"{_PROOF_DIGEST}, got {digest[:16]}): nothing was written. Please report it with the versions of numba "
            "and llvmlite and the processor"
        )
