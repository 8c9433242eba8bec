"""PNG's row filters: none, sub, up, average, Paeth. Source: PNG specification (third edition), section 9.

Rows lie one after the other, each behind a byte with its filter. A filter predicts each byte from the byte `step` to
the left, the one above, and the one to the left of that; all are 0 outside of the image.
"""

import numpy as np

from neucomp.kernels.inline import compiled, inline

FILTERS = 5
_NONE, _SUB, _UP, _AVERAGE, _PAETH = range(FILTERS)


@inline
def _paeth(left, above, corner):
    by_left = abs(above - corner)
    by_above = abs(left - corner)
    by_corner = abs(left + above - 2 * corner)
    if by_left <= by_above and by_left <= by_corner:
        return left
    return above if by_above <= by_corner else corner


@inline
def _predict(kind, left, above, corner):
    if kind == _NONE:
        return np.int64(0)
    if kind == _SUB:
        return left
    if kind == _UP:
        return above
    if kind == _AVERAGE:
        return (left + above) >> 1
    return _paeth(left, above, corner)


@inline
def _neighbours(text, place, column, row, row_bytes, step):
    """Left, above, and the corner between them."""
    stride = row_bytes + 1
    left = np.int64(text[place - step]) if column >= step else np.int64(0)
    above = np.int64(text[place - stride]) if row > 0 else np.int64(0)
    corner = np.int64(text[place - stride - step]) if column >= step and row > 0 else np.int64(0)
    return left, above, corner


@compiled
def undo_filters(text, start, rows, row_bytes, step):
    """Turns filtered rows, uint8, from text[start] on, into plain ones."""
    for row in range(rows):
        first = start + row * (row_bytes + 1) + 1
        kind = np.int64(text[first - 1])
        for column in range(row_bytes):
            place = first + column
            left, above, corner = _neighbours(text, place, column, row, row_bytes, step)
            text[place] = (np.int64(text[place]) + _predict(kind, left, above, corner)) & 255


@compiled
def apply_filters(text, start, rows, row_bytes, step):
    """The inverse of `undo_filters`."""
    for row in range(rows - 1, -1, -1):
        first = start + row * (row_bytes + 1) + 1
        kind = np.int64(text[first - 1])
        for column in range(row_bytes - 1, -1, -1):
            place = first + column
            left, above, corner = _neighbours(text, place, column, row, row_bytes, step)
            text[place] = (np.int64(text[place]) - _predict(kind, left, above, corner)) & 255


@compiled
def guess_filters(text, start, rows, row_bytes, step, sums, guesses):
    """The filters, uint8 (rows,), that an encoder most likely chose for plain rows: those with the least sum.

    The sum is that of the absolute values of the filtered bytes, taken as signed ones; the first least one counts.
    sums: int64 (FILTERS,), scratch.
    """
    for row in range(rows):
        first = start + row * (row_bytes + 1) + 1
        sums[:] = 0
        for column in range(row_bytes):
            place = first + column
            left, above, corner = _neighbours(text, place, column, row, row_bytes, step)
            byte = np.int64(text[place])
            for kind in range(FILTERS):
                filtered = (byte - _predict(kind, left, above, corner)) & 255
                sums[kind] += min(filtered, 256 - filtered)
        least = 0
        for kind in range(1, FILTERS):
            if sums[kind] < sums[least]:
                least = kind
        guesses[row] = least
