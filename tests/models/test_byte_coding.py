"""The byte model as one compiled function: causal, the same however it is called, within its bounds."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels.mixer import ERROR_LIMIT, LANES, LARGEST_WIDTH, WEIGHT_LIMIT
from neucomp.kernels.network_constants import INPUT_LIMIT
from neucomp.kernels.tables import STRETCH_LIMIT
from neucomp.models.byte_contexts import LONGEST_RECORD, Context
from neucomp.models.byte_recipes import TUNINGS
from neucomp.models.byte_selectors import Selector
from neucomp.models.byte_types import DataType
from neucomp.models.bytes import _kernels
from neucomp.nets.step import new_step
from tests.helpers.networks import TINY, random_network

NewCoder = Callable[[], Any]

LARGEST_RATE = 512
"""Of a mixer, as `docs/exact.md` derives it from ERROR_LIMIT."""

TEXT = (b"All happy families are alike; each unhappy family is unhappy in its own way.\n" * 3)[:200]
BYTES = bytes(np.random.default_rng(11).integers(0, 256, 60).astype(np.uint8)) + bytes(60)
TABLE = b"".join(bytes([i, 255 - i, 0, 7, i * i % 256]) for i in range(50))
DATA = TEXT + BYTES + TABLE + b"\x80\xff\n" * 20 + TEXT
NETWORK = random_network(TINY, 31)
FEW = (Context.ORDER1, Context.ORDER3), (Selector.MATCH, Selector.KNOWN)


@pytest.fixture(scope="module")
def kernels() -> ModuleType:
    """The compiled module, through its cache as the model loads it."""
    return _kernels()


@pytest.fixture(params=["all", "few", "hostile", "few beside a network", "all beside a network"])
def new_coder(request: pytest.FixtureRequest, kernels: ModuleType) -> NewCoder:
    """Coders with every context and selector, with few, with a grid that reaches as far as a payload can say, and
    beside a network that predicts at random, with few and with all."""
    everything = tuple(Context)[: kernels.MOST_CONTEXTS], tuple(Selector)[: kernels.MOST_SETS]
    arguments, depth = {
        "all": ((*everything, (20, 12, 5), 10, 10, 3, 57, TUNINGS[DataType.TEXT]), None),
        "few": ((*FEW, (4,), 10, 10, 1, 0, TUNINGS[DataType.SAMPLES]), None),
        "hostile": ((*everything, (12, 5), 10, 10, 255, 65535, TUNINGS[DataType.RECORDS]), None),
        "few beside a network": ((*FEW, (4,), 10, 10, 1, 0, TUNINGS[DataType.MARKUP]), 0),
        "all beside a network": ((*everything, (20, 12, 5), 10, 10, 3, 57, TUNINGS[DataType.CODE]), 2),
    }[request.param]
    return lambda: kernels.new_coder(*arguments, None if depth is None else new_step(NETWORK, depth))


def encode(kernels: ModuleType, coder: Any, data: bytes, stops: list[int]) -> bytes:
    """The payload of `data`, coded in ranges that end at `stops`."""
    symbols = np.frombuffer(data, np.uint8).copy()
    payload = np.zeros(2 * len(data) + 64, np.uint8)
    kernels.start_bytes(False, payload, coder)
    for start, stop in zip([0, *stops], [*stops, len(data)], strict=True):
        assert kernels.code_bytes(False, symbols, start, stop, payload, coder) == stop
    kernels.finish_bytes(payload, coder)
    assert symbols.tobytes() == data
    return payload[: kernels.position(coder)].tobytes()


def decode(kernels: ModuleType, coder: Any, payload: bytes, size: int, stops: list[int]) -> bytes:
    """What a payload holds, decoded in ranges; the place of symbols that are to come is full of garbage."""
    symbols = np.random.default_rng(13).integers(0, 256, size).astype(np.uint8)
    coded = np.frombuffer(payload, np.uint8).copy()
    kernels.start_bytes(True, coded, coder)
    for start, stop in zip([0, *stops], [*stops, size], strict=True):
        assert kernels.code_bytes(True, symbols, start, stop, coded, coder) == stop
    assert coded.tobytes() == payload
    return symbols.tobytes()


def state(coder: Any) -> list[bytes]:
    """All that a coder knows."""
    arrays: list[np.ndarray] = []
    pending = list(coder)
    while pending:
        item = pending.pop()
        if isinstance(item, np.ndarray):
            arrays.append(item)
        else:
            pending.extend(item)
    return [array.tobytes() for array in arrays]


def test_what_goes_in_comes_out(kernels: ModuleType, new_coder: NewCoder) -> None:
    payload = encode(kernels, new_coder(), DATA, [])
    coder = new_coder()
    assert decode(kernels, coder, payload, len(DATA), []) == DATA
    assert kernels.position(coder) == len(payload) + kernels.BYTES_PAST_END
    assert len(payload) < len(DATA)


def test_both_directions_end_in_the_same_state(kernels: ModuleType, new_coder: NewCoder) -> None:
    encoder, decoder = new_coder(), new_coder()
    payload = encode(kernels, encoder, DATA, [])
    decode(kernels, decoder, payload, len(DATA), [])
    encoder.registers[:] = decoder.registers[:] = 0
    assert state(encoder) == state(decoder)


def test_ranges_do_not_matter(kernels: ModuleType, new_coder: NewCoder) -> None:
    whole = encode(kernels, new_coder(), DATA, [])
    random = np.random.default_rng(17)
    for stops in ([0, 1, 2, 3], sorted(random.integers(0, len(DATA), 9).tolist()), list(range(1, len(DATA)))):
        assert encode(kernels, new_coder(), DATA, stops) == whole
        assert decode(kernels, new_coder(), whole, len(DATA), stops) == DATA


@settings(deadline=None, max_examples=15)
@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_ranges_do_not_matter_anywhere(data: bytes, stops: list[int]) -> None:
    kernels = _kernels()
    stops = sorted(min(stop, len(data)) for stop in stops)

    def new() -> Any:
        return kernels.new_coder(*FEW, (4,), 4, 10, 1, 0, TUNINGS[DataType.TEXT], new_step(NETWORK, 1))

    payload = encode(kernels, new(), data, [])
    assert encode(kernels, new(), data, stops) == payload
    assert decode(kernels, new(), payload, len(data), stops) == data


@pytest.mark.parametrize("changed", [0, 1, 77, 207, 300, len(DATA) - 1])
def test_the_future_changes_nothing(kernels: ModuleType, new_coder: NewCoder, changed: int) -> None:
    """With other symbols from `changed` on, all that the coder knows when it gets there is the same, and so is all
    that it has written; only from then on may anything differ."""
    garbage = np.random.default_rng(19).integers(0, 256, len(DATA)).astype(np.uint8).tobytes()
    other = DATA[:changed] + bytes([DATA[changed] ^ 1]) + garbage[changed + 1 :]
    coders, payloads = (new_coder(), new_coder()), np.zeros((2, 2 * len(DATA)), np.uint8)
    for coder, payload, data in zip(coders, payloads, (DATA, other), strict=True):
        symbols = np.frombuffer(data, np.uint8).copy()
        kernels.start_bytes(False, payload, coder)
        kernels.code_bytes(False, symbols, 0, changed, payload, coder)
    assert (payloads[0] == payloads[1]).all()
    assert state(coders[0]) == state(coders[1])


def test_a_step_is_a_step(kernels: ModuleType, new_coder: NewCoder) -> None:
    """Registers after each symbol, coded one by one with the future missing, are those of coding in one go."""
    symbols = np.frombuffer(DATA, np.uint8).copy()
    payloads = np.zeros((2, 2 * len(DATA)), np.uint8)
    one, other = new_coder(), new_coder()
    kernels.start_bytes(False, payloads[0], one)
    kernels.start_bytes(False, payloads[1], other)
    for position in range(len(DATA)):
        kernels.code_bytes(False, symbols, position, position + 1, payloads[0], one)
        blind = symbols.copy()
        blind[position + 1 :] = 0
        kernels.code_bytes(False, blind, position, position + 1, payloads[1], other)
        assert one.registers.tolist() == other.registers.tolist()


def test_any_payload_decodes_to_something(kernels: ModuleType, new_coder: NewCoder) -> None:
    random = np.random.default_rng(23)
    for size in (0, 1, 50, 400):
        payload = random.integers(0, 256, size).astype(np.uint8).tobytes()
        coder = new_coder()
        assert len(decode(kernels, coder, payload, 300, [])) == 300
        check_bounds(kernels, coder)
    for payload in (bytes(100), b"\xff" * 100):
        coder = new_coder()
        decode(kernels, coder, payload, 2000, [])
        check_bounds(kernels, coder)


def check_bounds(kernels: ModuleType, coder: Any) -> None:
    """What `docs/exact.md` says of the ranges of a coder's state."""
    assert np.abs(coder.inputs).max() <= STRETCH_LIMIT
    assert np.abs(coder.outputs).max() <= STRETCH_LIMIT
    assert np.abs(coder.weights).max() <= WEIGHT_LIMIT
    assert np.abs(coder.final_weights).max() <= WEIGHT_LIMIT
    assert coder.ages.min() >= 0 and coder.ages.max() < kernels.RATE_COUNTS
    assert ((coder.contexts.history & 1023) <= kernels.counters.HISTORY_LIMIT).all()
    words = coder.contexts.slots.reshape(-1, 16)
    assert (words[:, 1:] >> 24 == 0).all()  # states of 8 bits
    now = coder.history.now[0]
    assert 0 <= now.record < LONGEST_RECORD
    assert now.previous_line <= now.line_start
    network = coder.network
    assert np.abs(network.features).max(initial=0) <= INPUT_LIMIT
    assert np.abs(network.weights).max(initial=0) <= WEIGHT_LIMIT
    assert abs(network.pending[0]) <= STRETCH_LIMIT


def test_long_sure_runs_stay_in_bounds(kernels: ModuleType, new_coder: NewCoder) -> None:
    """Data that the model gets sure of and then wrong: weights, ages and maps at their limits."""
    data = bytes(3000) + b"\xff" * 3000 + (bytes(200) + b"\xff") * 10
    coder = new_coder()
    payload = encode(kernels, coder, data, [])
    check_bounds(kernels, coder)
    assert decode(kernels, new_coder(), payload, len(data), []) == data


def test_a_full_payload_stops_the_encoder(kernels: ModuleType, new_coder: NewCoder) -> None:
    data = np.random.default_rng(29).integers(0, 256, 500).astype(np.uint8)
    payload = np.full(200, 0xEE, np.uint8)
    coder = new_coder()
    room = payload[:150]
    kernels.start_bytes(False, room, coder)
    coded = kernels.code_bytes(False, data, 0, data.size, room, coder)
    assert 0 < coded < data.size
    assert kernels.position(coder) < room.size  # the last byte still fits
    assert (payload[150:] == 0xEE).all()


@pytest.mark.parametrize("data_type", DataType)
def test_errors_and_rates_fit_the_mixer(kernels: ModuleType, data_type: DataType) -> None:
    """|error * rate >> 6| < ERROR_LIMIT, whatever the tuning of this version is."""
    rates = kernels.new_coder(*FEW, (4,), 4, 10, 1, 0, TUNINGS[data_type], None).rates
    assert rates.shape == (kernels.RATE_COUNTS,)
    assert rates.min() > 0
    for rate in (int(rates.max()), kernels._FINAL_RATE):
        assert rate <= LARGEST_RATE
        for error in (65535, -65535):
            assert abs(error * rate >> 6) < ERROR_LIMIT


def test_every_selector_has_its_rows(kernels: ModuleType) -> None:
    """The largest value of each selector, with the largest bit number, is still one of its rows."""
    largest = {
        Selector.MATCH: 3 * kernels._LONGEST_CLASS + 2,
        Selector.PARTIAL: 255,
        Selector.LAST: 255,
        Selector.KNOWN: kernels.MOST_CONTEXTS << 3 | 7,
        Selector.SECOND: 255,
        Selector.WORD: 7 << 5 | 7 << 2,
        Selector.CLASSES: 255 << 3,
        Selector.RECORD: 255 << 1,
        Selector.EXPECTED: 511 << 3,
        Selector.GRID: 255,
        Selector.INDIRECT: 255 << 3,
        Selector.THIRD: 255,
    }
    assert len(kernels.SELECTOR_ROWS) == len(kernels._BIT_SHIFT) == len(Selector)
    for selector, value in largest.items():
        assert value | 7 >> int(kernels._BIT_SHIFT[selector]) < kernels.SELECTOR_ROWS[selector]


def test_selectors_stay_in_their_rows(kernels: ModuleType, new_coder: NewCoder) -> None:
    coder = new_coder()
    symbols = np.frombuffer(DATA, np.uint8).copy()
    payload = np.zeros(2 * len(DATA), np.uint8)
    kernels.start_bytes(False, payload, coder)
    for position in range(len(DATA)):
        kernels.code_bytes(False, symbols, position, position + 1, payload, coder)
        for row, first, selector in zip(coder.row, coder.first_row, coder.selectors, strict=True):
            assert 0 <= row - first < kernels.SELECTOR_ROWS[selector]


def test_widths(kernels: ModuleType, new_coder: NewCoder) -> None:
    coder = new_coder()
    assert coder.inputs.size % LANES == 0 and coder.inputs.size <= LARGEST_WIDTH
    assert 3 * kernels.MOST_CONTEXTS + 2 * 3 + kernels.NETWORK_INPUTS + 1 <= LARGEST_WIDTH
    assert kernels.MOST_SETS <= LARGEST_WIDTH
    assert coder.weights.size == coder.ages.size * coder.inputs.size
