"""The contexts of the byte model: what in the past the next byte may depend on.

`History` is what is kept of the coded bytes, `advance` moves it past one more, `compute_contexts` derives from it a
64-bit value for every member of `Context`. Which of them a recipe uses is data (`byte_recipes`).
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.hashing import MULTIPLIER_B, chain
from neucomp.kernels.inline import inline


class Context(IntEnum):
    """Kinds of contexts. Numbers salt the hashes, so they are part of the format: never renumber."""

    ORDER0 = 0
    ORDER1 = 1  # the last byte
    ORDER2 = 2
    ORDER3 = 3
    ORDER4 = 4
    ORDER5 = 5
    ORDER6 = 6
    ORDER7 = 7
    ORDER8 = 8
    WORD = 9  # the letters of the current word
    WORD_1 = 10  # ... and the previous word
    WORD_2 = 11  # ... and the word before that, skipping one
    WORD_1_2 = 12  # ... and both
    WORD_3 = 13
    WORD_4 = 14
    WORD_1_3 = 15
    WORD_2_3 = 16
    PREVIOUS_WORD = 17  # the previous word and the last byte
    WORD_PUNCTUATION = 18  # the current word and the last byte that was no letter, digit or space
    WORD_FIRST_OF_LINE = 19  # the current word and the line's first one
    LETTERS4 = 20  # the last 4 letters, whatever stood between them
    LETTERS6 = 21
    SKIP1 = 22  # byte 2 alone (byte 1 is the last)
    SKIP1_2 = 23  # bytes 2 and 3
    SKIP2 = 24  # byte 3 alone
    SKIP2_2 = 25  # bytes 3 and 4
    BYTES2_4 = 26  # bytes 2 and 4
    BYTES1_3_5 = 27
    BYTES2_4_6 = 28
    HIGH4 = 29  # the high nibbles of 4 bytes
    HIGH8 = 30  # the 3 high bits of 8 bytes
    CLASSES = 31  # the last 8 character classes, runs of letters cut to two
    INDIRECT1 = 32  # what followed the last 3 occurrences of the last byte
    INDIRECT2 = 33  # what followed the last 2 occurrences of the last 2 bytes
    ABOVE = 34  # the byte above in the previous line of text, the last byte, the column
    COLUMN = 35  # the column in the line and the last byte
    RECORD_ABOVE = 36  # the byte one record back, the last byte
    RECORD_COLUMN_ABOVE = 37  # the byte one record back and the place in the record
    RECORD_ABOVE2 = 38  # the bytes one and two records back, the last 2 bytes
    RECORD_COLUMN = 39  # the place in the record and the last byte
    MATCH = 40  # the byte the match model expects, its length, the last byte
    LEFT = 41  # the sample to the left (see `new_history`)
    UP = 42  # the sample above
    LEFT_UP = 43  # both
    GRADIENT = 44  # left + above - above left
    GRADIENT_LEFT = 45  # the same and the left sample
    UP_RIGHT = 46  # above, above right
    LINE_SLOPE = 47  # 2 left - left of that
    AVERAGE = 48  # the mean of left and above, the last byte
    UP2 = 49  # the two samples above
    CODE1 = 50  # the last byte and the opcode-like bits of 3 bytes
    CODE2 = 51  # bytes 5 and 6 (behind a 32-bit operand), the last byte
    DWORD = 52  # the bytes 4 and 8 back, position modulo 4
    INDIRECT3 = 53  # what followed the last byte's last occurrence, the last 2 bytes
    NUMBERS = 54  # the last 4 character classes, the last byte, the column's low bits
    BYTES1_3 = 55
    BYTES1_4 = 56
    BYTES2_3_4 = 57
    HIGH3_LAST = 58  # the high nibbles of bytes 2 to 4, the last byte
    INDIRECT4 = 59  # what followed the last 3 occurrences of the last 2 bytes


HISTORY = np.dtype(
    [
        ("bytes1_4", np.int64),  # the last 4 bytes, the latest lowest
        ("bytes5_8", np.int64),  # the 4 before
        ("word", np.int64),  # hash of the current word's letters; 0 between words
        ("word1", np.int64),  # of the words before it
        ("word2", np.int64),
        ("word3", np.int64),
        ("word4", np.int64),
        ("first_word", np.int64),  # of the line
        ("word_length", np.int64),
        ("letters", np.int64),  # 5 bits for each of the last 12 letters
        ("punctuation", np.int64),  # the last byte that was no letter, digit or space, plus 1
        ("classes", np.int64),  # 4 bits for each of the last character classes
        ("line_start", np.int64),  # position of the current line's first byte
        ("previous_line", np.int64),
        ("record", np.int64),  # record length in use; 0: none found
        ("record_votes", np.int64),
        ("rival", np.int64),  # another record length that was seen
        ("rival_votes", np.int64),
        ("left", np.int64),  # distance of the sample to the left
        ("up", np.int64),  # distance of the sample above
    ]
)


class ByteHistory(NamedTuple):
    """What the contexts are made of."""

    now: np.recarray  # (1,) of HISTORY
    followed1: NDArray[np.int64]  # (256,): the last 3 bytes that followed each byte
    followed2: NDArray[np.int64]  # (65536,): the last 3 bytes that followed each pair of bytes
    seen_at: NDArray[np.int64]  # (256, 3): positions of each byte's last occurrences, the latest first


NO_POSITION = -(1 << 40)
LONGEST_RECORD = 4096
_LEAD_OF_A_NEW_RECORD = 24


def new_history(left: int, up: int) -> ByteHistory:
    """Nothing coded yet; `left` and `up` are the distances of neighbouring samples (bytes, `up` 0 if there is none)."""
    now = np.zeros(1, HISTORY).view(np.recarray)
    now[0].left = left
    now[0].up = up
    return ByteHistory(
        now, np.zeros(256, np.int64), np.zeros(65536, np.int64), np.full((256, 3), NO_POSITION, np.int64)
    )


@inline
def _back(symbols, position, distance):
    """The byte `distance` before `position`; 0 before the start or where distance is 0."""
    if distance <= 0 or distance > position:
        return np.int64(0)
    return np.int64(symbols[position - distance])


@inline
def _clip(sample):
    return min(max(sample, np.int64(0)), np.int64(255))


@inline
def compute_contexts(values, history, symbols, position, match):
    """Fills `values`, int64 (len(Context),); `match` packs the match model's expectation (9 bits) and length."""
    h = history.now[0]
    b4 = h.bytes1_4
    b8 = h.bytes5_8
    last = b4 & 255
    word_or_last = h.word * 256 + (last if h.word == 0 else np.int64(0))
    values[Context.ORDER0] = 0
    values[Context.ORDER1] = last
    values[Context.ORDER2] = b4 & 0xFFFF
    values[Context.ORDER3] = b4 & 0xFFFFFF
    values[Context.ORDER4] = b4
    values[Context.ORDER5] = b4 | (b8 & 0xFF) << 32
    values[Context.ORDER6] = b4 | (b8 & 0xFFFF) << 32
    values[Context.ORDER7] = b4 | (b8 & 0xFFFFFF) << 32
    values[Context.ORDER8] = b4 * MULTIPLIER_B + b8

    values[Context.WORD] = word_or_last
    values[Context.WORD_1] = chain(h.word, h.word1)
    values[Context.WORD_2] = chain(h.word, h.word2)
    values[Context.WORD_1_2] = chain(chain(h.word, h.word1), h.word2)
    word_and_last = chain(h.word, last)
    values[Context.WORD_3] = chain(word_and_last, h.word3)
    values[Context.WORD_4] = chain(word_and_last, h.word4)
    values[Context.WORD_1_3] = chain(chain(word_and_last, h.word1), h.word3)
    values[Context.WORD_2_3] = chain(chain(word_and_last, h.word2), h.word3)
    values[Context.PREVIOUS_WORD] = chain(h.word1, last)
    values[Context.WORD_PUNCTUATION] = chain(h.word, h.punctuation)
    values[Context.WORD_FIRST_OF_LINE] = chain(h.word, h.first_word)
    values[Context.LETTERS4] = h.letters & 0xFFFFF
    values[Context.LETTERS6] = h.letters & 0x3FFFFFFF

    values[Context.SKIP1] = b4 & 0xFF00
    values[Context.SKIP1_2] = b4 & 0xFFFF00
    values[Context.SKIP2] = b4 & 0xFF0000
    values[Context.SKIP2_2] = b4 & 0xFFFF0000
    values[Context.BYTES2_4] = b4 & 0xFF00FF00
    values[Context.BYTES1_3_5] = (b4 & 0xFF00FF) | (b8 & 255) << 32
    values[Context.BYTES2_4_6] = (b4 & 0xFF00FF00) | (b8 & 0xFF00) << 32
    values[Context.HIGH4] = b4 & 0xF0F0F0F0
    values[Context.HIGH8] = (b4 & 0xE0E0E0E0) | (b8 & 0xE0E0E0E0) << 32
    values[Context.CLASSES] = h.classes & 0xFFFFFFFF

    after1 = history.followed1[last]
    values[Context.INDIRECT1] = (after1 & 0xFFFFFF) | last << 32
    values[Context.INDIRECT2] = (history.followed2[b4 & 0xFFFF] & 0xFFFF) | last << 32
    values[Context.INDIRECT3] = (after1 & 0xFF) | (b4 & 0xFFFF) << 8

    column = position - h.line_start
    above = np.int64(0)
    if h.previous_line + column < h.line_start:
        above = np.int64(symbols[h.previous_line + column])
    short_column = min(column, 255)
    values[Context.ABOVE] = above | last << 8 | short_column << 16
    values[Context.COLUMN] = short_column << 8 | last

    record = h.record
    place = position % record if record > 0 else np.int64(0)
    one_back = _back(symbols, position, record)
    two_back = _back(symbols, position, 2 * record)
    values[Context.RECORD_ABOVE] = one_back | last << 8 | record << 16
    values[Context.RECORD_COLUMN_ABOVE] = one_back | place << 8 | record << 32
    values[Context.RECORD_ABOVE2] = one_back | two_back << 8 | (b4 & 0xFFFF) << 16
    values[Context.RECORD_COLUMN] = last | place << 8 | record << 32
    values[Context.MATCH] = match | last << 16

    left = _back(symbols, position, h.left)
    up = _back(symbols, position, h.up)
    up_left = _back(symbols, position, h.up + h.left)
    up_right = _back(symbols, position, h.up - h.left)
    gradient = _clip(left + up - up_left)
    slope = _clip(2 * left - _back(symbols, position, 2 * h.left))
    sample = position % h.left
    values[Context.LEFT] = left | sample << 8
    values[Context.UP] = up | sample << 8
    values[Context.LEFT_UP] = left | up << 8 | sample << 16
    values[Context.GRADIENT] = gradient | sample << 8
    values[Context.GRADIENT_LEFT] = gradient | left << 8 | sample << 16
    values[Context.UP_RIGHT] = up | up_right << 8 | sample << 16
    values[Context.LINE_SLOPE] = slope | sample << 8
    values[Context.AVERAGE] = (left + up) >> 1 | last << 8 | sample << 16
    values[Context.UP2] = up | _back(symbols, position, 2 * h.up) << 8 | sample << 16

    values[Context.CODE1] = last | (b4 & 0xF8F8F800) << 8
    values[Context.CODE2] = last | (b8 & 0xFFFF) << 8
    values[Context.DWORD] = (b4 >> 24 & 255) | (b8 >> 24 & 255) << 8 | (position & 3) << 16
    values[Context.BYTES1_3] = b4 & 0xFF00FF
    values[Context.BYTES1_4] = b4 & 0xFF0000FF
    values[Context.BYTES2_3_4] = b4 & 0xFFFFFF00
    values[Context.HIGH3_LAST] = last | (b4 & 0xF0F0F000) << 8
    values[Context.INDIRECT4] = history.followed2[b4 & 0xFFFF]
    values[Context.NUMBERS] = h.classes & 0xFFFF | last << 16 | (column & 7) << 24


@inline
def _is_letter(byte):
    return 97 <= byte <= 122 or byte >= 128


@inline
def advance(history, byte, position):
    """Moves the history past `byte`, which stands at `position`."""
    h = history.now[0]
    b4 = h.bytes1_4
    history.followed2[b4 & 0xFFFF] = (history.followed2[b4 & 0xFFFF] << 8 | byte) & 0xFFFFFF
    history.followed1[b4 & 255] = (history.followed1[b4 & 255] << 8 | byte) & 0xFFFFFF
    h.bytes5_8 = (h.bytes5_8 << 8 | b4 >> 24) & 0xFFFFFFFF
    h.bytes1_4 = (b4 << 8 | byte) & 0xFFFFFFFF
    _advance_words(h, byte)
    if byte == 10:
        h.previous_line = h.line_start
        h.line_start = position + 1
        h.first_word = np.int64(0)
    _advance_record(history, byte, position)


@inline
def _advance_words(h, byte):
    lower = byte + 32 if 65 <= byte <= 90 else byte
    if _is_letter(lower):
        h.word = ((h.word + lower) * MULTIPLIER_B) >> 5 & 0xFFFFFFFFFFFF
        h.word_length += 1
        h.letters = (h.letters << 5 | lower & 31) & 0xFFFFFFFFFFFFFFF
        kind = np.int64(1)
    else:
        if h.word != 0:
            h.word4 = h.word3
            h.word3 = h.word2
            h.word2 = h.word1
            h.word1 = h.word
            h.word = np.int64(0)
            h.word_length = np.int64(0)
            if h.first_word == 0:
                h.first_word = h.word1
        if byte == 32:
            kind = np.int64(2)
        elif 48 <= byte <= 57:
            kind = np.int64(3)
        else:
            h.punctuation = byte + 1
            kind = 4 + (byte * 7 >> 4 & 7)
    if kind != 1 or h.classes & 0xFF != 0x11:
        h.classes = (h.classes << 4 | kind) & 0xFFFFFFFFFFFF


@inline
def _advance_record(history, byte, position):
    """A byte seen four times at equal distances votes for that distance as the record length."""
    h = history.now[0]
    first = history.seen_at[byte, 0]
    second = history.seen_at[byte, 1]
    distance = position - first
    equal = distance == first - second and distance == second - history.seen_at[byte, 2]
    if equal and 1 < distance < LONGEST_RECORD:
        if distance == h.record:
            h.record_votes = min(h.record_votes + 1, 1000)
        elif distance == h.rival:
            h.rival_votes += 1
            if h.rival_votes > h.record_votes:
                h.rival = h.record
                h.rival_votes = np.int64(0)
                h.record = distance
                h.record_votes = np.int64(_LEAD_OF_A_NEW_RECORD)
        else:
            h.rival = distance
            h.rival_votes = np.int64(1)
            h.record_votes -= h.record_votes >> 3
    history.seen_at[byte, 2] = second
    history.seen_at[byte, 1] = first
    history.seen_at[byte, 0] = position
