"""Match models: a twin that searches its list of positions, and pointers that stay in the past."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels.match import (
    INPUTS_PER_MATCH,
    LONGEST_VERIFIED,
    find_matches,
    follow_matches,
    learn_matches,
    new_matches,
    predict_from_matches,
)
from neucomp.kernels.tables import STRETCH, STRETCH_LIMIT

BITS = 10


class PlainMatch:
    """One match model, written from its description."""

    def __init__(self, shortest: int):
        self.shortest = shortest
        self.multiplier = 5 << -(-BITS // shortest)
        self.last_seen: dict[int, int] = {}
        self.confidence = {(row, bit): (8192, 57344)[bit] for row in range(64) for bit in (0, 1)}
        self.pointer = self.length = self.hash = 0
        self.expected: int | None = None

    def find(self, past: list[int]) -> None:
        if len(past) >= self.shortest:
            if self.length == 0:
                candidate = self.last_seen.get(self.hash, 0)
                length = 0
                while length < min(candidate, LONGEST_VERIFIED) and past[candidate - 1 - length] == past[-1 - length]:
                    length += 1
                if length >= self.shortest - 1:
                    self.pointer, self.length = candidate, length
            self.last_seen[self.hash] = len(past)
        self.expected = past[self.pointer] if self.length else None

    def predict(self, earlier_bits: str) -> tuple[list[int], int]:
        """Inputs, and the expected bit + 1 or 0."""
        self.cell = None
        if self.expected is None:
            return [0, 0], 0
        expected = f"{self.expected:08b}"
        if not expected.startswith(earlier_bits):
            self.expected, self.length = None, 0
            return [0, 0], 0
        bit = int(expected[len(earlier_bits)])
        row = self.length if self.length < 16 else min(16 + (self.length - 16) // 8, 63)
        self.cell = row, bit
        sloped = 16 * min(self.length, 32)
        return [int(STRETCH[self.confidence[self.cell] >> 4]), sloped if bit else -sloped], bit + 1

    def learn(self, bit: int) -> None:
        if self.cell is not None:
            self.confidence[self.cell] += (65535 * bit - self.confidence[self.cell]) >> 6

    def follow(self, byte: int) -> None:
        self.hash = (self.hash * self.multiplier + byte + 1) % (1 << BITS)
        if self.length and self.expected == byte:
            self.pointer += 1
            self.length += 1
        else:
            self.length = 0


def check(data: bytes, lengths: tuple[int, ...]) -> int:
    """Runs both over `data`, comparing everything; returns the longest match."""
    matches = new_matches(lengths, BITS)
    plain = [PlainMatch(length) for length in lengths]
    symbols = np.full(len(data), 0xEE, np.uint8)  # as a decoder sees them: the future is not there
    inputs = np.full(INPUTS_PER_MATCH * len(lengths) + 2, 99, np.int32)
    best = 0
    for position, byte in enumerate(data):
        found = find_matches(matches, symbols, position)
        for model in plain:
            model.find(list(data[:position]))
        longest = max(plain, key=lambda model: model.length)
        expected = (longest.expected | 256, longest.length) if longest.expected is not None else (0, 0)
        assert found == expected
        best = max(best, longest.length)
        for bit_index, bit in enumerate(map(int, f"{byte:08b}")):
            earlier = f"{byte:08b}"[:bit_index]
            expected_bit = predict_from_matches(matches, inputs, 1, bit_index, int("1" + earlier, 2))
            predictions = [model.predict(earlier) for model in plain]
            assert inputs[1:-1].tolist() == [logit for logits, _ in predictions for logit in logits]
            assert expected_bit == next((p for _, p in reversed(predictions) if p), 0)
            learn_matches(matches, bit)
            for model in plain:
                model.learn(bit)
        symbols[position] = byte
        follow_matches(matches, byte)
        for model, follower in zip(plain, matches.followers, strict=True):
            model.follow(byte)
            assert follower.pointer <= position + 1
            assert (follower.length, follower.hash) == (model.length, model.hash)
            assert follower.length == 0 or follower.pointer == model.pointer <= position
    assert inputs[0] == inputs[-1] == 99
    confidence = [model.confidence[row, bit] for model in plain for row in range(64) for bit in (0, 1)]
    assert matches.confidence.tolist() == confidence
    return best


@pytest.mark.parametrize("lengths", [(4,), (7, 3), (20, 12, 5)])
def test_everything_equals_its_twin(lengths: tuple[int, ...]) -> None:
    random = np.random.default_rng(4)
    phrases = [random.integers(0, 256, random.integers(5, 60)).astype(np.uint8).tobytes() for _ in range(4)]
    data = b"".join(phrases[i] for i in random.integers(0, 4, 30))
    assert check(data, lengths) >= 20


def test_long_matches() -> None:
    phrase = bytes(np.random.default_rng(6).integers(0, 256, 450).astype(np.uint8))
    assert check(phrase * 2 + b"!" + phrase, (6,)) >= 440
    assert check(bytes(700), (6, 3)) > 650


def test_comparing_ends_where_the_data_begin() -> None:
    """Before the first byte an index would wrap around to the end, where these three bytes stand too."""
    assert check(b"ABCDEFGHIJ" + b"\xee" * 3 + b"ABCDEFGHIJ" + b"\xee" * 3, (5,)) == 12


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([0, 1, 2, 128, 255]), max_size=80), st.sampled_from([(1,), (2,), (5, 2)]))
def test_any_bytes(symbols: list[int], lengths: tuple[int, ...]) -> None:
    check(bytes(symbols), lengths)


def test_old_bytes_leave_the_hash() -> None:
    """Two pasts that agree in the last `length` bytes have the same hash."""
    random = np.random.default_rng(8)
    for length, bits in ((5, 10), (12, 22), (20, 22), (7, 19)):
        recent = random.integers(0, 256, length).tolist()
        hashes = set()
        for _ in range(4):
            matches = new_matches((length,), bits)
            for byte in [*random.integers(0, 256, 30).tolist(), *recent]:
                follow_matches(matches, byte)
            hashes.add(int(matches.followers[0].hash))
        assert len(hashes) == 1
        assert 0 <= hashes.pop() < 1 << bits


def test_confidences_stay_in_16_bits() -> None:
    matches = new_matches((5,), BITS)
    inputs = np.zeros(2, np.int32)
    follower = matches.followers[0]
    for length in (1, 15, 16, 23, 24, 10_000, 2**40):
        for start in (0, 1, 63, 65472, 65535):
            for bit in (0, 1):
                follower.expected, follower.length = 256 | 255 * bit, length
                matches.confidence[:] = start
                assert predict_from_matches(matches, inputs, 0, 0, 1) == 1 + bit
                assert 0 <= follower.cell < matches.confidence.size
                assert np.abs(inputs).max() <= STRETCH_LIMIT
                learn_matches(matches, bit)
                learned = int(matches.confidence[follower.cell])
                assert learned == start + ((65535 * bit - start) >> 6)
                assert 0 <= learned <= 65535
