"""Payloads of the byte model that nobody wrote: an error or nonsense of the right size, soon and in little memory.

Behind the container's checksums a payload is what its writer made it, and that may be an enemy. That kernels stay
inside their arrays on such payloads is seen in test_exactness, where every index is checked.
"""

import random
import resource
import sys
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neucomp
from neucomp.errors import CorruptDataError, NeucompError, UnsupportedError
from neucomp.models.byte_recipes import EFFORTS
from neucomp.models.byte_types import DataType
from neucomp.models.bytes import ByteModel
from tests.helpers.forced_network import forced_network
from tests.helpers.forgery import Forgery, Frame
from tests.helpers.short_primers import short_primers
from tests.helpers.small_network import small_network
from tests.helpers.specimens import SPECIMENS, noise, text

MODEL = ByteModel()
SIZE = 1200
RANDOM = random.Random(12)


def ignore(symbols: int) -> None:
    pass


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    with short_primers(), small_network():
        yield


@pytest.fixture(scope="module")
def written() -> list[tuple[bytes, bytes]]:
    """(payload, original) of every kind of data, at several levels, beside a network and without."""
    originals = [make(SIZE) for name, make in SPECIMENS.items() if name != "noise"]
    pairs = []
    for level, use in ((1, False), (5, True), (9, False), (9, True)):
        with forced_network(use):
            pairs += [(MODEL.encode(original, level, ignore), original) for original in originals]
    assert {payload[0] & 15 for payload, _ in pairs} == set(DataType)
    assert {payload[1] >> 4 for payload, _ in pairs if payload[2]} == {5, 9}
    return pairs


def check_hostile(payload: bytes, size: int) -> bool:
    """Decode; return whether something came out. Any error but a NeucompError fails the test."""
    try:
        description = MODEL.describe(payload)
        assert description.isprintable()
    except NeucompError:
        pass
    try:
        original = MODEL.decode(payload, size, ignore)
    except NeucompError:
        return False
    assert isinstance(original, bytes)
    assert len(original) == size
    return True


def test_flipped_bits(written: list[tuple[bytes, bytes]]) -> None:
    for payload, original in written:
        for _ in range(6):
            damaged = bytearray(payload)
            for _ in range(RANDOM.choice((1, 1, 1, 3))):
                damaged[RANDOM.randrange(len(damaged))] ^= 1 << RANDOM.randrange(8)
            check_hostile(bytes(damaged), len(original))


def test_last_bytes(written: list[tuple[bytes, bytes]]) -> None:
    """A bit in the last bytes changes the last symbols only, which may leave the length as it was: no error then."""
    undetected = 0
    for payload, original in written:
        for place in range(len(payload) - 3, len(payload)):
            for mask in (1, 128):
                damaged = payload[:place] + bytes([payload[place] ^ mask]) + payload[place + 1 :]
                undetected += check_hostile(damaged, len(original))
    assert undetected > 0


def test_truncations_and_extensions(written: list[tuple[bytes, bytes]]) -> None:
    """The decoder knows how many bytes it needed, which nonsense may need too; zeros at the end mean nothing to it."""
    for payload, original in written:
        for size in (0, 1, 2):
            with pytest.raises(CorruptDataError):
                MODEL.decode(payload[:size], len(original), ignore)
        for size in (3, 6, len(payload) // 2, len(payload) - 1):
            check_hostile(payload[:size], len(original))
        with pytest.raises(CorruptDataError):
            MODEL.decode(payload + b"\0", len(original), ignore)
        check_hostile(payload + b"!" * 40, len(original))


def test_wrong_sizes(written: list[tuple[bytes, bytes]]) -> None:
    for payload, original in written:
        for size in (0, 1, 50 * len(original)):
            with pytest.raises(CorruptDataError):
                MODEL.decode(payload, size, ignore)
        for size in (len(original) // 2, len(original) - 1, len(original) + 1, 2 * len(original)):
            check_hostile(payload, size)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(list(DataType)),
    st.sampled_from([1, 2, 3, 9]),
    st.integers(0, 1),
    st.binary(max_size=200),
    st.integers(0, 400),
)
def test_noise_behind_a_good_head(data_type: DataType, level: int, network: int, rest: bytes, size: int) -> None:
    check_hostile(bytes([data_type, level << 4, network]) + rest, size)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=60), st.integers(0, 300))
def test_noise(payload: bytes, size: int) -> None:
    check_hostile(payload, size)


def test_each_value_of_the_first_bytes() -> None:
    """Data type and primer, level and tables, network: what does not exist is refused, what does is tried."""
    tried = refused = 0
    for payload_of in (
        lambda value: bytes([value, 1 << 4, 0]) + noise(24),
        lambda value: bytes([DataType.TEXT, value, 0]) + noise(24),
        lambda value: bytes([DataType.TEXT, 5 << 4, value]) + noise(24),
        lambda value: bytes([DataType.SAMPLES, 1 << 4, 0, value]) + noise(24),
        lambda value: bytes([DataType.SAMPLES, 5 << 4, 1, 3, value, value]) + noise(24),
    ):
        for value in range(256):
            payload = payload_of(value)
            try:
                MODEL.decode(payload, 20, ignore)
            except UnsupportedError:
                refused += 1
            except CorruptDataError:
                tried += 1
    for level in range(16):
        if level not in EFFORTS:
            with pytest.raises(UnsupportedError, match=f"level {level}"):
                MODEL.decode(bytes([0, level << 4, 0]) + noise(20), 20, ignore)
    for data_type in range(16):
        if data_type not in set(DataType):
            with pytest.raises(UnsupportedError, match=f"data type {data_type}"):
                MODEL.decode(bytes([data_type, 1 << 4, 0]) + noise(20), 20, ignore)
    assert tried > 500
    assert refused > 100


def test_unknown_primer() -> None:
    with pytest.raises(UnsupportedError, match="primer number 15"):
        MODEL.decode(bytes([15 << 4, 1 << 4, 0]) + noise(20), 20, ignore)
    assert "text" in MODEL.describe(bytes([15 << 4, 1 << 4, 0]) + noise(20))


@pytest.mark.parametrize("network", [2, 3, 128, 255])
def test_unknown_network(network: int) -> None:
    with pytest.raises(UnsupportedError, match=f"network {network}"):
        MODEL.decode(bytes([0, 5 << 4, network]) + noise(20), 20, ignore)


@pytest.mark.parametrize("level", EFFORTS)
def test_network_at_levels_without_one(level: int) -> None:
    payload = bytes([0, level << 4, 1]) + noise(20)
    if EFFORTS[level].network_depth is None:
        with pytest.raises(CorruptDataError, match=f"level {level} does not use"):
            MODEL.decode(payload, 20, ignore)
        with pytest.raises(CorruptDataError, match=f"level {level} does not use"):
            MODEL.describe(payload)
    else:
        assert "network bytes" in MODEL.describe(payload)


def test_tables_as_large_as_can_be_claimed() -> None:
    """A small block that asks for the largest tables is refused before they are allocated."""
    tracemalloc.start()
    try:
        for level in EFFORTS:
            for bits in range(6, 16):
                with pytest.raises(CorruptDataError, match="tables"):
                    MODEL.decode(bytes([0, level << 4 | bits, int(level > 2)]) + noise(100), 100, ignore)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [1 << 20, 16 << 20])
def test_a_few_bytes_that_claim_to_be_megabytes(size: int) -> None:
    """The kernels stop soon after the payload's end, however much is still to come."""
    start = time.perf_counter()
    text, records, beside_network = b"\0\x10\0", b"\3\x10\0", b"\0\x30\1"
    for payload in (text, text + noise(30), records + bytes(60), records + b"\xff" * 60, beside_network + noise(30)):
        with pytest.raises(CorruptDataError):
            MODEL.decode(payload, size, ignore)
    # 0.1 s each on an idle machine: tables for the claimed size, and at most two chunks of 64 KiB.
    assert time.perf_counter() - start < 20


def test_the_model_claims_its_memory() -> None:
    """What decoding takes stays below what `memory` says, also for lies."""
    size = 1 << 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for payload in (b"\0\x59\0" + noise(300), b"\0\x50\1" + noise(300)):
        with pytest.raises(CorruptDataError):
            MODEL.decode(payload, size, ignore)
    unit = 1 if sys.platform == "darwin" else 1024
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit < MODEL.memory(5, size) + (64 << 20)


def test_cancelling_stops_decoding() -> None:
    original = bytes(300_000)
    payload = MODEL.encode(original, 1, ignore)
    done: list[int] = []

    def stop_soon(symbols: int) -> None:
        done.append(symbols)
        if sum(done) > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        MODEL.decode(payload, len(original), stop_soon)
    assert sum(done) < 200_000


def test_forged_containers_of_the_byte_model(written: list[tuple[bytes, bytes]]) -> None:
    """All checksums right, the payload hostile, the CRC that of the original: the container refuses nonsense."""
    for payload, original in written[::4]:
        honest = Frame(len(original), len(payload), payload, original)
        assert neucomp.decompress(Forgery([honest, honest], model_id=1).pack()) == original * 2
        for place in range(0, len(payload), 1 + len(payload) // 5):
            damaged = payload[:place] + bytes([payload[place] ^ 1 << place % 8]) + payload[place + 1 :]
            frames = [honest, Frame(len(original), len(payload), damaged, original)]
            for threads in (1, 2):
                with pytest.raises(NeucompError):
                    neucomp.decompress(Forgery(frames, model_id=1).pack(), threads=threads)


def test_exchanged_payloads() -> None:
    """Two valid blocks of the same size: only their checksums tell which is which."""
    one, other = text(900), text(1800)[900:]
    payloads = [MODEL.encode(each, 1, ignore) for each in (one, other)]
    forged = [Frame(900, len(payloads[1 - i]), payloads[1 - i], each) for i, each in enumerate((one, other))]
    with pytest.raises(CorruptDataError):
        neucomp.decompress(Forgery(forged, model_id=1).pack())
