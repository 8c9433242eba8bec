"""The graphics model: images whose pixels mostly repeat others, compiled; one function codes in both directions.

A pixel is first compared with candidates: four neighbours, then the colours that followed the same neighbourhoods last
time. For each candidate that is a new colour, one decision says whether the pixel equals it; contexts of whole pixels
and the memories predict that. Only a pixel that equals none of them is coded byte by byte, bit by bit, by contexts of
its neighbours' bytes. Either way contexts predict as those of the byte model do (`kernels.counters`).
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels import counters, rangecoder
from neucomp.kernels.hashing import fold
from neucomp.kernels.inline import compiled, part
from neucomp.kernels.slots import remember_byte
from neucomp.models.graphics_contexts import (
    FARTHEST,
    PLACES,
    ByteContext,
    PixelContext,
    Place,
    compute_byte_contexts,
    compute_pixel_contexts,
)
from neucomp.models.graphics_memories import (
    INPUTS_PER_MEMORY,
    Memories,
    learn_votes,
    new_memories,
    recall,
    remember,
    visit,
    vote,
)
from neucomp.models.graphics_mixing import Mix, choose_row, learn_mix, mix_inputs, new_mix

if TYPE_CHECKING:
    from neucomp.models.graphics_recipes import Recipe

MOST_BYTES = 8
"""Bytes of a pixel: they are one 64-bit number."""

_REMEMBERED = (PixelContext.AROUND10, PixelContext.AROUND6, PixelContext.AROUND4)
"""Neighbourhoods that memories know, the largest first."""

_NEIGHBOURS = 4
_CANDIDATES = _NEIGHBOURS + len(_REMEMBERED)
_NO_CANDIDATE = 8
_HASHED_ROWS = 1 << 16
_FIRST_HASHED_ROW = _CANDIDATES * 64

_PIXEL_ROWS = (_CANDIDATES * 64, _CANDIDATES * 32, _CANDIDATES * 256)
_BYTE_ROWS = (MOST_BYTES * 256, MOST_BYTES * 512, MOST_BYTES * 256, 256)
"""Rows of weights in each set."""


class Stage(NamedTuple):
    """What predicts one kind of decision."""

    contexts: counters.Contexts
    kinds: NDArray[np.int64]  # (contexts,): members of PixelContext or ByteContext
    values: NDArray[np.int64]  # (len(PixelContext) or len(ByteContext),): scratch
    slot_mask: NDArray[np.int64]  # (1,): number of slots - 1
    mix: Mix


class GraphicsCoder(NamedTuple):
    """All state of an image being coded."""

    pixels: Stage  # does a pixel equal a candidate?
    bytes: Stage  # a bit of a byte of a pixel that equals none
    memories: Memories
    skipped_bits: NDArray[np.int64]  # (bytes of a pixel,): high bits that are always 0
    places: NDArray[np.int64]  # (len(Place), 2): rows and columns to the neighbours
    around: NDArray[np.int64]  # (len(Place),): the pixels there
    candidates: NDArray[np.int64]  # (_CANDIDATES,)
    outcomes: NDArray[np.int64]  # (2, width + 2 * FARTHEST): candidate that each pixel of the last two rows equalled
    news: NDArray[np.int64]  # (2,): the last pixels that equalled no candidate, the latest first
    registers: NDArray[np.int64]  # (4,): of the range coder
    marks: NDArray[np.int64]  # (rows, width): where the range coder stood after each pixel; (0, 0) if nobody asks


def new_coder(
    recipe: "Recipe", width: int, skipped_bits: tuple[int, ...], slot_bits: tuple[int, int], memory_bits: int
) -> GraphicsCoder:
    """State before the first pixel of rows of `width` pixels.

    skipped_bits: for each byte of a pixel, how many of its high bits are always 0. slot_bits: log2 of the slots for
    pixels and for bytes; memory_bits: of the neighbourhoods that each memory has room for.
    """
    pixel_inputs = counters.INPUTS_PER_CONTEXT * len(recipe.pixel_contexts) + INPUTS_PER_MEMORY * len(_REMEMBERED)
    byte_inputs = counters.INPUTS_PER_CONTEXT * len(recipe.byte_contexts)
    return GraphicsCoder(
        pixels=Stage(
            contexts=counters.new_contexts(len(recipe.pixel_contexts), slot_bits[0]),
            kinds=np.array(recipe.pixel_contexts, np.int64),
            values=np.zeros(len(PixelContext), np.int64),
            slot_mask=np.array([(1 << slot_bits[0]) - 1], np.int64),
            mix=new_mix(pixel_inputs, _PIXEL_ROWS, _CANDIDATES, _FIRST_HASHED_ROW + _HASHED_ROWS, recipe.pixel_tuning),
        ),
        bytes=Stage(
            contexts=counters.new_contexts(len(recipe.byte_contexts), slot_bits[1]),
            kinds=np.array(recipe.byte_contexts, np.int64),
            values=np.zeros(len(ByteContext), np.int64),
            slot_mask=np.array([(1 << slot_bits[1]) - 1], np.int64),
            mix=new_mix(byte_inputs, _BYTE_ROWS, MOST_BYTES * 256, len(skipped_bits) << 16, recipe.byte_tuning),
        ),
        memories=new_memories(len(_REMEMBERED), memory_bits),
        skipped_bits=np.array(skipped_bits, np.int64),
        places=np.array(PLACES, np.int64),
        around=np.zeros(len(Place), np.int64),
        candidates=np.zeros(_CANDIDATES, np.int64),
        outcomes=np.zeros((2, width + 2 * FARTHEST), np.int64),
        news=np.zeros(2, np.int64),
        registers=np.zeros(4, np.int64),
        marks=np.zeros((0, 0), np.int64),
    )


@part
def _find_slots(stage):
    """Finds what is known of the current values of all contexts."""
    for i in range(stage.kinds.size):
        kind = stage.kinds[i]
        stage.contexts.current[i].hash = fold(stage.values[kind], kind + 1)
    counters.prefetch_slots(stage.contexts, stage.slot_mask[0])
    counters.find_first_slots(stage.contexts, stage.slot_mask[0])


@part
def _find_second_slots(stage, partial_byte):
    for i in range(stage.kinds.size):
        context = stage.contexts.current[i]
        context.hash = fold(context.hash, partial_byte)
    counters.prefetch_slots(stage.contexts, stage.slot_mask[0])
    counters.find_second_slots(stage.contexts, stage.slot_mask[0])


@part
def _remember_symbol(stage, symbol):
    for i in range(stage.kinds.size):
        remember_byte(stage.contexts.slots, np.int64(stage.contexts.current[i].byte_slot), symbol)


@part
def _list_candidates(coder):
    candidates = coder.candidates
    candidates[0] = coder.around[Place.W]
    candidates[1] = coder.around[Place.N]
    candidates[2] = coder.around[Place.NE]
    candidates[3] = coder.around[Place.NW]
    for m in range(len(_REMEMBERED)):
        visit(coder.memories, m, coder.pixels.values[_REMEMBERED[m]])
        candidates[_NEIGHBOURS + m] = recall(coder.memories, m, candidates[0])


@part
def _is_repeated(candidates, k):
    repeated = False
    for earlier in range(k):
        repeated = repeated or candidates[earlier] == candidates[k]
    return repeated


@part
def _code_hit(decode, payload, coder, k, equal, outcomes, given):
    """Codes whether the pixel, `given` to the encoder, equals candidate k."""
    stage = coder.pixels
    mix = stage.mix
    # In a slot, the decision on candidate k stands at node k + 1, and a hit is the byte with the one bit 7 - k.
    counters.predict(stage.contexts, mix.inputs, k, np.int64(1) << k, k + 1)
    first_input = counters.INPUTS_PER_CONTEXT * stage.kinds.size
    voice = vote(coder.memories, mix.inputs, first_input, coder.candidates, k)
    choose_row(mix, 0, k << 6 | equal)
    choose_row(mix, 1, k << 5 | voice)
    choose_row(mix, 2, k << 8 | (outcomes & 15) << 4 | (outcomes >> 8 & 15))
    hashed_row = (fold(stage.values[PixelContext.AROUND4], k) >> 40) & (_HASHED_ROWS - 1)
    probability = mix_inputs(mix, k, k << 6 | equal, _FIRST_HASHED_ROW + hashed_row)
    is_equal = np.int64(1) if given == coder.candidates[k] else np.int64(0)
    hit = rangecoder.code_bit(coder.registers, payload, decode, is_equal, probability)
    learn_mix(mix, hit)
    counters.learn(stage.contexts, k + 1, hit)
    learn_votes(coder.memories, hit)
    return hit


@part
def _code_byte(decode, payload, coder, index, given):
    """Codes byte `index` of a pixel; the stage's values are computed."""
    stage = coder.bytes
    mix = stage.mix
    _find_slots(stage)
    west = coder.around[Place.W] >> 8 * index & 255
    north = coder.around[Place.N] >> 8 * index & 255
    guess = stage.values[ByteContext.GRADIENT_LIKE] & 255
    between = stage.values[ByteContext.BETWEEN] & 255
    skipped = coder.skipped_bits[index]
    partial_byte = np.int64(1) << skipped
    node = np.int64(1) << (skipped & 3)
    for bit_index in range(skipped, 8):
        if bit_index == 4 and skipped < 4:
            _find_second_slots(stage, partial_byte)
            node = np.int64(1)
        known = counters.predict(stage.contexts, mix.inputs, bit_index, partial_byte, node)
        choose_row(mix, 0, index << 8 | partial_byte)
        choose_row(mix, 1, (index << 3 | bit_index) << 6 | west >> 5 << 3 | north >> 5)
        choose_row(mix, 2, (index << 3 | bit_index) << 5 | known)
        middle = (2 * partial_byte + 1) << (7 - bit_index) & 255
        distance = guess - middle
        choose_row(mix, 3, bit_index << 5 | min(abs(distance), 127) >> 3 << 1 | (distance > 0))
        row = index << 8 | partial_byte
        probability = mix_inputs(
            mix, row, index << 16 | guess << 8 | partial_byte, index << 16 | between << 8 | partial_byte
        )
        bit = rangecoder.code_bit(coder.registers, payload, decode, given >> (7 - bit_index) & 1, probability)
        learn_mix(mix, bit)
        counters.learn(stage.contexts, node, bit)
        partial_byte = partial_byte << 1 | bit
        node = node << 1 | bit
    byte = partial_byte & 255
    _remember_symbol(stage, byte)
    return byte


@part
def _code_new(decode, payload, coder, given):
    """Codes a pixel that equals no candidate."""
    done = np.int64(0)
    remembered = coder.candidates[_CANDIDATES - 1]
    for index in range(coder.skipped_bits.size):
        compute_byte_contexts(coder.bytes.values, coder.around, index, done, remembered, coder.news[0], coder.news[1])
        done |= _code_byte(decode, payload, coder, index, given >> 8 * index & 255) << 8 * index
    coder.news[1] = coder.news[0]
    coder.news[0] = done
    return done


@part
def _outcomes_around(above, row, column):
    """The outcomes of 6 neighbours, 4 bits each: W, WW, N, NE, WWW, NW."""
    near = row[column - 1] | row[column - 2] << 4 | above[column] << 8 | above[column + 1] << 12
    return near | row[column - 3] << 16 | above[column - 1] << 20


@compiled
def code_rows(decode, pixels, start, stop, payload, coder):
    """Codes the rows start .. stop of an image, after start_graphics; the encoder reads them, the decoder writes them.

    pixels: int64 (FARTHEST + height, width + 2 * FARTHEST): rows of an image below FARTHEST rows of zeros, with margins
    that are filled here. Returns the number of rows coded so far: `stop`, or less where an encoder's payload is full.
    """
    width = pixels.shape[1] - 2 * FARTHEST
    room = (8 * coder.skipped_bits.size + _CANDIDATES) * rangecoder.LARGEST_STEP + 1
    for y in range(start, stop):
        this, above = pixels[FARTHEST + y], pixels[FARTHEST + y - 1]
        outcomes, outcomes_above = coder.outcomes[y & 1], coder.outcomes[(y + 1) & 1]
        this[:FARTHEST] = above[FARTHEST]
        run = np.int64(0)
        run_above = np.int64(0)
        for column in range(FARTHEST, FARTHEST + width):
            if not decode and coder.registers[rangecoder.POSITION] + room > payload.size:
                return y
            for i in range(coder.places.shape[0]):
                coder.around[i] = pixels[FARTHEST + y + coder.places[i, 0], column + coder.places[i, 1]]
            while (
                run_above < 255
                and column + run_above < FARTHEST + width
                and (above[column + run_above] == above[column])
            ):
                run_above += 1
            history = _outcomes_around(outcomes_above, outcomes, column)
            equal = compute_pixel_contexts(coder.pixels.values, coder.around, history, column, run, run_above)
            _list_candidates(coder)
            _find_slots(coder.pixels)
            given = this[column]
            outcome = np.int64(_NO_CANDIDATE)
            for k in range(_CANDIDATES):
                if not _is_repeated(coder.candidates, k):
                    if _code_hit(decode, payload, coder, k, equal, history, given) != 0:
                        outcome = np.int64(k)
                        break
            if outcome == _NO_CANDIDATE:
                pixel = _code_new(decode, payload, coder, given)
            else:
                pixel = coder.candidates[outcome]
            _remember_symbol(coder.pixels, np.int64(128) >> outcome)
            remember(coder.memories, pixel)
            this[column] = pixel
            outcomes[column] = outcome
            run = run + 1 if pixel == coder.around[Place.W] else np.int64(0)
            run_above = max(run_above - 1, np.int64(0))
            if coder.marks.size > 0:
                coder.marks[y, column - FARTHEST] = rangecoder.mark(coder.registers)
        this[FARTHEST + width :] = this[FARTHEST + width - 1]
    return stop


@compiled
def start_graphics(decode, payload, coder):
    """Before the first row."""
    rangecoder.start_coder(coder.registers, payload, decode)


@compiled
def finish_graphics(payload, coder):
    """After an encoder's last row; one byte of room is needed, which `code_rows` has left."""
    rangecoder.finish_coder(coder.registers, payload)


BYTES_PAST_END = rangecoder.BYTES_PAST_END


def position(coder: GraphicsCoder) -> int:
    """Bytes of the payload written or read so far; a decoder reads BYTES_PAST_END bytes past the end, and no more."""
    return int(coder.registers[rangecoder.POSITION])
