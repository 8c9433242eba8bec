"""How a stretch of a recording is laid out for coding: arrangement, partners, ranges, rank maps, the kinds of its
blocks."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.errors import CorruptDataError
from neucomp.models.audio_arrangements import Arrangement
from neucomp.models.audio_terms import BLOCK, Kind
from neucomp.varint import pack_varint, read_varint

NO_PARTNER = -1

_MAP_BITS = 4
"""What a value in a rank map is taken to cost, in bits (measured: 1 to 4)."""

_MOST_MULTIPLES = 1 << 18
_MULTIPLE_BITS, _LEAST_SAVING = 1 / 64, 256
"""Bits that a map with equal gaps takes for each value, and in all."""

_SPARSE = 0.8
"""A rank map is considered where fewer values occur than this part of those that should."""


class Plan(NamedTuple):
    """The head of a stretch."""

    partners: list[int]  # of each channel: another channel, or NO_PARTNER
    lowest: list[int]  # smallest value of each channel, ranks where it has a map
    highest: list[int]
    mapped: list[bool]
    arrangement: Arrangement
    repeats: bool  # whether blocks have lags

    def map_sizes(self) -> list[int]:
        """Values in the rank map of each channel."""
        ranges = zip(self.lowest, self.highest, self.mapped, strict=True)
        return [high - low + 1 if mapped else 0 for low, high, mapped in ranges]


def find_partners(planes: NDArray[np.int32]) -> list[int]:
    """For each channel (a row) the one whose steps are most like its own, up or down."""
    steps = np.diff(planes.astype(np.float64), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        norms = np.sqrt((steps * steps).sum(axis=1))
        likeness = np.abs(steps @ steps.T) / np.outer(norms, norms)
    likeness = np.where(np.isfinite(likeness), likeness, 0.0)
    np.fill_diagonal(likeness, -1.0)
    channels = len(planes)
    return [int(row.argmax()) for row in likeness] if channels > 1 else [NO_PARTNER]


def find_values(plane: NDArray[np.int32]) -> NDArray[np.int64] | None:
    """The values that a channel may have, rising, where it pays to code ranks among them instead; else None.

    Recordings that were scaled after they had been rounded leave out values all over their range: the values are those
    that occur. Where all are multiples of a number, they are its multiples, unless it is a power of 2, which blocks
    take care of.
    """
    values = np.unique(plane).astype(np.int64)
    step, multiples = _common_step(plane, values)
    common = np.abs(plane.astype(np.int64)) // step
    limit = int(np.median(common)) if plane.size else 0
    count = int((common <= limit).sum())
    span = 2 * limit + 1
    occurring = int((np.abs(values) // step <= limit).sum())
    expected = span * -np.expm1(-count / span)
    if span >= 3 and occurring < _SPARSE * expected:
        saving = plane.size * np.log2(expected / occurring)
        if saving > _MAP_BITS * values.size:
            return values
    return multiples


def _common_step(plane: NDArray[np.int32], values: NDArray[np.int64]) -> tuple[int, NDArray[np.int64] | None]:
    """What all values are multiples of, and these multiples if it is no power of 2 and they pay.

    A plan may have no more of them than there are samples.
    """
    step = max(int(np.gcd.reduce(values)), 1)
    shift = step & -step
    if step == shift:
        return step, None
    number = int(values[-1] - values[0]) // step + 1
    saving = plane.size * np.log2(step // shift)
    if number > min(plane.size, _MOST_MULTIPLES) or saving < _LEAST_SAVING + number * _MULTIPLE_BITS:
        return shift, None
    return step, np.arange(values[0], values[-1] + 1, step)


def to_ranks(plane: NDArray[np.int32], values: NDArray[np.int64]) -> NDArray[np.int32]:
    """Ranks, those of values from 0 on being 0 and more."""
    return (np.searchsorted(values, plane) - np.searchsorted(values, 0)).astype(np.int32)


def from_ranks(ranks: NDArray[np.int32], values: NDArray[np.int64]) -> NDArray[np.int32]:
    """The reverse of `to_ranks`."""
    plane: NDArray[np.int32] = values[ranks + np.searchsorted(values, 0)].astype(np.int32)
    return plane


def find_kinds(planes: NDArray[np.int32], partners: list[int]) -> NDArray[np.int64]:
    """The kind of each block of each channel: (channels, blocks)."""
    channels, frames = planes.shape
    kinds = np.empty((channels, -(-frames // BLOCK)), np.int64)
    for block in range(kinds.shape[1]):
        part = planes[:, block * BLOCK : (block + 1) * BLOCK].astype(np.int64)
        bits = np.bitwise_or.reduce(part, axis=1)
        for channel, partner in enumerate(partners):
            if bits[channel] == 0:
                kind = int(Kind.SILENT)
            elif 0 <= partner < channel and np.array_equal(part[channel], part[partner]):
                kind = Kind.EQUAL
            elif 0 <= partner < channel and np.array_equal(part[channel], -part[partner]):
                kind = Kind.OPPOSITE
            else:
                kind = (int(bits[channel]) & -int(bits[channel])).bit_length() - 1
            kinds[channel, block] = kind
    return kinds


def pack_plan(plan: Plan) -> bytes:
    """The arrangement + 4 x whether there are repeats (u8). Then for each channel: 2 x (partner + 1) + whether it is
    mapped (u8), lowest and highest (varints, signs lowest)."""
    head = bytes([plan.arrangement + len(Arrangement) * plan.repeats])
    return head + b"".join(
        bytes([2 * (partner + 1) + mapped]) + pack_varint(_fold(low)) + pack_varint(_fold(high))
        for partner, low, high, mapped in zip(plan.partners, plan.lowest, plan.highest, plan.mapped, strict=True)
    )


def unpack_plan(payload: bytes, channels: int, frames: int) -> tuple[Plan, int]:
    """The plan of a stretch, and where it ends; CorruptDataError if it cannot be one."""
    stream = iter(payload)
    position = itertools.count()

    def byte() -> int:
        next(position)
        return next(stream)

    plan = Plan([], [], [], [], Arrangement.LEFT_RIGHT, False)
    try:
        repeats, number = divmod(byte(), len(Arrangement))
        if repeats > 1 or (number != Arrangement.LEFT_RIGHT and channels != 2):
            raise CorruptDataError("the plan of a recording is damaged")
        plan = plan._replace(arrangement=Arrangement(number), repeats=bool(repeats))
        for channel in range(channels):
            partner, mapped = divmod(byte(), 2)
            lowest, highest = [_unfold(read_varint(byte, "the range of a channel")) for _ in range(2)]
            fits = -(1 << 31) <= lowest <= highest < 1 << 31 and partner <= channels and partner != channel + 1
            if not fits or (mapped and not (lowest <= 0 <= highest + 1 and highest - lowest < frames)):
                raise CorruptDataError("the plan of a recording is damaged")
            plan.partners.append(partner - 1)
            plan.lowest.append(lowest)
            plan.highest.append(highest)
            plan.mapped.append(bool(mapped))
    except StopIteration:
        raise CorruptDataError("the plan of a recording is cut off: the file is damaged") from None
    return plan, next(position)


def _fold(value: int) -> int:
    """Signed to unsigned: 0, -1, 1, -2, ... become 0, 1, 2, 3, ..."""
    return 2 * value if value >= 0 else -2 * value - 1


def _unfold(value: int) -> int:
    return value >> 1 if value % 2 == 0 else -(value + 1 >> 1)
