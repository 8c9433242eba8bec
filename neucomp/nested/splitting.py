"""A file split into the texts of its deflate streams, files of other models, and what lies between."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np

from neucomp.errors import LimitExceeded
from neucomp.formats import MAGIC_SIZE, RAW, find_format
from neucomp.formats.deflate_calls import Call, find_call
from neucomp.formats.deflate_recipes import RecipeWriter
from neucomp.formats.deflate_search import Budget, Found, find_parts
from neucomp.models.byte_types import DataType, find_type, sample
from neucomp.nested import CALLED, CHECKED, CHOSEN, DEPTH, EMPTY_BLOCKS, END, FILE, WHOLE_TEXT, EncodeFile
from neucomp.varint import pack_varint

_OWN_TYPE = 512
"""Shorter texts go to the plain bytes of what surrounds them."""

_CHECKSUM_SIZE = 4


class Splitter:
    """Splits data. plain: bytes of each data type; files: payloads; counts: parts by kind; expanded: bytes of all
    texts."""

    def __init__(self, data: bytes, most: int, encode_file: EncodeFile) -> None:
        """most: bytes of text that may be expanded."""
        self._budget = Budget(most)
        self._encode_file = encode_file
        self._writer = RecipeWriter(len(data) + most)
        self.plain = {data_type: bytearray() for data_type in DataType}
        self.files: list[bytes] = []
        self.counts = [0, 0, 0, 0]
        self.expanded = 0
        self.layout = self._split(data, 0, DataType.RECORDS)
        self.recipes = self._writer.finish() if self.counts[CHOSEN] else b""

    def _split(self, data: bytes, depth: int, around: DataType) -> bytes:
        """The layout of data at some depth, in data of some type."""
        data_type = around
        if len(data) >= _OWN_TYPE:
            found_type = DataType(find_type(sample(np.frombuffer(data, np.uint8))).data_type)
            data_type = DataType.RECORDS if found_type == DataType.SAMPLES else found_type
        layout = bytearray([data_type])
        done = 0
        for found in self._parts(data, depth):
            if found.start < done:
                continue
            how = self._file(data, found) if found.text is None else self._kind(data, found)
            if how is None:
                continue
            layout += pack_varint(found.start - done)
            self.plain[data_type] += data[done : found.start]
            part, done = (
                (how, found.end) if isinstance(how, bytes) else self._stream(data, found, how, depth, data_type)
            )
            layout += part
        self.plain[data_type] += data[done:]
        return bytes(layout + pack_varint(len(data) - done) + bytes([END]))

    def _parts(self, data: bytes, depth: int) -> Iterator[Found]:
        """What may be taken out of data, from front to back; whole files first."""
        if depth > 0 and find_format(data[:MAGIC_SIZE]) is not RAW:
            yield Found(0, len(data), None)
        if depth < DEPTH:
            yield from find_parts(data, self._budget)

    def _file(self, data: bytes, found: Found) -> bytes | None:
        """A file as a part, if another model gains by it."""
        try:
            coded = self._encode_file(data[found.start : found.end])
        except LimitExceeded:
            return None
        if coded is None:
            return None
        model, payload = coded
        self.counts[FILE] += 1
        self.files.append(payload)
        sizes = pack_varint(found.end - found.start), bytes([model]), pack_varint(len(payload))
        return bytes([FILE]) + b"".join(sizes)

    def _kind(self, data: bytes, found: Found) -> Call | int | None:
        """How a stream can be built again: by a call of zlib, by a plan of choices, or not at all."""
        assert found.text is not None
        if len(found.text) > self._budget.left:
            return None
        text = np.frombuffer(found.text, np.uint8)
        hint = data[found.start - 1] >> 6 if found.wrapped else None
        stream = data[found.start : found.end]
        call = find_call(stream, text, hint, 15, WHOLE_TEXT) if not _is_stored(stream) else None
        return call or _number(self._writer.find_plan(np.frombuffer(stream, np.uint8), text))

    def _stream(self, data: bytes, found: Found, kind: Call | int, depth: int, around: DataType) -> tuple[bytes, int]:
        """A stream as a part, and where that ends."""
        assert found.text is not None
        self._budget.left -= len(found.text)
        self.expanded += len(found.text)
        checksum = zlib.adler32(found.text).to_bytes(_CHECKSUM_SIZE, "big")
        is_checked = found.wrapped and data[found.end : found.end + _CHECKSUM_SIZE] == checksum
        end = found.end + _CHECKSUM_SIZE * is_checked
        layout = pack_varint(len(found.text)) + self._split(found.text, depth + 1, around)
        if isinstance(kind, Call):
            self.counts[CALLED] += 1
            head = CALLED | CHECKED * is_checked | kind.empty_blocks << EMPTY_BLOCKS
            fields = (
                kind.level << 4 | kind.strategy << 1 | kind.takes_far,
                kind.memory_level << 4 | kind.window_bits - 8,
            )
            return bytes([head, *fields]) + layout, end
        self.counts[CHOSEN] += 1
        stream = np.frombuffer(data, np.uint8, found.end - found.start, found.start)
        if not self._writer.add(stream, np.frombuffer(found.text, np.uint8), kind - 1):
            raise LimitExceeded("a stream that seemed to need few choices has many")
        return bytes([CHOSEN | CHECKED * is_checked]) + pack_varint(stream.size) + layout, end


def _is_stored(stream: bytes) -> bool:
    """Whether the first block of a stream is stored."""
    return stream[0] >> 1 & 3 == 0


def _number(plan: int | None) -> int | None:
    """A plan's number, from 1 on."""
    return None if plan is None else plan + 1
