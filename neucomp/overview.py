"""What a compressed file says about itself, read from its header and index without decoding anything."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from neucomp.codec import BytesLike, as_file, model_name
from neucomp.container import VERSION
from neucomp.errors import CorruptDataError, UnsupportedError
from neucomp.formats import format_by_id
from neucomp.index import Index, read_index
from neucomp.models import model_by_id

HEAD_SIZE = 256
"""Payload bytes in which a model finds what it says about a block."""


@dataclass(frozen=True, slots=True)
class BlockInfo:
    """One block: `original_size` bytes that take `compressed_size` bytes in the file, checksum and sizes included.
    `coded` is False where they are stored as they are; `description` is what the model says about them."""

    original_size: int
    compressed_size: int
    coded: bool
    description: str


@dataclass(frozen=True, slots=True)
class Info:
    """One compressed file. Sizes are in bytes, `sha256` has the first 32 hexadecimal digits of the original's SHA-256,
    None for a small file, which has no such hash; `weights` the same of the network weights' where the file needs any.
    `equal_samples`: decompressing does not give the file that was compressed, but one with the same samples and
    metadata."""

    version: int
    format: str
    model: str
    level: int
    coder_id: int
    arithmetic_id: int
    weights: str | None
    original_size: int
    compressed_size: int
    sha256: str | None
    blocks: tuple[BlockInfo, ...]
    equal_samples: bool

    @property
    def compression_ratio(self) -> float:
        """Original size / compressed size."""
        return self.original_size / self.compressed_size

    @property
    def bits_per_byte(self) -> float:
        """Compressed bits for each original byte; 0 for an empty original."""
        return 8 * self.compressed_size / self.original_size if self.original_size else 0.0

    @property
    def stored_blocks(self) -> int:
        """How many blocks are stored as they are."""
        return sum(not block.coded for block in self.blocks)


def info(source: BytesLike | str | os.PathLike[str] | BinaryIO) -> Info:
    """Return what a compressed file says about itself. `source` is the whole file as a bytes-like object, a path, or a
    seekable binary file, which is read from its beginning and left open.

    Nothing is decoded, so that damage in the blocks is not noticed: `decompress_stream` without a target finds it.
    Raises `NotNeucompFile`, `UnsupportedError`, `CorruptDataError`, `OSError` for a path that cannot be read, and
    `TypeError` for anything else.

    >>> import neucomp
    >>> about = neucomp.info(neucomp.compress(bytes(5000), level=3))
    >>> about.original_size, about.level, about.format, about.model, len(about.blocks)
    (5000, 3, 'raw', 'bytes', 1)
    """
    with opened(source) as file:
        index = read_index(file)
        header = index.header
        return Info(
            version=VERSION,
            format=format_by_id(header.format_id).name,
            model=model_name(header.model_id),
            level=header.level,
            coder_id=header.coder_id,
            arithmetic_id=header.arithmetic_id,
            weights=header.weights.hex() if header.weights is not None else None,
            original_size=index.original_size,
            compressed_size=index.size,
            sha256=index.digest.hex() if index.digest is not None else None,
            blocks=tuple(_block_info(index, number) for number in range(len(index.entries))),
            equal_samples=header.equal_samples,
        )


@contextmanager
def opened(source: BytesLike | str | os.PathLike[str] | BinaryIO) -> Iterator[BinaryIO]:
    """Open whatever `info` accepts; close afterwards what was opened here."""
    if isinstance(source, str | os.PathLike):
        with open(source, "rb") as file:
            yield file
    elif hasattr(source, "seek"):
        yield cast(BinaryIO, source)
    else:
        try:
            whole = as_file(source)
        except TypeError:
            kind = type(source).__name__
            raise TypeError(f"info takes a bytes-like object, a path or a seekable binary file, not {kind}") from None
        yield whole


def _block_info(index: Index, number: int) -> BlockInfo:
    entry = index.entries[number]
    description = "stored" if entry.stored else _describe(index, number)
    size = index.offsets[number + 1] - index.offsets[number]
    return BlockInfo(entry.original_size, size, not entry.stored, description)


def _describe(index: Index, number: int) -> str:
    payload = index.payload_head(number, HEAD_SIZE)
    try:
        return model_by_id(index.header.model_id).describe(payload)
    except (UnsupportedError, CorruptDataError) as error:
        return str(error)  # the other blocks may be well
