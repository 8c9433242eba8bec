"""Whether an encoder gives the bits that symbols were drawn from."""

from neucomp.sampler import Sampler


def is_drawn_from(payload: bytes, sampler: Sampler) -> bool:
    """Both are points in the last symbol's interval, which is smaller than 2**64 units of the last word that was read;
    an encoder takes one that needs few words."""
    words = len(sampler.read) // 4
    drawn, coded = (_as_integer(bytes(each).ljust(4 * words, b"\0")[: 4 * words]) for each in (sampler.read, payload))
    return sampler.gaps == 0 and abs(drawn - coded) < 1 << 64


def _as_integer(payload: bytes) -> int:
    """Words, each with its least significant byte first, as digits of one number."""
    words = [int.from_bytes(payload[at : at + 4], "little") for at in range(0, len(payload), 4)]
    return sum(word << 32 * place for place, word in enumerate(reversed(words)))
