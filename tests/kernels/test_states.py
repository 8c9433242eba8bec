"""Bit-history states: the table is pinned, closed, bounded, symmetric and remembers what it says it does."""

import hashlib

import numpy as np

from neucomp.kernels.states import next_state_table, state_counts

NEXT = next_state_table()
COUNTS = state_counts().tolist()


def follow(bits: str) -> int:
    state = 0
    for bit in bits:
        state = int(NEXT[2 * state + int(bit)])
    return state


def reachable() -> set[int]:
    found, open_states = {0}, [0]
    while open_states:
        state = open_states.pop()
        for bit in (0, 1):
            successor = int(NEXT[2 * state + bit])
            if successor not in found:
                found.add(successor)
                open_states.append(successor)
    return found


def test_contents_are_pinned() -> None:
    assert (NEXT.dtype, NEXT.shape) == (np.uint8, (512,))
    assert hashlib.sha256(NEXT.tobytes()).hexdigest() == (
        "162c9eeff08fae0eb497a5afa83f41ce95dcd3adaec49125649a9ae7e40908b4"
    )
    counts = state_counts().astype("<i4")
    assert counts.shape == (256, 2)
    assert hashlib.sha256(counts.tobytes()).hexdigest() == (
        "a350853bd6305104cadef0102e4761c75bb88771405644dccfecb843ebaaff52"
    )


def test_every_reachable_state_stands_for_something() -> None:
    for state in reachable() - {0}:
        assert 0 < sum(COUNTS[state]) < 50
    assert COUNTS[0] == [0, 0]
    assert 0 not in {int(NEXT[2 * state + bit]) for state in reachable() for bit in (0, 1)}


def test_counts_are_bounded() -> None:
    largest = {0: 20, 1: 48, 2: 15, 3: 8, 4: 6, 5: 5}
    for state in reachable():
        less, more = sorted(COUNTS[state])
        assert more <= largest[less]


def test_a_bit_counts_for_itself_and_against_the_other() -> None:
    for state in reachable():
        for bit in (0, 1):
            before, after = COUNTS[state], COUNTS[int(NEXT[2 * state + bit])]
            assert 1 <= after[bit] <= before[bit] + 1
            assert after[1 - bit] <= before[1 - bit]


def test_recent_bits_weigh_more() -> None:
    assert COUNTS[follow("0" * 15 + "1")][0] < 15
    assert COUNTS[follow("0" * 40)] == [20, 0]


def test_zeros_and_ones_are_treated_alike() -> None:
    random = np.random.default_rng(5)
    for _ in range(300):
        bits = random.integers(0, 2, 30)
        state, mirrored = 0, 0
        for bit in bits.tolist():
            state, mirrored = int(NEXT[2 * state + bit]), int(NEXT[2 * mirrored + 1 - bit])
            assert COUNTS[state] == COUNTS[mirrored][::-1]


def test_short_histories_remember_the_last_bit() -> None:
    assert COUNTS[follow("01")] == COUNTS[follow("10")] == [1, 1]
    assert follow("01") != follow("10")


def test_states_are_numbered_by_what_they_have_seen() -> None:
    totals = [sum(counts) for counts in COUNTS[: max(reachable()) + 1]]
    assert totals == sorted(totals)
