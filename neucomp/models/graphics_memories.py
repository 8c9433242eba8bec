"""Memories of colours: which colour followed the same neighbourhood last time, and how often in a row.

One memory for each of several neighbourhoods, the largest first. A memory votes for or against a candidate for the
next pixel, with a confidence that is learned by how often its colour has come in a row. It has nothing to say where its
colour has already been ruled out.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.hashing import fold
from neucomp.kernels.inline import part
from neucomp.kernels.tables import STRETCH

INPUTS_PER_MEMORY = 2

VOICES = 7
"""Classes of what a memory says: nothing new, or for or against the candidate after 1, 2 or more times in a row."""

_SALT = 101
_COUNTS = 32
_MOST_CANDIDATES = 8
_SLOPE = 16
_SHIFT = 6


class Memories(NamedTuple):
    """A list of memories."""

    colours: NDArray[np.int64]  # (memories, 2**bits): the last pixel, by hash of the neighbourhood
    counts: NDArray[np.uint8]  # (memories, 2**bits): how often in a row; 0: none yet
    places: NDArray[np.int64]  # (memories,): cells of the current neighbourhoods
    confidence: NDArray[np.uint16]  # (all cells,): P(hit), 16 bits, by memory, candidate, count and whether it agrees
    cells: NDArray[np.int64]  # (memories,): index into the confidences, for the decision at hand; -1: none


def new_memories(count: int, bits: int) -> Memories:
    """Nothing remembered, with room for 2**bits neighbourhoods in each of `count` memories."""
    return Memories(
        colours=np.zeros((count, 1 << bits), np.int64),
        counts=np.zeros((count, 1 << bits), np.uint8),
        places=np.zeros(count, np.int64),
        confidence=np.tile(np.array([16384, 49152], np.uint16), count * _MOST_CANDIDATES * _COUNTS),
        cells=np.zeros(count, np.int64),
    )


@part
def visit(memories, number, neighbourhood):
    """Turns a memory to a neighbourhood, any 64-bit value."""
    memories.places[number] = fold(neighbourhood, _SALT + number) >> 36 & (memories.colours.shape[1] - 1)


@part
def recall(memories, number, otherwise):
    """The colour that a memory has for the neighbourhood, or `otherwise` if it has none."""
    place = memories.places[number]
    return memories.colours[number, place] if memories.counts[number, place] > 0 else otherwise


@part
def _count_class(count):
    return count if count < 16 else min(12 + (count >> 2), np.int64(_COUNTS - 1))


@part
def vote(memories, inputs, first_input, candidates, k):
    """Writes 2 logits per memory on candidate k, those before which have failed; returns the first voice's class."""
    first_voice = np.int64(0)
    for m in range(memories.places.size):
        place = memories.places[m]
        count = np.int64(memories.counts[m, place])
        colour = memories.colours[m, place]
        speaks = count > 0
        for earlier in range(k):
            speaks = speaks and candidates[earlier] != colour
        learned = np.int64(0)
        sloped = np.int64(0)
        memories.cells[m] = -1
        if speaks:
            agrees = np.int64(colour == candidates[k])
            cell = ((m * _MOST_CANDIDATES + k) * _COUNTS + _count_class(count)) * 2 + agrees
            memories.cells[m] = cell
            learned = np.int64(STRETCH[np.int64(memories.confidence[cell]) >> 4])
            sloped = (2 * agrees - 1) * min(count, np.int64(32)) * _SLOPE
            if first_voice == 0:
                first_voice = m * VOICES + 1 + 2 * min(count - 1, np.int64(2)) + agrees
        inputs[first_input + 2 * m] = learned
        inputs[first_input + 2 * m + 1] = sloped
    return first_voice


@part
def learn_votes(memories, hit):
    """Teaches the confidences of the votes just given."""
    for m in range(memories.places.size):
        cell = memories.cells[m]
        if cell >= 0:
            p = np.int64(memories.confidence[cell])
            memories.confidence[cell] = p + ((hit * 65535 - p) >> _SHIFT)


@part
def remember(memories, pixel):
    """Notes which pixel followed the current neighbourhoods."""
    for m in range(memories.places.size):
        place = memories.places[m]
        count = np.int64(memories.counts[m, place])
        if count > 0 and memories.colours[m, place] == pixel:
            memories.counts[m, place] = min(count + 1, np.int64(255))
        else:
            memories.colours[m, place] = pixel
            memories.counts[m, place] = 1
