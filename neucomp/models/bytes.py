"""The byte model as the codec sees it: a block of bytes in, a payload out, and back.

A payload starts with how the block is modelled, so that decoding needs nothing else:

    primer << 4 | data type u8 | level << 4 | (slot bits - 10) u8 | for samples: left u8, up u16 | range coder's bytes
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from neucomp.errors import CorruptDataError, KernelError, UnsupportedError

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

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

    def memory(self, level: int, size: int) -> int:
        """Peak working memory in bytes while one block of `size` bytes is coded: tables, symbols and payload."""
        from neucomp.models.byte_recipes import EFFORTS, match_bits_for, slot_bits_for
        from neucomp.models.byte_types import DataType

        effort = EFFORTS[level]
        bits = max(slot_bits_for(effort.primer + size, level, data_type) for data_type in DataType)
        matches = len(effort.match_lengths) * 4 << match_bits_for(bits)
        return (64 << bits) + matches + 4 * size + _FIXED_MEMORY

    def encode(self, data: bytes, level: int, tick: Tick) -> bytes:
        """The payload of one block; as long as `data` or longer where the model does not help."""
        import numpy as np

        from neucomp.models.byte_recipes import slot_bits_for
        from neucomp.models.byte_transforms import absolute_calls
        from neucomp.models.byte_types import DataType, find_type, sample
        from neucomp.models.primers import find_primer

        kernels = _kernels()
        pieces = sample(np.frombuffer(data, np.uint8))
        finding = find_type(pieces)
        if finding.data_type == DataType.CODE:
            data = absolute_calls(data)
        primer = find_primer(pieces)
        symbols, start = _after_primer(primer, level, len(data))
        bits = slot_bits_for(symbols.size, level, finding.data_type)
        plan = Plan(finding.data_type, level, bits, primer, finding.left, finding.up)
        symbols[start:] = np.frombuffer(data, np.uint8)
        payload = np.empty(len(data) + 64, np.uint8)
        coder = _new_coder(kernels, plan)
        _read_primer(kernels, coder, symbols[:start])
        tick(0)
        kernels.start_bytes(False, payload, coder)
        for begin in range(start, symbols.size, _CHUNK):
            end = min(begin + _CHUNK, symbols.size)
            if kernels.code_bytes(False, symbols, begin, end, payload, coder) < end:
                return data
            tick(end - begin)
        kernels.finish_bytes(payload, coder)
        return _pack(plan) + payload[: kernels.position(coder)].tobytes()

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """The `size` bytes of a block; CorruptDataError if `payload` cannot be what `encode` made of them."""
        import numpy as np

        from neucomp.models.byte_transforms import relative_calls
        from neucomp.models.byte_types import DataType

        plan, offset = _unpack(payload)
        symbols, start = _after_primer(plan.primer, plan.level, size)
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
        from neucomp.models.byte_types import DataType
        from neucomp.models.primers import PRIMERS

        plan, _ = _unpack(payload)
        text = f"{DataType(plan.data_type).name.lower()}, level {plan.level}, 2^{plan.slot_bits} slots"
        if plan.primer in PRIMERS:
            text += f", primer {PRIMERS[plan.primer].name}"
        if plan.data_type == DataType.SAMPLES:
            text += f", neighbours {plan.left} and {plan.up} back" if plan.up else f", neighbour {plan.left} back"
        return text


_FIXED_MEMORY = 48 << 20
"""Maps, weights and code, which depend little on block and level."""


def _kernels() -> ModuleType:
    from neucomp.kernels.cache import load_kernels

    return load_kernels("neucomp.models.byte_coding", _prove)


def _new_coder(kernels: ModuleType, plan: Plan) -> ByteCoder:
    from neucomp.models.byte_recipes import CONTEXTS, EFFORTS, SELECTORS, TUNINGS, match_bits_for
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
        TUNINGS[data_type],
    )
    return coder


def _after_primer(primer: int, level: int, size: int) -> tuple[NDArray[np.uint8], int]:
    """A primer and room for a block's symbols behind it, and where they start."""
    import numpy as np

    from neucomp.models.byte_recipes import EFFORTS
    from neucomp.models.primers import NO_PRIMER, read_primer

    text = b"" if primer == NO_PRIMER else read_primer(primer)[-EFFORTS[level].primer :]
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

    head = bytes([plan.primer << 4 | plan.data_type, plan.level << 4 | (plan.slot_bits - SMALLEST_SLOT_BITS)])
    return head + _GRID.pack(plan.left, plan.up) if plan.data_type == DataType.SAMPLES else head


def _unpack(payload: bytes) -> tuple[Plan, int]:
    """The plan at the start of a payload, and where the coder's bytes begin."""
    from neucomp.models.byte_recipes import EFFORTS, SMALLEST_SLOT_BITS
    from neucomp.models.byte_types import DataType

    if len(payload) < 2:
        raise CorruptDataError("a block is too short for the byte model: the file is damaged")
    primer, data_type = payload[0] >> 4, payload[0] & 15
    level, bits = payload[1] >> 4, (payload[1] & 15) + SMALLEST_SLOT_BITS
    if data_type not in set(DataType) or level not in EFFORTS:
        raise UnsupportedError(
            f"a block needs data type {data_type}, level {level} of the byte model, which this version does not have: "
            "update neucomp, or the file is damaged"
        )
    if data_type != DataType.SAMPLES:
        return Plan(data_type, level, bits, primer), 2
    if len(payload) < 2 + _GRID.size:
        raise CorruptDataError("a block is too short for the byte model: the file is damaged")
    left, up = _GRID.unpack_from(payload, 2)
    return Plan(data_type, level, bits, primer, left, up), 2 + _GRID.size


def _check(plan: Plan, size: int) -> None:
    """Refuses what `encode` never writes, before tables are allocated; `size` is that of primer and block."""
    from neucomp.models.byte_recipes import slot_bits_for
    from neucomp.models.byte_types import DataType

    if plan.slot_bits > slot_bits_for(size, plan.level, DataType(plan.data_type)) or plan.left == 0:
        raise CorruptDataError("a block asks for tables that its size does not warrant: the file is damaged")


_PROOF_TEXT = bytes(range(64)) + b"It was the best of times, it was the worst of times, 1859\n" * 3 + bytes(32)
_PROOF_DIGEST = "48bd9f89a1c8ce28"


def _prove(kernels: ModuleType) -> None:
    """Codes a short text with every context and compares with the known answer; KernelError if it differs."""
    import hashlib

    import numpy as np

    from neucomp.models.byte_contexts import Context
    from neucomp.models.byte_recipes import Tuning
    from neucomp.models.byte_selectors import Selector

    def new_coder() -> ByteCoder:
        everything = tuple(Context), tuple(Selector), (20, 12, 5)
        coder: ByteCoder = kernels.new_coder(*everything, 12, 11, 3, 57, Tuning(16, 320, 160))
        return coder

    symbols = np.frombuffer(_PROOF_TEXT, np.uint8).copy()
    payload = np.zeros(symbols.size + 64, np.uint8)
    coder = new_coder()
    kernels.start_bytes(False, payload, coder)
    kernels.code_bytes(False, symbols, 0, symbols.size, payload, coder)
    kernels.finish_bytes(payload, coder)
    coded = payload[: kernels.position(coder)].copy()
    digest = hashlib.sha256(coded.tobytes()).hexdigest()
    decoded = np.zeros(symbols.size, np.uint8)
    coder = new_coder()
    kernels.start_bytes(True, coded, coder)
    kernels.code_bytes(True, decoded, 0, decoded.size, coded, coder)
    if digest[:16] != _PROOF_DIGEST or decoded.tobytes() != _PROOF_TEXT:
        raise KernelError(
            "the compiled kernels of the byte model give a wrong answer on this machine (known answer "
            f"{_PROOF_DIGEST}, got {digest[:16]}): nothing was written. Please report it with the versions of numba "
            "and llvmlite and the processor"
        )
