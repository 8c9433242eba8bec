"""Rows of the network's tables against a twin on unbounded integers, and within their tables whatever is read."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.kernels.hashing import MULTIPLIER_A, MULTIPLIER_B, MULTIPLIER_C
from neucomp.kernels.network_constants import GRAMS, TABLES
from neucomp.nets.rows import find_rows, new_readers

BITS = (14, 16, 17, 17, 18, 16, 18, 17)
WRAP = 1 << 64


def fold(value: int, salt: int) -> int:
    g = (value + salt * MULTIPLIER_C) * MULTIPLIER_A % WRAP
    return (g ^ g >> 29) * MULTIPLIER_B % WRAP


def chain(value: int, following: int) -> int:
    return (value * MULTIPLIER_A + following) % WRAP


def is_letter(byte: int) -> bool:
    return (chr(byte).isalpha() and byte < 128) or byte >= 128


def words_of(data: bytes) -> list[int]:
    """Hashes of the word that a text ends in, 0 between two words, and of the two before it."""
    found = [0]
    for byte in data:
        if is_letter(byte):
            found[-1] = fold(chain(found[-1], ord(chr(byte).lower()) if byte < 128 else byte), 0)
        elif found[-1]:
            found.append(0)
    return ([0, 0, *found])[-3:][::-1]


def twin(data: bytes, bits: tuple[int, ...]) -> list[int]:
    """Rows after `data`, from all of it."""
    hashes = []
    for i, length in enumerate(range(2, 7)):
        gram = int.from_bytes((bytes(8) + data)[-length:], "big")
        hashes.append(fold(gram, i + 1))
    word, before, before_that = words_of(data)
    value = word or (bytes(1) + data)[-1]
    for i, following in zip(range(5, 8), (before, before_that, 0), strict=True):
        hashes.append(fold(value, i + 1))
        value = chain(value, following)
    return [value >> 64 - each for value, each in zip(hashes, bits, strict=True)]


def rows(data: bytes, bits: tuple[int, ...] = BITS) -> list[list[int]]:
    """Rows after each byte."""
    found: list[list[int]] = find_rows(np.frombuffer(data, np.uint8)[None], new_readers(1), bits)[0].tolist()
    return found


def test_there_are_as_many_tables_as_here() -> None:
    assert (GRAMS, TABLES) == (5, len(BITS))


@pytest.mark.parametrize(
    "data",
    [
        b"The quick brown fox, the QUICK brown fox -- 1859.\n\n\tthe_quick",
        "l'été à Łódź: ΑΒΓ αβγ".encode(),
        bytes(range(256)) * 2,
        bytes(20) + b"\xff" * 20,
        b"@AZ[`az{\x7f\x80 @ A Z [ ` a z { \x7f \x80",
    ],
)
def test_the_twin_gives_the_same(data: bytes) -> None:
    assert rows(data) == [twin(data[: i + 1], BITS) for i in range(len(data))]


@settings(deadline=None, max_examples=60)
@given(st.binary(min_size=1, max_size=40), st.lists(st.integers(1, 22), min_size=8, max_size=8))
def test_any_bytes_and_tables(data: bytes, bits: list[int]) -> None:
    found = rows(data, tuple(bits))
    assert found == [twin(data[: i + 1], tuple(bits)) for i in range(len(data))]
    assert all(0 <= row < 1 << each for row, each in zip(found[-1], bits, strict=True))


def test_what_each_table_looks_at() -> None:
    """The last 2 to 6 bytes; the word whatever its case; with one word before it; with two."""
    one, other = (rows(text)[-1] for text in (b"here was a Cat sat", b"THERE IS NO cat sat"))
    assert [a == b for a, b in zip(one, other, strict=True)] == [True] * 5 + [True, True, False]
    one, other = (rows(text)[-1] for text in (b"a dog sat", b"a cat sat"))
    assert [a == b for a, b in zip(one, other, strict=True)] == [True, True, True, False, False, True, False, False]


def test_rows_are_spread_over_the_tables() -> None:
    """6,000 different texts in 2**10 rows: no row is left out by more than chance, none is crowded."""
    texts = np.array([[97 + i % 26, 97 + i // 26 % 26, 97 + i // 676] for i in range(6000)], np.uint8)
    found = find_rows(texts, new_readers(len(texts)), (10,) * TABLES)[:, -1]
    for table in range(1, TABLES):  # the first sees 676 different pairs only
        counts = np.bincount(found[:, table], minlength=1 << 10)
        assert counts.size == 1 << 10 and (counts == 0).mean() < 0.02 and counts.max() < 25
