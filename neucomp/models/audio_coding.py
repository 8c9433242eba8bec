"""The audio model: samples predicted by filters that learn while it codes, compiled; one function for both directions.

For each sample of each channel: several least squares with different memories predict it from the past of its channel
and of a partner; cascades of long filters predict what is left; least squares over all of these predict again. All
predictions are centres of distributions whose scales come from recent errors; `sample_coding` mixes them and codes the
sample; everything learns.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels import gaps, lms, pitch, rangecoder
from neucomp.kernels import recursive_least_squares as squares
from neucomp.kernels import sample_coding as coding
from neucomp.kernels.inline import compiled, inline, part
from neucomp.kernels.wave_constants import LOGISTICS
from neucomp.kernels.wave_features import FEATURES
from neucomp.kernels.wave_network import WaveStep
from neucomp.models.audio_means import USUAL, Means, learn_means, new_means, trend, weigh
from neucomp.models.audio_network import ask_network, note_features, read_features, remember_error, usual_error
from neucomp.models.audio_terms import BLOCK, LAG_BITS, Guess, Kind
from neucomp.nets.wave_state import blank_wave_step

if TYPE_CHECKING:
    from neucomp.models.audio_efforts import Effort

_LARGEST_GUESS = 2.0**36
"""Predictions are clipped to this, so that sums stay finite whatever a recording does to the filters."""

_KIND_BITS = 6
_GRID = 16.0
_LARGEST_K = 31
_FINAL_DECAYS = (0.998, 0.995)
_STEP_WIDTH = 0.8
_LEAST_SCALE = 0.08
_LOGISTIC = 1.386
"""2 ln 2: the mean |error| of a logistic distribution in scales."""

_RATE = 0.004
_RATE_BESIDE_NETWORK = 0.002
_EXTRA_RATE = 8.0
_RATE_HALVING = 1000.0
_FIRST_USUAL = 16.0

_PREDICTOR = np.dtype([("own", np.int64), ("other", np.int64), ("period", np.int64), ("fast", np.int64)])
_CHANNEL = np.dtype([("partner", np.int64), ("lowest", np.int64), ("highest", np.int64)])


class AudioCoder(NamedTuple):
    """All state of a recording being coded. Channels stand in the order of coding."""

    samples: NDArray[np.int32]  # (channels, frames)
    kinds: NDArray[np.int64]  # (channels, blocks): shifts, or members of Kind
    channels: np.recarray  # (channels,) of _CHANNEL: another channel or -1; the range of the samples
    predictors: np.recarray  # (predictors,) of _PREDICTOR: taps, samples between solutions, whether part of FAST
    squares: squares.LeastSquares  # a row per channel and predictor
    final: squares.LeastSquares  # two rows per channel: WIDE, NARROW
    errors: NDArray[np.float64]  # (channels, errors): of the last predictions, newest first
    errors_seen: tuple[int, int]  # how many of these WIDE sees, of its channel's and of the partner's
    pitch: pitch.Pitch  # a row per channel, or none: what FAST has left
    lags: NDArray[np.int64]  # (blocks,): how far back a block's sound was heard before, 0: never; () without repeats
    flat: NDArray[np.float32]  # (channels, frames or 0): errors of FAST, in 1/16
    repeat_taps: int  # of `flat` that WIDE sees around the place a lag back
    final_period: int
    filters: lms.Filters  # a row per channel, cascade and stage
    bases: NDArray[np.int64]  # (cascades,): the guess whose errors it predicts
    stages: NDArray[np.float64]  # (cascades, stages): predictions
    distributions: NDArray[np.int64]  # (distributions,): the guess at the centre of each
    guesses: NDArray[np.float64]  # (guesses,): all predictions of a sample, those of predictors last (see audio_terms)
    weights: NDArray[np.float64]  # (guesses,): scratch
    means: Means
    coder: coding.SampleCoder
    rate: float  # of its mixer
    network: WaveStep  # a blank one where none is asked
    heard: NDArray[np.float64]  # (channels, 2): what the network is told of the last sample (see audio_network)
    notes: NDArray[np.float32]  # (channels, frames or 0, 33): features of samples, the usual error, the error


def new_coder(
    samples: NDArray[np.int32],
    kinds: NDArray[np.int64],
    partners: list[int],
    lowest: list[int],
    highest: list[int],
    effort: "Effort",
    network: WaveStep | None = None,
    lags: NDArray[np.int64] | None = None,
    noted_frames: int = 0,
) -> AudioCoder:
    """State before the first frame; what a network would read is kept of the first `noted_frames`."""
    channels, cascades, predictors = len(partners), effort.cascades, effort.predictors
    count, stages = len(predictors), len(cascades[0].taps)
    first = Guess.FIRST_CASCADE + len(cascades)
    sizes = [p.own + (p.partner if partner >= 0 else 0) for partner in partners for p in predictors]
    rows = channels if effort.pitch else 0
    narrow = count + len(cascades)
    repeat_taps = effort.repeat_taps if lags is not None else 0
    wide = narrow + len(cascades) * stages + effort.errors + effort.pitch + repeat_taps
    partner_errors = [effort.partner_errors if partner >= 0 else 0 for partner in partners]
    final_sizes = [size for more in partner_errors for size in (wide + more, narrow)]
    distributions = [(int(guess), decay) for guess, decay in effort.distributions]
    return AudioCoder(
        samples=samples,
        kinds=kinds,
        channels=np.array(list(zip(partners, lowest, highest, strict=True)), _CHANNEL).view(np.recarray),
        predictors=np.array([(p.own, p.partner, p.period, p.fast) for p in predictors], _PREDICTOR).view(np.recarray),
        squares=squares.new_least_squares(sizes, [p.decay for p in predictors] * channels),
        final=squares.new_least_squares(final_sizes, [*_FINAL_DECAYS] * channels),
        errors=np.zeros((channels, max(effort.errors, effort.partner_errors))),
        errors_seen=(effort.errors, effort.partner_errors),
        pitch=pitch.new_pitch(rows),
        lags=np.zeros(0, np.int64) if lags is None else lags,
        flat=np.zeros((channels, 0 if lags is None else samples.shape[1]), np.float32),
        repeat_taps=repeat_taps,
        final_period=effort.final_period,
        filters=lms.new_filters(
            [taps for cascade in cascades for taps in cascade.taps] * channels,
            [step for cascade in cascades for step in cascade.steps] * channels,
        ),
        bases=np.array([int(Guess.FAST) if c.base < 0 else first + c.base for c in cascades], np.int64),
        stages=np.zeros((len(cascades), stages)),
        distributions=np.array([guess for guess, _ in distributions], np.int64),
        guesses=np.zeros(first + count),
        weights=np.zeros(first + count),
        means=new_means(channels, len(cascades), count, distributions),
        coder=coding.new_sample_coder(lowest, highest, len(distributions), LOGISTICS if network else 0),
        rate=_RATE_BESIDE_NETWORK if network else _RATE,
        network=network or blank_wave_step(),
        heard=np.array([[0.0, _FIRST_USUAL]] * channels),
        notes=np.zeros((channels, noted_frames, FEATURES + 2), np.float32),
    )


@inline
def _bounded(guess):
    return min(max(guess, -_LARGEST_GUESS), _LARGEST_GUESS)


@part
def _predict_linearly(state, z, t):
    """Least squares over past samples; then their fast blend."""
    count = state.predictors.size
    partner = state.channels[z].partner
    now = t if partner < z else t - 1  # of the partner: its sample of this frame may be known already
    guesses = state.guesses
    first = guesses.size - count
    x = state.squares.regressors
    for p in range(count):
        row = z * count + p
        start = state.squares.vectors[row]
        own = state.predictors[p].own
        if t > 0:
            for i in range(start + own - 1, start, -1):
                x[i] = x[i - 1]
            x[start] = state.samples[z, t - 1]
        if partner >= 0 and now >= 0:
            start += own
            for i in range(start + state.predictors[p].other - 1, start, -1):
                x[i] = x[i - 1]
            x[start] = state.samples[partner, now]
        guesses[first + p] = _bounded(squares.predict(state.squares, row))
    weights = state.weights[:count]
    weigh(state.means, z, state.means.cascades + state.bases.size, weights)
    total = 0.0
    blend = 0.0
    for p in range(count):
        if state.predictors[p].fast != 0:
            total += weights[p]
            blend += weights[p] * guesses[first + p]
    guesses[Guess.FAST] = blend / total


@part
def _predict_by_cascades(state, z):
    """Each cascade adds what its filters expect to its base; then their blend."""
    cascades, stages = state.stages.shape
    guesses = state.guesses
    weights = state.weights[:cascades]
    weigh(state.means, z, state.means.cascades, weights)
    total = 0.0
    blend = 0.0
    for c in range(cascades):
        guess = guesses[state.bases[c]]
        for s in range(stages):
            state.stages[c, s] = _bounded(lms.predict(state.filters, (z * cascades + c) * stages + s))
            guess += state.stages[c, s]
        guesses[Guess.FIRST_CASCADE + c] = guess
        total += weights[c]
        blend += weights[c] * guess
    guesses[Guess.CASCADES] = blend / total


@part
def _read_repeat(lags, errors, t, regressors):
    """What FAST did not expect of a channel around the place where this was heard before."""
    lag = lags[t // BLOCK] if lags.size > 0 else 0
    newest = t - lag + (regressors.size >> 1)
    for i in range(regressors.size):
        place = newest - i
        heard = lag > 0 and 0 <= place < t
        regressors[i] = np.float64(errors[place]) if heard else 0.0


@part
def _predict_finally(state, z, t):
    """Least squares over all guesses, as differences from the cascades' blend, and over past errors; then the blend of
    them all."""
    guesses = state.guesses
    base = guesses[Guess.CASCADES]
    x = state.final.regressors
    narrow = state.final.vectors[2 * z + 1]
    size = guesses.size - Guess.FIRST_CASCADE
    wide = state.final.vectors[2 * z] + size
    for i in range(size):
        x[narrow + i] = guesses[Guess.FIRST_CASCADE + i] - base
        x[wide - size + i] = x[narrow + i]
    cascades, stages = state.stages.shape
    for c in range(cascades):
        guess = guesses[state.bases[c]] - base
        for s in range(stages):
            x[wide] = guess
            wide += 1
            guess += state.stages[c, s]
    if state.pitch.lags.size > 0:
        x[wide] = pitch.predict(state.pitch, z)
        wide += 1
    own, others = state.errors_seen
    for i in range(own):
        x[wide + i] = state.errors[z, i]
    partner = state.channels[z].partner
    if partner >= 0:
        for i in range(others):
            x[wide + own + i] = state.errors[partner, i]
        own += others
    wide += own
    _read_repeat(state.lags, state.flat[z], t, x[wide : wide + state.repeat_taps])
    guesses[Guess.WIDE] = _bounded(base + squares.predict(state.final, 2 * z))
    guesses[Guess.NARROW] = _bounded(base + squares.predict(state.final, 2 * z + 1))
    weights = state.weights[Guess.WIDE : Guess.FIRST_CASCADE + cascades]
    weigh(state.means, z, 0, weights)
    total = 0.0
    blend = 0.0
    for i in range(weights.size):
        total += weights[i]
        blend += weights[i] * guesses[Guess.WIDE + i]
    guesses[Guess.ALL] = blend / total


@part
def _unit(shift):
    """What a sample's value is multiplied with to count it in units of 2**shift."""
    return 1.0 / np.float64(np.int64(1) << shift)


@part
def _lay_distributions(coder, distributions, guesses, means, z, middle, unit):
    """Around the guesses, in units, as distances from where coding starts."""
    start = np.float64(middle) - 0.5
    for i in range(distributions.size):
        centre = guesses[distributions[i]] * unit
        scale = means.values[z, means.scales + i] * unit
        coder.lanes[coding.CENTRE, i] = np.float32(centre - start)
        coder.lanes[coding.INVERSE, i] = np.float32(_LOGISTIC / (scale + _LEAST_SCALE))


@part
def _width_class(usual):
    """log2 of the first step's width where errors usually are so large, in units."""
    k = np.int64(0)
    width = usual * _STEP_WIDTH
    while width >= 2.0 and k < _LARGEST_K:
        width *= 0.5
        k += 1
    return k


@part
def _mixer_rate(rate, ages, z):
    """High at first; counts the channel's samples."""
    faster = 1.0 + _EXTRA_RATE * _RATE_HALVING / (_RATE_HALVING + np.float64(ages[z]))
    ages[z] += 1
    return np.float32(rate * faster)


@inline
def _gain(error):
    """Weight of a sample in least squares: where errors are large, this one included, it is small."""
    return 1.0 / (error + 1.0)


@part
def _learn_squares(state, z, t, y):
    recent = state.means.values[z, state.means.recent :]
    count = state.predictors.size
    for p in range(count):
        row = z * count + p
        squares.learn(state.squares, row, y, _gain(recent[2 + p]))
        if (t + z) % state.predictors[p].period == 0:
            squares.solve(state.squares, row, 1.0 - state.squares.decays[row])
    target = y - state.guesses[Guess.CASCADES]
    for i in range(2):
        row = 2 * z + i
        squares.learn(state.final, row, target, _gain(recent[i]))
        if t % state.final_period == i * (state.final_period >> 1):
            squares.solve(state.final, row, 1.0 - state.final.decays[row])


@part
def _learn_cascades(filters, bases, predictions, guesses, z, y):
    cascades, stages = predictions.shape
    for c in range(cascades):
        left = y - guesses[bases[c]]
        for s in range(stages):
            error = left - predictions[c, s]
            lms.learn(filters, (z * cascades + c) * stages + s, left, error)
            left = error


@part
def _learn_errors(state, z, t, y):
    for i in range(state.errors.shape[1] - 1, 0, -1):
        state.errors[z, i] = state.errors[z, i - 1]
    if state.errors.shape[1] > 0:
        state.errors[z, 0] = y - state.guesses[Guess.ALL]
    left = y - state.guesses[Guess.FAST]
    if state.pitch.lags.size > 0:
        pitch.learn(state.pitch, z, left)
    if state.flat.size > 0:
        state.flat[z, t] = np.float32(np.floor(left * _GRID + 0.5) / _GRID)


@part
def _code_again(decode, registers, payload, values, block, bits, ask):
    """One bit, if `ask`: the value of the block before? If not, or if there is none to ask for, the value in `bits`."""
    half = np.int64(32768)
    value = values[block]
    if ask:
        before = values[block - 1] if block > 0 else np.int64(0)
        same = np.int64(1) if value == before else np.int64(0)
        if rangecoder.code_bit(registers, payload, decode, same, half) != 0:
            values[block] = before
            return
    found = np.int64(0)
    for i in range(bits - 1, -1, -1):
        found = found << 1 | rangecoder.code_bit(registers, payload, decode, value >> i & 1, half)
    values[block] = found


@part
def _begin_block(decode, registers, payload, kinds, lags, block):
    """A channel whose last block was not coded says the kind of this one without asking for that one's."""
    for z in range(kinds.shape[0]):
        coded_before = block > 0 and kinds[z, block - 1] < Kind.SILENT
        _code_again(decode, registers, payload, kinds[z], block, _KIND_BITS, coded_before)
    if lags.size > 0:
        _code_again(decode, registers, payload, lags, block, LAG_BITS, True)


@part
def _copy_sample(samples, partner, z, t, kind):
    """A sample of a block that is not coded; nothing is learned from it."""
    sample = np.int64(0)
    if 0 <= partner < z and kind == Kind.EQUAL:
        sample = np.int64(samples[partner, t])
    if 0 <= partner < z and kind == Kind.OPPOSITE:
        sample = -np.int64(samples[partner, t])
    samples[z, t] = sample


@compiled
def code_frames(decode, state, payload, start, stop):
    """Codes frames [start, stop), after `start_payload`; the encoder reads them, the decoder writes them.

    Returns the number of frames coded so far: `stop`, or less where an encoder's payload is full.
    """
    channels = state.channels.size
    room = channels * (coding.LARGEST_SAMPLE + rangecoder.LARGEST_STEP) + 1
    for t in range(start, stop):
        if not decode and state.coder.registers[rangecoder.POSITION] + room > payload.size:
            return t
        if t % BLOCK == 0:
            _begin_block(decode, state.coder.registers, payload, state.kinds, state.lags, t // BLOCK)
            squares.forget_traces(state.squares)
            squares.forget_traces(state.final)
            pitch.forget_traces(state.pitch)
        for z in range(channels):
            kind = state.kinds[z, t // BLOCK]
            if kind >= Kind.SILENT:
                _copy_sample(state.samples, state.channels[z].partner, z, t, kind)
                continue
            _predict_linearly(state, z, t)
            _predict_by_cascades(state, z)
            _predict_finally(state, z, t)
            noted = t < state.notes.shape[1]
            if noted or state.coder.mixture.size > 0:
                read_features(state, z, t)
            if noted:
                note_features(state.notes[z, t], state.network.features[0], usual_error(state.means, z))
            unit = _unit(kind)
            lowest = state.channels[z].lowest >> kind
            highest = state.channels[z].highest >> kind
            blend = state.guesses[Guess.ALL] * unit
            middle = min(max(np.int64(np.floor(blend + 0.5)), lowest), highest)
            _lay_distributions(state.coder, state.distributions, state.guesses, state.means, z, middle, unit)
            if state.coder.mixture.size > 0:
                away = np.float32(blend - (np.float64(middle) - 0.5))
                usual = np.float32(usual_error(state.means, z) * unit)
                ask_network(state.network, z, usual, away, state.coder.mixture)
            k = _width_class(state.means.values[z, state.means.loudness + USUAL] * unit)
            rate = _mixer_rate(state.rate, state.coder.ages, z)
            scale = min(k, np.int64(coding.SCALES - 1))
            situation = coding.Situation(z, scale, trend(state.means, z), rate, kind == 0)
            sample = np.int64(state.samples[z, t]) >> kind
            sample = coding.code_sample(state.coder, payload, decode, sample, middle, lowest, highest, k, situation)
            state.samples[z, t] = sample << kind
            y = np.float64(state.samples[z, t])
            remember_error(state, z, t, y)
            learn_means(state.means, z, state.guesses, y)
            _learn_squares(state, z, t, y)
            _learn_cascades(state.filters, state.bases, state.stages, state.guesses, z, y)
            _learn_errors(state, z, t, y)
    return stop


@compiled
def start_payload(decode, registers, payload):
    """Before anything else."""
    rangecoder.start_coder(registers, payload, decode)


@compiled
def code_values(decode, registers, payload, cells, values):
    """Codes the values of a rank map, int64, before the first frame; False: there is no room.

    cells: of `gaps.new_cells`.
    """
    return gaps.code_rising(decode, payload, registers, cells, values) == values.size


@compiled
def finish_payload(registers, payload):
    """After an encoder's last frame; one byte of room is needed, which `code_frames` has left."""
    rangecoder.finish_coder(registers, payload)


BYTES_PAST_END = rangecoder.BYTES_PAST_END


def position(registers: NDArray[np.int64]) -> int:
    """Bytes of the payload written or read so far; a decoder reads BYTES_PAST_END bytes past the end, and no more."""
    return int(registers[rangecoder.POSITION])
