"""Decisions of a recipe, which says how an encoder split a text: coded with probabilities that learn.

A decision has up to eight contexts, each a cell (`cells.py`); their logits are mixed with weights that a small selector
chooses and that learn from the error (Mattern 2012; Mahoney 2005, PAQ8). All integers: |logit| <= 2047 and |weight| <=
2**20, so that eight products are below 2**35, and an error is at most 2**16 in magnitude.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels import rangecoder
from neucomp.kernels.cells import cell_logit, update_cell
from neucomp.kernels.inline import shared
from neucomp.kernels.tables import SQUASH, SQUASH_LIMIT

MOST_CONTEXTS = 8
FAMILY = 1 << 12
"""Contexts of one kind."""

_FAMILIES = 48
_ROWS = 64
_WEIGHT_ONE = 1 << 16
_START_WEIGHT = _WEIGHT_ONE * 3 // 10
_WEIGHT_LIMIT = 1 << 20
_RATE_BITS = 15
_CELL_LIMIT = 400
_SMALLEST_PROBABILITY = 8
_NUMBER_BITS = 33

LARGEST_DECISION = rangecoder.LARGEST_STEP
"""Most bytes that a decision writes."""


class RecipeCoder(NamedTuple):
    """What is learned from the streams of a file, one after the other, and the coder."""

    cells: NDArray[np.uint32]  # (families * FAMILY,)
    weights: NDArray[np.int64]  # (rows, MOST_CONTEXTS)
    chosen: NDArray[np.int64]  # (MOST_CONTEXTS,): cells of the decision at hand
    logits: NDArray[np.int64]  # (MOST_CONTEXTS,)
    registers: NDArray[np.int64]  # (4,): of the range coder


def new_recipe_coder() -> RecipeCoder:
    """A coder that has seen nothing."""
    return RecipeCoder(
        cells=np.zeros(_FAMILIES * FAMILY, np.uint32),
        weights=np.full((_ROWS, MOST_CONTEXTS), _START_WEIGHT, np.int64),
        chosen=np.zeros(MOST_CONTEXTS, np.int64),
        logits=np.zeros(MOST_CONTEXTS, np.int64),
        registers=np.zeros(4, np.int64),
    )


@shared
def decide(coder, payload, decode, bit, count, row):
    """Codes a bit in the first `count` chosen contexts, mixed by a row of weights."""
    cells, chosen, logits = coder.cells, coder.chosen, coder.logits
    total = np.int64(0)
    for i in range(count):
        logits[i] = cell_logit(cells, chosen[i])
        total += logits[i] * coder.weights[row, i]
    logit = min(max(total >> 16, np.int64(-SQUASH_LIMIT)), np.int64(SQUASH_LIMIT - 1))
    p = np.int64(SQUASH[logit + SQUASH_LIMIT])
    p = min(max(p, np.int64(_SMALLEST_PROBABILITY)), np.int64(65536 - _SMALLEST_PROBABILITY))
    bit = rangecoder.code_bit(coder.registers, payload, decode, bit, p)
    error = (bit << 16) - p
    for i in range(count):
        weight = coder.weights[row, i] + (logits[i] * error >> _RATE_BITS)
        coder.weights[row, i] = min(max(weight, np.int64(-_WEIGHT_LIMIT)), np.int64(_WEIGHT_LIMIT))
        update_cell(cells, chosen[i], bit, np.int64(_CELL_LIMIT))
    return bit


@shared
def decide_alone(coder, payload, decode, bit, cell):
    """Codes a bit in one context."""
    p = (np.int64(coder.cells[cell]) ^ 1 << 31) >> 16
    p = min(max(p, np.int64(_SMALLEST_PROBABILITY)), np.int64(65536 - _SMALLEST_PROBABILITY))
    bit = rangecoder.code_bit(coder.registers, payload, decode, bit, p)
    update_cell(coder.cells, cell, bit, np.int64(_CELL_LIMIT))
    return bit


@shared
def code_tree(coder, payload, decode, value, bits, first_cell):
    """Codes `bits` bits, the highest first, each in the context of those before; 2**bits cells."""
    node = np.int64(1)
    for place in range(bits - 1, -1, -1):
        node = node << 1 | decide_alone(coder, payload, decode, value >> place & 1, first_cell + node)
    return node - (np.int64(1) << bits)


@shared
def code_number(coder, payload, decode, value, first_cell):
    """Codes a number from 0 to 2**32 - 1: how many bits it plus 1 has, and these; 128 cells."""
    value += 1
    size = np.int64(1)
    while size < _NUMBER_BITS:
        longer = np.int64(1) if value >> size != 0 else np.int64(0)
        if decide_alone(coder, payload, decode, longer, first_cell + size) == 0:
            break
        size += 1
    result = np.int64(1)
    for place in range(size - 2, -1, -1):
        # The highest two are like each other in numbers of one origin; the rest are nearly random.
        cell = first_cell + 34 + size if place == size - 2 else first_cell + 70 + place
        result = result << 1 | decide_alone(coder, payload, decode, value >> place & 1, cell)
    return result - 1


@shared
def bit_length(value):
    """Bits of a number >= 0."""
    size = np.int64(0)
    while value >> size != 0:
        size += 1
    return size
