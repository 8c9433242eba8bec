"""The network as an expert: its inputs to the mixer against a twin, their bounds, and when a block goes without."""

from collections.abc import Callable, Iterator
from itertools import accumulate

import numpy as np
import pytest
from numba import njit

from neucomp.kernels.logarithm import LOGARITHMS
from neucomp.kernels.mixer import ERROR_LIMIT, LANES, WEIGHT_LIMIT
from neucomp.kernels.network_constants import INPUT_LIMIT
from neucomp.kernels.tables import SQUASH, SQUASH_LIMIT, STRETCH, STRETCH_LIMIT
from neucomp.models import byte_network
from neucomp.models import bytes as model
from neucomp.models.byte_network import (
    NETWORK_INPUTS,
    NetworkExpert,
    follow_by_network,
    learn_by_network,
    new_expert,
    predict_bit_by_network,
    predict_by_network,
)
from neucomp.models.byte_types import DataType
from neucomp.models.bytes import ByteModel
from neucomp.nets.step import new_step
from neucomp.nets.transformer import TransformerConfig
from neucomp.nets.weights import Network
from tests.helpers.forced_network import forced_network
from tests.helpers.network_twin import frequencies_of, logits_of
from tests.helpers.networks import TINY, random_network
from tests.helpers.short_primers import short_primers
from tests.helpers.small_network import small_network
from tests.helpers.specimens import markup, noise, samples, text
from tests.helpers.text_network import text_network

MODEL = ByteModel()
TEXT = text(90)


@njit
def predict_all(expert, symbols, inputs, features):  # type: ignore[no-untyped-def]
    """Fills inputs (positions, 8 bits, 4), and features (positions, width) of the correction."""
    last = np.int64(0)
    for position in range(symbols.size):
        predict_by_network(expert)
        features[position] = expert.features
        partial_byte = np.int64(1)
        for i in range(8):
            predict_bit_by_network(expert, inputs[position, i], 0, partial_byte, last)
            bit = np.int64(symbols[position]) >> (7 - i) & 1
            learn_by_network(expert, partial_byte, bit)
            partial_byte = partial_byte << 1 | bit
        last = partial_byte & 255
        follow_by_network(expert, last)


def predictions(expert: NetworkExpert, data: bytes) -> tuple[np.ndarray, np.ndarray]:
    inputs = np.zeros((len(data), 8, NETWORK_INPUTS), np.int32)
    features = np.zeros((len(data), expert.features.size), np.int32)
    predict_all(expert, np.frombuffer(data, np.uint8).copy(), inputs, features)
    return inputs, features


def twin_of_log(value: int) -> int:
    bits = value.bit_length() - 1
    return bits * 45426 + int(LOGARITHMS[(value << 11 >> bits) - 2048])


def clip(x: int, limit: int) -> int:
    return max(-limit, min(x, limit))


class Twin:
    """Inputs of the mixer from frequencies and features, on Python's integers, with one cell for each node of a map."""

    def __init__(self) -> None:
        self.maps: dict[tuple[int, ...], list[int]] = {}
        self.weights: dict[int, list[int]] = {}

    def refine(self, context: tuple[int, ...], logit: int, bit: int) -> int:
        start = [int(SQUASH[(i * 4096 + 15) // 31 - 2048 + SQUASH_LIMIT]) for i in range(32)]
        row = self.maps.setdefault(context, start)
        left, weight = divmod((logit + 2048) * 31, 4096)
        refined = (row[left] * (4096 - weight) + row[left + 1] * weight) >> 12
        nearer = left + (weight >= 2048)
        row[nearer] += (bit * 65535 - row[nearer]) >> 6
        return int(STRETCH[refined >> 4])

    def correct(self, node: int, features: list[int], logit: int, bit: int) -> int:
        weights = self.weights.setdefault(node, [0] * len(features))
        dot = sum(x * (w >> 4) >> 8 for x, w in zip(features, weights, strict=True)) >> 8
        corrected = clip(logit + 4 * dot, 2047)
        error = ((bit << 16) - int(SQUASH[corrected + SQUASH_LIMIT])) * 200 >> 6
        for i, x in enumerate(features):
            weights[i] = clip(weights[i] + (x * error + 2048 >> 12), 2**23 - 1)
        return corrected

    def inputs(self, freqs: list[int], features: list[int], byte: int, last: int) -> list[list[int]]:
        rows = []
        for i in range(8):
            node = 1 << i | byte >> (8 - i)
            bit = byte >> (7 - i) & 1
            zeros, ones = (sum(freqs[(2 * node + b << 7 - i) - 256 :][: 1 << 7 - i]) for b in (0, 1))
            logit = clip((twin_of_log(ones) - twin_of_log(zeros)) >> 8, 2047)
            mapped = self.refine((node,), logit, bit), self.refine((last, node), logit, bit)
            rows.append([logit, *mapped, self.correct(node, features, logit, bit)])
        return rows


@pytest.mark.parametrize(
    ("network", "depth"),
    [(random_network(TINY, 1), 2), (text_network(), 0), (text_network(2), 1)],
    ids=["wild", "0", "1"],
)
def test_the_twin_gives_the_same(network: Network, depth: int) -> None:
    expert = new_expert(new_step(network, depth))
    inputs, features = predictions(expert, TEXT)
    logits = logits_of(network, b"\0" + TEXT[:-1], depth)
    twin = Twin()
    for position, last in enumerate(b"\0" + TEXT[:-1]):
        row = features[position].tolist()
        expected = twin.inputs(frequencies_of(logits[position]), row, TEXT[position], last)
        assert inputs[position].tolist() == expected
    for node, weights in twin.weights.items():
        assert expert.weights.reshape(256, -1)[node].tolist() == weights


def test_what_the_correction_reads_is_what_the_output_layer_reads() -> None:
    step = new_step(random_network(TINY, 3), 2)
    expert = new_expert(step)
    assert expert.features.size % LANES == 0 and expert.features.size >= step.inputs.size
    _, features = predictions(expert, TEXT)
    assert np.array_equal(features[-1, : step.inputs.size], step.inputs)
    assert not features[:, step.inputs.size :].any()


@pytest.mark.parametrize(
    "data",
    [bytes(3000), noise(3000), text(1500) + b"\xff" * 1500, bytes([0, 255] * 1500)],
    ids=["0", "noise", "text", "2"],
)
@pytest.mark.parametrize("make", [lambda: random_network(TINY, 4), text_network], ids=["wild", "text"])
def test_inputs_and_weights_stay_in_bounds(make: Callable[[], Network], data: bytes) -> None:
    expert = new_expert(new_step(make(), 1))
    inputs, features = predictions(expert, data)
    assert np.abs(inputs).max() <= STRETCH_LIMIT
    assert np.abs(features).max() <= INPUT_LIMIT
    assert np.abs(expert.weights).max() <= WEIGHT_LIMIT
    assert expert.weights.any() and not expert.weights.reshape(256, -1)[0].any()


def test_the_correction_at_its_limits() -> None:
    """All features and weights as large as they can get, at the largest width of a network: int32 is enough."""
    width = 1024
    term = INPUT_LIMIT * (int(WEIGHT_LIMIT) + 1 >> 4) >> 8
    assert all(total < 1 << 31 for total in accumulate([term] * width))
    for error in (65535, -65535):
        assert abs(error * byte_network._CORRECTION_RATE >> 6) < ERROR_LIMIT
    config = TransformerConfig(width, (1,) * 8, heads=1, hidden=1, layers=0, window=1, exits=(0,))
    expert = new_expert(new_step(random_network(config, 5), 0))
    for sign in (1, -1):
        expert.weights[:] = sign * int(WEIGHT_LIMIT)
        inputs, features = predictions(expert, b"a")
        row = features[0].tolist()
        exact = sum(x * (sign * int(WEIGHT_LIMIT) >> 4) >> 8 for x in row) >> 8
        assert inputs[0, 0, 3] == clip(int(inputs[0, 0, 0]) + (exact << byte_network._CORRECTION_SHIFT), STRETCH_LIMIT)


def test_the_future_changes_nothing() -> None:
    network = text_network()
    for place in (0, 1, 44, 89):
        other = TEXT[:place] + bytes([TEXT[place] ^ 1]) + noise(len(TEXT))[place + 1 :]
        one, two = (predictions(new_expert(new_step(network, 1)), data)[0] for data in (TEXT, other))
        assert np.array_equal(one[:place], two[:place])
        # Up to the bit that differs, which is the last one of the byte, the byte itself has the same inputs.
        assert np.array_equal(one[place], two[place])
        assert not np.array_equal(one[place + 1 :], two[place + 1 :]) or place == len(TEXT) - 1


class TestChoice:
    """Whether a block is coded beside a network is decided by what is shorter."""

    @pytest.fixture(autouse=True)
    def quick(self) -> Iterator[None]:
        with short_primers(), small_network():
            yield

    def payloads(self, data: bytes, level: int) -> tuple[bytes, bytes, bytes]:
        """Without, with, and as the model decides."""
        found = []
        for use in (False, True):
            with forced_network(use):
                found.append(MODEL.encode(data, level, lambda symbols: None))
        without, beside = found
        assert (without[2], beside[2]) == (0, 1)
        return without, beside, MODEL.encode(data, level, lambda symbols: None)

    @pytest.mark.parametrize("level", [3, 5, 9])
    @pytest.mark.parametrize("data", [text(1200), markup(1200), samples(1200)], ids=["text", "markup", "samples"])
    def test_small_blocks_are_tried_both_ways(self, data: bytes, level: int) -> None:
        """But those of text, which go with the network at once."""
        without, beside, chosen = self.payloads(data, level)
        assert chosen == (beside if without[0] & 15 == DataType.TEXT else min(beside, without, key=len))
        for payload in (without, beside):
            assert MODEL.decode(payload, len(data), lambda symbols: None) == data

    @pytest.mark.parametrize("pays", [True, False])
    def test_of_larger_blocks_a_sample_is_tried(self, pays: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        """The choice follows the sample from the middle, whatever the whole block would say."""
        monkeypatch.setattr("neucomp.models.bytes._TRIED_BOTH_WAYS", 1000)
        monkeypatch.setattr("neucomp.models.bytes._NETWORK_SAMPLE", 300)
        data = markup(1200)
        without, beside, _ = self.payloads(data, 5)
        sampled = []
        encode = model._encode

        def watched(
            plan: model.Plan, part: bytes, tick: Callable[[int], None], block_size: int | None = None
        ) -> bytes | None:
            if len(part) == 300:
                sampled.append(part)
                assert block_size == len(data)  # whose primer it gets
                return bytes(100 if (plan.network > 0) == pays else 101)
            return encode(plan, part, tick)

        monkeypatch.setattr(model, "_encode", watched)
        assert MODEL.encode(data, 5, lambda symbols: None) == (beside if pays else without)
        assert sampled == [data[450:750]] * 2
        sampled.clear()
        assert MODEL.encode(text(1200), 5, lambda symbols: None)[2] == 1
        assert sampled == []

    @pytest.mark.parametrize("level", [1, 2])
    def test_fast_levels_go_without(self, level: int) -> None:
        assert MODEL.encode(text(1200), level, lambda symbols: None)[2] == 0

    @pytest.mark.parametrize("data", [text(1200), markup(1200)], ids=["text", "markup"])
    def test_progress_counts_each_byte_once(self, data: bytes) -> None:
        done: list[int] = []
        MODEL.encode(data, 5, done.append)
        assert sum(done) == len(data)
