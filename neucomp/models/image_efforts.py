"""Levels of the image model as data."""

from typing import NamedTuple

from neucomp.kernels.least_squares_plans import Plan, Solve, Window
from neucomp.kernels.least_squares_state import state_bytes
from neucomp.models.image_terms import Energy, Predictor, Refinement, Residual, Selector, Value


class Squares(NamedTuple):
    """Least squares of a level."""

    plan: Plan
    predictors: tuple[Predictor, ...]
    """What each solve is."""


class Tuning(NamedTuple):
    """Rates of the mixer and of counters."""

    first_rate: int = 328
    """Of the mixer's first layer at the first sample; 16384 stands for 1."""
    last_rate: int = 30
    halving: int = 5000
    """Samples after which the rate is in the middle of these."""
    final_rate: int = 8
    """Of the second layer."""
    residual_limit: int = 250
    """Bits after which a residual's cell forgets."""
    value_limit: int = 120


class Effort(NamedTuple):
    """What a level uses."""

    lanes: tuple[tuple[Predictor, Energy], ...]
    residuals: tuple[Residual, ...]
    values: tuple[Value, ...]
    selectors: tuple[Selector, ...]
    squares: Squares
    speed: float
    """KB of samples a second on one core of the machine of docs/benchmarks.md, for estimates of time."""
    refinements: tuple[Refinement, ...] = ()
    """All of them, or none."""
    network: str | None = None
    """Its lanes are left out where an image is coded without one."""
    tuning: Tuning = Tuning()


NETWORKS = {1: "photo", 2: "photo-large", 3: "photo-largest"}
"""Names of bundled networks by their number in files, never reused."""

ONE_LANES = (
    (Predictor.BLEND, Energy.OWN),
    (Predictor.EDGE, Energy.OWN),
    (Predictor.SLOPE, Energy.OWN),
    (Predictor.PLANE, Energy.OWN),
    (Predictor.BLEND, Energy.EXPECTED),
    (Predictor.BLEND, Energy.CHANNELS),
    (Predictor.NETWORK, Energy.OWN),
    (Predictor.FAST, Energy.OWN),
    (Predictor.FAST, Energy.EXPECTED),
)
"""Distributions of levels with one least squares. The first of all lanes is the blend's own."""

THREE_LANES = (
    (Predictor.BLEND, Energy.OWN),
    (Predictor.EDGE, Energy.OWN),
    (Predictor.PLANE, Energy.OWN),
    (Predictor.BLEND, Energy.EXPECTED),
    (Predictor.BLEND, Energy.CHANNELS),
    (Predictor.NETWORK, Energy.EXPECTED),
    (Predictor.FAST, Energy.OWN),
    (Predictor.SLOW, Energy.OWN),
    (Predictor.SMALL, Energy.EXPECTED),
    (Predictor.FAST, Energy.EXPECTED),
    (Predictor.SLOW, Energy.EXPECTED),
)

_SINGLE = Plan((Window(0.84, 0.84),), (Solve(0),), own=6, earlier=5, later=2, own_of_few=10)
_DOUBLE = Plan((Window(0.93, 0.93), Window(0.7, 0.7)), (Solve(0), Solve(1), Solve(1, 10)), own=10, earlier=5, later=4)
_OF_DOUBLE = (Predictor.SLOW, Predictor.FAST, Predictor.SMALL)

SMALL = Squares(_SINGLE, (Predictor.FAST,))
ONE = Squares(_SINGLE._replace(own=10, later=4, own_of_few=18), (Predictor.FAST,))
THREE = Squares(_DOUBLE, _OF_DOUBLE)
THREE_OF_FEW = Squares(_DOUBLE._replace(own=6, earlier=2, later=1), _OF_DOUBLE)
THREE_OF_MORE = Squares(_DOUBLE._replace(own=14, earlier=7), _OF_DOUBLE)
THREE_OF_MANY = Squares(_DOUBLE._replace(own=18, earlier=9), _OF_DOUBLE)
THREE_OF_MOST = Squares(
    _DOUBLE._replace(solves=(Solve(0), Solve(1, 28), Solve(1, 10)), own=24, earlier=9, later=8, own_of_few=24),
    _OF_DOUBLE,
)

_ALIGNED = (Residual.ENERGY, Residual.TEXTURE, Residual.CHANNEL)
_FEW_VALUES = (Value.CHANNELS, Value.CHANNELS_BLEND, Value.STEPS, Value.BOTH_STEPS)
_SOME_VALUES = (
    *_FEW_VALUES,
    *(Value.STEP, Value.BOTH_STEPS_DOWN, Value.BOTH_STEPS_ASIDE, Value.DIFFERENCE, Value.TEXTURE),
)
_ALL_VALUES = tuple(Value)
_ALL_MAPS = tuple(Refinement)
_TWO_SETS = (Selector.DISTANCE, Selector.EXPECTED)
_THREE_SETS = (*_TWO_SETS, Selector.NODE)
_FOUR_SETS = (Selector.DISTANCE, Selector.ENERGY, Selector.NODE, Selector.EXPECTED)

EFFORTS = {
    1: Effort(ONE_LANES, (Residual.ENERGY,), _FEW_VALUES, (Selector.DISTANCE,), SMALL, 480),
    2: Effort(ONE_LANES, _ALIGNED, _FEW_VALUES, _TWO_SETS, ONE, 340),
    3: Effort(ONE_LANES, _ALIGNED, _FEW_VALUES, _TWO_SETS, ONE, 250, _ALL_MAPS, "photo"),
    4: Effort(THREE_LANES, _ALIGNED, _FEW_VALUES, _THREE_SETS, THREE, 200, _ALL_MAPS, "photo"),
    5: Effort(THREE_LANES, _ALIGNED, _SOME_VALUES, _FOUR_SETS, THREE_OF_MANY, 115, _ALL_MAPS, "photo-large"),
    6: Effort(THREE_LANES, _ALIGNED, _ALL_VALUES, _FOUR_SETS, THREE_OF_MANY, 105, _ALL_MAPS, "photo-large"),
    7: Effort(THREE_LANES, _ALIGNED, _ALL_VALUES, _FOUR_SETS, THREE_OF_MOST, 95, _ALL_MAPS, "photo-large"),
    8: Effort(THREE_LANES, _ALIGNED, _ALL_VALUES, _FOUR_SETS, THREE_OF_MANY, 80, _ALL_MAPS, "photo-largest"),
    9: Effort(THREE_LANES, _ALIGNED, _ALL_VALUES, _FOUR_SETS, THREE_OF_MOST, 70, _ALL_MAPS, "photo-largest"),
}
"""Levels 1 (fast) to 9 (best)."""

_SMALLER_SQUARES = (THREE_OF_MANY, THREE_OF_MORE, THREE, THREE_OF_FEW)
_MOST_STATE = 128 << 20
_STATE_OF_SAMPLE = 4
"""Bytes that the least squares may take: these, and as many for each sample."""


def affordable(effort: Effort, height: int, width: int, channels: int) -> Effort:
    """The effort, or one like it with fewer regressors where those of a very wide image, or of one with many channels,
    would take more memory than all the rest."""
    if effort.squares.predictors != THREE.predictors:
        return effort
    limit = _MOST_STATE + _STATE_OF_SAMPLE * height * width * channels
    smaller = [squares for squares in _SMALLER_SQUARES if squares.plan.own < effort.squares.plan.own]
    fitting = (each for each in (effort.squares, *smaller) if state_bytes(each.plan, height, width, channels) <= limit)
    return effort._replace(squares=next(fitting, THREE_OF_FEW))
