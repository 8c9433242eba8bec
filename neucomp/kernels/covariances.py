"""Covariances of a pixel's neighbourhood in windows that decay, for LANES rows of a front at a time.

Fronts and rows are those of `least_squares`: a row's next pixel is on the next front, the pixel above on the front four
before. A pixel with vector v and weight w adds V = w v v' to the covariances that later pixels see. With the decays m
across and l down,

    left(y, x)  = V(y, x) + m left(y, x - 1)
    above(y, x) = left(y, x) + m V(y, x + 1) + m^2 V(y, x + 2) + m^3 V(y, x + 3) + l above(y - 1, x)
    covariance for pixel (y, x) = m left(y, x - 1) + l above(y - 1, x) + prior

so the window reaches to the right as far as the order of coding allows. (With m = l = 0.84 that gives photographs 0.3 %
larger than with all columns to the right; without these three it is 0.7 %, with a window that leans to the right by
three columns a row, which takes one sum less, 0.8 %.) `left` is kept three columns late, where `above` needs it.

Matrices are packed: elements (i, j <= i) in this order. Decaying sums are kept out of the range of denormals, which
some processes switch off, by adding and subtracting a constant.
"""

import numpy as np

from neucomp.kernels.inline import part
from neucomp.kernels.lanes import LANES, load, spread, store
from neucomp.kernels.prefetch import prefetch

TINY = np.float32(2.0**-60)
"""Sums far below this vanish when it is added and subtracted; a squared difference of 16-bit samples is 2**-16."""

_AHEAD = 16


@part
def learn_block(matrix, left, above, vectors, weights, decays, down, size, places):
    """Adds pixels to `left` and `above`, and fills `matrix` with m left of the next pixels.

    matrix: float32 (elements, LANES); left, above, vectors, weights: float32, flat; decays: float32 (4,), the powers of
    m; down: a vector, l; size: numbers in a pixel's vector. places: where the first lane's numbers begin in `left`;
    in `above`, and how far its elements are apart; then in `vectors`, and last in `weights`, of the last four fronts,
    the latest first.
    """
    left_at, above_at, above_step, vector0, vector1, vector2, vector3, weight0, weight1, weight2, weight3 = places
    tiny = spread(TINY)
    m1 = spread(decays[0])
    m2 = spread(decays[1])
    m3 = spread(decays[2])
    m4 = spread(decays[3])
    matrix_at = 0
    # Elements of `above` are too far apart for the processor to foresee (36 regressors: 1.7 us a sample, without 3.0).
    ahead = _AHEAD * above_step
    for i in range(0, size * LANES, LANES):
        factor0 = load(weights, weight0) * load(vectors, vector0 + i)
        factor1 = load(weights, weight1) * load(vectors, vector1 + i)
        factor2 = load(weights, weight2) * load(vectors, vector2 + i)
        factor3 = load(weights, weight3) * load(vectors, vector3 + i)
        for j in range(0, i + LANES, LANES):
            here0 = factor0 * load(vectors, vector0 + j)
            here1 = factor1 * load(vectors, vector1 + j)
            here2 = factor2 * load(vectors, vector2 + j)
            here3 = factor3 * load(vectors, vector3 + j)
            late = ((m1 * load(left, left_at) + here3) + tiny) - tiny
            prefetch(above, above_at + ahead)
            prefetch(above, above_at + ahead + LANES - 1)
            store(left, left_at, late)
            both_sides = late + (m1 * here2 + (m2 * here1 + m3 * here0))
            store(above, above_at, ((down * load(above, above_at) + both_sides) + tiny) - tiny)
            store(matrix, matrix_at, m1 * here0 + (m2 * here1 + (m3 * here2 + m4 * late)))
            matrix_at += LANES
            left_at += LANES
            above_at += above_step


@part
def add_above(matrix, above, prior, down, size, above_at, above_step):
    """Adds what the row above knows, times `down`, and the prior (elements,) to `matrix`."""
    for element in range(size * (size + 1) // 2):
        known = load(matrix, element * LANES) + down * load(above, above_at)
        store(matrix, element * LANES, known + spread(prior[element]))
        above_at += above_step
