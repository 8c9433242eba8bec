"""Recipes are data, so a test checks what a type checker cannot."""

import pytest

from neucomp.kernels.mixer import LANES, LARGEST_WIDTH
from neucomp.models import MODELS
from neucomp.models.byte_contexts import Context
from neucomp.models.byte_recipes import (
    CONTEXTS,
    EFFORTS,
    SELECTORS,
    SMALLEST_SLOT_BITS,
    TUNINGS,
    match_bits_for,
    slot_bits_for,
)
from neucomp.models.byte_selectors import Selector
from neucomp.models.byte_types import DataType
from neucomp.models.bytes import Plan, _pack, _unpack

LEVELS = range(1, 10)
LARGEST_BLOCK = 64 << 20
"""What the container admits (docs/format.md)."""


def test_every_level_and_type_has_a_recipe() -> None:
    assert list(EFFORTS) == list(LEVELS)
    assert set(CONTEXTS) == set(SELECTORS) == set(TUNINGS) == set(DataType)


@pytest.mark.parametrize("data_type", DataType)
def test_lists(data_type: DataType) -> None:
    for ranking in (CONTEXTS[data_type], SELECTORS[data_type]):
        assert len(set(ranking)) == len(ranking)
    # Levels ask for "at most": a list may end where more of it no longer helps, but not before level 7 is served.
    assert EFFORTS[7].contexts <= len(CONTEXTS[data_type]) <= len(Context)
    assert EFFORTS[7].sets <= len(SELECTORS[data_type]) <= len(Selector)


@pytest.mark.parametrize("level", LEVELS)
def test_widths_fit_the_mixer(level: int) -> None:
    from neucomp.models.bytes import _kernels

    kernels = _kernels()
    effort = EFFORTS[level]
    for data_type in DataType:
        contexts = min(effort.contexts, len(CONTEXTS[data_type]))
        assert 1 <= contexts <= kernels.MOST_CONTEXTS
        inputs = 3 * contexts + 2 * len(effort.match_lengths) + 1
        assert -(-inputs // LANES) * LANES <= LARGEST_WIDTH
    assert 1 <= effort.sets <= kernels.MOST_SETS
    assert effort.match_lengths == tuple(sorted(effort.match_lengths, reverse=True))
    assert min(effort.match_lengths) >= 2
    assert effort.block_size <= LARGEST_BLOCK


@pytest.mark.parametrize("level", LEVELS)
def test_tables_fit_their_fields(level: int) -> None:
    """In a payload: slot bits - 10 in 4 bits. In a slot's first word: 16 * 2**bits in an int32."""
    for data_type in DataType:
        for size in (0, 1, 100, 4096, 10**6, LARGEST_BLOCK):
            bits = slot_bits_for(size, level, data_type)
            assert SMALLEST_SLOT_BITS <= bits <= SMALLEST_SLOT_BITS + 15
            assert 16 << bits < 2**31
            assert 10 <= match_bits_for(bits) <= 26
            plan = Plan(data_type, level, bits)
            if data_type == DataType.SAMPLES:
                plan = plan._replace(left=3, up=999)
            head = _pack(plan)
            assert _unpack(head) == (plan, len(head))


def test_the_largest_slot_bits_a_payload_can_name_fit_an_int32() -> None:
    assert 16 << (SMALLEST_SLOT_BITS + 15) < 2**31


@pytest.mark.parametrize("level", LEVELS)
def test_memory_is_bounded(level: int) -> None:
    model = MODELS["bytes"]
    assert model.memory(level, model.block_size(level)) < 10**9
    assert model.memory(level, LARGEST_BLOCK) < 10**9
    assert model.memory(level, 4096) < (128 << 20 if level <= 5 else 0.8 * model.memory(level, model.block_size(level)))
    sizes = [model.memory(level, 1 << shift) for shift in range(27)]
    assert sizes == sorted(sizes)


def test_more_effort_is_more() -> None:
    for level in LEVELS[1:]:
        before, now = EFFORTS[level - 1], EFFORTS[level]
        assert now.contexts >= before.contexts and now.sets >= before.sets
        assert now.slot_bits >= before.slot_bits and now.block_size >= before.block_size
