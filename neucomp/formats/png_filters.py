"""The filters of PNG's rows, in the form that costs least.

Modes below 5: all rows have that filter; LISTED: a byte for each row; GUESSED: all rows have the filter with the least
sum of absolute values, as most encoders choose it; NEARLY_GUESSED: some have another. Then follow the number of these
rows (varint) and, for each, how many rows come between it and the one before (varint), and its filter (byte).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from neucomp.errors import CorruptDataError, KernelError
from neucomp.varint import pack_varint

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from neucomp.formats.fields import FieldReader
    from neucomp.formats.png_rows import Rows

_FILTERS = 5
_LISTED, _GUESSED, _NEARLY_GUESSED = 5, 6, 7

_BYTES_PER_OTHER = 2

FILTER_MODES = 8


def known_filters(text: NDArray[np.uint8], rows: Rows) -> bool:
    """Whether all rows, uint8 (size,), have a filter that there is."""
    return bool(_filters(text, rows).max() < _FILTERS)


def undo_filters(text: NDArray[np.uint8], rows: Rows) -> None:
    """Turns filtered rows, uint8 (size,), into plain ones, in place. All filters are known."""
    for each in rows.passes:
        load_filters().undo_filters(text, each.start, each.rows, each.row_bytes, rows.step)


def apply_filters(text: NDArray[np.uint8], rows: Rows, filters: NDArray[np.uint8]) -> None:
    """Filters plain rows, in place, with one filter for each, uint8 (height,)."""
    for each, some in rows.parts(filters):
        rows.view(text, each)[:, 0] = some
        load_filters().apply_filters(text, each.start, each.rows, each.row_bytes, rows.step)


def pack_filters(text: NDArray[np.uint8], rows: Rows) -> tuple[int, bytes]:
    """The mode and the bytes for the filters before plain rows."""
    filters = _filters(text, rows)
    if (filters == filters[0]).all():
        return int(filters[0]), b""
    others = np.flatnonzero(filters != _guess(text, rows))
    if others.size == 0:
        return _GUESSED, b""
    if _BYTES_PER_OTHER * others.size >= np.count_nonzero(np.diff(filters)):
        return _LISTED, filters.tobytes()
    gaps = np.diff(others, prepend=-1) - 1
    pairs = (pack_varint(int(gap)) + bytes([kind]) for gap, kind in zip(gaps, filters[others], strict=True))
    return _NEARLY_GUESSED, pack_varint(others.size) + b"".join(pairs)


def unpack_filters(fields: FieldReader, mode: int, text: NDArray[np.uint8], rows: Rows) -> NDArray[np.uint8]:
    """The inverse of `pack_filters`: uint8 (height,)."""
    if mode < _FILTERS:
        return np.full(rows.height, mode, np.uint8)
    if mode == _LISTED:
        filters = np.frombuffer(fields.take(rows.height), np.uint8)
    else:
        filters = _guess(text, rows)
    row = -1
    for _ in range(fields.varint() if mode == _NEARLY_GUESSED else 0):
        row += 1 + fields.varint()
        if row >= rows.height:
            raise CorruptDataError("the envelope of a PNG image has a filter for no row: the file is damaged")
        filters[row] = fields.byte()
    if filters.max() >= _FILTERS:
        raise CorruptDataError("the envelope of a PNG image has an unknown filter: the file is damaged")
    return filters


def _filters(text: NDArray[np.uint8], rows: Rows) -> NDArray[np.uint8]:
    """What stands before each row, uint8 (height,)."""
    return np.concatenate([rows.view(text, each)[:, 0] for each in rows.passes])


def _guess(text: NDArray[np.uint8], rows: Rows) -> NDArray[np.uint8]:
    """The filter with the least sum for each plain row, uint8 (height,)."""
    guesses = np.zeros(rows.height, np.uint8)
    sums = np.zeros(_FILTERS, np.int64)
    for each, some in rows.parts(guesses):
        load_filters().guess_filters(text, each.start, each.rows, each.row_bytes, rows.step, sums, some)
    return guesses


def load_filters() -> ModuleType:
    """The kernels of `neucomp.kernels.png_filters`, proven."""
    from neucomp.kernels.cache import load_kernels

    return load_kernels("neucomp.kernels.png_filters", _prove)


_PROOF_DIGEST = "c1bec1f2a2cdb468"


def _prove(kernels: ModuleType) -> None:
    """Filters a small image and back; KernelError if that gives a wrong answer."""
    rows, row_bytes = 12, 16
    text = (np.arange(rows * (row_bytes + 1)) ** 3 % 251).astype(np.uint8)
    text[:: row_bytes + 1] %= _FILTERS
    before = text.copy()
    guesses, sums = np.zeros(rows, np.uint8), np.zeros(_FILTERS, np.int64)
    kernels.guess_filters(text, 0, rows, row_bytes, 3, sums, guesses)
    kernels.apply_filters(text, 0, rows, row_bytes, 3)
    digest = hashlib.sha256(text.tobytes() + guesses.tobytes()).hexdigest()[:16]
    kernels.undo_filters(text, 0, rows, row_bytes, 3)
    if digest != _PROOF_DIGEST or not np.array_equal(text, before):
        raise KernelError(
            f"the compiled PNG filters give a wrong answer on this machine (known answer {_PROOF_DIGEST}, got "
            f"{digest}): nothing was written. Please report it with the versions of numba and llvmlite and the "
            "processor"
        )
