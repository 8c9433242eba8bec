"""Reversible changes of a block before it is modelled."""

import re

_NEAR_CALL = re.compile(rb"[\xe8\xe9]...[\x00\xff]", re.DOTALL)
"""x86 call or jump whose 32-bit relative target lies within 16 MiB; matches do not overlap."""


def absolute_calls(block: bytes) -> bytes:
    """Machine code with relative targets of near calls and jumps made absolute: calls of one function look alike."""
    return _shift_targets(block, 1)


def relative_calls(block: bytes) -> bytes:
    """The inverse of `absolute_calls`."""
    return _shift_targets(block, -1)


def _shift_targets(block: bytes, sign: int) -> bytes:
    """Adds sign * position to each target, modulo 2**25: low 24 bits, and the top byte as the sign (00 or FF).

    The opcode and the two possible top bytes stay what they are, so both directions find the same places.
    """
    changed = bytearray(block)
    for found in _NEAR_CALL.finditer(block):
        start = found.start()
        target = int.from_bytes(block[start + 1 : start + 4], "little") | (block[start + 4] & 1) << 24
        target = (target + sign * start) & 0x1FFFFFF
        changed[start + 1 : start + 4] = (target & 0xFFFFFF).to_bytes(3, "little")
        changed[start + 4] = 0xFF if target >> 24 else 0
    return bytes(changed)
