"""Calls of zlib: the blocks that one gives, and which one gave the blocks at hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neucomp.errors import KernelError
from neucomp.kernels.deflate_format import DYNAMIC, LOOKAHEAD, OUT_OF_REACH, STORED, TOO_FAR, Strategy, block_tokens

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from neucomp.kernels.deflate_matching import Matcher

SMALLEST_WINDOW_BITS, LARGEST_WINDOW_BITS = 9, 15

_LEVELS = {0: (1, 2), 1: (5, 4, 3, 2), 2: (6, 5), 3: (9, 8, 7)}
"""Levels by what the header of a stream says of them, now or in old versions of zlib; likely ones first."""

_LIKELY_HINTS = (2, 3, 1, 0)

_FIRST_LAZY_LEVEL = 4

_MEMORY_LEVELS: tuple[int, ...] = (8, 9, 7, 6, 5, 4, 3, 2, 1)
"""Likely ones first: the default of zlib and libpng, that of Pillow."""

_TOKENS_AT_ONCE = 512
MOST_EMPTY_BLOCKS = 2


class Call(NamedTuple):
    """Arguments of zlib's deflateInit2, but for level 0, and what else the stream depends on."""

    level: int  # 1 .. 9
    strategy: int  # of `Strategy`
    memory_level: int  # 1 .. 9
    window_bits: int  # 9 .. 15
    piece: int  # bytes of the text that zlib is given at a time, which matters very seldom
    empty_blocks: int = 0  # behind the text: 1 if it is flushed with Z_BLOCK, 2 if with Z_PARTIAL_FLUSH
    takes_far: bool = False  # a match of three bytes at any distance, as Apple's zlib does

    @property
    def hint(self) -> int:
        """What the header of a stream says of the level."""
        if self.strategy >= Strategy.HUFFMAN_ONLY or self.level == 1:
            return 0
        return 1 if self.level < 6 else 2 if self.level == 6 else 3


def deflate_blocks(text: NDArray[np.uint8], call: Call) -> Iterator[bytes]:
    """The whole bytes that each block adds to the stream (RFC 1951) of a text, uint8 (n,), n < 2**31."""
    return _blocks(load_deflate(), text, call)


def _blocks(kernels: ModuleType, text: NDArray[np.uint8], call: Call) -> Iterator[bytes]:
    from neucomp.kernels.deflate_blocks import LARGEST_BLOCK, new_block_writer

    matcher, writer = _new_matcher(text, call), new_block_writer()
    tokens = np.zeros(block_tokens(call.memory_level), np.int32)
    output = np.zeros(LARGEST_BLOCK, np.uint8)
    finished = False
    while not finished:
        count, finished = kernels.find_tokens(matcher, tokens)
        size = kernels.write_tokens(matcher, writer, tokens, count, finished and not call.empty_blocks, output)
        yield output[:size].tobytes()
    for left in range(call.empty_blocks, 0, -1):
        size = kernels.write_tokens(matcher, writer, tokens, 0, left == 1, output)
        yield output[:size].tobytes()


def _new_matcher(text: NDArray[np.uint8], call: Call) -> Matcher:
    from neucomp.kernels.deflate_matching import SEARCHES, new_matcher

    too_far = OUT_OF_REACH if call.takes_far else TOO_FAR
    return new_matcher(
        text, SEARCHES[call.level], call.strategy, call.memory_level, call.window_bits, call.piece, too_far
    )


def find_call(stream: bytes, text: NDArray[np.uint8], hint: int | None, window_bits: int, piece: int) -> Call | None:
    """The call that gives a stream (RFC 1951; valid, and not all blocks stored), or None.

    The tokens of the first block show most wrong guesses after a few hundred of them, and its length the memory level.
    hint, window_bits: what the stream's header says; without a header, hint is None.
    """
    from neucomp.kernels.inflate import new_stream_reader

    kernels = load_deflate()
    reader = new_stream_reader(np.frombuffer(stream, np.uint8))
    tokens = np.zeros(1 + block_tokens(max(_MEMORY_LEVELS)), np.int32)
    last, kind, count = kernels.read_block(reader, tokens)
    if kind == STORED:
        tokens = tokens[:0]
        memory_levels = _MEMORY_LEVELS
    else:
        is_alone = last or kernels.read_block(reader, np.zeros(1, np.int32))[2] == 0
        tokens = tokens[:count]
        full = {level: block_tokens(level) for level in _MEMORY_LEVELS}
        memory_levels = tuple(m for m in _MEMORY_LEVELS if count == full[m] or (is_alone and count < full[m]))
        if hint is None and is_alone:
            memory_levels = memory_levels[:2]  # they hardly matter where a stream has one block
    windows = [max(window_bits, SMALLEST_WINDOW_BITS)]
    if text.size > (1 << windows[0]) - LOOKAHEAD and window_bits < LARGEST_WINDOW_BITS:
        windows.append(LARGEST_WINDOW_BITS)  # libpng writes a smaller one into the header than it has used
    for memory_level, window, (level, strategy, takes_far) in product(memory_levels, windows, _ways(hint, kind)):
        call = Call(level, strategy, memory_level, window, piece, 0, takes_far)
        if _begins_with(kernels, text, call, tokens):
            for empty_blocks in range(MOST_EMPTY_BLOCKS + 1):
                call = call._replace(empty_blocks=empty_blocks)
                if _gives(kernels, text, call, stream):
                    return call
    return None


def _ways(hint: int | None, kind: int) -> list[tuple[int, int, bool]]:
    """Levels, strategies and `Call.takes_far` that a stream's hint and the kind of its first block allow; likely ones
    first."""
    ways: list[tuple[int, int, bool]]
    if hint is None:
        return [way for likely in _LIKELY_HINTS for way in _ways(likely, kind)]
    ways = [(level, strategy, False) for strategy in (Strategy.DEFAULT, Strategy.FILTERED) for level in _LEVELS[hint]]
    ways += [(level, Strategy.DEFAULT, True) for level in _LEVELS[hint] if level >= _FIRST_LAZY_LEVEL]
    if hint == 0:
        ways += [(1, Strategy.HUFFMAN_ONLY, False), (1, Strategy.RLE, False)]
    if hint == 0 and kind != DYNAMIC:
        ways += [(level, Strategy.FIXED, False) for level in range(1, 10)]
    return ways


def _begins_with(kernels: ModuleType, text: NDArray[np.uint8], call: Call, tokens: NDArray[np.int32]) -> bool:
    """Whether a call gives these tokens first."""
    matcher = _new_matcher(text, call)
    found = np.zeros(_TOKENS_AT_ONCE, np.int32)
    for start in range(0, tokens.size, found.size):
        expected = tokens[start : start + found.size]
        count, _ = kernels.find_tokens(matcher, found[: expected.size])
        if not np.array_equal(found[:count], expected):
            return False
    return True


def _gives(kernels: ModuleType, text: NDArray[np.uint8], call: Call, stream: bytes) -> bool:
    """Whether a call gives a stream."""
    position = 0
    for block in _blocks(kernels, text, call):
        if not stream.startswith(block, position):
            return False
        position += len(block)
    return position == len(stream)


def load_deflate() -> ModuleType:
    """The kernels of `neucomp.kernels.deflate`, proven."""
    from neucomp.kernels.cache import load_kernels

    return load_kernels("neucomp.kernels.deflate", _prove)


_PROOF_TEXT = b"It was the best of times, it was the worst of times, 1859\n" * 5 + bytes(range(256)) * 2 + bytes(600)
_PROOF_CALLS = (
    Call(1, Strategy.FILTERED, 9, 15, 64),
    Call(5, Strategy.FIXED, 8, 12, 4096),
    Call(9, Strategy.DEFAULT, 1, 9, 4096),
    Call(6, Strategy.RLE, 9, 15, 4096),
    Call(6, Strategy.HUFFMAN_ONLY, 2, 9, 100),
)
_PROOF_DIGEST = "cc78535681eaa9a7"


def _prove(kernels: ModuleType) -> None:
    """Deflates a short text in several ways, and reads it again; KernelError if that gives a wrong answer."""
    from neucomp.kernels.inflate import new_stream_reader

    text = np.frombuffer(_PROOF_TEXT, np.uint8)
    digest = hashlib.sha256()
    for call in _PROOF_CALLS:
        stream = b"".join(_blocks(kernels, text, call))
        reader = new_stream_reader(np.frombuffer(stream, np.uint8))
        tokens = np.zeros(text.size, np.int32)
        last = False
        while not last:
            last, kind, count = kernels.read_block(reader, tokens)
            digest.update(bytes([int(kind), int(last)]) + tokens[:count].astype("<i4").tobytes())
        digest.update(stream)
    if digest.hexdigest()[:16] != _PROOF_DIGEST:
        raise KernelError(
            f"the compiled deflate gives a wrong answer on this machine (known answer {_PROOF_DIGEST}, got "
            f"{digest.hexdigest()[:16]}): nothing was written. Please report it with the versions of numba and "
            "llvmlite and the processor"
        )
