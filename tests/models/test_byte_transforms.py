"""Transforms of a block are reversible for any bytes, the most awkward ones above all."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neucomp.models.byte_transforms import absolute_calls, relative_calls

DENSE = st.lists(st.sampled_from([0xE8, 0xE9, 0x00, 0xFF, 0x01, 0xFE, 0x7F]), max_size=60).map(bytes)


def call(target: int) -> bytes:
    return b"\xe8" + (target % 2**32).to_bytes(4, "little")


@settings(max_examples=500)
@given(st.one_of(DENSE, st.binary(max_size=80)))
@example(b"\0\0\0\0\xe8\x01\x02\xe8\xf9\x05\x06\x00")
def test_nothing_is_lost(block: bytes) -> None:
    """Regression (the example): a call within the target of something that looked like a far call made that one near,
    and the way back found other places than the way there."""
    changed = absolute_calls(block)
    assert len(changed) == len(block)
    assert relative_calls(changed) == block
    assert absolute_calls(relative_calls(block)) == block


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_in_long_blocks(seed: int) -> None:
    random = np.random.default_rng(seed)
    alphabet = np.array([0xE8, 0xE9, 0, 255, 1, 254, *random.integers(0, 256, seed)], np.uint8)
    block = alphabet[random.integers(0, alphabet.size, 50_000)].tobytes()
    assert relative_calls(absolute_calls(block)) == block


def test_calls_of_one_function_look_alike() -> None:
    gap = b"\x90" * 11
    block = b"".join(call(0x1234 - position) + gap for position in range(0, 1600, 16))
    assert absolute_calls(block) == (call(0x1234) + gap) * 100


def test_targets_beyond_16_mib_are_left_alone() -> None:
    block = b"\x90" * 10 + b"\xe8\x11\x22\x33\x01" + b"\xe9\x11\x22\x33\xfe" + b"\x90" * 10
    assert absolute_calls(block) == relative_calls(block) == block


def test_an_opcode_at_the_end_is_left_alone() -> None:
    for size in range(1, 5):
        block = b"\x90" * 100 + b"\xe8\0\0\0\0"[:size]
        assert absolute_calls(block) == block


def test_positions_beyond_32_mib() -> None:
    """Targets are counted modulo 2**25, positions are not."""
    block = bytes((1 << 25) - 2) + call(5) + call(-5) + bytes(8)
    changed = absolute_calls(block)
    assert changed != block
    assert relative_calls(changed) == block
