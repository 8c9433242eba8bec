"""Logits of decisions about logistic variables: near the exact ones, and the same bits for ever."""

import hashlib
import math

import numpy as np
from numba import njit

from neucomp.kernels import logistic_tails as tails

LANES = tails.LANES


@njit
def run_soft_plus(z, result):
    for i in range(z.size):
        result[i] = tails.soft_plus(z[i])


@njit
def run_probability(logits, result):
    for i in range(logits.size):
        result[i] = tails.probability(logits[i])


@njit
def run_fill_escapes(widths, bits, escapes):
    tails.fill_escapes(widths, bits, escapes)


def soft_plus(z: np.ndarray) -> np.ndarray:
    result = np.zeros(z.size, np.float32)
    run_soft_plus(z.astype(np.float32), result)
    return result


def escapes(widths: np.ndarray) -> np.ndarray:
    result = np.zeros(widths.size, np.float32)
    for first in range(0, widths.size, LANES):
        some = widths[first : first + LANES].astype(np.float32)
        run_fill_escapes(some, some.view(np.int32), result[first : first + LANES])
    return result


Z = np.linspace(-20, 20, 4096)
WIDTHS = np.geomspace(1 / 2048, 1000, 4096)


def test_close_to_the_exact_functions() -> None:
    assert np.abs(soft_plus(Z) - np.log1p(np.exp(Z))).max() < 2e-5
    exact = np.maximum(WIDTHS, 1 / 1024)
    exact = exact + np.log(-np.expm1(-exact))
    assert np.abs(escapes(WIDTHS) - exact)[WIDTHS < 100].max() < 1e-3
    logits = Z.astype(np.float32)
    found = np.zeros(logits.size, np.float32)
    run_probability(logits, found)
    assert np.abs(found - 1 / (1 + np.exp(-Z))).max() < 1e-5
    assert (np.diff(found) >= 0).all() and 0 < found[0] and found[-1] < 1


def test_both_kinds_of_decision() -> None:
    """The formulas of the module's text, against masses."""

    def mass_beyond(z: float) -> float:
        return 1 / (1 + math.exp(z))

    for z in (-9.0, -2.5, 0.0, 0.7, 6.0):
        for d in (0.05, 0.5, 1.0, 3.0):
            inside = mass_beyond(z) - mass_beyond(z + d)
            on = float(soft_plus(np.array([z]))[0] - z - escapes(np.full(LANES, d))[0])
            assert abs(on - math.log(mass_beyond(z + d) / inside)) < 1e-3
            half = float(d / 2 - (soft_plus(np.array([z + d]))[0] - soft_plus(np.array([z]))[0]))
            upper = mass_beyond(z + d / 2) - mass_beyond(z + d)
            assert abs(half - math.log(upper / (inside - upper))) < 1e-3


def test_the_same_bits_for_ever() -> None:
    """They are part of the format."""
    points = np.arange(-4096, 4096) / 256
    found = np.zeros(points.size, np.float32)
    run_probability(points.astype(np.float32), found)
    widths = np.arange(4096) ** 2 / 65536
    data = b"".join(part.tobytes() for part in (soft_plus(points), escapes(widths), found))
    assert hashlib.sha256(data).hexdigest()[:16] == "94f9d62ba6ae10cf"
