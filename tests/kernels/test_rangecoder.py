"""The range coder: exact, within a few bits of the ideal, and unharmed by any payload."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from neucomp.kernels.rangecoder import (
    BYTES_PAST_END,
    CODE,
    HIGH,
    LARGEST_STEP,
    LOW,
    POSITION,
    code_bit,
    finish_coder,
    start_coder,
)

PROBABILITY = st.one_of(st.sampled_from([1, 2, 32768, 65533, 65535]), st.integers(1, 65535))
DECISIONS = st.lists(st.tuples(st.integers(0, 1), PROBABILITY), max_size=400)


@njit
def run_coder(decode, bits, probabilities, payload, registers):
    """Codes all decisions; returns the registers after each, (n, 4)."""
    trace = np.zeros((bits.size, 4), np.int64)
    start_coder(registers, payload, decode)
    for i in range(bits.size):
        bits[i] = code_bit(registers, payload, decode, bits[i], probabilities[i])
        trace[i] = registers
    if not decode:
        finish_coder(registers, payload)
    return trace


def encode(bits: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Payload and trace."""
    payload = np.full(LARGEST_STEP * bits.size + 8, 0xEE, np.uint8)
    registers = np.zeros(4, np.int64)
    trace = run_coder(False, bits.copy(), probabilities, payload, registers)
    size = registers[POSITION]
    assert (payload[size:] == 0xEE).all()
    return payload[:size].copy(), trace


def decode(payload: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Bits, trace, and where the decoder stands at the end."""
    registers = np.zeros(4, np.int64)
    bits = np.full(probabilities.size, -1, np.int64)
    trace = run_coder(True, bits, probabilities, payload, registers)
    return bits, trace, int(registers[POSITION])


def plain_encode(bits: list[int], probabilities: list[int]) -> bytes:
    """The same coder on Python's integers, told from its definition."""
    low, high, payload = 0, 2**32 - 1, bytearray()
    for bit, probability in zip(bits, probabilities, strict=True):
        middle = low + (high - low) * probability // 2**16
        assert low <= middle < high
        low, high = (low, middle) if bit else (middle + 1, high)
        while low >> 24 == high >> 24:
            payload.append(high >> 24)
            low, high = low % 2**24 * 256, high % 2**24 * 256 + 255
    payload.append(-(-low // 2**24))
    return bytes(payload)


def ideal_bits(bits: np.ndarray, probabilities: np.ndarray) -> float:
    return float(-np.log2(np.where(bits == 1, probabilities, 65536 - probabilities) / 65536).sum())


def check(bits: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Codes there and back, compares with the twin, and looks at every interval; returns the payload."""
    payload, trace = encode(bits, probabilities)
    assert payload.tobytes() == plain_encode(bits.tolist(), probabilities.tolist())
    decoded, decoder_trace, position = decode(payload, probabilities)
    assert decoded.tolist() == bits.tolist()
    assert position == payload.size + BYTES_PAST_END
    for register in (LOW, HIGH):
        assert (trace[:, register] == decoder_trace[:, register]).all()
    assert (decoder_trace[:, POSITION] == trace[:, POSITION] + 4).all()
    low, high, code = (decoder_trace[:, register] for register in (LOW, HIGH, CODE))
    assert ((low >= 0) & (low <= code) & (code <= high) & (high < 2**32)).all()
    assert (low >> 24 != high >> 24).all()
    return payload


@settings(deadline=None)
@given(DECISIONS)
def test_any_decisions_come_back(decisions: list[tuple[int, int]]) -> None:
    bits, probabilities = np.array(decisions, np.int64).reshape(-1, 2).T
    check(bits, probabilities)


def test_nothing_takes_one_byte() -> None:
    empty = np.zeros(0, np.int64)
    assert check(empty, empty).tolist() == [0]


@pytest.mark.parametrize("precision", [1, 4, 10, 16])
def test_a_payload_is_nearly_ideal(precision: int) -> None:
    """Bits that follow their probabilities, which are the wilder the higher the precision."""
    random = np.random.default_rng(precision)
    odds = random.uniform(-precision, precision, 100_000)
    probabilities = np.clip((65536 / (1 + np.exp2(odds))).astype(np.int64), 1, 65535)
    bits = (random.integers(0, 65536, probabilities.size) < probabilities).astype(np.int64)
    payload = check(bits, probabilities)
    assert 8 * payload.size <= 1.0001 * ideal_bits(bits, probabilities) + 16


@pytest.mark.parametrize("probability", [1, 2, 65533, 65535])
@pytest.mark.parametrize("expected", [True, False])
def test_extreme_probabilities(probability: int, expected: bool) -> None:
    """Bits that always come as expected cost next to nothing; bits that never do cost what they must."""
    likely = int(probability > 32768)
    bits = np.full(20_000, likely if expected else 1 - likely, np.int64)
    probabilities = np.full(bits.size, probability)
    payload = check(bits, probabilities)
    assert 8 * payload.size <= 1.001 * ideal_bits(bits, probabilities) + 16


@settings(deadline=None)
@given(DECISIONS)
def test_a_payload_holds_what_its_intervals_say(decisions: list[tuple[int, int]]) -> None:
    """Exactly: information = 8 * bytes shifted out + 32 - log2(numbers left); it takes at most a byte more."""
    bits, probabilities = np.array(decisions, np.int64).reshape(-1, 2).T
    payload, trace = encode(bits, probabilities)
    information, low, high = 0.0, 0, 2**32 - 1
    for bit, probability, after in zip(bits.tolist(), probabilities.tolist(), trace.tolist(), strict=True):
        middle = low + (high - low) * probability // 65536
        part = middle - low + 1 if bit else high - middle
        information += math.log2((high - low + 1) / part)
        low, high = after[LOW], after[HIGH]
    shifted = payload.size - 1
    assert math.isclose(information, 8 * shifted + 32 - math.log2(high - low + 1), abs_tol=1e-6)
    assert 8 * payload.size <= information + 8 + 1e-6


@settings(deadline=None)
@given(st.binary(max_size=200), st.lists(PROBABILITY, max_size=400))
def test_any_payload_can_be_decoded(data: bytes, chosen: list[int]) -> None:
    payload, probabilities = np.frombuffer(data, np.uint8).copy(), np.array(chosen, np.int64)
    bits, trace, _ = decode(payload, probabilities)
    assert set(bits.tolist()) <= {0, 1}
    low, high, code = (trace[:, register] for register in (LOW, HIGH, CODE))
    assert ((low >= 0) & (low <= code) & (code <= high) & (high < 2**32)).all()
    assert payload.tobytes() == data
    check(bits, probabilities)


def test_a_truncated_or_extended_payload_shows() -> None:
    random = np.random.default_rng(9)
    probabilities = random.integers(1, 65536, 1000)
    bits = random.integers(0, 2, probabilities.size)
    payload = check(bits, probabilities)
    for other in (payload[:-1], payload[:-5], np.append(payload, np.uint8(0))):
        decoded, _, position = decode(other.copy(), probabilities)
        assert position != other.size + BYTES_PAST_END or decoded.tolist() != bits.tolist()


def test_one_decision_writes_at_most_a_step() -> None:
    """The largest step: an interval of two numbers around a border of top bytes."""
    registers = np.array([0x00FFFFFF, 0x01000000, 0, 0], np.int64)
    payload = np.zeros(LARGEST_STEP, np.uint8)
    assert code_bit(registers, payload, False, 0, 32768) == 0
    assert registers.tolist() == [0, 0xFFFFFFFF, 0, LARGEST_STEP]
    assert payload.tolist() == [1, 0, 0, 0]
