"""Recipes of deflate streams: with its text, the recipe gives a stream again, whoever wrote it.

The recipes of several streams are one piece of code: what is learned from one helps with the next. A stream begins with
how its encoder is expected to choose, which is tried out on a sample.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from neucomp.errors import CorruptDataError, KernelError
from neucomp.formats.deflate_passes import FAR_LIMIT, NEAR_LIMIT, Pass, Plan

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from neucomp.kernels.recipe_coding import RecipeCoder

_PLAN, _FARTHEST, _PADDING = range(3)
"""Fields of a stream."""

_SAMPLE = 1 << 16
"""Bytes of text on which plans are tried out."""

_GOOD_SHARE = 100
"""A plan that was used before is not questioned where a recipe has less than one byte for so many of the stream."""

_BOUND_SHARE = 3
"""A recipe longer than this part of its stream is given up."""

_SLACK = 1 << 15
_LEAST = 64

PLANS = (
    *(Plan(True, False, 0, 0, 0, 0, reach) for reach in (32, 256, 2048)),
    Plan(False, False, 4, 4, 8, 4, 4),
    Plan(False, False, 4, 5, 16, 8, 8),
    Plan(False, False, 4, 6, 32, 32, 32),
    Plan(False, True, 4, 4, 16, 16, 16),
    Plan(False, True, 8, 16, 32, 32, 32),
    Plan(False, True, 8, 16, 128, 128, 128),
    Plan(False, True, 8, 32, 128, 256, 256),
    Plan(False, True, 32, 128, 258, 1024, 1024),
    Plan(False, True, 32, 258, 258, 4096, 4096),
    Plan(False, False, 258, 258, 258, 1, 1),
    Plan(False, True, 258, 258, 258, 12, 12),
)
"""By number: by costs, zlib's levels, an encoder with one candidate, one that is lazy without zlib's shortcuts."""


class RecipeWriter:
    """Writes the recipes of streams, one after the other."""

    def __init__(self, size: int, kernels: ModuleType | None = None) -> None:
        """size: of all streams together, in bytes."""
        from neucomp.kernels.recipe_coding import new_recipe_coder

        self._kernels = kernels or load_recipes()
        self._coder = new_recipe_coder()
        self._payload = np.zeros(size // _BOUND_SHARE + 2 * _SLACK, np.uint8)
        self._last_plan = -1
        self._kernels.start_recipes(self._coder, self._payload, False)

    def find_plan(self, stream: NDArray[np.uint8], text: NDArray[np.uint8]) -> int | None:
        """The plan that gives the shortest recipe of a stream (RFC 1951) with this text, by a sample; None if none is
        worth while, or the stream is not valid."""
        farthest = self._largest_distance(stream, text.size)
        if farthest is None:
            return None
        before = _copy(self._coder)
        limit = min(text.size, _SAMPLE)
        share = stream.size * limit // max(text.size, 1)
        sizes = {}
        for number in sorted(range(len(PLANS)), key=lambda number: number != self._last_plan):
            size = self._encode(stream, text, number, farthest, limit)
            _restore(self._coder, before)
            if size is not None:
                sizes[number] = size
                if number == self._last_plan and size * _GOOD_SHARE < share:
                    break
        best = min(sizes, key=lambda number: sizes[number], default=None)
        return None if best is None or sizes[best] * _BOUND_SHARE > share + _LEAST else best

    def add(self, stream: NDArray[np.uint8], text: NDArray[np.uint8], plan: int) -> bool:
        """Adds the recipe of a stream by a plan; False, and nothing is added, if it is too long after all."""
        farthest = self._largest_distance(stream, text.size)
        before = _copy(self._coder)
        if farthest is None or self._encode(stream, text, plan, farthest, text.size) is None:
            _restore(self._coder, before)
            return False
        self._last_plan = plan
        return True

    @property
    def size(self) -> int:
        """Bytes of all recipes so far."""
        return int(self._kernels.position(self._coder.registers))

    def finish(self) -> bytes:
        """All recipes."""
        self._kernels.finish_recipes(self._coder, self._payload)
        return self._payload[: self._kernels.position(self._coder.registers)].tobytes()

    def _largest_distance(self, stream: NDArray[np.uint8], size: int) -> int | None:
        """What distances are said to be at most, or None if the stream is not valid."""
        from neucomp.kernels.inflate import new_stream_reader

        reader = new_stream_reader(stream)
        text_size, farthest = self._kernels.scan_stream(reader, np.zeros(self._kernels.SEGMENT, np.int32))
        self._kernels.read_padding(reader)
        is_whole = text_size == size and reader.registers[0] == 8 * stream.size
        return (FAR_LIMIT if farthest > NEAR_LIMIT else NEAR_LIMIT) if is_whole else None

    def _encode(
        self, stream: NDArray[np.uint8], text: NDArray[np.uint8], plan: int, farthest: int, limit: int
    ) -> int | None:
        """Codes a stream until `limit` bytes of text are done; returns how many bytes that took, None without room."""
        kernels, coder = self._kernels, self._coder
        start = kernels.position(coder.registers)
        payload = self._payload[: start + stream.size // _BOUND_SHARE + _SLACK]
        kernels.code_field(coder, payload, False, plan, _PLAN)
        kernels.code_field(coder, payload, False, int(farthest == FAR_LIMIT), _FARTHEST)
        padding = Pass(kernels, text, PLANS[plan], farthest).encode(coder, payload, stream, limit)
        if padding is None:
            return None
        kernels.code_field(coder, payload, False, padding, _PADDING)
        return int(kernels.position(coder.registers) - start)


class RecipeReader:
    """Puts streams together, in the order in which their recipes were written."""

    def __init__(self, recipes: bytes, kernels: ModuleType | None = None) -> None:
        from neucomp.kernels.recipe_coding import new_recipe_coder

        self._kernels = kernels or load_recipes()
        self._coder = new_recipe_coder()
        self._payload = np.frombuffer(recipes, np.uint8).copy()
        self._kernels.start_recipes(self._coder, self._payload, True)

    def next(self, text: NDArray[np.uint8], size: int) -> bytes:
        """The next stream, of `size` bytes, which has this text; CorruptDataError if its recipe cannot be right."""
        kernels, coder, payload = self._kernels, self._coder, self._payload
        plan = int(kernels.code_field(coder, payload, True, 0, _PLAN))
        is_far = int(kernels.code_field(coder, payload, True, 0, _FARTHEST))
        if plan >= len(PLANS) or is_far > 1:
            raise CorruptDataError("the recipe of a deflate stream is damaged")
        stream = bytearray()

        def emit(piece: bytes) -> None:
            stream.extend(piece)
            if len(stream) > size or kernels.position(coder.registers) > payload.size + kernels.BYTES_PAST_END:
                raise CorruptDataError("the recipe of a deflate stream is damaged")

        way = Pass(kernels, text, PLANS[plan], FAR_LIMIT if is_far else NEAR_LIMIT)
        way.decode(coder, payload, emit)
        emit(way.fill(int(kernels.code_field(coder, payload, True, 0, _PADDING))))
        if len(stream) != size:
            raise CorruptDataError("the recipe of a deflate stream gives another size: the file is damaged")
        return bytes(stream)


def _copy(coder: RecipeCoder) -> RecipeCoder:
    from neucomp.kernels.recipe_coding import RecipeCoder

    return RecipeCoder._make(array.copy() for array in coder)


def _restore(coder: RecipeCoder, before: RecipeCoder) -> None:
    pairs: Iterable[tuple[Any, Any]] = zip(coder, before, strict=True)
    for array, old in pairs:
        np.copyto(array, old)


def load_recipes() -> ModuleType:
    """The kernels of `neucomp.kernels.deflate_recipes`, proven."""
    from neucomp.kernels.cache import load_kernels

    return load_kernels("neucomp.kernels.deflate_recipes", _prove)


_PROOF_TEXT = b"It was the best of times, it was the worst of times, 1859\n" * 3 + bytes(range(0, 200, 3)) + bytes(300)
_PROOF_STREAMS = (
    "f32c51284f2c5628c94855484a2d2e51c84f5328c9cc4d2dd651c844c894e717a148195a985a72790e804e0666364e1e7e215109693945"
    "15752d5d0363334b1b7b27570f6fbfc090f0a8d884e4b4cc9cfca2d28aeabac696f6aede0993a7cd9c337fd1d215abd76ddcb27dd7de03"
    "878f318c02a20100",
    "f32c51284f2c5628c94855484a2d2e51c84f5328c9cc4d2dd651c844c894e717a148195a985a72790e804e0666364e1e7e215109693945"
    "15752d5d0363334b1b7b27570f6fbfc090f0a8d884e4b4cc9cfca2d28aeabac696f6aede0993a7cd9c337fd1d215abd76ddcb27dd7de03"
    "878f318c02a20100",
    "001400ebff497420776173207468652062657374206f662074cbcc4d2dd651c82c51284f2c5628c9485528cf2f2a2e51c84f5328c9044b"
    "195a985a727922e4935251a469a79381998d93875f4854425a4e51455d4bd7c0d8ccd2c6dec9d5c3db2f30243c2a3621392d3327bfa8b4"
    "a2baaeb1a5bdab77c2e46933e7cc5fb474c5ea751bb76cdfb5f7c0e1630ca380680000",
)
_PROOF_PLANS = (8, 1, 10)
_PROOF_DIGEST = "bd34d9c819e96973"


def _prove(kernels: ModuleType) -> None:
    """Codes the choices of three streams of a short text both ways; KernelError if that gives a wrong answer."""
    text = np.frombuffer(_PROOF_TEXT, np.uint8)
    streams = [bytes.fromhex(stream) for stream in _PROOF_STREAMS]
    writer = RecipeWriter(1 << 10, kernels)
    for stream, plan in zip(streams, _PROOF_PLANS, strict=True):
        writer.add(np.frombuffer(stream, np.uint8), text, plan)
    recipes = writer.finish()
    reader = RecipeReader(recipes, kernels)
    rebuilt = [reader.next(text, len(stream)) for stream in streams]
    found = hashlib.sha256(recipes + bytes([rebuilt == streams])).hexdigest()[:16]
    if found != _PROOF_DIGEST:
        raise KernelError(
            f"the compiled recipes of deflate give a wrong answer on this machine (known answer {_PROOF_DIGEST}, got "
            f"{found}): nothing was written. Please report it with the versions of numba and llvmlite and the processor"
        )
