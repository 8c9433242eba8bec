"""What is stored without a trial, and what must never be."""

import bz2
import lzma
import math
import random
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neucomp.sampling import looks_incompressible

RANDOM = random.Random(5)
WORDS = ["".join(RANDOM.choices("etaoinshrdlucm", k=RANDOM.randint(1, 9))) for _ in range(4000)]
TEXT = " ".join(RANDOM.choices(WORDS, k=200_000)).encode()


@pytest.mark.parametrize("size", [4096, 5000, 70_000, 1_000_000])
def test_random_bytes(size: int) -> None:
    assert looks_incompressible(RANDOM.randbytes(size))


@pytest.mark.parametrize("packed", [zlib.compress(TEXT, 9), bz2.compress(TEXT), lzma.compress(TEXT)])
def test_compressed_files(packed: bytes) -> None:
    assert looks_incompressible(packed)


def noisy_sound(channels: int, width: int) -> bytes:
    """A loud sine under noise: its bytes use all values, its differences do not."""
    peak = 1 << 8 * width - 1
    samples = bytearray()
    for time in range(20_000):
        for channel in range(channels):
            value = int(0.8 * peak * math.sin(time / (9 + channel)) + RANDOM.gauss(0, peak / 60))
            samples += max(-peak, min(peak - 1, value)).to_bytes(width, "little", signed=True)
    return bytes(samples)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_sound(channels: int, width: int) -> None:
    assert not looks_incompressible(noisy_sound(channels, width))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_noisy_picture(channels: int) -> None:
    pixels = bytes(
        (int(40 * math.sin(x / 30) + y + RANDOM.gauss(60 * channel, 12))) % 256
        for y in range(150)
        for x in range(200)
        for channel in range(channels)
    )
    assert not looks_incompressible(pixels)


def test_numbers_with_random_mantissas() -> None:
    assert not looks_incompressible(b"".join(struct.pack("<d", RANDOM.gauss(0, 1)) for _ in range(20_000)))


def test_text_in_the_middle_of_noise() -> None:
    noise = RANDOM.randbytes(500_000)
    assert not looks_incompressible(noise + TEXT[:200_000] + noise)


def test_the_same_noise_twice() -> None:
    assert not looks_incompressible(RANDOM.randbytes(2_000_000) * 2)


def test_flat_parts_in_noise() -> None:
    assert not looks_incompressible(RANDOM.randbytes(500_000) + bytes(100_000))


@given(st.binary(max_size=4095))
def test_small_blocks_are_always_tried(block: bytes) -> None:
    assert not looks_incompressible(block)
