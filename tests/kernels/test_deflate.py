"""Deflate: byte for byte what zlib gives, at all levels, strategies, sizes of window and memory."""

import hashlib
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.formats.deflate_calls import Call, deflate_blocks, load_deflate
from neucomp.kernels.deflate_blocks import LARGEST_BLOCK, new_block_writer
from neucomp.kernels.deflate_format import LOOKAHEAD, Strategy, block_tokens
from neucomp.kernels.deflate_matching import SEARCHES, new_matcher
from neucomp.kernels.inflate import new_stream_reader
from tests.helpers.zlib_at_hand import deflated, needs_zlib

LEVELS = range(1, 10)
WHOLE = 1 << 20
CALLS = st.tuples(
    st.integers(1, 9),
    st.sampled_from(Strategy),
    st.integers(1, 9),
    st.integers(9, 15),
    st.sampled_from([1, 100, 263, 5000, WHOLE]),
).map(lambda fields: Call(*fields))


def random_bytes(size: int, symbols: int = 256, seed: int = 1) -> bytes:
    return np.random.default_rng(seed).integers(0, symbols, size).astype(np.uint8).tobytes()


def phrases(size: int, seed: int = 1) -> bytes:
    """Something with many matches, near and far, of all lengths, between literals."""
    random = np.random.default_rng(seed)
    text = bytearray(random_bytes(20))
    while len(text) < size:
        start = int(random.integers(0, len(text)))
        text += text[start : start + int(random.geometric(0.02))]
        text += random_bytes(int(random.integers(0, 6)), 60, len(text))
    return bytes(text[:size])


def walk(size: int) -> bytes:
    """Like the filtered rows of a picture."""
    return np.random.default_rng(2).normal(0, 4, size).round().astype(np.int64).astype(np.uint8).tobytes()


def fibonacci(symbols: int) -> bytes:
    """Counts that ask for codes as long as can be."""
    counts = [1, 1]
    while len(counts) < symbols:
        counts.append(counts[-1] + counts[-2])
    return b"".join(bytes([symbol * 3 % 256]) * count for symbol, count in enumerate(counts))


def stream(text: bytes, call: Call) -> bytes:
    return b"".join(deflate_blocks(np.frombuffer(text, np.uint8), call))


def check(text: bytes, call: Call) -> None:
    assert stream(text, call) == deflated(text, call), call


TEXTS = {
    "nothing": b"",
    "one byte": b"x",
    "two bytes": b"xy",
    "three bytes": b"xxx",
    "zeros": bytes(70_000),
    "random": random_bytes(140_000),
    "four symbols": random_bytes(70_000, 4),
    "phrases": phrases(140_000),
    "picture": walk(70_000),
    "fibonacci": fibonacci(19),
    "incompressible, then not": random_bytes(40_000) + bytes(40_000) + phrases(30_000),
}


@needs_zlib
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", TEXTS)
def test_every_level_and_strategy(name: str, level: int) -> None:
    for strategy in Strategy:
        for memory_level in (8, 9):
            check(TEXTS[name], Call(level, strategy, memory_level, 15, WHOLE))


@needs_zlib
@pytest.mark.parametrize("memory_level", range(1, 10))
@pytest.mark.parametrize("window_bits", range(9, 16))
def test_every_window_and_memory(window_bits: int, memory_level: int) -> None:
    text = phrases(3 << window_bits)[:60_000] + random_bytes(3000)
    for level in (1, 6):
        check(text, Call(level, Strategy.DEFAULT, memory_level, window_bits, WHOLE))
    check(text, Call(9, Strategy.FILTERED, memory_level, window_bits, 1000))


@needs_zlib
@pytest.mark.parametrize("past", range(-4, 4))
def test_sizes_around_the_window_and_the_block(past: int) -> None:
    """The window is moved where its end comes near, and a block ends where its tokens do."""
    for window_bits in (9, 15):
        window = 1 << window_bits
        for size in (window - int(LOOKAHEAD), window, 2 * window - int(LOOKAHEAD), 2 * window):
            for kind in (phrases, random_bytes):
                for level in (2, 6):
                    check(kind(size + past), Call(level, Strategy.DEFAULT, 8, window_bits, WHOLE))
    for memory_level in (1, 5, 9):
        for tokens in (block_tokens(memory_level), 2 * block_tokens(memory_level)):
            text = random_bytes(tokens + past)
            for strategy in (Strategy.HUFFMAN_ONLY, Strategy.RLE, Strategy.FIXED):
                check(text, Call(6, strategy, memory_level, 15, WHOLE))


@needs_zlib
@pytest.mark.parametrize("strategy", [Strategy.DEFAULT, Strategy.HUFFMAN_ONLY, Strategy.RLE])
@pytest.mark.parametrize("piece", [1000, 4096, 32767])
def test_a_text_in_pieces(piece: int, strategy: Strategy) -> None:
    """With the largest blocks, the moment at which the window moves tells whether one can be stored."""
    text = random_bytes(200_000)
    check(text, Call(6, strategy, 9, 15, piece))
    check(text + phrases(50_000), Call(6, strategy, 9, 15, piece))


@needs_zlib
@given(st.lists(st.tuples(st.binary(max_size=30), st.integers(1, 300)), max_size=30), CALLS)
@settings(max_examples=150, deadline=None)
def test_any_text(parts: list[tuple[bytes, int]], call: Call) -> None:
    check(b"".join(part * times for part, times in parts), call)


@needs_zlib
@given(st.lists(st.integers(0, 2000), min_size=1, max_size=256), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_any_counts(counts: list[int], seed: int) -> None:
    """Codes for any counts of literals: ties, one symbol only, lengths that overflow."""
    text = np.repeat(np.arange(len(counts), dtype=np.uint8), counts)
    np.random.default_rng(seed).shuffle(text)
    check(text.tobytes(), Call(6, Strategy.HUFFMAN_ONLY, 9, 15, WHOLE))


KNOWN = {
    (1, 0, 8): "fb8cff9cee1ef6b9",
    (3, 1, 9): "40d606847ffe66ca",
    (4, 0, 9): "ac6297fcc85f2893",
    (6, 1, 8): "f55d37440d6fb6ea",
    (9, 0, 9): "66420d386860ecb8",
    (6, 2, 8): "aefb76f5dc835454",
    (6, 3, 8): "75035d9c3fe1b21d",
    (6, 4, 1): "e71ee6c09f53f284",
}
"""SHA-256 of what zlib 1.2.13 gives, by level, strategy, memory level."""


@pytest.mark.parametrize("call", KNOWN)
def test_known_streams(call: tuple[int, int, int]) -> None:
    """Where Python's zlib is another one, too."""
    text = TEXTS["phrases"] + TEXTS["picture"]
    known = stream(text, Call(*call, 15, WHOLE))
    assert zlib.decompress(known, -15) == text
    assert hashlib.sha256(known).hexdigest()[:16] == KNOWN[call]


def expand(tokens: np.ndarray, text: bytearray) -> None:
    """Appends what tokens stand for."""
    for token in tokens.tolist():
        if token < 256:
            text.append(token)
        else:
            for _ in range(token & 511):
                text.append(text[-(token >> 9)])


@given(st.lists(st.tuples(st.binary(max_size=30), st.integers(1, 300)), max_size=30), CALLS)
@settings(max_examples=60, deadline=None)
def test_tokens_are_read_as_they_were_written(parts: list[tuple[bytes, int]], call: Call) -> None:
    kernels = load_deflate()
    text = np.frombuffer(b"".join(part * times for part, times in parts), np.uint8)
    reader = new_stream_reader(np.frombuffer(stream(text.tobytes(), call), np.uint8))
    matcher = new_matcher(text, SEARCHES[call.level], *call[1:5])
    found = np.zeros(block_tokens(call.memory_level), np.int32)
    read = np.zeros(found.size + 1, np.int32)
    expanded = bytearray()
    last = False
    while not last:
        count, finished = kernels.find_tokens(matcher, found)
        start = len(expanded)
        expand(found[:count], expanded)
        last, kind, size = kernels.read_block(reader, read)
        assert last == finished
        if kind == 0:
            assert size == len(expanded) - start
        else:
            assert read[:size].tolist() == found[:count].tolist()
    assert expanded == text.tobytes()


def test_a_block_has_room() -> None:
    """Matches with the longest codes and most extra bits that there are, as many as a block may hold."""
    kernels = load_deflate()
    text = np.zeros(1, np.uint8)
    tokens = np.resize((np.arange(24577, 32769) << 9 | np.arange(8192) % 256 + 3), block_tokens(9)).astype(np.int32)
    output = np.full(LARGEST_BLOCK, 0xEE, np.uint8)
    matcher = new_matcher(text, SEARCHES[1], Strategy.FIXED, 9, 15, 1)
    matcher.registers[0] = 1  # the window begins later: nothing can be stored
    size = kernels.write_tokens(matcher, new_block_writer(), tokens, tokens.size, True, output)
    assert size < LARGEST_BLOCK // 2


def test_tokens_come_in_any_portions() -> None:
    kernels = load_deflate()
    text = np.frombuffer(TEXTS["phrases"], np.uint8)
    for level in LEVELS:
        matcher, other = (new_matcher(text, SEARCHES[level], Strategy.DEFAULT, 8, 15, WHOLE) for _ in range(2))
        whole = np.zeros(text.size + 1, np.int32)
        count, finished = kernels.find_tokens(matcher, whole)
        assert finished
        portions = []
        finished = False
        while not finished:
            portion = np.zeros(len(portions) % 7 + 1, np.int32)
            size, finished = kernels.find_tokens(other, portion)
            portions.append(portion[:size])
        assert np.array_equal(np.concatenate(portions), whole[:count])
