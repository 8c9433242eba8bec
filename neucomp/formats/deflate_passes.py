"""One way through a deflate stream, block by block, beside a coder: from the stream to its recipe, or back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from neucomp.errors import CorruptDataError
from neucomp.kernels.deflate_format import STORED

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from neucomp.kernels.inflate import StreamReader
    from neucomp.kernels.recipe_coding import RecipeCoder

Emit = Callable[[bytes], None]
"""Takes the next bytes of a stream that is put together."""

NEAR_LIMIT, FAR_LIMIT = (1 << 15) - 262, 1 << 15
"""Largest distances of zlib and its kin, and of the format."""


class Plan(NamedTuple):
    """How an encoder is expected to choose (see `token_coding.Rule`) and how many positions are looked at for
    matches."""

    by_costs: bool
    lazy: bool
    good_length: int
    lazy_length: int
    nice_length: int
    chain_length: int
    reach: int


class Pass:
    """What is known of a stream on its way. Numbers of `None` mean that there was no room in an encoder's payload;
    damage
    found by a decoder is a CorruptDataError."""

    def __init__(self, kernels: ModuleType, text: NDArray[np.uint8], plan: Plan, farthest: int) -> None:
        from neucomp.kernels.block_head_coding import new_block_head
        from neucomp.kernels.deflate_blocks import LARGEST_BLOCK, new_block_writer
        from neucomp.kernels.match_candidates import new_candidates
        from neucomp.kernels.parse_costs import new_costs
        from neucomp.kernels.token_coding import Rule

        self._kernels = kernels
        self._text = text
        self._rule = Rule(*plan[:-1])
        self._candidates = new_candidates(text, plan.reach, farthest)
        self._costs = new_costs()
        self._head = new_block_head()
        self._writer = new_block_writer()
        self._tokens = np.zeros(kernels.CODES_BEHIND, np.int32)
        self._memory = np.zeros(4, np.int64)
        self._output = np.zeros(LARGEST_BLOCK, np.uint8)
        self.position = 0

    def encode(
        self, coder: RecipeCoder, payload: NDArray[np.uint8], stream: NDArray[np.uint8], limit: int
    ) -> int | None:
        """Codes the blocks of a valid stream up to `limit` bytes of text; returns the padding behind the last block."""
        from neucomp.kernels.inflate import new_stream_reader

        reader = new_stream_reader(stream)
        last = False
        while not last and (self.position < limit or limit == self._text.size):
            self._kernels.read_block_head(reader, self._head, self._tokens)
            if not self._block(coder, payload, reader, limit, None):
                return None
            self._kernels.read_block_end(reader, self._tokens)
            last = self._is_last
        return int(self._kernels.read_padding(reader))

    def decode(self, coder: RecipeCoder, payload: NDArray[np.uint8], emit: Emit) -> None:
        """Puts the blocks of a stream together."""
        from neucomp.kernels.inflate import new_stream_reader

        reader = new_stream_reader(np.zeros(0, np.uint8))
        last = False
        while not last:
            if not self._block(coder, payload, reader, self._text.size, emit):
                raise CorruptDataError("the recipe of a deflate stream is damaged")
            last = self._is_last
        if self.position != self._text.size:
            raise CorruptDataError("the recipe of a deflate stream does not fit its text: the file is damaged")

    def fill(self, padding: int) -> bytes:
        """The last byte of a stream, if padding fills it."""
        return self._take(self._kernels.write_padding(self._writer, self._output, padding))

    @property
    def _is_last(self) -> bool:
        from neucomp.kernels.block_head_coding import LAST

        return bool(self._head.registers[LAST])

    def _take(self, size: int) -> bytes:
        return self._output[:size].tobytes()

    def _block(
        self, coder: RecipeCoder, payload: NDArray[np.uint8], reader: StreamReader, limit: int, emit: Emit | None
    ) -> bool:
        """Codes a block; False if there is no room or it is damaged."""
        from neucomp.kernels.block_head_coding import KIND, SIZE

        kernels, head, writer, decode = self._kernels, self._head, self._writer, emit is not None
        if not kernels.code_block_start(coder, payload, decode, head, writer):
            return False
        size, kind = int(head.registers[SIZE]), int(head.registers[KIND])
        end = self.position + size
        if end > self._text.size or (kind == STORED and size > 0xFFFF):
            return False
        if kind == STORED:
            if emit is not None:
                emit(self._take(kernels.write_block_head(writer, head, self._output)))
                emit(self._text[self.position : end].tobytes())
            self.position = end
            return True
        before = self._rule.by_costs or size > kernels.CODES_BEHIND
        if before and not self._codes(coder, payload, before, emit):
            return False
        count = self._segments(coder, payload, reader, min(limit, end), end, emit if before else None, before, decode)
        if count is None:
            return False
        if self.position < end:
            return True  # an encoder has reached its limit
        if not before:
            if not self._codes(coder, payload, before, emit):
                return False
            if emit is not None:
                for start in range(0, count, kernels.SEGMENT):
                    self._write(emit, start, min(start + kernels.SEGMENT, count), False)
        if emit is not None:
            self._write(emit, 0, 0, True)
        return True

    def _codes(self, coder: RecipeCoder, payload: NDArray[np.uint8], before: bool, emit: Emit | None) -> bool:
        kernels, head, writer = self._kernels, self._head, self._writer
        if not kernels.code_block_codes(coder, payload, emit is not None, head, writer, self._costs, before):
            return False
        if emit is not None:
            emit(self._take(kernels.write_block_head(writer, head, self._output)))
        return True

    def _segments(
        self,
        coder: RecipeCoder,
        payload: NDArray[np.uint8],
        reader: StreamReader,
        limit: int,
        end: int,
        emit: Emit | None,
        flush: bool,
        decode: bool,
    ) -> int | None:
        """Codes the tokens of a block; returns how many are held because their codes are not known yet."""
        from neucomp.kernels.token_coding import Tokens

        held = 0
        while self.position < limit:
            stop = min(self.position + self._kernels.SEGMENT, end)
            listed = Tokens(self._tokens[held:], self._memory)
            count, position = self._kernels.code_segment(
                coder, payload, decode, self._rule, reader, self._writer, self._costs, self._candidates, listed,
                self.position, stop, end,
            )  # fmt: skip
            if count < 0:
                return None
            self.position = int(position)
            if emit is not None:
                self._write(emit, 0, count, False)
            if not flush:
                held += int(count)
        return held

    def _write(self, emit: Emit, start: int, stop: int, ends: bool) -> None:
        tokens = self._tokens[start:]
        emit(self._take(self._kernels.write_block_tokens(
            self._writer, self._head, self._output, tokens, stop - start, ends
        )))  # fmt: skip
