"""The contexts of the graphics model: what a pixel, or one of its bytes, may depend on.

A pixel is one 64-bit number that holds its bytes in coding order, the first one lowest. From the pixels around,
`compute_pixel_contexts` and `compute_byte_contexts` derive a 64-bit value for every member of `PixelContext` and
`ByteContext`. Which of them a recipe uses is data (`graphics_recipes`).
"""

from enum import IntEnum

from neucomp.kernels.hashing import chain
from neucomp.kernels.inline import inline


class Place(IntEnum):
    """Neighbours of a pixel, by the points of the compass."""

    W = 0
    N = 1
    NW = 2
    NE = 3
    WW = 4
    NN = 5
    NNE = 6
    NEE = 7
    NWW = 8
    NNW = 9
    WWW = 10
    NNN = 11


PLACES = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-2, 1), (-1, 2), (-1, -2), (-2, -1), (0, -3), (-3, 0))
"""Where the neighbours lie: rows and columns from the pixel."""

FARTHEST = 3
"""No neighbour is more rows or columns away."""


class PixelContext(IntEnum):
    """Contexts of the question which candidate a pixel equals. Numbers are part of the format: never renumber."""

    W_N = 0  # the colours to the left and above
    AROUND4 = 1  # ... and above left, above right
    AROUND6 = 2  # ... and two to the left, two above
    AROUND10 = 3  # ... and four more
    CROSS = 4  # two to the left, two above
    EQUAL = 5  # which of 12 neighbours are equal to each other, whatever their colours
    OUTCOMES = 6  # which candidate each of 6 neighbours was equal to
    COLUMN = 7  # the colour above and the column
    RUNS = 8  # the colour to the left, how long it has been the same, how long the row above stays as it is
    W_OUTCOMES = 9  # the colour to the left and the outcomes of 4 neighbours
    ABOVE3 = 10  # three above
    LEFT3 = 11  # three to the left
    EQUAL_COLUMN = 12  # which of the nearest 4 are equal, and the column


class ByteContext(IntEnum):
    """Contexts of a byte of a pixel that equals no candidate. Numbers are part of the format: never renumber.

    All know which byte it is. "Done" are the bytes of the pixel before it. "Like" says: moved by what the byte before
    it differs from that same neighbour's, as colours of a shade do.
    """

    DONE = 0
    W = 1  # done, the pixel to the left
    N = 2  # done, the pixel above
    W_N = 3  # done and both
    AROUND4 = 4  # ... and above left, above right
    LEFT_UP = 5  # the bytes to the left and above, the byte before
    GRADIENT = 6  # left + above - above left
    GRADIENT_LIKE = 7
    LEFT_LIKE = 8
    UP_LIKE = 9
    LEFT_UP_LIKE = 10
    AVERAGE = 11  # the mean of left and above, how the byte before lay to its own
    SLOPE_LEFT = 12  # 2 left - left of that, the byte before
    SLOPE_UP = 13
    UP_RIGHT = 14  # above + above right - right above that, left
    COARSE = 15  # the high bits of 4 bytes, and how the byte before lay to its gradient
    GRADIENT_ERROR = 16  # the gradient, and how the byte before lay to its own
    MEMORY = 17  # done, and the colour that followed the 4 pixels last time
    LAST = 18  # done, the last pixel that was no candidate
    LAST2 = 19  # ... and the one before that
    RANGE = 20  # the smallest and the largest of 4 bytes, the byte before
    BETWEEN = 21  # as far between left and above as the byte before
    BETWEEN_ABOVE = 22  # ... between above left and above right
    NW_LIKE = 23
    NE_LIKE = 24
    LEFT_RIGHT = 25  # left, above right, the byte before
    DONE_COARSE = 26  # done, the high bits of the pixels to the left and above


@inline
def compute_pixel_contexts(values, around, outcomes, column, run, run_above):
    """Fills `values`, int64 (len(PixelContext),); returns which of the nearest 4 are equal, 6 bits.

    around: int64 (len(Place),). outcomes: 4 bits for each of 6 neighbours. run: pixels up to here that equal the left
    one; run_above: pixels from here on that equal the upper one.
    """
    w, n, nw, ne = around[Place.W], around[Place.N], around[Place.NW], around[Place.NE]
    ww, nn, nee, nww = around[Place.WW], around[Place.NN], around[Place.NEE], around[Place.NWW]
    nne, nnw, www, nnn = around[Place.NNE], around[Place.NNW], around[Place.WWW], around[Place.NNN]
    equal = (w == n) | (w == nw) << 1 | (n == nw) << 2 | (n == ne) << 3 | (w == ne) << 4 | (nw == ne) << 5
    farther = (w == ww) | (n == nn) << 1 | (ne == nee) << 2 | (nw == nww) << 3 | (nn == nne) << 4 | (nn == nnw) << 5
    farther |= (ww == www) << 6 | (nn == nnn) << 7 | (ww == nww) << 8 | (ne == nne) << 9 | (ww == n) << 10
    cross = chain(w, n)
    around4 = chain(chain(cross, ne), nw)
    around6 = chain(chain(around4, ww), nn)
    values[PixelContext.W_N] = cross
    values[PixelContext.AROUND4] = around4
    values[PixelContext.AROUND6] = around6
    values[PixelContext.AROUND10] = chain(chain(chain(chain(around6, nne), nee), nww), nnw)
    values[PixelContext.CROSS] = chain(chain(cross, nn), ww)
    values[PixelContext.EQUAL] = equal | (farther | (nn == w) << 11) << 6
    values[PixelContext.OUTCOMES] = outcomes
    values[PixelContext.COLUMN] = chain(n, column)
    values[PixelContext.RUNS] = chain(w, min(run, 255) << 8 | run_above)
    values[PixelContext.W_OUTCOMES] = chain(w, outcomes & 0xFFFF)
    values[PixelContext.ABOVE3] = chain(chain(n, nn), nnn)
    values[PixelContext.LEFT3] = chain(chain(w, ww), www)
    values[PixelContext.EQUAL_COLUMN] = equal | column << 6
    return equal


_HIGH_BITS = 0x6060606060606060


@inline
def _byte(pixel, shift):
    return pixel >> shift & 255


@inline
def _clip(value):
    return min(max(value, 0), 255)


@inline
def _between(from_, to, before, before_from, before_to):
    """What lies between two bytes as `before` lies between two others; the mean where those are equal."""
    if before_from == before_to:
        return (from_ + to) >> 1
    return _clip(from_ + (before - before_from) * (to - from_) // (before_to - before_from))


@inline
def compute_byte_contexts(values, around, index, done, remembered, last, last2):
    """Fills `values`, int64 (len(ByteContext),), for byte `index`; `done` holds the bytes before it.

    remembered: the colour that a memory has for the 4 nearest pixels; last, last2: the last two that no candidate was.
    """
    west, north = around[Place.W], around[Place.N]
    shift = 8 * index
    w, n = _byte(west, shift), _byte(north, shift)
    nw, ne = _byte(around[Place.NW], shift), _byte(around[Place.NE], shift)
    ww, nn, nne = _byte(around[Place.WW], shift), _byte(around[Place.NN], shift), _byte(around[Place.NNE], shift)
    before = _byte(done << 8, shift)  # 0 for the first byte, as are those around it
    before_w, before_n = _byte(west << 8, shift), _byte(north << 8, shift)
    before_nw, before_ne = _byte(around[Place.NW] << 8, shift), _byte(around[Place.NE] << 8, shift)
    gradient = _clip(w + n - nw)
    gradient_error = before - _clip(before_w + before_n - before_nw)
    left_like = _clip(w + before - before_w)
    up_like = _clip(n + before - before_n)
    low, high = min(min(w, n), min(nw, ne)), max(max(w, n), max(nw, ne))
    place = index << 48
    with_before = place | before << 40
    with_done = chain(done, index)
    w_n = chain(chain(with_done, west), north)
    values[ByteContext.DONE] = with_done
    values[ByteContext.W] = chain(with_done, west)
    values[ByteContext.N] = chain(with_done, north)
    values[ByteContext.W_N] = w_n
    values[ByteContext.AROUND4] = chain(chain(w_n, around[Place.NW]), around[Place.NE])
    values[ByteContext.LEFT_UP] = w | n << 8 | with_before
    values[ByteContext.GRADIENT] = gradient | place
    values[ByteContext.GRADIENT_LIKE] = _clip(gradient + gradient_error) | place
    values[ByteContext.LEFT_LIKE] = left_like | place
    values[ByteContext.UP_LIKE] = up_like | place
    values[ByteContext.LEFT_UP_LIKE] = left_like | up_like << 8 | place
    values[ByteContext.AVERAGE] = (w + n) >> 1 | (before - ((before_w + before_n) >> 1) + 256) << 8 | place
    values[ByteContext.SLOPE_LEFT] = _clip(2 * w - ww) | with_before
    values[ByteContext.SLOPE_UP] = _clip(2 * n - nn) | with_before
    values[ByteContext.UP_RIGHT] = _clip(n + ne - nne) | w >> 2 << 8 | place
    coarse = w >> 3 | n >> 3 << 8 | nw >> 3 << 16 | ne >> 3 << 24
    values[ByteContext.COARSE] = coarse | (gradient_error + 256) >> 3 << 32 | place
    values[ByteContext.GRADIENT_ERROR] = gradient | (gradient_error + 256) << 8 | place
    values[ByteContext.MEMORY] = chain(with_done, remembered)
    values[ByteContext.LAST] = chain(with_done, last)
    values[ByteContext.LAST2] = chain(chain(with_done, last), last2)
    values[ByteContext.RANGE] = low | high << 8 | with_before
    values[ByteContext.BETWEEN] = _between(w, n, before, before_w, before_n) | place
    values[ByteContext.BETWEEN_ABOVE] = _between(nw, ne, before, before_nw, before_ne) | place
    values[ByteContext.NW_LIKE] = _clip(nw + before - before_nw) | w << 8 | place
    values[ByteContext.NE_LIKE] = _clip(ne + before - before_ne) | n << 8 | place
    values[ByteContext.LEFT_RIGHT] = w | ne << 8 | with_before
    values[ByteContext.DONE_COARSE] = chain(with_done, west & _HIGH_BITS | (north & _HIGH_BITS) >> 2)
