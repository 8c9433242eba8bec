"""The transformer against its twin on Python's integers, and what must not change its bits."""

import dataclasses
import json
import random
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.exact.ops import Ops
from neucomp.nets import transformer
from neucomp.nets.transformer import TransformerConfig, forward, frequencies, new_state, tensor_specs
from neucomp.nets.weights import Network
from tests.helpers.backends import BACKENDS
from tests.helpers.network_twin import frequencies_of, logits_of
from tests.helpers.networks import TINY, TWO_HEADS, random_network

TEXT = b"\0The quick brown fox; the \xc3\xa9t\xc3\xa9 -- THE QUICK brown fox, 1 2 3 and again the quick"


def logits(
    network: Network, symbols: np.ndarray, depth: int, parts: list[int] | None = None, ops: Ops | None = None
) -> np.ndarray:
    """Logits of lanes (lanes, positions) that are read in blocks of the given sizes; the rest is read in one."""
    ops = ops or NumpyOps()
    state = new_state(ops, network, len(symbols), depth)
    blocks = np.split(symbols, np.cumsum(parts), 1) if parts else [symbols]
    return np.concatenate([ops.fetch(forward(state, block)) for block in blocks if block.size], 1)


def lanes_of(text: bytes) -> np.ndarray:
    return np.frombuffer(text, np.uint8)[None]


def random_lanes(lanes: int, positions: int, seed: int = 0) -> np.ndarray:
    """Bytes of few kinds, so that contexts and words come again."""
    return np.random.default_rng(seed).choice(np.frombuffer(b"aab bTz.\xe9\0", np.uint8), (lanes, positions))


@pytest.mark.parametrize(("config", "seed"), [(TINY, 1), (TINY, 2), (TWO_HEADS, 3)])
def test_the_twin_gives_the_same(config: TransformerConfig, seed: int) -> None:
    network = random_network(config, seed)
    for depth in config.exits:
        expected = logits_of(network, TEXT, depth)
        for make in BACKENDS.values():
            ops = make()
            got = forward(new_state(ops, network, 1, depth), lanes_of(TEXT))
            assert ops.fetch(got)[0].tolist() == expected
            assert ops.fetch(frequencies(ops, got))[0].tolist() == [frequencies_of(row) for row in expected]


def test_random_networks_reach_every_end() -> None:
    """What the other tests rely on: values on both sides of every clip and in between, tables from end to end."""
    clips = defaultdict(list)
    indices = defaultdict(list)

    class Recorder(NumpyOps):
        def clip(self, x: np.ndarray, low: int, high: int) -> np.ndarray:
            seen = x[x < 1 << 39]  # scores outside of the window are far above
            clips[low, high].append(np.array([(seen < low).mean(), (seen > high).mean()]))
            return super().clip(x, low, high)

        def take(self, table: np.ndarray, index: np.ndarray) -> np.ndarray:
            indices[table.shape[0]].append(index.ravel())
            return super().take(table, index)

    for seed in range(3):
        logits(random_network(TINY, seed), random_lanes(4, 300, seed), 2, ops=Recorder())
    for (low, high), shares in clips.items():
        below, above = np.mean(shares, 0)
        assert (below > 0 or (low, high) == (0, 4095)) and above > 0 and below + above < 0.9, (low, high)
    assert set(clips) == {(-32767, 32767), (-1023, 1023), (-511, 511), (0, 1023), (0, 4095), (-(1 << 20), 1 << 20)}
    shares, roots = np.concatenate(indices[4096]), np.concatenate(indices[3 * 4096])
    assert shares.min() == 0 and shares.max() == 4095 and np.unique(shares).size > 1000
    assert roots.min() < 300 and roots.max() > 11000


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=12), st.integers(0, 2), st.sampled_from([TINY, TWO_HEADS]))
def test_blocks_of_any_size_give_the_same(parts: list[int], depth: int, config: TransformerConfig) -> None:
    network, symbols = random_network(config, 4), random_lanes(2, 150)
    depth = config.exits[min(depth, len(config.exits) - 1)]
    assert np.array_equal(logits(network, symbols, depth, parts), logits(network, symbols, depth))


@pytest.mark.parametrize("backend", BACKENDS)
def test_step_by_step_gives_the_same(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network, symbols = random_network(TINY, 5), random_lanes(3, 100)
    whole = logits(network, symbols, 2)
    assert np.array_equal(logits(network, symbols, 2, [1] * 100, BACKENDS[backend]()), whole)
    # With little room for what layers remember, it is moved to the front again and again.
    monkeypatch.setattr(transformer, "_LONGEST_PIECE", 3)
    monkeypatch.setattr(transformer, "_LEAST_ROOM", 1)
    assert np.array_equal(logits(network, symbols, 2, [1, 2, 1, 3, 40] + [1] * 20, BACKENDS[backend]()), whole)


def test_long_blocks_are_computed_in_bounded_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    network, symbols = random_network(TWO_HEADS, 6), random_lanes(7, 600)
    whole = logits(network, symbols, 1)
    largest = []

    class Recorder(NumpyOps):
        def max(self, x: np.ndarray) -> np.ndarray:
            largest.append(x.shape)
            return super().max(x)

    logits(network, symbols, 1, ops=Recorder())
    assert {positions for _, _, positions, _ in largest} == {256, 600 - 512}
    for bound in (1, 1 << 12, 1 << 14):
        largest.clear()
        monkeypatch.setattr(transformer, "_SCORES", bound)
        assert np.array_equal(logits(network, symbols, 1, ops=Recorder()), whole)
        assert max(np.prod(shape) for shape in largest) <= max(bound, 7 * 2 * 5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_lanes_do_not_know_each_other(backend: str) -> None:
    network, symbols = random_network(TINY, 7), random_lanes(40, 60)
    together = logits(network, symbols, 2, [13], BACKENDS[backend]())
    for lane in (0, 17, 39):
        assert np.array_equal(logits(network, symbols[lane : lane + 1], 2)[0], together[lane])
    order = random.Random(1).sample(range(40), 23)
    assert np.array_equal(logits(network, symbols[order], 2, [29]), together[order])


def test_the_future_is_not_seen_and_the_past_is_forgotten() -> None:
    """A byte moves nothing before it is read, and nothing once words, n-grams and two windows of 8 have passed."""
    network, symbols = random_network(TINY, 8), lanes_of(b"\0" + b"ab cd e. " * 12)
    before = logits(network, symbols, 2)
    for place in (1, 40, 41, 48):
        changed = symbols.copy()
        changed[0, place] ^= 7
        moved = (logits(network, changed, 2) != before).any((0, 2))
        assert not moved[:place].any() and moved[place : place + 4].all() and not moved[place + 30 :].any()


def test_a_shorter_network_is_the_beginning_of_a_longer() -> None:
    """An exit does not depend on the layers behind it."""
    network, symbols = random_network(TINY, 9), random_lanes(2, 30)
    config = dataclasses.replace(TINY, layers=1, exits=(1,))
    tensors = {name: network.tensors[name] for name in tensor_specs(config)}
    shorter = dataclasses.replace(network, config=config, tensors=tensors)
    assert np.array_equal(logits(shorter, symbols, 1), logits(network, symbols, 1))


rows_of_logits = st.lists(
    st.one_of(st.integers(-(1 << 20), 1 << 20), st.integers(-300, 300), st.just(1 << 20)), min_size=256, max_size=256
)


@settings(max_examples=40, deadline=None)
@given(rows_of_logits)
def test_frequencies(row: list[int]) -> None:
    expected = frequencies_of(row)
    assert sum(expected) == 1 << 24 and min(expected) >= 1
    for make in BACKENDS.values():
        ops = make()
        assert ops.fetch(frequencies(ops, ops.put(np.array([row], np.int64)))).tolist() == [expected]


@pytest.mark.parametrize("best", [[0], [255], [7, 9], list(range(256)), [0, 255]])
@pytest.mark.parametrize("others", [-(1 << 20), (1 << 20) - 4096, (1 << 20) - 4095, (1 << 20) - 1])
def test_frequencies_at_the_ends(best: list[int], others: int) -> None:
    row = [(1 << 20) if i in best else others for i in range(256)]
    freqs = frequencies(NumpyOps(), np.array(row))
    assert freqs.tolist() == frequencies_of(row)
    assert freqs.sum() == 1 << 24 and freqs.min() >= 1
    assert freqs[best[0]] == freqs.max()


def test_wrong_arguments() -> None:
    network = random_network(TWO_HEADS, 1)
    with pytest.raises(ValueError, match=r"exits after \[1\] layers, not after 0"):
        new_state(NumpyOps(), network, 1, 0)
    state = new_state(NumpyOps(), network, 2, 1)
    for symbols in (np.zeros((1, 4), np.uint8), np.zeros((2, 4), np.int64), np.zeros(2, np.uint8)):
        with pytest.raises(ValueError, match=r"not uint8 \(2, 1 or more\)"):
            forward(state, symbols)
    with pytest.raises(ValueError, match="1 or more"):
        forward(state, np.zeros((2, 0), np.uint8))


def test_configs_as_json() -> None:
    assert TransformerConfig.from_json(TINY.to_json()) == TINY


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("width", value) for value in (0, 12, 1032, -8, 32.0, True, "32", None, [32])],
        *[("table_bits", value) for value in ([6] * 7, [6] * 9, [0] + [6] * 7, [23] + [6] * 7, 6, ["6"] * 8, {})],
        *[("heads", 0), ("heads", 33), ("hidden", 0), ("hidden", 10**9), ("layers", -1), ("layers", 10**6)],
        *[("window", 0), ("window", 1 << 40), ("exits", []), ("exits", [3]), ("exits", [-1])],
        *[("exits", [1, 0]), ("exits", [1, 1]), ("exits", [True]), ("more", 1), ("exits", None)],
    ],
)
def test_configs_that_cannot_be(field: str, value: object) -> None:
    text = json.dumps(json.loads(TINY.to_json()) | {field: value})
    with pytest.raises(ValueError, match=field if field != "more" else "exactly these entries"):
        TransformerConfig.from_json(text)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "{", "[" * 100_000, '{"width": ' + "9" * 5000 + "}"])
def test_texts_that_are_no_config(text: str) -> None:
    with pytest.raises(ValueError):
        TransformerConfig.from_json(text)
