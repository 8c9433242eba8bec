"""The compiled step of the transformer against its twin on Python's integers, and against the network on many lanes."""

from collections.abc import Callable

import numpy as np
import pytest

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.kernels.inline import compiled
from neucomp.kernels.network import Step, follow_byte, predict_byte
from neucomp.nets.step import NO_STEP, new_step
from neucomp.nets.transformer import TransformerConfig, forward, frequencies, new_state
from neucomp.nets.weights import Network, bundled, proof_network
from tests.helpers.network_twin import frequencies_of, logits_of
from tests.helpers.networks import TINY, TWO_HEADS, random_network

TEXT = b"The quick brown fox; the \xc3\xa9t\xc3\xa9 -- THE QUICK brown fox, 1 2 3 and again the quick"
WIDE = TransformerConfig(width=192, table_bits=(4,) * 8, heads=5, hidden=70, layers=3, window=33, exits=(0, 2, 3))
NARROW = TransformerConfig(width=8, table_bits=(1,) * 8, heads=1, hidden=1, layers=1, window=1, exits=(0, 1))
BIG_WINDOW = TransformerConfig(width=16, table_bits=(3,) * 8, heads=1, hidden=5, layers=1, window=256, exits=(1,))


@compiled
def run(step, symbols, freqs, logits):  # type: ignore[no-untyped-def]
    """Fills freqs (positions, 512) and logits (positions, 256) of each byte before it is read."""
    for position in range(symbols.size):
        predict_byte(step)
        for i in range(512):
            freqs[position, i] = step.freqs[i]
        for i in range(256):
            logits[position, i] = step.sums[i]
        follow_byte(step, np.int64(symbols[position]))


def steps(step: Step, data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies with their tree, and logits, before each byte of `data`."""
    freqs, logits = np.zeros((len(data), 512), np.int64), np.zeros((len(data), 256), np.int64)
    run(step, np.frombuffer(data, np.uint8).copy(), freqs, logits)
    return freqs, logits


def check_against_lanes(network: Network, depth: int, data: bytes) -> None:
    """The step gives what `forward` gives, and its tree is one of sums."""
    state = new_state(NumpyOps(), network, 1, depth)
    expected = forward(state, np.frombuffer(b"\0" + data[:-1], np.uint8)[None])
    freqs, logits = steps(new_step(network, depth), data)
    assert np.array_equal(logits, expected[0])
    assert np.array_equal(freqs[:, 256:], frequencies(NumpyOps(), expected)[0])
    assert (freqs[:, 1] == 1 << 24).all() and freqs[:, 1:].min() >= 1
    assert np.array_equal(freqs[:, 1:256], freqs[:, 2::2] + freqs[:, 3::2])


@pytest.mark.parametrize(("config", "seed"), [(TINY, 1), (TINY, 2), (TWO_HEADS, 3)])
def test_the_twin_gives_the_same(config: TransformerConfig, seed: int) -> None:
    network = random_network(config, seed)
    for depth in config.exits:
        freqs, logits = steps(new_step(network, depth), TEXT)
        expected = logits_of(network, b"\0" + TEXT[:-1], depth)
        assert logits.tolist() == expected
        assert freqs[:, 256:].tolist() == [frequencies_of(row) for row in expected]


@pytest.mark.parametrize(
    "config", [TINY, TWO_HEADS, WIDE, NARROW, BIG_WINDOW], ids=lambda config: f"width {config.width}"
)
def test_many_lanes_give_the_same(config: TransformerConfig) -> None:
    """Over several windows, so that the ring of positions has come round often; the big one at least once."""
    data = (TEXT * 6)[:400] + bytes(np.random.default_rng(1).integers(0, 256, 100).astype(np.uint8))
    for depth in config.exits:
        check_against_lanes(random_network(config, 4), depth, data)


def test_the_network_that_proves_kernels_uses_all_of_them() -> None:
    network = proof_network()
    check_against_lanes(network, 1, TEXT * 2)
    freqs, _ = steps(new_step(network, 1), TEXT)
    assert np.unique(freqs[:, 256:].argmax(1)).size > 3
    assert np.unique(freqs[:, 256:]).size > 1000


def test_lanes_share_weights_and_nothing_else() -> None:
    network = random_network(TINY, 5)
    alone, _ = steps(new_step(network, 2), TEXT)
    one, other = new_step(network, 2), new_step(network, 2)
    for i in range(len(TEXT)):
        steps(other, bytes([255 - TEXT[i]]))
        assert np.array_equal(steps(one, TEXT[i : i + 1])[0][0], alone[i])


def test_no_exit_there() -> None:
    with pytest.raises(ValueError, match=r"exits after \[1\] layers, not after 0"):
        new_step(random_network(TWO_HEADS, 1), 0)


@pytest.mark.parametrize(
    "make",
    [lambda: new_step(bundled("bytes"), 1), lambda: new_step(random_network(WIDE, 1), 0)],
    ids=["bundled", "random"],
)
def test_kernels_are_compiled_for_one_type_of_step(make: Callable[[], Step]) -> None:
    """Weights from a file, from memory and in the place of none: arrays of the same types, as kernels need them."""
    for array, other in zip(make(), NO_STEP, strict=True):
        assert (array.dtype, array.ndim) == (other.dtype, other.ndim)
        assert array.flags.c_contiguous and array.flags.aligned and array.flags.writeable
        assert other.flags.c_contiguous and other.flags.aligned and other.flags.writeable


def test_int32_is_enough() -> None:
    """The limits that `docs/exact.md` gives for the sums and products in int32."""
    largest_product = 32 * 511**2
    assert largest_product * 181 + (1 << 13) < 1 << 31
    largest_score = (largest_product * 181 + (1 << 13)) >> 14
    assert largest_score + 65535 * 4095 < 1 << 29
    assert largest_score + (1 << 29) < 1 << 31
    assert 4096 << 15 < 1 << 31
    assert all(
        (1 << 30) // total * min(total, 1 << 15) <= 1 << 30 for total in (1 << 15, 40_000, (1 << 23) - 1, 1 << 27)
    )
    assert (1 << 14) * 1023 < 1 << 24
