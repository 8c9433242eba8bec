"""Reversible changes of a block before it is modelled."""

import re

_OPCODE = re.compile(rb"[\xe8\xe9]...([\x00\xff]?)", re.DOTALL)
"""x86 call or jump; group 1 is the top byte of its 32-bit relative target if that lies within 16 MiB, else empty.

Matches do not overlap, and an opcode with a far target keeps the three bytes behind it to itself: if an opcode among
them were taken, its target would cover, and might change, the very byte that made the first target a far one.
"""


def absolute_calls(block: bytes) -> bytes:
    """Machine code with relative targets of near calls and jumps made absolute: calls of one function look alike."""
    return _shift_targets(block, 1)


def relative_calls(block: bytes) -> bytes:
    """The inverse of `absolute_calls`."""
    return _shift_targets(block, -1)


def _shift_targets(block: bytes, sign: int) -> bytes:
    """Adds sign * position to each target, modulo 2**25: low 24 bits, and the top byte as the sign (00 or FF).

    No byte changes that decides where opcodes match and which targets are near, so both directions find the same
    places.
    """
    changed = bytearray(block)
    for found in _OPCODE.finditer(block):
        if not found[1]:
            continue
        start = found.start()
        target = int.from_bytes(block[start + 1 : start + 4], "little") | (block[start + 4] & 1) << 24
        target = (target + sign * start) & 0x1FFFFFF
        changed[start + 1 : start + 4] = (target & 0xFFFFFF).to_bytes(3, "little")
        changed[start + 4] = 0xFF if target >> 24 else 0
    return bytes(changed)
