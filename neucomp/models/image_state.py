"""All that the image model keeps while it codes images, and its beginning."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels import apm, least_squares, mixer, pixel_network, rangecoder
from neucomp.kernels.aligned import aligned_zeros
from neucomp.kernels.linear_equations import Equations, new_equations
from neucomp.kernels.logistic import BLOCK
from neucomp.kernels.row_mixer import WIDTH
from neucomp.models.image_planes import channel_classes, channel_references, clear_planes, new_planes
from neucomp.models.image_terms import Energy, Predictor, Residual, Selector, Value
from neucomp.nets.pixel_state import NO_PIXEL_STATE

if TYPE_CHECKING:
    from neucomp.models.image_efforts import Effort

PREDICTORS = len(Predictor)
ENERGY_CLASSES = 24
"""Classes of expected errors, about three to an octave."""

RING = 16
"""Fronts of errors that are kept: neighbours are at most 12 fronts back."""

ROWS_ABOVE = 3
SCALE_ROWS = 32
"""Rows of ENERGY_CLASSES scales each that an Energy chooses from."""

EXPECTED_CLASSES = 64
"""Finer classes of expected errors, five to an octave; there are fewer than ENERGY_CLASSES * SCALE_ROWS."""

EXPECTED_UNITS = 32
"""Of an error of 1, where those classes are looked up."""

TERMS = 20
"""Of the regression that expects errors."""

_NEAR_WEIGHTS = (0.15, 0.15, 0.08, 0.08, 0.06, 0.06, 0.03, 0.03, 0.02, 0.02)
_FIRST_WEIGHTS = (*_NEAR_WEIGHTS, 0.15, 0.05, 0.03, 0.03, 0.1, 0.05, 0.03, 0.02, 0.05, 0.01)

REFINED_DISTANCES = 32
TEXTURES = 256
RESIDUAL_ROWS = 512
"""Rows of cells that a Residual chooses from."""

MOST_SETS = 4
DISTANCES = 128
"""Cells of a residual context, for distances of the middle from the prediction in half steps."""

NODES = 256 + 8
DISTANCE_CLASSES = 8
CELLS_OF_SLOT = 16
MOST_SLOT_BITS = 18
"""Slots of a value context: 2**18 of them are 16 MiB."""

FIRST_RATE, LAST_RATE, HALVING, FINAL_RATE, RESIDUAL_LIMIT, VALUE_LIMIT = range(6)
"""Places in `tuning`."""

_BIAS = 77


class Contexts(NamedTuple):
    """State of an image, and what is known of the current sample."""

    errors: NDArray[np.float32]  # (RING, ROWS_ABOVE + rows, channels, PREDICTORS): |error|, by front and row
    used: NDArray[np.float32]  # (PREDICTORS,): 1 if a predictor takes part in the blend, else 0
    centres: NDArray[np.float32]  # (PREDICTORS,): predictions
    energies: NDArray[np.float32]  # (PREDICTORS,): mean |error| nearby
    classes: NDArray[np.int64]  # (PREDICTORS,): of the energies
    channel_errors: NDArray[np.float32]  # (channels,): |error| of the blend in this pixel
    channel_residuals: NDArray[np.int64]  # (channels,): the blend's error in this pixel
    energy_rows: NDArray[np.int64]  # (len(Energy), PREDICTORS): context of each kind of energy
    terms: NDArray[np.float32]  # (TERMS,): what the regression of errors knows of the sample
    term_weights: NDArray[np.float32]  # (classes of channels, TERMS)
    expected: NDArray[np.float32]  # (1,): the error that it expects
    expected_class: NDArray[np.int64]  # (1,): its class, below EXPECTED_CLASSES
    texture: NDArray[np.int64]  # (1,): which neighbours are above the blend, below TEXTURES
    block: NDArray[np.float32]  # (6 * LANES,): distributions, see logistic.py
    lane_predictors: NDArray[np.int64]  # (lanes,): members of Predictor
    lane_energies: NDArray[np.int64]  # (lanes,): members of Energy
    scales: NDArray[np.float32]  # (lanes * classes of channels * SCALE_ROWS * ENERGY_CLASSES,): mean |error|
    scale_counts: NDArray[np.int32]  # the same: samples seen, up to _LONGEST_MEMORY
    lane_scales: NDArray[np.int64]  # (lanes,): index of the scale in use
    residual_kinds: NDArray[np.int64]  # members of Residual
    residual_rows: NDArray[np.int64]  # (len(Residual),): row chosen, below RESIDUAL_ROWS
    value_kinds: NDArray[np.int64]  # members of Value
    values: NDArray[np.int64]  # (len(Value),): what is hashed
    references: NDArray[np.int64]  # (channels,): see image_planes
    channel_class: NDArray[np.int64]  # (channels,)
    grain: NDArray[np.float32]  # (1,): what errors are multiplied by, so that those of deep images are like others
    largest: NDArray[np.float32]  # (1,): sample


class ImageCoder(NamedTuple):
    """All state of a stream of images being coded."""

    planes: NDArray[np.int32]  # (channels, PAD + rows + PAD, PAD + columns + PAD)
    contexts: Contexts
    squares: least_squares.LeastSquares
    solves: NDArray[np.int64]  # (solves,): members of Predictor
    samples: NDArray[np.int32]  # (channels,): of the current pixel
    network: pixel_network.PixelState  # one that does nothing where there is none
    mixture: NDArray[np.float32]  # (3,): the network's distribution function: below the interval, above, in the middle
    tuning: NDArray[np.int64]  # (5,): see Tuning
    bits: int  # of a sample
    residual_cells: NDArray[np.uint32]  # (residuals, classes of channels * RESIDUAL_ROWS * bits * DISTANCES)
    residual_index: NDArray[np.int64]  # (residuals,): cell in use
    value_cells: NDArray[np.uint32]  # (values, slots * 16)
    value_base: NDArray[np.int64]  # (values,): first cell of the slot in use
    value_index: NDArray[np.int64]  # (values,): cell in use
    inputs: NDArray[np.int32]  # (WIDTH,): logits of lanes, residuals, values; the bias; zeros
    selectors: NDArray[np.int64]  # (sets,): members of Selector
    selected: NDArray[np.int64]  # (len(Selector),): row that each selector chooses now
    first_row: NDArray[np.int64]  # (sets,)
    row: NDArray[np.int64]  # (sets,): row of weights in use
    weights: NDArray[np.int32]  # (rows of all sets * WIDTH,)
    outputs: NDArray[np.int32]  # (MOST_SETS,): logits of the sets, then zeros
    probabilities: NDArray[np.int64]  # (sets,): the same as 16-bit probabilities
    final_weights: NDArray[np.int32]  # (classes of channels * bits * ENERGY_CLASSES * MOST_SETS,)
    maps: NDArray[np.uint16]  # refinements of probabilities, see kernels.apm: rows of each Refinement, or nothing
    first_map: NDArray[np.int64]  # (refinements,): first row of each
    map_cells: NDArray[np.int64]  # (refinements,): cell that the last decision moves
    age: NDArray[np.int64]  # (1,): samples coded
    registers: NDArray[np.int64]  # (4,): of the range coder
    marks: NDArray[np.int64]  # (rows, columns): where the range coder stood after each pixel; (0, 0) if nobody asks


def new_contexts(
    height: int,
    channels: int,
    classes: tuple[int, ...],
    references: tuple[int, ...],
    bits: int,
    shift: int,
    blended: tuple[Predictor, ...],
    lanes: tuple[tuple[Predictor, Energy], ...],
    residuals: tuple[Residual, ...],
    values: tuple[Value, ...],
) -> Contexts:
    """State before the first image. Errors count in units of 2**shift."""
    used = np.zeros(PREDICTORS, np.float32)
    used[list(blended)] = 1
    levels = np.arange(SCALE_ROWS * ENERGY_CLASSES) % ENERGY_CLASSES
    coarse = (0.5 + 0.0375 * levels.astype(np.float64) ** 2) * 2**shift
    fine = (0.3 + 0.75 * (2 ** (np.arange(SCALE_ROWS * ENERGY_CLASSES) % EXPECTED_CLASSES // 5) - 1.0)) * 2**shift
    scales = [np.tile(fine if energy == Energy.EXPECTED else coarse, max(classes) + 1) for _, energy in lanes]
    return Contexts(
        errors=np.zeros((RING, ROWS_ABOVE + height, channels, PREDICTORS), np.float32),
        used=used,
        centres=np.zeros(PREDICTORS, np.float32),
        energies=np.zeros(PREDICTORS, np.float32),
        classes=np.zeros(PREDICTORS, np.int64),
        channel_errors=np.zeros(channels, np.float32),
        channel_residuals=np.zeros(channels, np.int64),
        energy_rows=np.zeros((len(Energy), PREDICTORS), np.int64),
        terms=np.zeros(TERMS, np.float32),
        term_weights=np.tile(np.array(_FIRST_WEIGHTS, np.float32), (max(classes) + 1, 1)),
        expected=np.ones(1, np.float32),
        expected_class=np.zeros(1, np.int64),
        texture=np.zeros(1, np.int64),
        block=np.zeros(BLOCK, np.float32),
        lane_predictors=np.array([predictor for predictor, _ in lanes], np.int64),
        lane_energies=np.array([energy for _, energy in lanes], np.int64),
        scales=np.concatenate(scales).astype(np.float32),
        scale_counts=np.zeros(len(lanes) * (max(classes) + 1) * SCALE_ROWS * ENERGY_CLASSES, np.int32),
        lane_scales=np.zeros(len(lanes), np.int64),
        residual_kinds=np.array(residuals, np.int64),
        residual_rows=np.zeros(len(Residual), np.int64),
        value_kinds=np.array(values, np.int64),
        values=np.zeros(len(Value), np.int64),
        references=np.array(references, np.int64),
        channel_class=np.array(classes, np.int64),
        grain=np.array([2.0**-shift, 4.0**-shift], np.float32),
        largest=np.array([(1 << bits) - 1], np.float32),
    )


def new_coder(
    height: int,
    width: int,
    channels: int,
    bits: int,
    shift: int,
    images: int,
    effort: "Effort",
    network: pixel_network.PixelState | None,
) -> ImageCoder:
    """State before the first image; errors count in units of 2**shift samples."""
    classes = channel_classes(channels)
    kinds = max(classes) + 1
    lane_list = effort.lanes if network else tuple(lane for lane in effort.lanes if lane[0] != Predictor.NETWORK)
    blended = {predictor for predictor, _ in lane_list if predictor != Predictor.BLEND}
    contexts = new_contexts(
        height,
        channels,
        classes,
        channel_references(channels),
        bits,
        shift,
        tuple(blended),
        lane_list,
        effort.residuals,
        effort.values,
    )
    by_energy = kinds * bits * ENERGY_CLASSES
    rows_of = (kinds * bits * DISTANCE_CLASSES, by_energy, kinds * NODES, by_energy)
    rows = [rows_of[selector] for selector in effort.selectors]
    decisions = kinds * bits
    maps_of = (decisions * REFINED_DISTANCES, decisions * EXPECTED_CLASSES, kinds * NODES, decisions * TEXTURES)
    maps = [maps_of[refinement] for refinement in effort.refinements]
    lanes, residuals, values = len(lane_list), len(effort.residuals), len(effort.values)
    percents = [(100 - (40 if network else 0)) // lanes] * lanes + [5] * residuals + [40] * bool(network) + [2] * values
    weights = np.zeros((sum(rows), WIDTH), np.int32)
    weights[:, : len(percents)] = np.array(percents) * mixer.WEIGHT_ONE // 100
    inputs = np.zeros(WIDTH, np.int32)
    inputs[len(percents)] = _BIAS
    slots = min(1 << MOST_SLOT_BITS, max(1 << 10, 1 << (images * height * width * channels).bit_length() + bits // 8))
    return ImageCoder(
        planes=new_planes(height, width, channels),
        contexts=contexts,
        squares=least_squares.new_least_squares(effort.squares.plan, height, width, channels, bits),
        solves=np.array(effort.squares.predictors, np.int64),
        samples=np.zeros(channels, np.int32),
        network=network or NO_PIXEL_STATE,
        mixture=np.zeros(3, np.float32),
        tuning=np.array(effort.tuning, np.int64),
        bits=bits,
        residual_cells=np.zeros((residuals, kinds * RESIDUAL_ROWS * bits * DISTANCES), np.uint32),
        residual_index=np.zeros(residuals, np.int64),
        value_cells=aligned_zeros(values * slots * CELLS_OF_SLOT, np.uint32).reshape(values, slots * CELLS_OF_SLOT),
        value_base=np.zeros(values, np.int64),
        value_index=np.zeros(values, np.int64),
        inputs=inputs,
        selectors=np.array(effort.selectors, np.int64),
        selected=np.zeros(len(Selector), np.int64),
        first_row=np.cumsum([0, *rows[:-1]], dtype=np.int64),
        row=np.zeros(len(rows), np.int64),
        weights=weights.reshape(-1),
        outputs=np.zeros(MOST_SETS, np.int32),
        probabilities=np.zeros(len(rows), np.int64),
        final_weights=np.full(kinds * bits * ENERGY_CLASSES * MOST_SETS, mixer.WEIGHT_ONE // len(rows), np.int32),
        maps=apm.new_apm(sum(maps)),
        first_map=np.cumsum([0, *maps[:-1]], dtype=np.int64)[: len(maps)],
        map_cells=np.zeros(len(maps), np.int64),
        age=np.zeros(1, np.int64),
        registers=np.zeros(4, np.int64),
        marks=np.zeros((0, 0), np.int64),
    )


def new_memory(coder: ImageCoder) -> Equations:
    """What a thread that prepares pixels needs beside the state."""
    return new_equations(coder.squares.regressor_row.shape[1])


def begin_image(coder: ImageCoder) -> None:
    """Before the first front of each image: its neighbours are forgotten, what was learned stays."""
    clear_planes(coder.planes, coder.bits)
    coder.contexts.errors[:] = 0
    least_squares.begin_image(coder.squares)


BYTES_PAST_END = rangecoder.BYTES_PAST_END


def position(coder: ImageCoder) -> int:
    """Bytes of the payload written or read so far; a decoder reads BYTES_PAST_END bytes past the end, and no more."""
    return int(coder.registers[rangecoder.POSITION])
