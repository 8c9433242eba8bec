"""Which contexts and tables the graphics model uses, by level: data, not code.

Contexts are ranked by what they are worth on graphics held out for it (all from the training data); a level says how
far down the rankings to go. Files store the level, so these tables are part of the format.
"""

from typing import NamedTuple

from neucomp.models.graphics_contexts import ByteContext, PixelContext
from neucomp.models.graphics_mixing import Tuning

_P = PixelContext
_B = ByteContext

PIXEL_CONTEXTS = (
    _P.EQUAL,
    _P.W_N,
    _P.OUTCOMES,
    _P.RUNS,
    _P.LEFT3,
    _P.AROUND4,
    _P.COLUMN,
    _P.W_OUTCOMES,
    _P.AROUND10,
    _P.EQUAL_COLUMN,
    _P.ABOVE3,
    _P.CROSS,
    _P.AROUND6,
)

BYTE_CONTEXTS = (
    _B.DONE,
    _B.BETWEEN,
    _B.BETWEEN_ABOVE,
    _B.MEMORY,
    _B.SLOPE_LEFT,
    _B.UP_LIKE,
    _B.LEFT_LIKE,
    _B.COARSE,
    _B.SLOPE_UP,
    _B.W,
    _B.UP_RIGHT,
    _B.GRADIENT,
    _B.N,
    _B.W_N,
    _B.GRADIENT_LIKE,
    _B.LAST,
    _B.AROUND4,
    _B.RANGE,
    _B.NW_LIKE,
    _B.LEFT_RIGHT,
    _B.LAST2,
    _B.NE_LIKE,
    _B.DONE_COARSE,
    _B.LEFT_UP_LIKE,
    _B.AVERAGE,
    _B.GRADIENT_ERROR,
    _B.LEFT_UP,
)


class Recipe(NamedTuple):
    """What a level spends."""

    pixel_contexts: tuple[PixelContext, ...]
    byte_contexts: tuple[ByteContext, ...]
    pixel_tuning: Tuning
    byte_tuning: Tuning


def _recipe(pixel_contexts: int, byte_contexts: int) -> Recipe:
    return Recipe(
        PIXEL_CONTEXTS[:pixel_contexts], BYTE_CONTEXTS[:byte_contexts], Tuning(16, 320, 160), Tuning(16, 600, 100)
    )


RECIPES: dict[int, Recipe] = {
    1: _recipe(5, 8),
    2: _recipe(6, 10),
    3: _recipe(7, 13),
    4: _recipe(8, 17),
    5: _recipe(9, 20),
    6: _recipe(10, 22),
    7: _recipe(11, 24),
    8: _recipe(12, 26),
    9: _recipe(13, 27),
}

SMALLEST_SLOT_BITS = 10
_MOST_PIXEL_SLOT_BITS = 20
_MOST_BYTE_SLOT_BITS = 21
_MOST_MEMORY_BITS = 20


def table_bits(recipe: Recipe, pixels: int, bytes_per_pixel: int) -> tuple[tuple[int, int], int]:
    """log2 of the slots for pixels and for bytes, and of the neighbourhoods in each memory, for so many pixels."""

    def bits(wanted: int, most: int) -> int:
        return min(max(wanted.bit_length(), SMALLEST_SLOT_BITS), most)

    pixel_slots = bits(pixels * len(recipe.pixel_contexts) // 4, _MOST_PIXEL_SLOT_BITS)
    byte_slots = bits(pixels * bytes_per_pixel * len(recipe.byte_contexts) // 2, _MOST_BYTE_SLOT_BITS)
    return (pixel_slots, byte_slots), bits(pixels, _MOST_MEMORY_BITS)
