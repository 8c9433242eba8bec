"""A model that is deflate: quick, with small blocks, so that container tests see files of many blocks."""

import zlib

from neucomp.errors import CorruptDataError
from neucomp.models import Tick

TICK_SIZE = 256


class ZlibModel:
    """`levels` are those of zlib, blocks have 1000 x level bytes."""

    id = 14
    name = "zlib"
    summary = "deflate, for tests"

    def block_size(self, level: int) -> int:
        return 1000 * level

    def speed(self, level: int) -> float:
        return 50_000.0

    def memory(self, level: int, size: int) -> int:
        return 1 << 18

    def encode(self, data: bytes, level: int, tick: Tick) -> bytes:
        report(tick, len(data))
        return zlib.compress(data, level)

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        report(tick, size)
        decoder = zlib.decompressobj()
        try:
            data = decoder.decompress(payload, size)
        except zlib.error as error:
            raise CorruptDataError(str(error)) from None
        if len(data) != size:
            raise CorruptDataError(f"{len(data)} bytes instead of {size}")
        return data

    def describe(self, payload: bytes) -> str:
        return f"deflate, {payload[:2].hex()}"


def report(tick: Tick, size: int) -> None:
    for begin in range(0, size, TICK_SIZE):
        tick(min(TICK_SIZE, size - begin))
