"""Contexts: their values beside those of a twin that looks at the whole past anew for each byte."""

import numpy as np
import pytest
from numba import njit

from neucomp.kernels.hashing import MULTIPLIER_B
from neucomp.models.byte_contexts import LONGEST_RECORD, Context, advance, compute_contexts, new_history
from tests.kernels.test_hashing import plain_chain, signed

LEFT, UP = 3, 21

TEXT = (
    b"It was the best of times, it was the worst of times;\n\n"
    b"  <a href='x'>It was</a> the AGE of wisdom: 1859!\n" + "Été à Zürich\n".encode()
)
TABLE = b"".join(bytes([17, 200, i * 37 % 256, i % 3, 0, 99, i * i % 256]) for i in range(60))
NOISE = np.random.default_rng(21).integers(0, 256, 200).astype(np.uint8).tobytes()
DATA = TEXT + TABLE + TEXT + NOISE + TEXT + bytes(30)


@njit
def all_values(symbols, history, match, values):
    """Row t: the contexts of symbol t; those from t on are not there yet."""
    seen = np.zeros_like(symbols)
    records = np.zeros(symbols.size, np.int64)
    for position in range(symbols.size):
        compute_contexts(values[position], history, seen, position, match)
        records[position] = history.now[0].record
        seen[position] = symbols[position]
        advance(history, np.int64(symbols[position]), position)
    return records


def run(data: bytes, left: int = LEFT, up: int = UP) -> tuple[np.ndarray, np.ndarray]:
    """Values, (len(data), contexts), and the record length in use at each position."""
    values = np.full((len(data), len(Context)), -1, np.int64)
    history = new_history(left, up)
    return values, all_values(np.frombuffer(data, np.uint8).copy(), history, 0x155, values)


VALUES, RECORDS = run(DATA)


def column(context: Context) -> list[int]:
    return VALUES[:, context].tolist()


def back(position: int, distance: int) -> int:
    """The byte `distance` before `position`, 0 where there is none."""
    return DATA[position - distance] if 0 < distance <= position else 0


def letter(byte: int) -> bool:
    return chr(byte) in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" or byte > 127


def word_hash(word: bytes) -> int:
    h = 0
    for byte in word:
        lower = byte + 32 if 65 <= byte <= 90 else byte
        h = (signed((h + lower) * MULTIPLIER_B) >> 5) % 2**48
    return h


def words(position: int) -> list[int]:
    """Hashes of the current word (0 between words) and the four before it."""
    found, current = [], b""
    for byte in DATA[:position]:
        if letter(byte):
            current += bytes([byte])
        elif current:
            found.append(word_hash(current))
            current = b""
    return [word_hash(current), *[0, 0, 0, 0, *found][:-5:-1]]


POSITIONS = range(len(DATA))


def test_orders() -> None:
    for position in POSITIONS:
        last8 = [back(position, distance) for distance in range(1, 9)]
        for order in range(8):
            number = sum(byte << 8 * i for i, byte in enumerate(last8[:order]))
            assert VALUES[position, Context(order)] == number
        low, high = (sum(byte << 8 * i for i, byte in enumerate(half)) for half in (last8[:4], last8[4:]))
        assert VALUES[position, Context.ORDER8] == signed(low * MULTIPLIER_B + high)


def test_sparse_contexts() -> None:
    for position in POSITIONS:
        b = [0, *(back(position, distance) for distance in range(1, 9))]
        row = VALUES[position]
        assert row[Context.SKIP1] == b[2] << 8
        assert row[Context.SKIP1_2] == b[2] << 8 | b[3] << 16
        assert row[Context.SKIP2] == b[3] << 16
        assert row[Context.SKIP2_2] == b[3] << 16 | b[4] << 24
        assert row[Context.BYTES2_4] == b[2] << 8 | b[4] << 24
        assert row[Context.BYTES1_3_5] == b[1] | b[3] << 16 | b[5] << 32
        assert row[Context.BYTES2_4_6] == b[2] << 8 | b[4] << 24 | b[6] << 40
        assert row[Context.HIGH4] == sum((b[i] & 0xF0) << 8 * (i - 1) for i in range(1, 5))
        assert row[Context.HIGH8] == signed(sum((b[i] & 0xE0) << 8 * (i - 1) for i in range(1, 9)))
        assert row[Context.DWORD] == b[4] | b[8] << 8 | (position & 3) << 16


def test_words() -> None:
    for position in POSITIONS:
        word, word1, word2, word3, word4 = words(position)
        last = back(position, 1)
        row = VALUES[position]
        assert row[Context.WORD] == (word * 256 if word else last)
        assert row[Context.WORD_1] == plain_chain(word, word1)
        assert row[Context.WORD_2] == plain_chain(word, word2)
        assert row[Context.WORD_1_2] == plain_chain(plain_chain(word, word1), word2)
        assert row[Context.WORD_3] == plain_chain(plain_chain(word, last), word3)
        assert row[Context.WORD_4] == plain_chain(plain_chain(word, last), word4)
        assert row[Context.PREVIOUS_WORD] == plain_chain(word1, last)


def test_letters_and_punctuation() -> None:
    for position in POSITIONS:
        past = DATA[:position]
        letters = [(byte + 32 if 65 <= byte <= 90 else byte) & 31 for byte in past if letter(byte)]
        for count, context in ((4, Context.LETTERS4), (6, Context.LETTERS6)):
            assert VALUES[position, context] == sum(x << 5 * i for i, x in enumerate(letters[::-1][:count]))
        marks = [byte for byte in past if not letter(byte) and byte != 32 and not 48 <= byte <= 57]
        expected = plain_chain(words(position)[0], marks[-1] + 1 if marks else 0)
        assert VALUES[position, Context.WORD_PUNCTUATION] == expected


def test_lines() -> None:
    for position in POSITIONS:
        lines = DATA[:position].split(b"\n")
        place, last = len(lines[-1]), back(position, 1)
        above = (lines[-2] + b"\n")[place] if len(lines) > 1 and place <= len(lines[-2]) else 0
        assert VALUES[position, Context.COLUMN] == min(place, 255) << 8 | last
        assert VALUES[position, Context.ABOVE] == above | last << 8 | min(place, 255) << 16


def test_what_followed() -> None:
    after1: dict[bytes, list[int]] = {}
    after2: dict[bytes, list[int]] = {}
    for position in POSITIONS:
        past = DATA[:position]
        one, two = past[-1:].rjust(1, b"\0"), past[-2:].rjust(2, b"\0")
        last3 = sum(byte << 8 * i for i, byte in enumerate(after1.get(one, [])[:-4:-1]))
        last2 = sum(byte << 8 * i for i, byte in enumerate(after2.get(two, [])[:-3:-1]))
        row = VALUES[position]
        assert row[Context.INDIRECT1] == last3 | one[0] << 32
        assert row[Context.INDIRECT2] == last2 | one[0] << 32
        assert row[Context.INDIRECT3] == last3 & 255 | int.from_bytes(two, "big") << 8
        after1.setdefault(one, []).append(DATA[position])
        after2.setdefault(two, []).append(DATA[position])


def test_records() -> None:
    for position in POSITIONS:
        record, last = int(RECORDS[position]), back(position, 1)
        place = position % record if record else 0
        row = VALUES[position]
        assert row[Context.RECORD_ABOVE] == back(position, record) | last << 8 | record << 16
        assert row[Context.RECORD_COLUMN_ABOVE] == back(position, record) | place << 8 | record << 32
        assert row[Context.RECORD_COLUMN] == last | place << 8 | record << 32
        two = back(position, 1) | back(position, 2) << 8
        assert row[Context.RECORD_ABOVE2] == back(position, record) | back(position, 2 * record) << 8 | two << 16
    assert RECORDS[: len(TEXT)].max() < LONGEST_RECORD
    assert RECORDS[len(TEXT) + len(TABLE) - 1] == 7


@pytest.mark.parametrize(("left", "up"), [(1, 0), (3, 21), (255, 65535), (200, 3)])
def test_neighbouring_samples(left: int, up: int) -> None:
    values, _ = run(DATA, left, up)
    for position in POSITIONS:
        west, north = back(position, left), back(position, up)
        north_west, north_east = back(position, up + left), back(position, up - left)
        gradient = min(max(west + north - north_west, 0), 255)
        slope = min(max(2 * west - back(position, 2 * left), 0), 255)
        sample = position % left
        row = values[position]
        assert row[Context.LEFT] == west | sample << 8
        assert row[Context.UP] == north | sample << 8
        assert row[Context.LEFT_UP] == west | north << 8 | sample << 16
        assert row[Context.GRADIENT] == gradient | sample << 8
        assert row[Context.GRADIENT_LEFT] == gradient | west << 8 | sample << 16
        assert row[Context.UP_RIGHT] == north | north_east << 8 | sample << 16
        assert row[Context.LINE_SLOPE] == slope | sample << 8
        assert row[Context.AVERAGE] == (west + north) // 2 | back(position, 1) << 8 | sample << 16
        assert row[Context.UP2] == north | back(position, 2 * up) << 8 | sample << 16


def test_every_context_is_computed_and_none_sees_the_future() -> None:
    changed = bytearray(DATA)
    changed[300:] = bytes(255 - byte for byte in changed[300:])
    values, _ = run(bytes(changed))
    assert (values[:301] == VALUES[:301]).all()
    for context in Context:
        if context not in (Context.ORDER0, Context.MATCH):
            assert len(set(column(context))) > 1
    assert set(column(Context.ORDER0)) == {0}
    assert {value & 0xFFFF for value in column(Context.MATCH)} == {0x155}


def test_numbers_are_not_reused() -> None:
    assert [int(context) for context in Context] == list(range(len(Context)))
