"""Small inputs of every kind of data, the same on every machine: from integer arithmetic, or the demo's book."""

import struct
from collections.abc import Callable
from pathlib import Path

BOOK = Path(__file__).parent.parent.parent / "demo" / "sherlock-holmes.txt"


def numbers(count: int, seed: int) -> list[int]:
    """16-bit numbers of a linear congruential generator (Knuth's MMIX)."""
    state, found = seed, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        found.append(state >> 48)
    return found


def text(size: int) -> bytes:
    return BOOK.read_bytes()[1000 : 1000 + size]


def markup(size: int) -> bytes:
    lines = (
        b'{"id": %d, "name": "item-%x", "price": %d.%02d}\n' % (i, n % 64, n // 700, n % 100)
        for i, n in enumerate(numbers(size // 20, 1))
    )
    return b"".join(lines)[:size]


def machine_code(size: int) -> bytes:
    """Behind an ELF magic: pushes, moves and calls of four functions, relative to where the call stands."""
    code = bytearray(b"\x7fELF\x02\x01\x01" + bytes(9))
    for number in numbers(size // 4, 2):
        code += (b"\x55\x48\x89\xe5", b"\x8b\x45" + bytes([number & 0xFC]), b"\xc9\xc3\x90\x90")[number % 3]
        code += b"\xe8" + struct.pack("<i", (40 + 300 * (number % 4)) - len(code) - 5)
    return bytes(code[:size])


def records(size: int) -> bytes:
    rows = (struct.pack("<IHBB8s", i * 977, n, n % 3, 7, b"row%05d" % i) for i, n in enumerate(numbers(size // 16, 3)))
    return (b"".join(rows) + bytes(16))[:size]


def samples(size: int) -> bytes:
    """Pixels of 3 bytes, 20 to a row, on smooth slopes with a little noise."""
    noise = numbers(size, 4)
    places = ((i, i // 60, i % 60 // 3) for i in range(size))
    return bytes((y * y // 9 + 3 * x + 40 * (i % 3) + noise[i] % 3) % 256 for i, y, x in places)


def noise(size: int) -> bytes:
    return bytes(number & 255 for number in numbers(size, 5))


SPECIMENS: dict[str, Callable[[int], bytes]] = {
    function.__name__: function for function in (text, markup, machine_code, records, samples, noise)
}
"""Makers of inputs by kind: size in bytes -> bytes."""
