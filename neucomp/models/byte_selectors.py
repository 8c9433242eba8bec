"""The small contexts that choose which weights mix the predictions of the byte model."""

from enum import IntEnum


class Selector(IntEnum):
    """Small contexts that choose a row of weights. Numbers are part of the format."""

    MATCH = 0  # length class of the longest match, expected bit
    PARTIAL = 1  # the bits of this byte so far
    LAST = 2  # the last byte
    KNOWN = 3  # how many contexts have been seen before, bit number
    SECOND = 4  # the byte before the last
    WORD = 5  # length of the current word, high bits of the last byte, half of the bit number
    CLASSES = 6  # the last two character classes, bit number
    RECORD = 7  # place in the record, half of the byte
    EXPECTED = 8  # the byte the longest match expects, bit number
    GRID = 9  # the high bits of the samples to the left and above
    INDIRECT = 10  # what followed the last two bytes last time, bit number
    THIRD = 11  # the byte before the one before the last
