"""zlib streams (RFC 1950): taken apart into a text and a recipe of a few bytes, and put together again.

A recipe says how zlib was called; of a stream that has stored blocks only, whoever wrote it, it tells their sizes; of
any
other, all choices that its encoder made:

    level << 4 | strategy << 1 | 1 if the header is not what zlib writes   u8
    level 0: sizes of the blocks (see fields.py)
    level 15: bytes of the stream without header and checksum, bytes of the recipe (varints), the recipe (see
    deflate_recipes.py)
    level 1 to 9: memory level << 4 | 8 if it is unusual | window bits - 8   u8
                  if it is unusual: empty blocks << 1 | takes far (see deflate_calls.py)   u8
    the header, if zlib does not write it: two bytes

Eight window bits stand in the header of small streams; zlib works with nine then.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from neucomp.errors import CorruptDataError
from neucomp.formats.deflate_calls import (
    LARGEST_WINDOW_BITS,
    MOST_EMPTY_BLOCKS,
    SMALLEST_WINDOW_BITS,
    Call,
    deflate_blocks,
    find_call,
)
from neucomp.formats.deflate_recipes import RecipeReader, RecipeWriter
from neucomp.formats.fields import FieldReader, pack_sizes, read_sizes
from neucomp.kernels.deflate_format import Strategy
from neucomp.varint import pack_varint

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HEADER_SIZE, _CHECKSUM_SIZE = 2, 4
_STORED_HEAD = struct.Struct("<BHH")
_FULL_BLOCK = 0xFFFF
_CHOICES = 15
_UNUSUAL = 8


def inflate(stream: bytes, most: int) -> bytes | None:
    """The text of a stream; None if that is damaged, if something follows it, or if the text exceeds `most` bytes."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(stream, most + 1)
    except zlib.error:
        return None
    return text if len(text) <= most and inflater.eof and not inflater.unused_data else None


def deflate(text: NDArray[np.uint8], call: Call) -> bytes:
    """The stream that zlib makes of a text, uint8 (n,), n < 2**31."""
    return _join(_usual_header(call.hint, call.window_bits), deflate_blocks(text, call), text)


def take_apart(stream: bytes, text: NDArray[np.uint8], piece: int) -> bytes | None:
    """The recipe of a valid stream, or None if there is none that is worth while. piece: as in `Call`."""
    header, body = stream[:_HEADER_SIZE], stream[_HEADER_SIZE:-_CHECKSUM_SIZE]
    hint, window_bits = header[1] >> 6, (header[0] >> 4) + 8
    sizes = _stored_sizes(body)
    if sizes:
        is_usual = header == _usual_header(0, LARGEST_WINDOW_BITS)
        recipe = bytes([not is_usual]) + pack_sizes(sizes)
    else:
        call = find_call(body, text, hint, window_bits, piece)
        if call is None:
            return _take_choices(header, body, text)
        if call.window_bits != max(window_bits, SMALLEST_WINDOW_BITS):
            window_bits = call.window_bits
        is_usual = header == _usual_header(call.hint, window_bits)
        habits = call.empty_blocks << 1 | call.takes_far
        recipe = bytes(
            [
                call.level << 4 | call.strategy << 1 | (not is_usual),
                call.memory_level << 4 | _UNUSUAL * (habits > 0) | window_bits - 8,
                *([habits] if habits else []),
            ]
        )
    return recipe if is_usual else recipe + header


def put_together(recipe: FieldReader, text: NDArray[np.uint8], piece: int) -> bytes:
    """The stream of a text; CorruptDataError if `take_apart` does not make such recipes."""
    first = recipe.byte()
    level, strategy, is_usual = first >> 4, first >> 1 & 7, not first & 1
    blocks: Iterable[bytes]
    if level == 0:
        header = _usual_header(0, LARGEST_WINDOW_BITS)
        blocks = _stored_blocks(text, read_sizes(recipe, text.size))
    elif level == _CHOICES:
        size = recipe.varint()
        if size > text.size + _most_growth(text.size):
            raise CorruptDataError("the envelope of an image asks for too long a stream: the file is damaged")
        blocks = [RecipeReader(recipe.take(recipe.varint())).next(text, size)]
        header, is_usual = b"", False
    else:
        second = recipe.byte()
        memory_level, window_bits = second >> 4, 8 + (second & 7)
        empty_blocks, takes_far = divmod(recipe.byte() if second & _UNUSUAL else 0, 2)
        if level > 9 or strategy > max(Strategy) or not 1 <= memory_level <= 9 or empty_blocks > MOST_EMPTY_BLOCKS:
            raise CorruptDataError("the envelope of an image asks for what zlib cannot do: the file is damaged")
        used_bits = max(window_bits, SMALLEST_WINDOW_BITS)
        call = Call(level, strategy, memory_level, used_bits, piece, empty_blocks, takes_far == 1)
        header = _usual_header(call.hint, window_bits)
        blocks = deflate_blocks(text, call)
    return _join(header if is_usual else recipe.take(_HEADER_SIZE), blocks, text)


def _take_choices(header: bytes, body: bytes, text: NDArray[np.uint8]) -> bytes | None:
    """The recipe of a stream that zlib does not write."""
    if len(body) > text.size + _most_growth(text.size):
        return None
    writer = RecipeWriter(len(body))
    stream = np.frombuffer(body, np.uint8)
    plan = writer.find_plan(stream, text)
    if plan is None or not writer.add(stream, text, plan):
        return None
    choices = writer.finish()
    return bytes([_CHOICES << 4 | 1]) + pack_varint(len(body)) + pack_varint(len(choices)) + choices + header


def _most_growth(size: int) -> int:
    """Bytes by which a stream may be longer than its text: no encoder needs as many, and they bound memory."""
    return size // 8 + 1024


def _usual_header(hint: int, window_bits: int) -> bytes:
    """The first two bytes that zlib writes, for a hint at the level and a window's size."""
    method = 8 | (window_bits - 8) << 4
    flags = hint << 6
    return bytes([method, flags + 31 - (method << 8 | flags) % 31])


def _join(header: bytes, blocks: Iterable[bytes], text: NDArray[np.uint8]) -> bytes:
    return b"".join(itertools.chain([header], blocks, [zlib.adler32(text.data).to_bytes(_CHECKSUM_SIZE, "big")]))


def _stored_sizes(body: bytes) -> list[int]:
    """The sizes of a valid stream's blocks, if all are stored in the usual way; else an empty list."""
    sizes = []
    position = 0
    while position < len(body) and body[position] <= 1:
        _, size, _ = _STORED_HEAD.unpack_from(body, position)
        sizes.append(size)
        position += _STORED_HEAD.size + size
    return sizes if position == len(body) else []


def _stored_blocks(text: NDArray[np.uint8], sizes: list[int]) -> Iterator[bytes]:
    start = 0
    for number, size in enumerate(sizes, 1):
        if size > _FULL_BLOCK:
            raise CorruptDataError("a stored block in the envelope of an image is too large: the file is damaged")
        yield _STORED_HEAD.pack(number == len(sizes), size, size ^ _FULL_BLOCK)
        yield text[start : start + size].tobytes()
        start += size
