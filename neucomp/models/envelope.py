"""What models of whole files share: the bytes of a file beside its samples, and progress in bytes of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neucomp.models import Tick

_LEVEL = 2
"""The byte model's level for envelopes: the best that needs no network, which would not pay for some hundred bytes."""


_SHORTEST = 16
"""Bytes below which nothing can be gained, and the byte model's kernels need not be loaded."""


def encode_envelope(envelope: bytes) -> bytes:
    """The envelope as the byte model codes it; as it is where that is not longer."""
    from neucomp.models.bytes import ByteModel

    if len(envelope) < _SHORTEST:
        return envelope
    coded = ByteModel().encode(envelope, _LEVEL, _no_tick)
    return coded if len(coded) < len(envelope) else envelope


def decode_envelope(coded: bytes, size: int) -> bytes:
    """The envelope of `size` bytes."""
    from neucomp.models.bytes import ByteModel

    return coded if len(coded) == size else ByteModel().decode(coded, size, _no_tick)


def scaled(tick: Tick, size: int, samples: int) -> Tick:
    """A tick for samples that reports bytes of a file of `size`, in proportion."""
    done = 0

    def report(symbols: int) -> None:
        nonlocal done
        before = done * size // samples
        done += symbols
        tick(done * size // samples - before)

    return report


def _no_tick(symbols: int) -> None:
    """For envelopes, whose coding takes no time."""
