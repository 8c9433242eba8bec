"""Whole symbols through the range coder: our integers exactly, within a word or two of the ideal, nothing unnoticed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neucomp.coder import TOTAL, Decoder, Encoder, decode, encode
from neucomp.errors import CorruptDataError

Freqs = NDArray[np.int64]


def rows(shares: NDArray[np.float64]) -> Freqs:
    """Rows of frequencies for shares (n, A) of any sum."""
    freqs = 1 + (shares / shares.sum(1, keepdims=True) * (TOTAL - shares.shape[1])).astype(np.int64)
    freqs[:, 0] += TOTAL - freqs.sum(1)
    return freqs


def wild_rows(random: np.random.Generator, count: int, alphabet: int = 256) -> Freqs:
    return rows(random.gamma(0.05, size=(count, alphabet)) + 1e-12)


def twin(symbols: list[int], freqs: list[list[int]]) -> bytes:
    """The same coder on Python's integers, told from its definition in docs/format.md."""
    low, width, shifts = 0, 2**64 - 1, 0
    for symbol, row in zip(symbols, freqs, strict=True):
        unit = width >> 24
        low, width = low + unit * sum(row[:symbol]), unit * row[symbol]
        if width < 2**32:
            low, width, shifts = low << 32, width << 32, shifts + 1
    if not symbols:
        return b""
    code = (low + 2**32 - 1) >> 32
    words = [code >> 32 * i & 0xFFFFFFFF for i in reversed(range(shifts + 1))]
    if (low + width) >> 32 == code:
        words.append(0)
    return b"".join(word.to_bytes(4, "little") for word in words)


def ideal_bits(symbols: NDArray[np.integer], freqs: Freqs) -> float:
    chosen = np.take_along_axis(freqs, np.asarray(symbols, np.int64)[:, None], 1)
    return float(-np.log2(chosen / TOTAL).sum())


def check(symbols: NDArray[np.integer], freqs: Freqs) -> bytes:
    """Codes there and back, whole and in parts, and compares with the twin and with the ideal size."""
    payload = encode(symbols, freqs)
    assert payload == twin(symbols.tolist(), freqs.tolist())
    assert 8 * len(payload) <= ideal_bits(symbols, freqs) + 64
    assert decode(payload, freqs).tolist() == symbols.tolist()
    decoder, decoded = Decoder(payload), np.zeros_like(symbols)
    for i in range(symbols.size):
        decoder.code(decoded[i : i + 1], freqs[i : i + 1])
    assert decoded.tolist() == symbols.tolist()
    decoder.check()
    return payload


@st.composite
def codings(draw: st.DrawFn) -> tuple[NDArray[np.int64], Freqs]:
    """Symbols and rows whose masses are as uneven as can be."""
    alphabet, count = draw(st.integers(2, 300)), draw(st.integers(1, 30))
    ends = st.lists(st.integers(0, TOTAL - alphabet), min_size=alphabet - 1, max_size=alphabet - 1)
    cuts = np.sort([draw(ends) for _ in range(count)], axis=1)
    freqs = 1 + np.diff(cuts, axis=1, prepend=0, append=TOTAL - alphabet)
    return np.array(draw(st.lists(st.integers(0, alphabet - 1), min_size=count, max_size=count))), freqs


@settings(deadline=None, max_examples=60)
@given(codings())
def test_any_symbols_come_back(coding: tuple[NDArray[np.int64], Freqs]) -> None:
    check(*coding)


@pytest.mark.parametrize("alphabet", [2, 3, 255, 256, 1000])
def test_frequencies_are_reproduced_to_the_last_unit(alphabet: int) -> None:
    """The largest mass there is, at each end and inside, with every other symbol at 1: by the twin's integers."""
    places = sorted({0, 1, alphabet // 2, alphabet - 2, alphabet - 1})
    freqs = np.ones((len(places), alphabet), np.int64)
    freqs[np.arange(len(places)), places] = TOTAL - alphabet + 1
    for symbol in places:
        repeated = np.tile(freqs, (20, 1))
        check(np.full(len(repeated), symbol), repeated)


def test_masses_that_floats_would_round() -> None:
    """Odd masses just below powers of two, where sums of 24 bits have no bit to spare."""
    random = np.random.default_rng(2)
    for _ in range(10):
        shares = random.choice([2**k - 1 for k in range(1, 22)], size=(40, 256)).astype(np.float64)
        check(random.integers(0, 256, 40), rows(shares))


def test_each_symbol_costs_what_its_frequency_says() -> None:
    """One row, each symbol a hundred times: a frequency that were off by one would show in the twin's words."""
    random = np.random.default_rng(3)
    freqs = wild_rows(random, 1)
    for symbol in range(0, 256, 5):
        check(np.full(100, symbol), np.repeat(freqs, 100, axis=0))


@pytest.mark.parametrize("count", [1, 2, 3, 1000, 20_000])
def test_a_payload_is_nearly_ideal(count: int) -> None:
    random = np.random.default_rng(count)
    freqs = wild_rows(random, count)
    symbols = (freqs.cumsum(1) <= random.integers(0, TOTAL, (count, 1))).sum(1)
    payload = encode(symbols, freqs)
    assert 8 * len(payload) <= ideal_bits(symbols, freqs) + 64
    assert decode(payload, freqs).tolist() == symbols.tolist()


def test_batches_do_not_matter() -> None:
    random = np.random.default_rng(4)
    freqs, symbols = wild_rows(random, 500), random.integers(0, 256, 500)
    encoder = Encoder()
    for part in np.split(np.arange(500), np.sort(random.integers(0, 500, 20))):
        encoder.code(symbols[part], freqs[part])
    assert encoder.finish() == encode(symbols, freqs)
    assert encode(symbols.astype(np.uint8), np.asfortranarray(freqs).astype(np.int32)) == encode(symbols, freqs)


def test_nothing_takes_nothing() -> None:
    assert check(np.zeros(0, np.int64), np.ones((0, 256), np.int64)) == b""
    assert Encoder().finish(5) == bytes(5)
    Decoder(bytes(5)).check(5)


def test_golden_words() -> None:
    freqs = np.array([[TOTAL - 255] + [1] * 255, [1] * 255 + [TOTAL - 255], [65536] * 256])
    assert encode(np.array([7, 255, 100]), freqs).hex() == "6307fffffaff36ff"


def test_wrong_rows_are_refused() -> None:
    good = np.full((1, 4), TOTAL // 4)
    for wrong in (good + 1, good - 1, np.array([[0, TOTAL - 2, 1, 1]]), np.array([[-1, TOTAL - 1, 1, 1]])):
        with pytest.raises(ValueError, match="16777216"):
            encode(np.array([1]), wrong)
        with pytest.raises(ValueError, match="16777216"):
            decode(b"abcd", wrong)
    for symbol in (4, -1):
        with pytest.raises(KeyError):
            encode(np.array([symbol]), good)


def test_every_truncation_and_extension_shows() -> None:
    random = np.random.default_rng(5)
    for count in (1, 2, 3, 50):
        freqs = wild_rows(random, count)
        payload = encode(random.integers(0, 256, count), freqs)
        others = [payload[:size] for size in range(len(payload))]
        others += [payload + tail for tail in (b"\0", b"\0" * 4, b"\0" * 8, b"x" * 4, b"\xff" * 40)]
        for other in others:
            with pytest.raises(CorruptDataError):
                decode(other, freqs)


def test_zeros_up_to_a_size() -> None:
    freqs = np.full((9, 256), TOTAL // 256)
    encoder = Encoder()
    encoder.code(np.arange(9), freqs)
    payload = encoder.finish(21)
    assert payload == encode(np.arange(9), freqs).ljust(21, b"\0")
    for least in (20, 21, 22):
        decoder = Decoder(payload)
        decoded = np.zeros(9, np.uint8)
        decoder.code(decoded, freqs)
        assert decoded.tolist() == list(range(9))
        if least == 21:
            decoder.check(least)
        else:
            with pytest.raises(CorruptDataError):
                decoder.check(least)


def test_decoding_stops_soon_after_the_payload_ends() -> None:
    freqs = np.full((64, 256), TOTAL // 256)
    decoder = Decoder(b"few bytes")
    with pytest.raises(CorruptDataError, match="before all"):
        for _ in range(3):
            decoder.code(np.zeros(64, np.uint8), freqs)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=40), st.integers(0, 40))
def test_any_payload_is_refused_or_is_the_one_of_its_symbols(payload: bytes, count: int) -> None:
    freqs = wild_rows(np.random.default_rng(count), count)
    try:
        symbols = decode(payload, freqs)
    except CorruptDataError:
        return
    assert encode(symbols, freqs) == payload
