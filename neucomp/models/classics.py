"""The literature's first autoregressive models alone: their frequencies go straight to the range coder.

Symbols are spread over lanes that the model visits in lockstep: a lane is an image, or a part of a text or a recording.
Images go group after group.

    payload = size of the rest (varint) | rest, see `contents` | lanes (varint) | words of the range coder
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from neucomp.container import MAX_CODED_SIZE
from neucomp.errors import CorruptDataError
from neucomp.models.alone import AloneModel, find_ops, least_payload
from neucomp.models.contents import BinaryImages, Bytes, Content, MuLawSound
from neucomp.models.envelope import scaled
from neucomp.models.lanes import Reader, code_lanes, gather, lanes_used, spread
from neucomp.varint import pack_varint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neucomp.coder import SymbolCoder
    from neucomp.models import Tick
    from neucomp.nets.classics.classic import Classic
    from neucomp.nets.networks import Architecture

_BLOCK_SIZE = 2 << 20
"""Bytes of text in a block."""

GROUP = 1024
"""Lanes at most that are visited in lockstep."""

_LANES = {1: 256, 2: 128, 3: 64, 4: 32, 5: 32, 6: 32, 7: 16, 8: 16, 9: 8}
"""Most lanes of a text or a recording at each level: fewer are slower and better, as each begins with nothing read."""

_SMALLEST_LANE = 2048
"""Symbols that such a lane should have."""

_FREQUENCIES = 1 << 20
"""How many an encoder computes at once."""

_FIXED_MEMORY = 128 << 20
"""Weights, and what is computed of `_FREQUENCIES`."""


@dataclass(frozen=True)
class LaneModel(AloneModel):
    """A model that reads lanes in lockstep. lanes: of a text or a recording, None for the number of the level."""

    lanes: int | None = None

    alphabet: ClassVar[int] = 256
    kilobytes_per_second: ClassVar[float]

    @abstractmethod
    def content(self) -> Content:
        """What files it codes."""

    @abstractmethod
    def reader(self, lanes: int) -> Reader:
        """The model, on lanes that have read nothing."""

    def block_size(self, level: int) -> int:
        """Bytes per independent block; files that are taken apart are one block."""
        return _BLOCK_SIZE if isinstance(self.content(), Bytes) else MAX_CODED_SIZE

    def speed(self, level: int) -> float:
        """About how many KB a core codes in a second."""
        return self.kilobytes_per_second

    def memory(self, level: int, size: int) -> int:
        """Peak working memory in bytes while one block of `size` bytes is coded."""
        return _FIXED_MEMORY + 8 * size

    def follow(self, data: bytes, level: int, coder: SymbolCoder, tick: Tick) -> bytes:
        """See `AloneModel`; UnsupportedError for a block of another kind than the model codes."""
        content = self.content()
        symbols, rest = content.take(data)
        lanes = self._lane_count(content, level, symbols.size)
        step = max(1, _FREQUENCIES // (min(lanes, GROUP) * self.alphabet))
        self._code(symbols.copy(), lanes, step, coder, scaled(tick, len(data), symbols.size))
        return pack_varint(len(rest)) + rest + pack_varint(lanes)

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """The `size` bytes of a block; CorruptDataError if `payload` cannot be what `encode` made of them."""
        import numpy as np

        from neucomp.coder import Decoder

        content = self.content()
        rest, lanes, words = self._unpack(payload)
        count = content.count(rest, size)
        if lanes != lanes_used(lanes, count):
            raise CorruptDataError(f"a block of {count} symbols cannot have {lanes} lanes: the file is damaged")
        if isinstance(content, BinaryImages) and lanes * content.dims != count:
            raise CorruptDataError("the lanes of a block are no images: the file is damaged")
        symbols = np.zeros(count, np.uint8)
        decoder = Decoder(words)
        self._code(symbols, lanes, 1, decoder, scaled(tick, size, count))
        decoder.check(least_payload(size, len(payload) - len(words)))
        return content.give(symbols, rest, size)

    def describe(self, payload: bytes) -> str:
        """One line on how a block was coded, from the payload's first bytes."""
        lanes = self._unpack(payload)[1]
        return f"{lanes} lane{'s' * (lanes > 1)}"

    def shape(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """See `AloneModel`."""
        return self.content().shape(size)

    def beginnings(self, data: bytes) -> NDArray[np.uint8]:
        """See `AloneModel`."""
        return self.content().beginnings(data)

    def draw(self, samples: NDArray[np.uint8], coder: SymbolCoder, tick: Tick) -> None:
        """See `AloneModel`."""
        symbols = samples.reshape(-1)
        self._code(symbols, len(samples), 1, coder, tick)
        samples[:] = symbols.reshape(samples.shape)

    def present(self, samples: NDArray[np.uint8]) -> bytes:
        """See `AloneModel`."""
        return self.content().present(samples)

    def _lane_count(self, content: Content, level: int, count: int) -> int:
        if isinstance(content, BinaryImages):
            return count // content.dims
        wanted = min(_LANES[level], count // _SMALLEST_LANE) if self.lanes is None else self.lanes
        return lanes_used(min(max(wanted, 1), GROUP), count)

    def _code(self, symbols: NDArray[np.uint8], lanes: int, step: int, coder: SymbolCoder, tick: Tick) -> None:
        """Goes through the symbols of a block, which a decoder fills in, `step` of each lane at a time."""
        length = -(-symbols.size // lanes)
        with find_ops(self.device).small_products():
            for begin in range(0, lanes, GROUP):
                part = symbols[begin * length : (begin + GROUP) * length]
                count = -(-part.size // length)
                read = spread(part, count, part.size)
                code_lanes(self.reader(count), read, part.size, step, coder, tick)
                part[:] = gather(read, part.size)

    def _unpack(self, payload: bytes) -> tuple[bytes, int, bytes]:
        """Rest, lanes and words."""
        from neucomp.formats.fields import FieldReader

        fields = FieldReader(payload)
        rest = fields.take(fields.varint())
        lanes = fields.varint()
        if lanes == 0:
            raise CorruptDataError("a block has no lanes: the file is damaged")
        return rest, lanes, fields.rest()


class CountsModel(LaneModel):
    """Counts after contexts of up to `ORDER` bytes, which begin with nothing counted: there is no network."""

    id = 7
    name = "counts"
    summary = "any data: counts of bytes after the last 0 to 3 bytes, blended; nothing is trained beforehand"
    unit = "byte"
    suffix = ".txt"
    kilobytes_per_second = 20.0

    @staticmethod
    def architecture() -> Architecture[Any]:
        """One that has no networks."""
        from neucomp.nets.classics.counts import ARCHITECTURE

        return ARCHITECTURE

    def content(self) -> Content:
        """See `LaneModel`."""
        return Bytes()

    def reader(self, lanes: int) -> Reader:
        """See `LaneModel`."""
        from neucomp.nets.classics.counts import ORDER, Counts

        return Counts(lanes, ORDER)

    def weights(self) -> None:
        """There are none."""

    def with_weights(self, weights: bytes) -> Self:
        """The same model; CorruptDataError if a file names weights."""
        if weights:
            raise CorruptDataError("the file names weights of a network, and counts have none")
        return self


class ClassicModel(LaneModel):
    """A network of `nets.classics` alone."""

    unit = "byte"
    suffix = ".txt"

    @staticmethod
    @abstractmethod
    def classic() -> Classic:
        """Which one."""

    @classmethod
    def architecture(cls) -> Architecture[Any]:
        """See `AloneModel`."""
        return cls.classic().architecture

    def content(self) -> Content:
        """See `LaneModel`."""
        return Bytes()

    def reader(self, lanes: int) -> Reader:
        """See `LaneModel`."""
        from neucomp.nets.classics.classic import Walk

        return Walk(find_ops(self.device), self.classic(), self.chosen_network())


class _BinaryImagesModel(ClassicModel):
    """A classic for binary images."""

    alphabet = 2
    unit = "pixel"
    suffix = ".png"

    def content(self) -> Content:
        """See `LaneModel`."""
        return BinaryImages(self.chosen_network().config.dims)


class FvsbnModel(_BinaryImagesModel):
    """Logistic autoregression."""

    id = 8
    name = "fvsbn"
    summary = "binary images of 8 x 8 (npy): logistic autoregression (FVSBN), trained on digits"
    kilobytes_per_second = 200.0

    @staticmethod
    def classic() -> Classic:
        """See `ClassicModel`."""
        from neucomp.nets.classics.fvsbn import FVSBN

        return FVSBN


class NadeModel(_BinaryImagesModel):
    """NADE."""

    id = 9
    name = "nade"
    summary = "binary images of 8 x 8 (npy): NADE (2011), trained on digits"
    kilobytes_per_second = 100.0

    @staticmethod
    def classic() -> Classic:
        """See `ClassicModel`."""
        from neucomp.nets.classics.nade import NADE

        return NADE


class MadeModel(_BinaryImagesModel):
    """MADE."""

    id = 10
    name = "made"
    summary = "binary images of 8 x 8 (npy): MADE (2015), trained on digits"
    kilobytes_per_second = 50.0

    @staticmethod
    def classic() -> Classic:
        """See `ClassicModel`."""
        from neucomp.nets.classics.made import MADE

        return MADE


class GruModel(ClassicModel):
    """A recurrent network over bytes."""

    id = 11
    name = "gru"
    summary = "any data, English above all: a recurrent network over bytes (GRU, 2014), trained on books"
    kilobytes_per_second = 20.0

    @staticmethod
    def classic() -> Classic:
        """See `ClassicModel`."""
        from neucomp.nets.classics.gru import GRU

        return GRU


class WaveNetModel(ClassicModel):
    """The WaveNet as published."""

    id = 12
    name = "wavenet"
    summary = "sound of 8 bits (WAV, mu-law): the WaveNet as published (2016), a softmax over 256 values"
    unit = "sample"
    suffix = ".wav"
    kilobytes_per_second = 5.0

    def content(self) -> Content:
        """See `LaneModel`."""
        return MuLawSound()

    @staticmethod
    def classic() -> Classic:
        """See `ClassicModel`."""
        from neucomp.nets.classics.wavenet import WAVENET

        return WAVENET
