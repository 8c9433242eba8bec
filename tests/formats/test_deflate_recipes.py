"""Recipes of deflate streams: any valid stream comes back bit for bit, whoever wrote it; damage is an error."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.errors import CorruptDataError
from neucomp.formats.deflate_recipes import PLANS, RecipeReader, RecipeWriter
from tests.formats.deflate_streams import by_zlib, encoders, odd_match
from tests.kernels.test_deflate import TEXTS, phrases, random_bytes

ENCODERS = encoders()


def array(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


def is_worth_while(stream: bytes, text: bytes) -> bool:
    """Whether some plan gives a stream that is alone a recipe of a third of its size, and 21 bytes for the head."""
    writers = [RecipeWriter(len(stream)) for _ in PLANS]
    added = [writer.add(array(stream), array(text), plan) for plan, writer in enumerate(writers)]
    return any(3 * writer.size <= len(stream) + 64 for writer, is_added in zip(writers, added, strict=True) if is_added)


def check(streams: list[tuple[bytes, bytes]], plan: int | None = None) -> bytes:
    """The recipes of streams with their texts, having checked that they give the streams again."""
    writer = RecipeWriter(sum(len(stream) for stream, _ in streams))
    kept = []
    for stream, text in streams:
        assert zlib.decompress(stream, -15) == text
        own = writer.find_plan(array(stream), array(text)) if plan is None else plan
        if own is not None and writer.add(array(stream), array(text), own):
            kept.append((stream, text))
        else:
            # A head alone may be more than is worth while.
            assert plan is not None or len(stream) < 200 or (len(stream) < 400 and not is_worth_while(stream, text))
    recipes = writer.finish()
    reader = RecipeReader(recipes)
    for stream, text in kept:
        assert reader.next(array(text), len(stream)) == stream
    return recipes


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders(name: str) -> None:
    check([(ENCODERS[name](text), text) for text in (TEXTS["phrases"][:60_000], TEXTS["picture"][:30_000], b"x", b"")])


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name: str) -> None:
    for level in (1, 6):
        check([(by_zlib(level)(TEXTS[name]), TEXTS[name])])


@pytest.mark.parametrize("plan", range(len(PLANS)))
def test_plans(plan: int) -> None:
    check([(by_zlib(6)(text), text) for text in (phrases(30_000), bytes(3000), phrases(50))], plan)


def test_match_with_an_odd_code() -> None:
    check([odd_match()])


def test_a_long_block_has_its_codes_first() -> None:
    text = bytes(3 << 20)
    check([(by_zlib(9)(text), text)], plan=8)


@given(
    st.lists(st.tuples(st.binary(max_size=30), st.integers(1, 300)), max_size=20),
    st.sampled_from(sorted(ENCODERS)),
)
@settings(max_examples=100, deadline=None)
def test_any_text(pieces: list[tuple[bytes, int]], name: str) -> None:
    text = b"".join(piece * times for piece, times in pieces)
    check([(ENCODERS[name](text), text)])


def test_zlib_needs_next_to_nothing() -> None:
    text = phrases(100_000)
    for level in (6, 9):
        assert len(check([(by_zlib(level)(text), text)])) < 200


def test_later_streams_are_shorter() -> None:
    streams = [(by_zlib(6)(text), text) for text in (phrases(20_000, seed) for seed in range(4))]
    assert len(check(streams)) < 2 * len(check(streams[:1]))


def test_what_is_no_stream_is_refused() -> None:
    text = phrases(3000)
    stream = by_zlib(6)(text)
    writer = RecipeWriter(len(stream))
    for wrong in (stream[:-1], stream + b"x", b"", b"\x07" + stream, random_bytes(500)):
        assert writer.find_plan(array(wrong), array(text)) is None
    assert writer.find_plan(array(stream), array(text[:-1])) is None


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_damage(data: st.DataObject) -> None:
    text = phrases(4000)
    stream = by_zlib(1)(text)
    recipes = bytearray(check([(stream, text)]))
    for _ in range(data.draw(st.integers(1, 4))):
        recipes[data.draw(st.integers(0, len(recipes) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        assert len(RecipeReader(bytes(recipes)).next(array(text), len(stream))) == len(stream)
    except CorruptDataError:
        pass


@given(st.binary(max_size=200), st.integers(0, 5000))
@settings(max_examples=150, deadline=None)
def test_noise_as_recipe(recipes: bytes, size: int) -> None:
    try:
        assert len(RecipeReader(recipes).next(array(phrases(2000)), size)) == size
    except CorruptDataError:
        pass
