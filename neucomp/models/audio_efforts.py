"""Levels of the audio model as data.

Constants were found on held-out files of the training recordings (speech at 8 and 16 kHz, instruments, loops); see
docs/audio.md.
"""

from typing import NamedTuple

from neucomp.models.audio_terms import Guess

BLEND = -1
"""As the base of a cascade: the blend of the fast predictors."""


NO_NETWORK = 0
NETWORKS = {1: "audio"}
"""Names of bundled WaveNets by their number in files, never reused."""


class Predictor(NamedTuple):
    """Least squares over past samples of a channel and of its partner."""

    own: int
    partner: int
    decay: float
    period: int
    """Samples between two solutions."""
    fast: bool = True
    """Whether it is part of the blend of fast predictors."""


class Cascade(NamedTuple):
    """Filters in a row, each for what the ones before have left."""

    base: int
    """Whose errors it predicts: the number of a predictor, or BLEND."""
    taps: tuple[int, ...]
    steps: tuple[float, ...]


class Trial(NamedTuple):
    """How arrangements of two channels are tried (see `audio_arrangements`)."""

    level: int
    frames: int
    """Of the excerpt, at most."""


class Effort(NamedTuple):
    """What a level uses. All cascades have the same number of filters."""

    predictors: tuple[Predictor, ...]
    cascades: tuple[Cascade, ...]
    final_period: int
    """Samples between two solutions of the last least squares."""
    errors: int
    """Past errors of a channel that the last least squares sees."""
    partner_errors: int
    """Those of its partner."""
    pitch: bool
    """Whether a long-term predictor is among what it sees."""
    distributions: tuple[tuple[Guess, float], ...]
    """Guesses at the centres, and how slowly the scale of each forgets errors."""
    repeat_taps: int
    """Samples that it sees of the place where the sound was heard before; 0: such places are not looked for."""
    trial: Trial
    speed: float
    """About how many KB of 16-bit samples a core codes in a second."""
    network: int = NO_NETWORK
    """A WaveNet whose mixture is one more distribution: a key of NETWORKS."""


_SCALES = tuple((Guess.ALL, decay) for decay in (0.5, 0.7, 0.85, 0.95, 0.985, 0.998))

_FAST = Effort(
    predictors=(Predictor(32, 16, 0.9998, 32), Predictor(16, 8, 0.998, 32), Predictor(16, 8, 0.99, 16)),
    cascades=(Cascade(BLEND, (256, 32, 16), (0.3, 0.15, 0.1)),),
    final_period=16,
    errors=0,
    partner_errors=0,
    pitch=False,
    distributions=(*_SCALES, (Guess.FAST, 0.9)),
    repeat_taps=0,
    trial=Trial(1, 1 << 13),
    speed=800.0,
)

_USUAL = Effort(
    predictors=(
        Predictor(32, 16, 0.9998, 32),
        Predictor(32, 16, 0.998, 16),
        Predictor(16, 8, 0.99, 8),
        Predictor(8, 4, 0.98, 8),
    ),
    cascades=(Cascade(0, (1024, 256, 16), (0.25, 0.3, 0.1)), Cascade(BLEND, (256, 32, 16), (0.3, 0.15, 0.1))),
    final_period=8,
    errors=16,
    partner_errors=4,
    pitch=True,
    distributions=(
        *_SCALES,
        (Guess.WIDE, 0.9),
        (Guess.NARROW, 0.9),
        (Guess.FIRST_CASCADE, 0.9),
        (Guess.SECOND_CASCADE, 0.9),
        (Guess.FAST, 0.9),
        (Guess.CASCADES, 0.97),
        (Guess.WIDE, 0.98),
    ),
    repeat_taps=16,
    trial=Trial(1, 1 << 14),
    speed=350.0,
)

_BEST = _USUAL._replace(
    predictors=(
        Predictor(256, 32, 0.9998, 128, fast=False),
        Predictor(32, 16, 0.998, 16),
        Predictor(16, 8, 0.995, 8),
        Predictor(16, 8, 0.99, 8),
        Predictor(8, 4, 0.98, 8),
        Predictor(32, 32, 0.9995, 16),
        Predictor(32, 32, 0.9998, 32),
    ),
    cascades=(
        Cascade(0, (1024, 256, 32, 16), (0.25, 0.3, 0.15, 0.1)),
        Cascade(BLEND, (1024, 256, 32, 16), (0.5, 0.6, 0.3, 0.2)),
        Cascade(6, (1024, 256, 32, 16), (0.15, 0.18, 0.09, 0.06)),
        Cascade(1, (256, 32, 16, 16), (0.3, 0.15, 0.1, 0.05)),
    ),
    errors=32,
    distributions=_USUAL.distributions[:-1],
    trial=Trial(5, 1 << 15),
    speed=85.0,
    network=1,
)

EFFORTS = {
    1: _FAST,
    2: _FAST,
    3: _FAST._replace(repeat_taps=8, speed=700.0),
    **{level: _USUAL if level < 8 else _BEST for level in range(4, 10)},
}
"""Levels 1 (fast) to 9 (best)."""
