"""What kind of data a block holds, told from its bytes: it decides which contexts the byte model uses.

The answer is stored in the payload, so that the decoder need not know how it was found.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class DataType(IntEnum):
    """Kinds of data. Numbers are stored in files: never renumber."""

    TEXT = 0  # prose in any language
    MARKUP = 1  # source code, markup, JSON, tables as text, logs
    CODE = 2  # machine code
    RECORDS = 3  # other binary data
    SAMPLES = 4  # images, sound and measurements as they are


@dataclass(frozen=True)
class Finding:
    """The type of a block; for samples, the distances in bytes of the neighbours to the left and above (0: none)."""

    data_type: DataType
    left: int = 1
    up: int = 0


_PIECE = 16384
_PIECES = 8
_SAMPLE_WIDTHS = (1, 2, 3, 4, 6, 8)
_LONGEST_ROW = _PIECE // 2
_LETTERS = np.isin(np.arange(256), [*range(65, 91), *range(97, 123), 32, *range(128, 256)])
_PRINTABLE = np.isin(np.arange(256), [9, 10, 12, 13, *range(32, 127), *range(128, 256)])


def sample(block: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Up to 8 pieces of 16 KiB spread over a block, its beginning and its end among them."""
    if block.size <= _PIECE * _PIECES:
        return [block]
    starts = np.linspace(0, block.size - _PIECE, _PIECES).astype(int)
    return [block[s : s + _PIECE] for s in starts]


def find_type(pieces: list[NDArray[np.uint8]]) -> Finding:
    """The type of a block, from the pieces that `sample` took of it."""
    counts = np.bincount(np.concatenate(pieces), minlength=256)
    total = int(counts.sum())
    high = int(counts[128:].sum())
    if int(counts[_PRINTABLE].sum()) >= 0.99 * total and (high < 0.1 * total or _is_utf8(pieces)):
        prose = int(counts[_LETTERS].sum()) >= 0.85 * total
        return Finding(DataType.TEXT if prose else DataType.MARKUP)
    if _holds_machine_code(pieces):
        return Finding(DataType.CODE)
    return _find_samples(pieces) or Finding(DataType.RECORDS)


def _is_utf8(pieces: list[NDArray[np.uint8]]) -> bool:
    """Whether nearly all bytes above 127 form UTF-8 sequences."""
    text = b"".join(piece.tobytes() for piece in pieces)
    bad = text.decode("utf-8", errors="replace").count("\N{REPLACEMENT CHARACTER}")
    return bad <= len(text) // 200 + 8 * len(pieces)


def _holds_machine_code(pieces: list[NDArray[np.uint8]]) -> bool:
    """An ELF, PE or WebAssembly header, or calls and jumps with near targets as dense as in x86 programs."""
    start = pieces[0][:4].tobytes()
    if start in (b"\x7fELF", b"\0asm") or start[:2] == b"MZ":
        return True
    calls = 0
    for piece in pieces:
        opcode = (piece[:-4] & 0xFE) == 0xE8
        near = (piece[4:] == 0) | (piece[4:] == 255)
        calls += int(np.count_nonzero(opcode & near))
    return calls * 200 > sum(piece.size for piece in pieces)


def _entropy(values: NDArray[np.uint8]) -> float:
    """Order-0 entropy in bits per byte."""
    p = np.bincount(values, minlength=256) / max(values.size, 1)
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def _find_samples(pieces: list[NDArray[np.uint8]]) -> Finding | None:
    """Samples if the difference to a near byte says more than half a bit about the next one."""
    plain = float(np.mean([_entropy(piece) for piece in pieces]))
    costs = {
        width: float(np.mean([_entropy(piece[width:] - piece[:-width]) for piece in pieces if piece.size > width]))
        for width in _SAMPLE_WIDTHS
        if min(piece.size for piece in pieces) > width
    }
    if not costs:
        return None
    left = min(costs, key=lambda width: costs[width])
    if costs[left] > plain - 0.5:
        return None
    return Finding(DataType.SAMPLES, left, _find_row(pieces, left))


def _find_row(pieces: list[NDArray[np.uint8]], left: int) -> int:
    """The distance of the row above: where the mean absolute difference has its clear minimum; 0 if nowhere."""
    piece = max(pieces, key=lambda p: p.size)[: 4 * _LONGEST_ROW].astype(np.int32)
    longest = min(_LONGEST_ROW, piece.size // 2)
    lags = np.arange(max(8 * left, 16), longest)
    if lags.size == 0:
        return 0
    window = piece[longest : longest + 4096]
    errors = np.array([np.abs(window - piece[longest - lag : longest - lag + window.size]).mean() for lag in lags])
    best = int(errors.argmin())
    near = float(np.abs(window - piece[longest - left : longest - left + window.size]).mean())
    if errors[best] > 1.1 * near or errors[best] > 0.6 * float(np.median(errors)):
        return 0
    return int(lags[best])
