"""The model of files that hold deflate streams, as the codec sees it: a whole file in, a payload out, and back.

The file is taken apart (`neucomp.nested`): what the streams held and what lay between them goes to the byte model, all
bytes of one type together, and images and sound to theirs. The payload:

    streams that zlib writes, streams with recipes, files, bytes of all texts, of the recipes, of the layout, of the
    coded
    layout, of all payloads of files (varints)
    for each data type (see byte_types.py): bytes, and if there are any, the sizes of the coded chunks (varints)
    coded layout | recipes | payloads of files | coded chunks of each type

A chunk has 4 MiB, the last one what is left; chunks and the layout are stored where coding does not shrink them.
Where nothing is gained, the payload is the file itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from neucomp.errors import CorruptDataError, LimitExceeded
from neucomp.formats import MAGIC_SIZE, MAX_SAMPLES, find_format
from neucomp.models.audio import AudioModel
from neucomp.models.bytes import ByteModel
from neucomp.models.envelope import decode_envelope, encode_envelope, scaled
from neucomp.models.image import ImageModel
from neucomp.models.ticks import no_tick
from neucomp.varint import pack_varint

if TYPE_CHECKING:
    from neucomp.formats.fields import FieldReader
    from neucomp.models import Tick
    from neucomp.nested.splitting import Splitter

LARGEST_FILE = 64 << 20
"""Bytes of a file that is looked into: it is held as a whole, and so is what it holds."""

MAX_EXPANDED = 256 << 20
"""Bytes of all texts together unless the caller allows more, when compressing and when decompressing."""

_ALWAYS_EXPANDED = 4 << 20
_USUAL_RATIO = 64
"""Bytes of text for each byte of a file, unless the caller sets a limit: a bomb is not worth hours of coding."""

_CHUNK = 4 << 20
_MOST_CHUNKS = 1 << 12
_TRIED_BOTH_WAYS = 64 << 10
"""Files up to this size are also coded as bytes, and the shorter payload is kept."""


class _Head(NamedTuple):
    """The numbers at the start of a payload."""

    called: int
    chosen: int
    files: int
    expanded: int
    recipes_size: int
    layout_size: int
    coded_layout_size: int
    payloads_size: int


@dataclass(frozen=True)
class StreamsModel:
    """Files with deflate streams inside. threads and max_samples: for images and sound among them; max_expanded: bytes
    of all texts, None for the usual limits."""

    threads: int = 1
    max_samples: int = MAX_SAMPLES
    max_expanded: int | None = None

    id = 5
    name = "streams"
    summary = "files with deflate inside (zip, docx, jar, gzip, PDF): expanded, each part by the model of its kind"

    def block_size(self, level: int) -> int:
        """A file is one block."""
        from neucomp.container import MAX_CODED_SIZE

        return MAX_CODED_SIZE

    def speed(self, level: int) -> float:
        """About how many KB a core codes in a second: a third of the byte model's, as texts are longer than streams."""
        return ByteModel().speed(level) / 3

    def memory(self, level: int, size: int) -> int:
        """Peak working memory in bytes: the byte model's, and texts, about four times, with what finds their
        matches."""
        return ByteModel().memory(level, _CHUNK) + 16 * size + (32 << 20)

    def encode(self, data: bytes, level: int, tick: Tick) -> bytes:
        """The payload of one file; `data` itself where it holds no streams or nothing is gained."""
        from neucomp.nested.splitting import Splitter

        usual = min(MAX_EXPANDED, max(_ALWAYS_EXPANDED, _USUAL_RATIO * len(data)))
        most = usual if self.max_expanded is None else self.max_expanded
        try:
            split = Splitter(data, most, lambda file: self._encode_file(file, level))
        except LimitExceeded:
            return data
        if not any(split.counts):
            return data
        payload = _pack(split, level, tick, len(data))
        if len(data) <= _TRIED_BOTH_WAYS and len(ByteModel().encode(data, level, no_tick)) <= len(payload):
            return data
        return payload if len(payload) < len(data) and self.decode(payload, len(data), no_tick) == data else data

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """The file; CorruptDataError if `payload` cannot be what `encode` made, LimitExceeded above `max_expanded`."""
        from neucomp.nested.joining import Joiner

        head, sizes, fields = _unpack(payload)
        most = MAX_EXPANDED if self.max_expanded is None else self.max_expanded
        if head.expanded > most:
            raise LimitExceeded(f"the file holds streams with {head.expanded} bytes; the limit is {most}")
        if head.layout_size > 64 * (size + head.expanded) or sum(total for total, _ in sizes) > size + head.expanded:
            raise CorruptDataError("a file claims more in its streams than there can be: it is damaged")
        layout = decode_envelope(fields.take(head.coded_layout_size), head.layout_size)
        recipes = fields.take(head.recipes_size)
        files = fields.take(head.payloads_size)
        report = scaled(tick, size, max(sum(total for total, _ in sizes), 1))
        plain = [b"".join(_decode_chunks(total, coded, fields, report)) for total, coded in sizes]
        if fields.rest():
            raise CorruptDataError("a file with streams is longer than its parts: it is damaged")
        return Joiner(layout, plain, recipes, files, self._decode_file, head.expanded).join(size)

    def describe(self, payload: bytes) -> str:
        """One line on what a file holds, from the payload's first bytes."""
        head = _read_head(_fields(payload))
        text = f"{head.called + head.chosen} streams of {head.expanded:,} bytes rebuilt exactly: {head.called} as zlib "
        text += f"writes them, {head.chosen} by recipes of {head.recipes_size:,} bytes"
        return f"{text}; {head.files} images and sounds of {head.payloads_size:,} bytes" if head.files else text

    def _encode_file(self, file: bytes, level: int) -> tuple[int, bytes] | None:
        model = self._models().get(find_format(file[:MAGIC_SIZE]).model)
        payload = file if model is None else model.encode(file, level, no_tick)
        return (model.id, payload) if model is not None and len(payload) < len(file) else None

    def _decode_file(self, number: int, payload: bytes, size: int) -> bytes:
        for model in self._models().values():
            if model.id == number:
                file = model.decode(payload, size, no_tick)
                if len(file) == size:
                    return file
        raise CorruptDataError("a file inside of a file is damaged")

    def _models(self) -> dict[str, ImageModel | AudioModel]:
        limits = self.threads, self.max_samples
        return {ImageModel.name: ImageModel(*limits), AudioModel.name: AudioModel(*limits)}


def _pack(split: Splitter, level: int, tick: Tick, size: int) -> bytes:
    """The payload of a file that has been split."""
    from neucomp.nested import CALLED, CHOSEN, FILE

    layout, files = encode_envelope(split.layout), b"".join(split.files)
    counts = split.counts[CALLED], split.counts[CHOSEN], split.counts[FILE]
    head = _Head(*counts, split.expanded, len(split.recipes), len(split.layout), len(layout), len(files))
    report = scaled(tick, size, max(sum(map(len, split.plain.values())), 1))
    numbers = list(head)
    bodies = [layout, split.recipes, files]
    for plain in split.plain.values():
        chunks = [_encode_chunk(bytes(plain[begin : begin + _CHUNK]), level, report) for begin in _starts(len(plain))]
        numbers += [len(plain), *map(len, chunks)]
        bodies += chunks
    return b"".join([*map(pack_varint, numbers), *bodies])


def _starts(size: int) -> range:
    """Where chunks begin."""
    return range(0, size, _CHUNK)


def _encode_chunk(chunk: bytes, level: int, tick: Tick) -> bytes:
    coded = ByteModel().encode(chunk, level, tick)
    return coded if len(coded) < len(chunk) else chunk


def _decode_chunks(total: int, coded: list[int], fields: FieldReader, tick: Tick) -> Iterator[bytes]:
    for begin, coded_size in zip(_starts(total), coded, strict=True):
        size = min(_CHUNK, total - begin)
        chunk = fields.take(coded_size)
        yield chunk if coded_size == size else ByteModel().decode(chunk, size, tick)


def _fields(payload: bytes) -> FieldReader:
    from neucomp.formats.fields import FieldReader

    return FieldReader(payload)


def _read_head(fields: FieldReader) -> _Head:
    return _Head(*(fields.varint() for _ in _Head._fields))


def _unpack(payload: bytes) -> tuple[_Head, list[tuple[int, list[int]]], FieldReader]:
    """The head of a payload, for each data type the bytes and the sizes of coded chunks, and what follows."""
    from neucomp.models.byte_types import DataType

    fields = _fields(payload)
    head = _read_head(fields)
    sizes = []
    for _ in DataType:
        total = fields.varint()
        if len(_starts(total)) > _MOST_CHUNKS:
            raise CorruptDataError("a file claims more in its streams than there can be: it is damaged")
        sizes.append((total, [fields.varint() for _ in _starts(total)]))
    return head, sizes, fields
