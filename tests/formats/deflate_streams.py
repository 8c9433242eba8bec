"""Deflate streams of all sorts, as (stream, text): those of encoders at hand, and some that no encoder writes."""

import importlib
import zlib
from collections.abc import Callable

Encoder = Callable[[bytes], bytes]


class BitWriter:
    """Writes bits, lowest first."""

    def __init__(self) -> None:
        self._bits: list[int] = []

    def add(self, value: int, count: int) -> None:
        self._bits += [value >> place & 1 for place in range(count)]

    def code(self, value: int, count: int) -> None:
        """A code of a Huffman alphabet: the highest bit first."""
        self._bits += [value >> place & 1 for place in range(count - 1, -1, -1)]

    def fill(self, padding: int = 0) -> None:
        self.add(padding, -len(self._bits) % 8)

    def bytes(self) -> bytes:
        return bytes(
            sum(bit << place for place, bit in enumerate(self._bits[start : start + 8]))
            for start in range(0, len(self._bits), 8)
        )


def by_zlib(level: int, strategy: int = 0, memory_level: int = 8, window_bits: int = 15) -> Encoder:
    def encode(text: bytes) -> bytes:
        deflater = zlib.compressobj(level, zlib.DEFLATED, -window_bits, memory_level, strategy)
        return deflater.compress(text) + deflater.flush()

    return encode


def flushed(text: bytes) -> bytes:
    """With an empty stored block in the middle, an empty fixed one, and an empty one at the end."""
    deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
    middle = len(text) // 2
    parts = [deflater.compress(text[:middle]), deflater.flush(zlib.Z_SYNC_FLUSH)]
    parts += [deflater.compress(text[middle:]), deflater.flush(zlib.Z_FULL_FLUSH), deflater.flush()]
    return b"".join(parts)


def oddly_padded(text: bytes) -> bytes:
    """Stored, with ones in the bits before the size, and a fixed block at the end with ones behind it."""
    writer = BitWriter()
    for start in range(0, len(text), 60_000):
        piece = text[start : start + 60_000]
        writer.add(0, 3)
        writer.fill(0x7F)
        writer.add(len(piece), 16)
        writer.add(len(piece) ^ 0xFFFF, 16)
        for byte in piece:
            writer.add(byte, 8)
    writer.add(3, 3)
    writer.code(0, 7)
    writer.fill(0x7F)
    return writer.bytes()


def odd_match() -> tuple[bytes, bytes]:
    """A match of 258 bytes written with the code of 227 to 257, and one with its own."""
    writer = BitWriter()
    writer.add(3, 3)
    writer.code(0x30 + 97, 8)
    for odd in (True, False):
        if odd:
            writer.code(0xC0 + 284 - 280, 8)
            writer.add(31, 5)
        else:
            writer.code(0xC0 + 285 - 280, 8)
        writer.code(0, 5)
    writer.code(0, 7)
    writer.fill()
    return writer.bytes(), b"a" * (1 + 2 * 258)


def encoders() -> dict[str, Encoder]:
    """By name: zlib's, and those of packages that are here."""
    found: dict[str, Encoder] = {f"zlib {level}": by_zlib(level) for level in range(10)}
    found |= {f"zlib strategy {strategy}": by_zlib(6, strategy) for strategy in range(1, 5)}
    found |= {f"zlib memory {memory}": by_zlib(6, 0, memory) for memory in (1, 5, 9)}
    found |= {"zlib window 9": by_zlib(6, 0, 8, 9), "flushed": flushed, "padded": oddly_padded}
    for name in ("isal.isal_zlib", "zlib_ng.zlib_ng"):
        if module := _import(name):
            for level in range(4 if "isal" in name else 10):
                found[f"{name} {level}"] = lambda text, m=module, level=level: m.compress(text, level)[2:-4]  # type: ignore[misc]
    if module := _import("zopfli.zlib"):
        found["zopfli"] = lambda text, m=module: m.compress(text, numiterations=3)[2:-4]  # type: ignore[misc]
    if module := _import("imagecodecs"):
        for level in (1, 5, 9, 12):
            found[f"libdeflate {level}"] = lambda text, m=module, level=level: m.deflate_encode(text, level, raw=True)  # type: ignore[misc]
    return found


def _import(name: str):  # type: ignore[no-untyped-def]
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
