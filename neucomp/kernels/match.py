"""Match models: the byte that followed the last time the most recent bytes looked like this.

Each match model keeps the last position of every hash of the latest `length` bytes. While it follows an earlier
position it predicts that position's next byte, with a confidence learned from the length of the match; a wrong
prediction ends the match.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.inline import inline
from neucomp.kernels.tables import STRETCH

INPUTS_PER_MATCH = 2

LONGEST_VERIFIED = 400
"""Found positions are compared backwards over at most this many bytes."""

_LENGTH_ROWS = 64
_MAP_SHIFT = 6
_SLOPE = 16  # logit per byte of match length, for the input that needs no learning
_LONGEST_SLOPE = 32

_FOLLOWER = np.dtype(
    [
        ("hash", np.int64),  # rolling, of the latest bytes; index into the positions
        ("multiplier", np.int64),  # of the rolling hash: even, so that old bytes leave it after `length` steps
        ("shortest", np.int64),  # bytes the hash covers; shorter matches, but for one byte, are not followed
        ("pointer", np.int64),  # position of the predicted byte
        ("length", np.int64),  # bytes matched so far; 0: nothing is followed
        ("expected", np.int64),  # 256 | predicted byte; 0 if there is none or a bit of this byte was wrong
        ("cell", np.int64),  # index into the map, for the current bit; -1: no prediction
    ]
)


class Matches(NamedTuple):
    """A list of match models."""

    positions: NDArray[np.int32]  # (models, 2**bits): position after the last bytes with this hash; 0: none
    confidence: NDArray[np.uint16]  # (models * 128,): P(bit = 1), 16 bits, by length class and expected bit
    followers: np.recarray  # (models,) of _FOLLOWER


def new_matches(lengths: tuple[int, ...], bits: int) -> Matches:
    """Match models that look for the given lengths (bytes), with 2**bits positions each."""
    followers = np.zeros(len(lengths), _FOLLOWER).view(np.recarray)
    for follower, length in zip(followers, lengths, strict=True):
        follower.multiplier = 5 << max(1, -(-bits // length))
        follower.shortest = length
    return Matches(
        positions=np.zeros((len(lengths), 1 << bits), np.int32),
        confidence=np.tile(np.array([8192, 57344], np.uint16), len(lengths) * _LENGTH_ROWS),
        followers=followers,
    )


@inline
def find_matches(matches, symbols, position):
    """Looks for a match where none is followed; returns the longest one's (expected | 256, length), or (0, 0)."""
    longest = np.int64(0)
    expected = np.int64(0)
    for m in range(matches.followers.size):
        follower = matches.followers[m]
        if position >= follower.shortest:
            if follower.length == 0:
                candidate = np.int64(matches.positions[m, follower.hash])
                length = np.int64(0)
                limit = min(candidate, LONGEST_VERIFIED)
                while length < limit and symbols[candidate - 1 - length] == symbols[position - 1 - length]:
                    length += 1
                if length >= follower.shortest - 1:
                    follower.pointer = candidate
                    follower.length = length
            matches.positions[m, follower.hash] = position
        follower.expected = np.int64(0)
        if follower.length > 0:
            follower.expected = np.int64(symbols[follower.pointer]) | 256
            if follower.length > longest:
                longest = follower.length
                expected = follower.expected
    return expected, longest


@inline
def predict_from_matches(matches, inputs, first_input, bit_index, partial_byte):
    """Writes 2 logits per match model; returns the expected bit + 1 of the last one that predicts, or 0."""
    expected_bit = np.int64(0)
    for m in range(matches.followers.size):
        follower = matches.followers[m]
        follower.cell = np.int64(-1)
        learned = np.int64(0)
        sloped = np.int64(0)
        if follower.expected != 0:
            if follower.expected >> (8 - bit_index) == partial_byte:
                bit = follower.expected >> (7 - bit_index) & 1
                length = follower.length
                row = length if length < 16 else min(16 + ((length - 16) >> 3), _LENGTH_ROWS - 1)
                follower.cell = (m * _LENGTH_ROWS + row) * 2 + bit
                learned = np.int64(STRETCH[np.int64(matches.confidence[follower.cell]) >> 4])
                sloped = min(length, _LONGEST_SLOPE) * _SLOPE * (2 * bit - 1)
                expected_bit = 1 + bit
            else:
                follower.expected = np.int64(0)
                follower.length = np.int64(0)
        inputs[first_input + 2 * m] = learned
        inputs[first_input + 2 * m + 1] = sloped
    return expected_bit


@inline
def learn_matches(matches, bit):
    """Teaches the confidences of the predictions just made."""
    for m in range(matches.followers.size):
        cell = matches.followers[m].cell
        if cell >= 0:
            p = np.int64(matches.confidence[cell])
            matches.confidence[cell] = p + ((bit * 65535 - p) >> _MAP_SHIFT)


@inline
def follow_matches(matches, byte):
    """Moves all match models past a coded byte."""
    mask = matches.positions.shape[1] - 1
    for m in range(matches.followers.size):
        follower = matches.followers[m]
        follower.hash = (follower.hash * follower.multiplier + byte + 1) & mask
        if follower.length > 0:
            if follower.expected == byte | 256:
                follower.pointer += 1
                follower.length += 1
            else:
                follower.length = np.int64(0)
