"""A 32-bit carry-less binary range coder.

The coder holds an interval [low, high] of 32-bit numbers. A decision with probability p (16 bits) that the bit is 1
cuts it:

    low ............ middle | middle + 1 ............ high        middle = low + floor((high - low) * p / 2**16)
          bit = 1                       bit = 0

Leading bytes on which low and high agree are written (or, when decoding, read) and shifted out. As 0 < p < 2**16,
low <= middle < high, so both parts hold at least one number and any sequence of bits can be decoded.
After the last decision one byte is written, the top byte of low, plus 1 unless low's other bytes are zero: followed by
zeros it lies in [low, high]. The
decoder reads zeros past the end, three bytes of them and never more.
"""

import numpy as np

from neucomp.kernels.inline import inline

LOW, HIGH, CODE, POSITION = 0, 1, 2, 3
"""Registers of a coder, int64 (4,): the interval, the four bytes under the decoder's eyes, the next byte's index."""

BYTES_PAST_END = 3
"""A decoder that has read a whole payload stands this far behind its end."""

LARGEST_STEP = 4
"""Most bytes that one decision writes."""


@inline
def start_coder(registers, payload, decode):
    """The whole interval; a decoder reads its first four bytes."""
    registers[LOW] = 0
    registers[HIGH] = 0xFFFFFFFF
    registers[CODE] = 0
    registers[POSITION] = 0
    if decode:
        for _ in range(4):
            _read_byte(registers, payload)


@inline
def _read_byte(registers, payload):
    position = registers[POSITION]
    byte = np.int64(payload[position]) if position < payload.size else np.int64(0)
    registers[CODE] = (registers[CODE] << 8 & 0xFFFFFFFF) | byte
    registers[POSITION] = position + 1


@inline
def code_bit(registers, payload, decode, bit, probability):
    """Codes one decision with 16-bit P(bit = 1) in [1, 65535]; returns the bit (given, or decoded).

    An encoder needs room for LARGEST_STEP more bytes in `payload`.
    """
    low = registers[LOW]
    high = registers[HIGH]
    width = high - low
    middle = low + (width >> 16) * probability + ((width & 0xFFFF) * probability >> 16)
    if decode:
        bit = np.int64(1) if registers[CODE] <= middle else np.int64(0)
    if bit != 0:
        high = middle
    else:
        low = middle + 1
    while (low ^ high) & 0xFF000000 == 0:
        if decode:
            _read_byte(registers, payload)
        else:
            payload[registers[POSITION]] = high >> 24
            registers[POSITION] += 1
        low = low << 8 & 0xFFFFFFFF
        high = (high << 8 & 0xFFFFFFFF) | 255
    registers[LOW] = low
    registers[HIGH] = high
    return bit


@inline
def mark(registers):
    """Where a coder stands, in one number: position << 32 | high - low. Two of them tell how much was coded between."""
    return registers[POSITION] << 32 | (registers[HIGH] - registers[LOW])


@inline
def finish_coder(registers, payload):
    """Writes the last byte of an encoder's payload (see the module's text)."""
    last = registers[LOW] >> 24
    if registers[LOW] & 0xFFFFFF != 0:
        last += 1
    payload[registers[POSITION]] = last
    registers[POSITION] += 1
