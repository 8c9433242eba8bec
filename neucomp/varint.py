"""Variable-length integers: unsigned LEB128, lowest 7 bits first, the high bit set on all bytes but the last.

Values lie in 0 <= value < 2**63, so that one takes 1 to 9 bytes. Only the shortest form is valid: each value has
exactly one encoding, and a parsed structure that is packed again gives the same bytes.
"""

from collections.abc import Callable

from neucomp.errors import CorruptDataError

LIMIT = 1 << 63
MAX_BYTES = 9


def pack_varint(value: int) -> bytes:
    """Return the encoding of `value`, 0 <= value < 2**63, in 1 to 9 bytes; `ValueError` outside of this range.

    >>> pack_varint(300).hex()
    'ac02'
    """
    if not 0 <= value < LIMIT:
        raise ValueError(f"a size must lie in 0 .. 2**63 - 1, got {value}")
    packed = bytearray()
    while value >= 0x80:
        packed.append(value & 0x7F | 0x80)
        value >>= 7
    packed.append(value)
    return bytes(packed)


def read_varint(next_byte: Callable[[], int], what: str) -> int:
    """Read one integer through `next_byte`, which returns the next byte; `what` names the field in the error message.

    Raises `CorruptDataError` when the encoding is too long, for the format or for its value.
    """
    value = 0
    for position in range(MAX_BYTES):
        byte = next_byte()
        value |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            if byte == 0 and position > 0:
                raise CorruptDataError(f"{what} is not in its shortest form")
            return value
    raise CorruptDataError(f"{what} is 2**63 or more")
