"""Which contexts, weight sets and tables the byte model uses, by data type and level: data, not code.

A type ranks its contexts and selectors by what they are worth on validation files of that type (all from the training
data); a level says how far down the ranking to go. Files store type and level, so these tables are part of the format.
"""

from dataclasses import dataclass
from typing import NamedTuple

from neucomp.models.byte_contexts import Context
from neucomp.models.byte_selectors import Selector
from neucomp.models.byte_types import DataType


@dataclass(frozen=True)
class Effort:
    """What a level spends."""

    contexts: int
    """At most this many of the type's contexts, each two table look-ups a byte and three inputs a bit."""
    sets: int
    """At most this many of the type's weight sets, each one dot product with all inputs a bit."""
    match_lengths: tuple[int, ...]
    """Shortest matches that the match models look for, bytes."""
    slot_bits: int
    """At most 2**slot_bits slots of 64 bytes."""
    primer: int
    """At most this many bytes of a primer are read first (see `primers`) where a block is coded without a network."""
    network_depth: int | None
    """Layers of the network that predicts beside the contexts; None: no network."""
    network_primer: int
    """The same where there is a network, which knows most of it: see `primer_size`, too."""
    block_size: int
    """Bytes per independent block."""
    speed: float
    """KB/s on one core of the machine of docs/benchmarks.md, on text, for estimates of time."""


class Tuning(NamedTuple):
    """How fast the mixer learns: weights move by input * error * rate / 2**18, rate = final + extra * k / (k + age)."""

    final: int
    extra: int
    halving: int
    """k: after this many bits a row's extra rate is halved."""


_MB = 1 << 20
_KB = 1 << 10

EFFORTS: dict[int, Effort] = {
    1: Effort(6, 2, (7,), 20, 64 * _KB, None, 0, 16 * _MB, 370.0),
    2: Effort(8, 3, (7,), 21, 64 * _KB, None, 0, 16 * _MB, 310.0),
    3: Effort(11, 4, (12, 5), 21, 64 * _KB, 0, 16 * _KB, 16 * _MB, 150.0),
    4: Effort(15, 5, (12, 5), 22, 64 * _KB, 0, 16 * _KB, 16 * _MB, 115.0),
    5: Effort(20, 7, (12, 5), 22, 64 * _KB, 1, 16 * _KB, 16 * _MB, 45.0),
    6: Effort(24, 7, (12, 5), 22, 96 * _KB, 1, 16 * _KB, 16 * _MB, 40.0),
    7: Effort(28, 8, (20, 12, 5), 23, 128 * _KB, 1, 32 * _KB, 48 * _MB, 34.0),
    8: Effort(34, 9, (20, 12, 5), 23, 160 * _KB, 1, 64 * _KB, 48 * _MB, 33.0),
    9: Effort(42, 10, (20, 12, 5), 23, 192 * _KB, 1, 64 * _KB, 48 * _MB, 33.0),
}

NETWORKS: dict[int, str] = {1: "bytes"}
"""Bundled networks by the numbers that files store, never reused. The last one codes, all decode."""

_C = Context
_S = Selector

CONTEXTS: dict[DataType, tuple[Context, ...]] = {
    DataType.TEXT: (
        _C.ORDER1,
        _C.ORDER2,
        _C.ORDER3,
        _C.ORDER4,
        _C.WORD,
        _C.ORDER6,
        _C.WORD_1,
        _C.COLUMN,
        _C.ORDER0,
        _C.ORDER5,
        _C.CLASSES,
        _C.PREVIOUS_WORD,
        _C.MATCH,
        _C.WORD_2,
        _C.HIGH8,
        _C.WORD_PUNCTUATION,
        _C.CODE1,
        _C.LETTERS4,
        _C.SKIP1,
        _C.INDIRECT2,
        _C.WORD_FIRST_OF_LINE,
        _C.LETTERS6,
        _C.WORD_1_2,
        _C.INDIRECT3,
        _C.ORDER8,
        _C.NUMBERS,
        _C.HIGH4,
        _C.INDIRECT1,
    ),
    DataType.MARKUP: (
        _C.ORDER1,
        _C.ORDER2,
        _C.ORDER3,
        _C.ORDER4,
        _C.WORD,
        _C.ORDER6,
        _C.CLASSES,
        _C.ORDER0,
        _C.MATCH,
        _C.WORD_1,
        _C.INDIRECT2,
        _C.ABOVE,
        _C.WORD_FIRST_OF_LINE,
        _C.WORD_PUNCTUATION,
        _C.INDIRECT1,
        _C.HIGH8,
        _C.LETTERS4,
        _C.HIGH4,
        _C.WORD_2,
        _C.NUMBERS,
        _C.COLUMN,
        _C.ORDER5,
        _C.PREVIOUS_WORD,
        _C.LETTERS6,
        _C.ORDER8,
        _C.RECORD_ABOVE2,
        _C.SKIP1,
        _C.WORD_3,
        _C.CODE1,
        _C.INDIRECT3,
        _C.SKIP1_2,
        _C.SKIP2,
        _C.ORDER7,
        _C.WORD_1_2,
        _C.RECORD_COLUMN_ABOVE,
        _C.WORD_4,
    ),
    DataType.CODE: (
        _C.ORDER1,
        _C.ORDER2,
        _C.ORDER3,
        _C.ORDER4,
        _C.SKIP1_2,
        _C.INDIRECT2,
        _C.ORDER6,
        _C.SKIP2_2,
        _C.HIGH4,
        _C.BYTES2_4,
        _C.SKIP1,
        _C.INDIRECT1,
        _C.CODE2,
        _C.HIGH8,
        _C.BYTES1_3_5,
        _C.SKIP2,
        _C.BYTES2_4_6,
        _C.INDIRECT3,
        _C.CODE1,
        _C.RECORD_ABOVE2,
        _C.MATCH,
        _C.CLASSES,
        _C.RECORD_COLUMN_ABOVE,
        _C.ORDER0,
        _C.BYTES1_3,
        _C.HIGH3_LAST,
        _C.ORDER5,
        _C.LINE_SLOPE,
        _C.DWORD,
        _C.RECORD_ABOVE,
        _C.BYTES1_4,
        _C.INDIRECT4,
        _C.BYTES2_3_4,
        _C.WORD_FIRST_OF_LINE,
        _C.ORDER8,
        _C.WORD_2,
        _C.LETTERS6,
        _C.RECORD_COLUMN,
        _C.NUMBERS,
        _C.WORD_1,
        _C.ORDER7,
        _C.ABOVE,
    ),
    DataType.RECORDS: (
        _C.ORDER1,
        _C.ORDER2,
        _C.ORDER3,
        _C.RECORD_COLUMN_ABOVE,
        _C.DWORD,
        _C.ORDER4,
        _C.RECORD_COLUMN,
        _C.RECORD_ABOVE,
        _C.RECORD_ABOVE2,
        _C.SKIP1_2,
        _C.CLASSES,
        _C.MATCH,
        _C.HIGH8,
        _C.ORDER6,
        _C.ORDER0,
        _C.BYTES2_4,
        _C.BYTES2_4_6,
        _C.WORD,
        _C.HIGH4,
        _C.SKIP2_2,
        _C.INDIRECT2,
        _C.SKIP2,
        _C.CODE2,
        _C.BYTES1_3_5,
        _C.WORD_3,
        _C.INDIRECT1,
        _C.SKIP1,
        _C.ORDER5,
        _C.INDIRECT3,
        _C.HIGH3_LAST,
        _C.BYTES1_3,
        _C.CODE1,
    ),
    DataType.SAMPLES: (
        _C.GRADIENT,
        _C.LEFT_UP,
        _C.UP,
        _C.ORDER2,
        _C.UP2,
        _C.LINE_SLOPE,
        _C.ORDER1,
        _C.UP_RIGHT,
        _C.GRADIENT_LEFT,
        _C.HIGH4,
        _C.AVERAGE,
        _C.ORDER0,
        _C.RECORD_COLUMN,
        _C.SKIP2,
        _C.CODE1,
        _C.LEFT,
        _C.HIGH8,
        _C.RECORD_ABOVE,
        _C.DWORD,
        _C.ORDER3,
        _C.SKIP1_2,
        _C.BYTES2_4,
        _C.INDIRECT2,
        _C.ORDER4,
        _C.RECORD_COLUMN_ABOVE,
        _C.CLASSES,
        _C.HIGH3_LAST,
        _C.BYTES1_3,
        _C.SKIP1,
        _C.INDIRECT1,
        _C.RECORD_ABOVE2,
        _C.BYTES1_3_5,
        _C.ORDER6,
        _C.CODE2,
        _C.SKIP2_2,
        _C.BYTES2_4_6,
        _C.MATCH,
        _C.INDIRECT3,
        _C.ORDER5,
        _C.BYTES1_4,
        _C.INDIRECT4,
        _C.ABOVE,
    ),
}

SELECTORS: dict[DataType, tuple[Selector, ...]] = {
    DataType.TEXT: (
        _S.MATCH,
        _S.PARTIAL,
        _S.LAST,
        _S.KNOWN,
        _S.WORD,
        _S.CLASSES,
        _S.SECOND,
        _S.INDIRECT,
    ),
    DataType.MARKUP: (
        _S.MATCH,
        _S.PARTIAL,
        _S.LAST,
        _S.KNOWN,
        _S.WORD,
        _S.CLASSES,
        _S.SECOND,
        _S.RECORD,
        _S.INDIRECT,
        _S.EXPECTED,
    ),
    DataType.CODE: (
        _S.MATCH,
        _S.PARTIAL,
        _S.LAST,
        _S.KNOWN,
        _S.SECOND,
        _S.RECORD,
        _S.EXPECTED,
        _S.THIRD,
        _S.CLASSES,
        _S.INDIRECT,
    ),
    DataType.RECORDS: (
        _S.MATCH,
        _S.PARTIAL,
        _S.RECORD,
        _S.LAST,
        _S.KNOWN,
        _S.SECOND,
        _S.EXPECTED,
        _S.THIRD,
        _S.INDIRECT,
        _S.CLASSES,
    ),
    DataType.SAMPLES: (
        _S.PARTIAL,
        _S.GRID,
        _S.LAST,
        _S.KNOWN,
        _S.MATCH,
        _S.SECOND,
        _S.RECORD,
        _S.THIRD,
        _S.EXPECTED,
        _S.INDIRECT,
    ),
}

TUNINGS: dict[DataType, Tuning] = {
    DataType.TEXT: Tuning(8, 150, 128),
    DataType.MARKUP: Tuning(16, 320, 160),
    DataType.CODE: Tuning(20, 400, 256),
    DataType.RECORDS: Tuning(20, 400, 256),
    DataType.SAMPLES: Tuning(16, 40, 512),
}

_LEAST_BESIDE_NETWORK = 4 * _KB
"""Beside a network small blocks gain next to nothing from a longer primer: docs/byte-model.md."""

SMALLEST_SLOT_BITS = 10
SLOTS_PER_CONTEXT_BYTE = 0.5
"""Slots for each byte of primer and block and each context (measured at level 5: twice as many save 0 to 0.2 %, half as
many cost 0.02 to 0.15 %, on blocks of 4 KB 0.9 %)."""


def primer_size(level: int, size: int, beside_network: bool) -> int:
    """Bytes of a primer that are read before a block of `size` bytes, where there are so many."""
    effort = EFFORTS[level]
    if not beside_network:
        return effort.primer
    return min(effort.network_primer, max(_LEAST_BESIDE_NETWORK, size // 4))


def slot_bits_for(size: int, level: int, data_type: DataType) -> int:
    """log2 of the number of slots for `size` bytes, primer and block together."""
    contexts = min(EFFORTS[level].contexts, len(CONTEXTS[data_type]))
    wanted = int(size * contexts * SLOTS_PER_CONTEXT_BYTE)
    return min(max(wanted.bit_length(), SMALLEST_SLOT_BITS), EFFORTS[level].slot_bits)


def match_bits_for(slot_bits: int) -> int:
    """log2 of the number of positions each match model keeps."""
    return min(max(slot_bits - 1, 10), 22)
