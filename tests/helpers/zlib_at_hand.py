"""Python's zlib, where it is zlib itself: replacements of it give other bytes."""

import zlib

import pytest

from neucomp.formats.deflate_calls import Call

needs_zlib = pytest.mark.skipif(
    "ng" in zlib.ZLIB_RUNTIME_VERSION, reason=f"Python's zlib is {zlib.ZLIB_RUNTIME_VERSION}, not zlib"
)


def deflated(text: bytes, call: Call) -> bytes:
    """What zlib makes of a text (RFC 1951)."""
    deflater = zlib.compressobj(call.level, zlib.DEFLATED, -call.window_bits, call.memory_level, call.strategy)
    pieces = [deflater.compress(text[start : start + call.piece]) for start in range(0, len(text), call.piece)]
    return b"".join([*pieces, deflater.flush()])
