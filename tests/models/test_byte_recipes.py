"""Recipes are data, so a test checks what a type checker cannot."""

from pathlib import Path

import pytest

from neucomp.kernels.mixer import LANES, LARGEST_WIDTH
from neucomp.models import MODELS
from neucomp.models.byte_contexts import Context
from neucomp.models.byte_network import NETWORK_INPUTS, new_expert
from neucomp.models.byte_recipes import (
    CONTEXTS,
    EFFORTS,
    NETWORKS,
    SELECTORS,
    SMALLEST_SLOT_BITS,
    TUNINGS,
    match_bits_for,
    primer_size,
    slot_bits_for,
)
from neucomp.models.byte_selectors import Selector
from neucomp.models.byte_types import DataType
from neucomp.models.bytes import _NETWORK_MEMORY, Plan, _pack, _unpack
from neucomp.nets.step import new_step
from neucomp.nets.weights import bundled

DOCS = Path(__file__).parent.parent.parent / "docs"
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
        inputs = 3 * contexts + 2 * len(effort.match_lengths) + NETWORK_INPUTS + 1
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
            network = 0 if EFFORTS[level].network_depth is None else max(NETWORKS)
            plan = Plan(data_type, level, bits, network)
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
    assert model.memory(level, 4096) < (160 << 20 if level <= 5 else 0.8 * model.memory(level, model.block_size(level)))
    sizes = [model.memory(level, 1 << shift) for shift in range(27)]
    assert sizes == sorted(sizes)


def test_more_effort_is_more() -> None:
    for level in LEVELS[1:]:
        before, now = EFFORTS[level - 1], EFFORTS[level]
        assert now.contexts >= before.contexts and now.sets >= before.sets
        assert now.slot_bits >= before.slot_bits and now.block_size >= before.block_size
        assert now.primer >= before.primer and now.network_primer >= before.network_primer
        assert (-1 if now.network_depth is None else now.network_depth) >= (before.network_depth or -1)


def test_primers_beside_a_network_suit_the_block() -> None:
    for level, effort in EFFORTS.items():
        assert primer_size(level, 100, beside_network=False) == effort.primer
        sizes = [primer_size(level, size, beside_network=True) for size in (0, 16_387, 40_003, 1 << 20)]
        most = effort.network_primer
        assert sizes == [min(most, 4096), min(most, 4096), min(most, 10_000), most]


def test_networks() -> None:
    """Every level finds its exit in every network that a file can name, and claims the memory that it takes."""
    depths = {effort.network_depth for effort in EFFORTS.values()} - {None}
    assert 0 not in NETWORKS and max(NETWORKS) < 256
    for name in NETWORKS.values():
        network = bundled(name)
        assert depths <= set(network.config.exits)
        weights = sum(tensor.nbytes for tensor in network.tensors.values())
        for depth in depths:
            step = new_step(network, depth)
            expert = new_expert(step)
            learned = [*expert[1:], *(array for array in step if array is not step.tables)]
            assert weights + sum(array.nbytes for array in learned) < _NETWORK_MEMORY


def test_the_documents_say_the_same() -> None:
    """Tables of levels in docs/format.md and docs/byte-model.md."""
    documents = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("format.md", "byte-model.md")}
    for level, effort in EFFORTS.items():
        beside = effort.network_depth is not None
        cells = [level, effort.network_depth if beside else "no network", effort.primer]
        assert _row(*cells, effort.network_primer if beside else "") in documents["format.md"]
        network = {None: "none", 0: "tables only", 1: "1 layer"}[effort.network_depth]
        slots = f"2^{effort.slot_bits} ({(64 << effort.slot_bits) >> 20} MB)"
        primers = [f"{effort.primer >> 10} KiB", f"{effort.network_primer >> 10} KiB" if beside else ""]
        row = _row(level, effort.contexts, effort.sets, network, slots, *primers, f"{effort.block_size >> 20} MiB")
        assert row in documents["byte-model.md"]


def _row(*cells: object) -> str:
    return "".join(f"| {cell} " if cell != "" else "| " for cell in cells) + "|\n"
