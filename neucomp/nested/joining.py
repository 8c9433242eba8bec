"""A file put together again from what `splitting` has made of it."""

from __future__ import annotations

import zlib

import numpy as np

from neucomp.errors import CorruptDataError
from neucomp.formats.deflate_calls import MOST_EMPTY_BLOCKS, SMALLEST_WINDOW_BITS, Call, deflate_blocks
from neucomp.formats.deflate_recipes import RecipeReader
from neucomp.formats.fields import FieldReader
from neucomp.kernels.deflate_format import Strategy
from neucomp.nested import CALLED, CHECKED, DEPTH, EMPTY_BLOCKS, END, FILE, KINDS, WHOLE_TEXT, DecodeFile

_DAMAGED = "the layout of a file with streams is damaged"


class Joiner:
    """Puts data together; CorruptDataError if the parts cannot be what `Splitter` makes."""

    def __init__(
        self, layout: bytes, plain: list[bytes], recipes: bytes, files: bytes, decode_file: DecodeFile, most: int
    ) -> None:
        """plain: by data type; files: all payloads; most: bytes that all texts together may have."""
        self._layout = FieldReader(layout)
        self._plain = [FieldReader(each) for each in plain]
        self._recipes = RecipeReader(recipes) if recipes else None
        self._files = FieldReader(files)
        self._decode_file = decode_file
        self._left = most

    def join(self, size: int) -> bytes:
        """The data, of `size` bytes."""
        data = self._join(size, 0)
        if self._layout.rest() or self._files.rest() or any(each.rest() for each in self._plain):
            raise CorruptDataError(_DAMAGED)
        return data

    def _join(self, size: int, depth: int) -> bytes:
        number = self._layout.byte()
        if number >= len(self._plain) or depth > DEPTH:
            raise CorruptDataError(_DAMAGED)
        plain = self._plain[number]
        data = bytearray()
        while True:
            data += plain.take(self._layout.varint())
            head = self._layout.byte()
            if head & KINDS == END:
                break
            data += self._file(size) if head & KINDS == FILE else self._stream(head, size, depth)
            if len(data) > size:
                raise CorruptDataError(_DAMAGED)
        if len(data) != size:
            raise CorruptDataError(_DAMAGED)
        return bytes(data)

    def _file(self, most: int) -> bytes:
        size, model, payload_size = self._layout.varint(), self._layout.byte(), self._layout.varint()
        if size > most:
            raise CorruptDataError(_DAMAGED)
        return self._decode_file(model, self._files.take(payload_size), size)

    def _stream(self, head: int, most: int, depth: int) -> bytes:
        """A stream and its checksum, in data of at most so many bytes."""
        fields = (self._layout.byte(), self._layout.byte()) if head & KINDS == CALLED else None
        size = self._layout.varint() if fields is None else 0
        text_size = self._layout.varint()
        if size > most or text_size > self._left:
            raise CorruptDataError(_DAMAGED)
        self._left -= text_size
        data = self._join(text_size, depth + 1)
        text = np.frombuffer(data, np.uint8)
        stream = self._chosen(text, size) if fields is None else _called(text, head >> EMPTY_BLOCKS, *fields, most)
        return stream + (zlib.adler32(data).to_bytes(4, "big") if head & CHECKED else b"")

    def _chosen(self, text: np.typing.NDArray[np.uint8], size: int) -> bytes:
        if self._recipes is None:
            raise CorruptDataError(_DAMAGED)
        return self._recipes.next(text, size)


def _called(text: np.typing.NDArray[np.uint8], empty_blocks: int, first: int, second: int, most: int) -> bytes:
    """The stream that a call of zlib gives, of at most so many bytes."""
    level, strategy, takes_far = first >> 4, first >> 1 & 7, bool(first & 1)
    memory_level, window_bits = second >> 4, 8 + (second & 7)
    valid = 1 <= level <= 9 and strategy <= max(Strategy) and 1 <= memory_level <= 9
    if not valid or window_bits < SMALLEST_WINDOW_BITS or empty_blocks > MOST_EMPTY_BLOCKS:
        raise CorruptDataError(_DAMAGED)
    stream = bytearray()
    for block in deflate_blocks(
        text, Call(level, strategy, memory_level, window_bits, WHOLE_TEXT, empty_blocks, takes_far)
    ):
        stream += block
        if len(stream) > most:
            raise CorruptDataError(_DAMAGED)
    return bytes(stream)
