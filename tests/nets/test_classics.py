"""The classics: what their formulas say, the same integers on all backends, in all parts and among any lanes."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.coder import TOTAL
from neucomp.errors import CorruptDataError, UnsupportedError
from neucomp.exact.tables import EXP24
from neucomp.kernels.wave_constants import LOGISTIC, TANH
from neucomp.models import MODELS
from neucomp.nets.classics.counts import Counts
from neucomp.nets.layers import layer_tensors
from neucomp.nets.networks import tensors_by_rule
from tests.helpers.backends import BACKENDS
from tests.helpers.classics import CLASSICS, LENGTH, by_definition, small_network, symbols_for

NAMES = list(CLASSICS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_all_backends_agree(name: str, backend: str) -> None:
    symbols = symbols_for(name, 1, 5)
    assert np.array_equal(by_definition(name, symbols, BACKENDS[backend]()), by_definition(name, symbols))


@pytest.mark.parametrize("name", NAMES)
@given(st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=10)
def test_parts_of_all_sizes_agree(name: str, splits: tuple[int, int], seed: int) -> None:
    symbols = symbols_for(name, seed, 3)
    assert np.array_equal(by_definition(name, symbols, splits=splits), by_definition(name, symbols))


@pytest.mark.parametrize("name", NAMES)
def test_lanes_do_not_depend_on_each_other(name: str) -> None:
    symbols = symbols_for(name, 2, 4)
    alone = np.concatenate([by_definition(name, lane[None]) for lane in symbols])
    assert np.array_equal(alone, by_definition(name, symbols))


@pytest.mark.parametrize("name", NAMES)
def test_are_causal(name: str) -> None:
    symbols = symbols_for(name, 3, 6)
    rows = by_definition(name, symbols)
    assert np.all(rows >= 1) and np.all(rows.sum(-1) == TOTAL)
    for place in range(1, LENGTH):
        changed = symbols.copy()
        changed[:, place] ^= 1
        moved = (by_definition(name, changed) != rows).any((0, 2))
        assert not moved[:place].any()
        assert moved[place:].any()


@pytest.mark.parametrize("name", ["fvsbn", "made"])
def test_masks_hold_whatever_the_weights_are(name: str) -> None:
    classic, config = CLASSICS[name]
    network = small_network(name)
    masked = dict(network.tensors)
    for layer, spec in classic.layers(config).items():
        assert spec.mask is not None and not spec.mask.all() and (network.tensors[layer][~spec.mask] != 0).any()
        masked[layer] = np.where(spec.mask, network.tensors[layer], 0).astype(np.int8)
    symbols = symbols_for(name, 4, 5)
    same = by_definition(name, symbols, network=replace(network, tensors=masked))
    assert np.array_equal(same, by_definition(name, symbols))


def linear(network: object, name: str, x: list[int]) -> list[int]:
    """A layer, in integers without bounds."""
    weights, bias, scale = (network.tensors[f"{name}{part}"].tolist() for part in ("", "_bias", "_scale"))  # type: ignore[attr-defined]
    sums = [sum(w * v for w, v in zip(row, x, strict=True)) + b for row, b in zip(weights, bias, strict=True)]
    return [(total * s + (1 << 23)) >> 24 for total, s in zip(sums, scale, strict=True)]


def share(table: np.ndarray, x: int) -> int:
    return int(table[min(max(x, -2047), 2047) + 2047])


def binary_row(logit: int) -> list[int]:
    """Frequencies of 0 and 1."""
    small = int(EXP24[min(abs(logit), 4095)])
    part = 1 + (small * (((TOTAL - 2) << 32) // (small + TOTAL)) >> 32)
    return [part, TOTAL - part] if logit > 0 else [TOTAL - part, part]


def fvsbn_logit(x: list[int], i: int) -> int:
    seen = [*x[:i], *[0] * (LENGTH - i)]
    return linear(small_network("fvsbn"), "output", seen)[i]


def nade_logit(x: list[int], i: int) -> int:
    network = small_network("nade")
    seen = [*x[:i], *[0] * (LENGTH - i)]
    h = [share(LOGISTIC, a) for a in linear(network, "hidden", seen)]
    return linear(network, "output", h)[i]


def made_logit(x: list[int], i: int) -> int:
    network = small_network("made")
    classic, config = CLASSICS["made"]
    tensors = dict(network.tensors)
    for layer, spec in classic.layers(config).items():
        tensors[layer] = np.where(spec.mask, tensors[layer], 0)
    network = replace(network, tensors=tensors)
    h = x
    for n in range(2):
        h = [min(max(v, 0), 1023) for v in linear(network, f"hidden{n}", h)]
    return linear(network, "output", h)[i]


@pytest.mark.parametrize(("name", "logit"), [("fvsbn", fvsbn_logit), ("nade", nade_logit), ("made", made_logit)])
def test_images_by_the_formulas(name: str, logit: object) -> None:
    read = symbols_for(name, 5, 1, LENGTH)
    x = [*read[0, 1:].tolist(), 1]
    rows = by_definition(name, read)[0]
    assert rows.tolist() == [binary_row(logit(x, i)) for i in range(LENGTH)]  # type: ignore[operator]


def test_a_state_by_the_formula() -> None:
    network, read = small_network("gru"), symbols_for("gru", 6, 1)
    h = [0] * 11
    for symbol, row in zip(read[0].tolist(), by_definition("gru", read)[0], strict=True):
        x = linear(network, "input", [int(place == symbol) for place in range(256)])
        u = [min(max(v, -4094), 4094) for v in linear(network, "recurrent", h)]
        keep = [share(LOGISTIC, a + b) for a, b in zip(x[:11], u[:11], strict=True)]
        reset = [share(LOGISTIC, a + b) for a, b in zip(x[11:22], u[11:22], strict=True)]
        new = [share(TANH, a + ((r * b + 512) >> 10)) for a, b, r in zip(x[22:], u[22:], reset, strict=True)]
        h = [(z * (old - n) + 1024 * n + 512) >> 10 for z, old, n in zip(keep, h, new, strict=True)]
        logits = linear(network, "output", h)
        assert int(row.argmax()) == logits.index(max(logits))


def test_counts_by_their_formula() -> None:
    text = b"abracadabra, abracadabra"
    rows = Counts(1, 2).read(np.frombuffer(b"\0" + text, np.uint8)[None])[0]
    for end, row in enumerate(rows):
        shares = [TOTAL // 256] * 256
        for length in range(3):
            past = b"\0" * length + text[:end]
            context = past[len(past) - length :]
            places = [i for i in range(length, len(past)) if past[i - length : i] == context]
            counted = [past[i] for i in places]
            new = max(1, len(set(counted)))
            shares = [(counted.count(s) * TOTAL + new * shares[s]) // (len(counted) + new) for s in range(256)]
        expected = [1 + (part * (TOTAL - 256) >> 24) for part in shares]
        expected[expected.index(max(expected))] += TOTAL - sum(expected)
        assert row.tolist() == expected


@given(st.lists(st.integers(0, 255), min_size=8, max_size=8), st.integers(0, 8))
@settings(deadline=None, max_examples=20)
def test_counts_do_not_depend_on_parts(symbols: list[int], split: int) -> None:
    block = np.array([[0, *symbols[:4]], [0, *symbols[4:]]], np.uint8)
    whole, parts = Counts(2, 3), Counts(2, 3)
    split = min(split, 5)
    found = [parts.read(part) for part in (block[:, :split], block[:, split:]) if part.size]
    assert np.array_equal(np.concatenate(found, 1), whole.read(block))


@pytest.mark.parametrize("name", NAMES)
def test_configs(name: str) -> None:
    config = CLASSICS[name][1]
    from_json = type(config).from_json
    assert from_json(config.to_json()) == config
    values = json.loads(config.to_json())
    for field, value in values.items():
        for wrong in ([0], ["a"], [True], [10**9], [1] * 60) if isinstance(value, list) else (0, -1, 2000, True, "8"):
            with pytest.raises(ValueError):
                from_json(json.dumps(values | {field: wrong}))


@pytest.mark.parametrize("name", NAMES)
def test_weights_files(name: str, tmp_path: object) -> None:
    classic, config = CLASSICS[name]
    network = small_network(name)
    classic.architecture.save(f"{tmp_path}/w", network)
    assert classic.architecture.load(f"{tmp_path}/w").identity == network.identity
    other = "gru" if name != "gru" else "nade"
    with pytest.raises(UnsupportedError, match=CLASSICS[other][0].name):
        CLASSICS[other][0].architecture.load(f"{tmp_path}/w")
    layer = next(iter(classic.layers(config)))
    for broken in (
        {layer: network.tensors[layer][:, :-1]},
        {layer: network.tensors[layer].astype(np.int16)},
        {f"{layer}_scale": network.tensors[f"{layer}_scale"] * 0 - 1},
    ):
        with pytest.raises(CorruptDataError):
            classic.architecture.make(config, network.tensors | broken, {})


def test_sums_that_could_be_inexact_are_refused() -> None:
    classic, config = CLASSICS["made"]
    wide = replace(config, hidden=(600, 600))
    tensors = tensors_by_rule(layer_tensors(classic.layers(wide)), (1, 2))
    tensors["hidden1"] = np.full_like(tensors["hidden1"], 127)
    with pytest.raises(CorruptDataError, match=r"2\*\*24"):
        classic.architecture.make(wide, tensors, {})


@pytest.mark.parametrize("name", [name for name in NAMES if CLASSICS[name][0].bundled])
def test_bundled_networks(name: str) -> None:
    network = CLASSICS[name][0].architecture.newest()
    assert {"data", "steps", "minutes", "held out"} <= network.provenance.keys()
    assert network.identity == MODELS[name].weights()  # type: ignore[attr-defined]
