"""Exact tables of profile exact-1: the logistic function, its inverse, reciprocals.

The tables are part of the file format. They come from `decimal` arithmetic with far more digits than
their integer results need, so every machine computes the same ones; a test pins their hashes.
"""

from decimal import Context, Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

STRETCH_UNITS = 256
"""Logits are integers, this many units to one nat."""

SQUASH_LIMIT = 3072
"""`squash` takes logits in [-SQUASH_LIMIT, SQUASH_LIMIT - 1]: +-12 nats."""

STRETCH_LIMIT = 2047
"""`stretch` gives logits in [-STRETCH_LIMIT, STRETCH_LIMIT]: +-8 nats."""

EXACT = Context(prec=50)  # in place of the program's own context, whatever that may be


def _odds(half_steps: range) -> list[Decimal]:
    """exp(h / 512) for each h, by repeated multiplication (50 digits; the relative error stays below 1e-44)."""
    with localcontext(EXACT):
        step = (Decimal(half_steps.step) / (2 * STRETCH_UNITS)).exp()
        value = (Decimal(half_steps[0]) / (2 * STRETCH_UNITS)).exp()
        values = []
        for _ in half_steps:
            values.append(value)
            value *= step
    return values


def squash_table() -> NDArray[np.int32]:
    """16-bit probabilities round(65536 / (1 + exp(-x / 256))), clipped to [1, 65535], for x = index - 3072."""
    odds = _odds(range(-2 * SQUASH_LIMIT, 2 * SQUASH_LIMIT, 2))
    with localcontext(EXACT):
        exact = [q * 65536 / (1 + q) for q in odds]
    return np.array([min(max(round(p), 1), 65535) for p in exact], np.int32)


def stretch_table() -> NDArray[np.int16]:
    """round(256 * ln(p / (1 - p))), clipped to +-2047, for p = (index + 1/2) / 4096."""
    table = np.empty(4096, np.int16)
    midpoints = _odds(range(-2 * STRETCH_LIMIT + 1, 2 * STRETCH_LIMIT, 2))  # exp((x + 1/2) / 256)
    x = -STRETCH_LIMIT
    with localcontext(EXACT):
        for i in range(4096):
            while x < STRETCH_LIMIT and midpoints[x + STRETCH_LIMIT] * (8191 - 2 * i) <= 2 * i + 1:
                x += 1
            table[i] = x
    return table


def reciprocal_table(size: int) -> NDArray[np.int32]:
    """Rates floor(65536 / (n + 3/2)) of a counter that has seen n symbols, for n < `size`."""
    return np.array([65536 * 2 // (2 * n + 3) for n in range(size)], np.int32)


SQUASH = squash_table()
STRETCH = stretch_table()
