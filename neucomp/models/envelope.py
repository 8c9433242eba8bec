"""What models of whole files share: the head of a payload, the bytes of a file beside its samples, and progress in
bytes of the file."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from neucomp.errors import CorruptDataError
from neucomp.models.ticks import no_tick
from neucomp.varint import read_varint

if TYPE_CHECKING:
    from neucomp.models import Tick

_LEVEL = 2
"""The byte model's level for envelopes: the best that needs no network, which would not pay for some hundred bytes."""


_SHORTEST = 16
"""Bytes below which nothing can be gained, and the byte model's kernels need not be loaded."""


def read_head(payload: bytes, model: str, single: int, sizes: int) -> tuple[list[int], int]:
    """The numbers that a payload of a model begins with, `single` bytes and then varints, and where they end."""
    stream = iter(payload)
    position = itertools.count()

    def byte() -> int:
        next(position)
        return next(stream)

    try:
        numbers = [byte() for _ in range(single)]
        numbers += [read_varint(byte, f"a size in the head of a block of the model {model}") for _ in range(sizes)]
    except StopIteration:
        raise CorruptDataError(f"a block is too short for the {model} model: the file is damaged") from None
    return numbers, next(position)


def encode_envelope(envelope: bytes) -> bytes:
    """The envelope as the byte model codes it; as it is where that is not longer."""
    from neucomp.models.bytes import ByteModel

    if len(envelope) < _SHORTEST:
        return envelope
    coded = ByteModel().encode(envelope, _LEVEL, no_tick)
    return coded if len(coded) < len(envelope) else envelope


def decode_envelope(coded: bytes, size: int) -> bytes:
    """The envelope of `size` bytes."""
    from neucomp.models.bytes import ByteModel

    return coded if len(coded) == size else ByteModel().decode(coded, size, no_tick)


def scaled(tick: Tick, size: int, samples: int) -> Tick:
    """A tick for samples that reports bytes of a file of `size`, in proportion."""
    done = 0

    def report(symbols: int) -> None:
        nonlocal done
        before = done * size // samples
        done += symbols
        tick(done * size // samples - before)

    return report
