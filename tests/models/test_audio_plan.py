"""How stretches are laid out: partners, rank maps, kinds, and their packed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.errors import CorruptDataError
from neucomp.models.audio_arrangements import Arrangement
from neucomp.models.audio_plan import (
    NO_PARTNER,
    Plan,
    find_kinds,
    find_partners,
    find_values,
    from_ranks,
    pack_plan,
    to_ranks,
    unpack_plan,
)
from neucomp.models.audio_terms import BLOCK, Kind

RANDOM = np.random.default_rng(8)


def test_partners_are_alike() -> None:
    first, second = RANDOM.normal(size=(2, 5000)) * 1000
    other = RANDOM.normal(size=5000)
    planes = np.array([first, second, first + other, -second + other]).astype(np.int32)
    assert find_partners(planes) == [2, 3, 0, 1]
    assert find_partners(planes[:1]) == [NO_PARTNER]
    assert sorted(find_partners(np.zeros((2, 1), np.int32))) == [0, 1]


@pytest.mark.parametrize("factor", [1.37, 255.6, 1.37 * 256])
def test_scaled_recordings_have_rank_maps(factor: float) -> None:
    plane = np.round(np.round(RANDOM.laplace(size=50_000) * 300) * factor).astype(np.int32)
    values = find_values(plane)
    assert values is not None
    ranks = to_ranks(plane, values)
    assert np.array_equal(from_ranks(ranks, values), plane)
    assert np.ptp(ranks) == len(np.unique(plane)) - 1
    assert (ranks[plane >= 0] >= 0).all() and (ranks[plane < 0] < 0).all()


@pytest.mark.parametrize("step", [3, 96, 257])
@pytest.mark.parametrize("frames", [900, 50_000])
def test_multiples_of_a_number_are_counted_by_it(step: int, frames: int) -> None:
    plain = np.round(RANDOM.normal(size=frames) * 40).astype(np.int32)
    plain[:2] = 7, 1
    values = find_values(plain * step)
    assert values is not None and np.array_equal(to_ranks(plain * step, values), plain)


@pytest.mark.parametrize(
    "plane",
    [
        np.round(RANDOM.laplace(size=50_000) * 300) * 256,  # what blocks take care of
        np.round(RANDOM.laplace(size=90) * 300) * 3,  # a map would cost more than it saves
        RANDOM.integers(-(1 << 22), 1 << 22, 50_000) * 5,  # too many multiples
        RANDOM.integers(-3000, 3000, 4000) * 3,  # more of them than samples, which a plan refuses
        np.zeros(5000),
        RANDOM.laplace(size=50_000) * 300,
        RANDOM.laplace(size=300) * 3000,  # too few samples to meet all values
        RANDOM.integers(-(1 << 23), 1 << 23, 50_000),
    ],
)
def test_others_have_none(plane: np.ndarray) -> None:
    assert find_values(plane.astype(np.int32)) is None


def test_kinds() -> None:
    loud = RANDOM.integers(-1000, 1000, BLOCK).astype(np.int32)
    silent = np.zeros(BLOCK, np.int32)
    loud[0] = 1
    lowest = np.full(BLOCK, -(1 << 31), np.int32)
    first = np.concatenate([loud, loud * 8, silent, loud, loud, lowest, loud[:5]])
    second = np.concatenate([loud * 4, silent, silent, loud, -loud, lowest, -loud[:5]])
    kinds = find_kinds(np.array([first, second]), [1, 0])
    assert kinds[0].tolist() == [0, 3, Kind.SILENT, 0, 0, 31, 0]
    assert kinds[1].tolist() == [2, Kind.SILENT, Kind.SILENT, Kind.EQUAL, Kind.OPPOSITE, Kind.EQUAL, Kind.OPPOSITE]


VALUES = st.integers(-(1 << 31), (1 << 31) - 1)


@given(st.integers(1, 8), st.data())
@settings(deadline=None)
def test_packed_plans(channels: int, data: st.DataObject) -> None:
    arrangement = data.draw(st.sampled_from(Arrangement)) if channels == 2 else Arrangement.LEFT_RIGHT
    plan = Plan([], [], [], [], arrangement, data.draw(st.booleans()))
    for channel in range(channels):
        low, high = sorted(data.draw(VALUES) for _ in range(2))
        partners = [partner for partner in range(-1, channels) if partner != channel]
        plan.partners.append(data.draw(st.sampled_from(partners)))
        plan.lowest.append(low)
        plan.highest.append(high)
        plan.mapped.append(low <= 0 <= high < 1000 and low > -1000 and data.draw(st.booleans()))
    packed = pack_plan(plan)
    assert unpack_plan(packed + b"more", channels, 5000) == (plan, len(packed))
    for end in range(len(packed)):
        with pytest.raises(CorruptDataError):
            unpack_plan(packed[:end], channels, 5000)


@pytest.mark.parametrize(
    ("packed", "channels"),
    [
        (b"\x00\x02\x00\x00", 1),  # its own partner
        (b"\x00\x04\x00\x00", 1),  # a partner that is not there
        (b"\x00\x00\x02\x00", 1),  # 1 to 0
        (b"\x00\x00\x00\x80\x80\x80\x80\x10", 1),  # above 32 bits
        (b"\x00\x01\x00\xd0\x0f", 1),  # a map with more values than frames
        (b"\x00\x01\x04\x06", 1),  # a map whose ranks do not touch 0
        (b"\x01\x00\x00\x02", 1),  # an arrangement of one channel
        (b"\x08" + 2 * b"\x00\x00\x02", 2),  # a head that says more than there is to say
    ],
)
def test_impossible_plans(packed: bytes, channels: int) -> None:
    with pytest.raises(CorruptDataError):
        unpack_plan(packed, channels, 1000)


def test_possible_plans() -> None:
    assert unpack_plan(b"\x07" + 2 * b"\x00\x00\x02", 2, 9)[0].arrangement == Arrangement.SIDE_LEFT
    assert unpack_plan(b"\x04\x00\x00\x02", 1, 9)[0].repeats
