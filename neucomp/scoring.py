"""How well a model explains data: the ideal size beside the one that a file has."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neucomp.codec import (
    AUTO,
    MAX_OVERHEAD,
    BytesLike,
    as_file,
    check_level,
    compress,
    equal_blocks,
    find_model,
    header_for,
    store_whole,
    with_limits,
)
from neucomp.errors import UnsupportedError
from neucomp.formats import MAX_SAMPLES
from neucomp.models.alone import AloneModel
from neucomp.models.ticks import no_tick
from neucomp.overview import info
from neucomp.small import open_writer

if TYPE_CHECKING:
    from neucomp.models import Tick
    from neucomp.nets.networks import Network


@dataclass(frozen=True, slots=True)
class BlockScore:
    """One block. symbols: how many the model codes. ideal_bits: the sum of -log2 of their probabilities; None where the
    model does not tell. file_bits: what it takes in a file."""

    original_size: int
    symbols: int
    ideal_bits: float | None
    file_bits: int


@dataclass(frozen=True, slots=True)
class Score:
    """What a model makes of one file. unit: what a symbol is. file_bits: of the whole file, with header and index."""

    model: str
    unit: str
    blocks: tuple[BlockScore, ...]
    file_bits: int

    @property
    def symbols(self) -> int:
        """Symbols of all blocks."""
        return sum(block.symbols for block in self.blocks)

    @property
    def ideal_bits(self) -> float | None:
        """The sum of -log2 of the probabilities of all symbols; None where the model does not tell."""
        bits = [block.ideal_bits for block in self.blocks if block.ideal_bits is not None]
        return sum(bits) if len(bits) == len(self.blocks) else None

    @property
    def bits_per_symbol(self) -> float:
        """Ideal bits for each symbol, or those of the file where the ideal is not known; 0 for an empty file."""
        bits = self.file_bits if self.ideal_bits is None else self.ideal_bits
        return bits / self.symbols if self.symbols else 0.0


def score(
    data: BytesLike,
    model: str = AUTO,
    level: int = 5,
    *,
    device: str = "cpu",
    network: Network[Any] | None = None,
    max_samples: int = MAX_SAMPLES,
    tick: Tick | None = None,
) -> Score:
    """Return how well a model explains `data`, a whole file.

    For a model that is a network alone, each block has its ideal size, the sum of -log2 p over its symbols, beside the
    one in a file; the density p of data is how such models are compared. Other models learn while they code, and only
    their files are measured; a symbol is a byte then. `model`, `level`, `device`, `network` and `max_samples` are those
    of `compress`. `tick` gets numbers of bytes.

    Raises what `compress` does, and `UnsupportedError` for data that are none of what a network is for.

    >>> import neucomp
    >>> found = neucomp.score(b"to be, or not to be: " * 20, "transformer")
    >>> found.symbols, found.ideal_bits < found.file_bits < found.ideal_bits + 800
    (420, True)
    """
    if model != AUTO:
        chosen = with_limits(find_model(model, device, network), max_samples=max_samples)
        if isinstance(chosen, AloneModel):
            return _of_network(chosen, bytes(data), check_level(level), tick or no_tick)
    return _of_file(compress(data, level, model=model, network=network, max_samples=max_samples))


def _of_file(blob: bytes) -> Score:
    about = info(blob)
    blocks = (
        BlockScore(each.original_size, each.original_size, None, 8 * each.compressed_size) for each in about.blocks
    )
    return Score(about.model, "byte", tuple(blocks), 8 * len(blob))


def _of_network(model: AloneModel, data: bytes, level: int, tick: Tick) -> Score:
    from neucomp.coder import Encoder
    from neucomp.scorer import Scorer, Several

    target = io.BytesIO()
    writer = open_writer(target, header_for(model, level, len(data)))
    size = equal_blocks(model.block_size(level), len(data))
    source = as_file(data)
    blocks = []
    while block := source.read(size):
        scorer, encoder = Scorer(), Encoder()
        head = model.follow(block, level, Several(scorer, encoder), tick)
        if head is None:
            raise UnsupportedError(f"holds nothing that the model {model.name!r} is for")
        payload = model.payload(head, encoder, len(block))
        writer.add(block, payload)
        blocks.append(BlockScore(len(block), scorer.symbols, scorer.bits, 8 * min(len(payload), len(block))))
    writer.finish()
    if writer.size > len(data) + MAX_OVERHEAD:
        writer = store_whole(as_file(data), io.BytesIO(), writer)
    return Score(model.name, model.unit, tuple(blocks), 8 * writer.size)
