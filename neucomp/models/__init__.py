"""Models, one file per kind of content: each turns a block of symbols into a payload and back.

Importing this package is quick: NumPy, numba and the kernels come with the first block that is coded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from neucomp.errors import UnsupportedError
from neucomp.models.alone import AloneModel
from neucomp.models.audio import AudioModel
from neucomp.models.bytes import ByteModel
from neucomp.models.classics import CountsModel, FvsbnModel, GruModel, MadeModel, NadeModel, WaveNetModel
from neucomp.models.image import ImageModel
from neucomp.models.plain import TransformerModel
from neucomp.models.streams import StreamsModel
from neucomp.models.tiles import GatedModel, TileModel

Tick = Callable[[int], None]
"""Called with the number of symbols just coded, from the coding thread; it may raise to cancel."""


class Model(Protocol):
    """What the codec needs of a model. Models hold no state between calls and may be used from several threads."""

    @property
    def id(self) -> int:
        """Number stored in files, 0 to 255, never reused."""

    @property
    def name(self) -> str:
        """Name on the command line and in `MODELS`."""

    @property
    def summary(self) -> str:
        """One line on what the model is for."""

    def block_size(self, level: int) -> int:
        """Symbols per independent block at a level (1 to 9)."""

    def speed(self, level: int) -> float:
        """About how many kilobytes (1000 bytes) a core codes in a second, for estimates of time."""

    def memory(self, level: int, size: int) -> int:
        """Peak working memory in bytes while one block of `size` symbols is coded."""

    def encode(self, data: bytes, level: int, tick: Tick) -> bytes:
        """The payload of one block. It is self-contained: decoding needs neither level nor other blocks."""

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        """The `size` symbols of a block; CorruptDataError if `payload` cannot be what `encode` made of them."""

    def describe(self, payload: bytes) -> str:
        """One line on how a block was coded, from the payload's first bytes."""


@runtime_checkable
class NetworkModel(Model, Protocol):
    """A model that is a network: its files name the weights that they need, and it can run on several devices."""

    @property
    def coder_id(self) -> int:
        """The entropy coder of its payloads, as in `container`."""

    def weights(self) -> bytes | None:
        """First 16 bytes of the SHA-256 of the weights that `encode` uses, None if it needs none; UnsupportedError if
        they are not here."""

    def with_weights(self, weights: bytes) -> NetworkModel:
        """The model with the weights that a file names; UnsupportedError if they are not here."""

    def on(self, device: str) -> NetworkModel:
        """The model on one of `DEVICES`, with the same payloads. Coding raises UnsupportedError if it is not there."""


DEVICES = {"cpu": "NumPy", "torch": "torch on the CPU", "cuda": "torch on a GPU"}
"""Where a network can run. Files do not depend on it, and models without a network do not heed it."""

_ALL: tuple[Model, ...] = (
    *(ByteModel(), TransformerModel(), ImageModel(), AudioModel(), StreamsModel(), TileModel(), GatedModel()),
    *(CountsModel(), FvsbnModel(), NadeModel(), MadeModel(), GruModel(), WaveNetModel()),
)

MODELS: dict[str, Model] = {model.name: model for model in _ALL}
"""All models by name."""

ALONE: dict[str, AloneModel] = {model.name: model for model in _ALL if isinstance(model, AloneModel)}
"""Those that are a network alone, by name."""


def model_by_id(number: int) -> Model:
    """The model that a file names; UnsupportedError if this version has none with that id."""
    for model in MODELS.values():
        if model.id == number:
            return model
    raise UnsupportedError(f"the file needs model number {number}, which this version does not have: update neucomp")
