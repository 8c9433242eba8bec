"""The transformer alone: blocks come back from any lanes, devices and threads, and payloads are the same for all."""

import io
import struct
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neucomp
from neucomp import coder
from neucomp.container import MAX_EXPANSION
from neucomp.errors import CorruptDataError, NeucompError, UnsupportedError
from neucomp.exact.numpy_ops import NumpyOps
from neucomp.models import MODELS, alone, plain
from neucomp.models.plain import MOST_LANES, TransformerModel
from neucomp.nets.transformer import forward, frequencies, new_state
from neucomp.nets.weights import ARCHITECTURE
from tests.helpers.forgery import Forgery, Frame
from tests.helpers.roundtrip import check_roundtrip
from tests.helpers.specimens import SPECIMENS, noise, text
from tests.helpers.text_network import text_network

NETWORK = text_network()
MODEL = TransformerModel(NETWORK)
HEAD = struct.Struct("<BH")
ROOT = Path(__file__).parent.parent.parent


class SmallBlocks(TransformerModel):
    """Blocks so small that tests see files of several."""

    def block_size(self, level: int) -> int:
        return 700


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command line and the codec find the tiny network."""
    monkeypatch.setitem(MODELS, "transformer", SmallBlocks(NETWORK, lanes=14))
    yield


def ignore(symbols: int) -> None:
    pass


def by_the_book(data: bytes, lanes: int, exit_depth: int) -> bytes:
    """The payload as docs/format.md tells it: one lane after the other, and then one symbol after the other."""
    ops, size = NumpyOps(), -(-len(data) // lanes)
    parts = [np.frombuffer(data[begin : begin + size], np.uint8) for begin in range(0, len(data), size)]
    rows = []
    for part in parts:
        state = new_state(ops, NETWORK, 1, exit_depth)
        read = np.concatenate([np.zeros(1, np.uint8), part[:-1]])
        rows.append(frequencies(ops, forward(state, read[None]))[0])
    order = [(t, lane) for t in range(size) for lane in range(lanes) if t < parts[lane].size]
    symbols = np.array([parts[lane][t] for t, lane in order])
    code = coder.encode(symbols, np.array([rows[lane][t] for t, lane in order]))
    return HEAD.pack(exit_depth, lanes) + code


@pytest.mark.parametrize("lanes", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("name", ["text", "records", "noise"])
def test_a_payload_is_the_one_of_the_format(name: str, lanes: int) -> None:
    data = SPECIMENS[name](237)
    model = TransformerModel(NETWORK, lanes=lanes)
    payload = model.encode(data, 5, ignore)
    assert payload == by_the_book(data, lanes, max(NETWORK.config.exits))
    assert MODEL.decode(payload, len(data), ignore) == data


@settings(deadline=None, max_examples=30)
@given(st.binary(min_size=1, max_size=80), st.integers(1, 300))
def test_any_block_comes_back_from_any_lanes(data: bytes, lanes: int) -> None:
    payload = TransformerModel(NETWORK, lanes=lanes).encode(data, 5, ignore)
    used = HEAD.unpack_from(payload)[1]
    assert 1 <= used <= min(lanes, len(data), MOST_LANES)
    assert (used - 1) * -(-len(data) // used) < len(data)
    assert MODEL.decode(payload, len(data), ignore) == data


@pytest.mark.parametrize("exit_depth", NETWORK.config.exits)
def test_each_exit_decodes(exit_depth: int) -> None:
    data = text(100)
    assert MODEL.decode(by_the_book(data, 2, exit_depth), len(data), ignore) == data


def test_parts_of_any_size_give_the_same_payload(monkeypatch: pytest.MonkeyPatch) -> None:
    data, model = text(500), TransformerModel(NETWORK, lanes=4)
    payload = model.encode(data, 5, ignore)
    for positions in (1, 4, 20, 1000):
        monkeypatch.setitem(plain._POSITIONS, "cpu", positions)
        assert model.encode(data, 5, ignore) == payload


def test_devices_give_the_same_payload() -> None:
    data, model = text(100), TransformerModel(NETWORK, lanes=4)
    payload = model.encode(data, 5, ignore)
    assert model.on("torch").encode(data, 5, ignore) == payload
    assert model.on("torch").decode(payload, len(data), ignore) == data


def test_numpy_does_without_torch() -> None:
    program = """
import sys
from neucomp.models.plain import TransformerModel
from tests.helpers.text_network import text_network
model = TransformerModel(text_network())
payload = model.encode(b"a word", 5, print)
assert model.decode(payload, 6, print) == b"a word"
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_cuda() -> None:
    torch = pytest.importorskip("torch")
    data, model = text(400), TransformerModel(NETWORK, lanes=4)
    payload = model.encode(data, 5, ignore)
    if torch.cuda.is_available():
        assert model.on("cuda").encode(data, 5, ignore) == payload
        assert model.on("cuda").decode(payload, len(data), ignore) == data
    else:
        for code in (model.on("cuda").encode, model.on("cuda").decode):
            with pytest.raises(UnsupportedError, match="cuda"):
                code(payload, 400, ignore)  # type: ignore[operator]


@pytest.mark.parametrize("size", [1, 4095, 8191, 8192, 100_000, 2 << 20])
def test_lanes_of_the_levels(size: int) -> None:
    lanes = [MODEL._lane_count(level, size) for level in range(1, 10)]
    assert lanes == sorted(lanes, reverse=True)
    assert 1 <= lanes[-1] <= lanes[0] <= min(MOST_LANES, max(1, size // 4096))
    assert lanes[0] == min(MOST_LANES, max(1, size // 4096))


def test_progress_adds_up_and_can_cancel() -> None:
    data = text(300)
    ticks: list[int] = []
    payload = MODEL.encode(data, 5, ticks.append)
    assert sum(ticks) == len(data)
    ticks.clear()
    MODEL.decode(payload, len(data), ticks.append)
    assert sum(ticks) == len(data)

    def stop(symbols: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        MODEL.decode(payload, len(data), stop)


def test_payloads_are_long_enough_for_the_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network may need less than the least that the container believes: zeros fill up, exactly so many."""
    monkeypatch.setattr(alone, "MAX_EXPANSION", 5)
    monkeypatch.setattr(alone, "EXPANSION_START", -100)
    data = text(200)
    payload = MODEL.encode(data, 5, ignore)
    shortest = by_the_book(data, 1, max(NETWORK.config.exits))
    assert payload == shortest.ljust(max(len(shortest), 140), b"\0")
    for other in (payload[:-1], payload + b"\0", shortest[:-1]):
        with pytest.raises(CorruptDataError):
            MODEL.decode(other, len(data), ignore)
    assert MODEL.decode(payload, len(data), ignore) == data


def test_least_payload_is_the_one_of_the_container() -> None:
    for size in (1, MAX_EXPANSION * 8, MAX_EXPANSION * 8 + 1, MAX_EXPANSION * 20, 2 << 20, 64 << 20):
        least = max(alone.least_payload(size, HEAD.size) + HEAD.size, 0)
        assert size <= MAX_EXPANSION * (least + 8)
        assert least == 0 or size > MAX_EXPANSION * (least - 1 + 8)


# Files.


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("size", [0, 1, 300, 700, 701, 2000])
def test_files(size: int) -> None:
    blob = check_roundtrip(text(size), model="transformer")
    for block in neucomp.info(blob).blocks:
        assert block.description in ("stored", f"network to depth {max(NETWORK.config.exits)}, 14 lanes")


@pytest.mark.usefixtures("registered")
def test_threads_and_devices_give_one_file_that_all_decode() -> None:
    data = text(1400) + noise(700)
    blob = neucomp.compress(data, model="transformer")
    assert [block.coded for block in neucomp.info(blob).blocks] == [True, True, False]
    assert neucomp.compress(data, model="transformer", threads=2) == blob
    assert neucomp.compress(data, model="transformer", threads=2, device="torch") == blob
    assert neucomp.decompress(blob) == neucomp.decompress(blob, threads=2) == data
    assert neucomp.decompress(blob, device="torch") == data


@pytest.mark.usefixtures("registered")
def test_the_header_names_coder_and_weights() -> None:
    about = neucomp.info(neucomp.compress(text(900), model="transformer"))
    assert (about.model, about.coder_id, about.weights) == ("transformer", 2, NETWORK.identity.hex())


@pytest.mark.usefixtures("registered")
def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = neucomp.compress(text(900), model="transformer")
    monkeypatch.setitem(MODELS, "transformer", TransformerModel())
    with pytest.raises(UnsupportedError, match=NETWORK.identity.hex()):
        neucomp.decompress(blob)
    assert neucomp.info(blob).weights == NETWORK.identity.hex()


@pytest.mark.usefixtures("registered")
def test_noise_is_stored_and_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = check_roundtrip(noise(3000), model="transformer")
    assert neucomp.info(blob).weights is None
    monkeypatch.setitem(MODELS, "transformer", TransformerModel())
    assert neucomp.decompress(blob) == noise(3000)


def test_without_a_bundled_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ARCHITECTURE, "digests", {})
    with pytest.raises(UnsupportedError, match="without a network"):
        neucomp.compress(text(900), model="transformer")


def test_bundled_networks_are_found_by_what_files_name(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = text_network(2)
    digests = {name: each.identity.hex() + "00" * 16 for name, each in (("old", NETWORK), ("new", newer))}
    monkeypatch.setattr(ARCHITECTURE, "digests", digests)
    monkeypatch.setattr(ARCHITECTURE, "load_bundled", {"old": NETWORK, "new": newer}.__getitem__)
    model = TransformerModel()
    assert model.weights() == newer.identity
    assert model.with_weights(newer.identity).network is newer
    assert model.with_weights(NETWORK.identity).network is NETWORK


def test_file_objects_write_and_read_it(registered: None, tmp_path: Path) -> None:
    path = tmp_path / "text.neu"
    with neucomp.open(path, "wb", model="transformer") as file:
        file.write(text(1500))
    with neucomp.open(path) as file:
        file.seek(800)
        assert file.read(50) == text(850)[800:]


@pytest.mark.usefixtures("registered")
def test_devices_have_names() -> None:
    for call in (neucomp.compress, neucomp.decompress):
        with pytest.raises(ValueError, match="no device 'tpu'"):
            call(b"text", device="tpu")  # type: ignore[operator]
    stored = neucomp.compress(noise(500), model="transformer", device="torch")
    assert neucomp.decompress(stored, device="cuda") == noise(500)  # which no network has to decode


# Payloads that nobody wrote.


def check_hostile(payload: bytes, size: int) -> None:
    """An error of ours, or nonsense of the right size."""
    try:
        assert len(MODEL.decode(payload, size, ignore)) == size
    except NeucompError:
        pass


def test_heads_that_lie() -> None:
    tracemalloc.start()
    try:
        for head in (b"", b"\0", b"\0\1", *(HEAD.pack(0, lanes) for lanes in (0, 51, 100, 257, 65535))):
            with pytest.raises(CorruptDataError):
                MODEL.decode(head + noise(30), 50, ignore)
        with pytest.raises(CorruptDataError, match="lanes"):
            MODEL.decode(HEAD.pack(0, 20) + noise(30), 30, ignore)  # two bytes each: only 15 have any
        with pytest.raises(CorruptDataError, match="exit 9"):
            MODEL.decode(HEAD.pack(9, 1) + noise(30), 50, ignore)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    for head in (b"", b"\0", HEAD.pack(0, 0), HEAD.pack(0, 257)):
        with pytest.raises(CorruptDataError):
            MODEL.describe(head)


def test_truncated_and_extended_payloads() -> None:
    data = text(200)
    payload = TransformerModel(NETWORK, lanes=3).encode(data, 5, ignore)
    for other in (payload[:3], payload[:-1], payload[:-4], payload[:-9], payload + b"\0", payload + b"word"):
        with pytest.raises(CorruptDataError):
            MODEL.decode(other, len(data), ignore)
    for size in (100, 400, 1000):
        with pytest.raises(CorruptDataError):
            MODEL.decode(payload, size, ignore)
    for size in (199, 201):  # the last symbol may have been so likely that the same code stands for one less
        check_hostile(payload, size)


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=60), st.integers(0, 60), st.integers(0, 4))
def test_noise_as_a_payload(rest: bytes, size: int, lanes: int) -> None:
    check_hostile(HEAD.pack(0, lanes) + rest, size)
    check_hostile(rest, size)


def test_a_few_bytes_that_claim_to_be_megabytes() -> None:
    with pytest.raises(CorruptDataError, match="before all"):
        MODEL.decode(HEAD.pack(0, 1) + noise(8), 16 << 20, ignore)


@pytest.mark.usefixtures("registered")
def test_forged_files() -> None:
    """All checksums right, the payload hostile: the CRC of the original finds what the coder does not."""
    data = text(300)
    payload = MODEL.encode(data, 5, ignore)
    weights = {"model_id": 2, "coder_id": 2, "flags": 2, "extra_header": NETWORK.identity}
    honest = Frame(len(data), len(payload), payload, data)
    assert neucomp.decompress(Forgery([honest], **weights).pack()) == data  # type: ignore[arg-type]
    for place in range(0, len(payload), 40):
        damaged = payload[:place] + bytes([payload[place] ^ 16]) + payload[place + 1 :]
        with pytest.raises(NeucompError):
            neucomp.decompress(Forgery([Frame(300, len(damaged), damaged, data)], **weights).pack())  # type: ignore
    with pytest.raises(CorruptDataError, match="which weights"):
        neucomp.decompress(Forgery([honest], model_id=2, coder_id=2).pack())
    for model_id, coder_id in ((1, 2), (2, 1), (2, 3)):
        with pytest.raises(UnsupportedError, match=f"coder {coder_id}"):
            neucomp.decompress(Forgery([honest], model_id=model_id, coder_id=coder_id).pack())


def test_damage_in_a_decoding_thread_joins_all(registered: None) -> None:
    blob = bytearray(neucomp.compress(text(2000), model="transformer"))
    blob[200] ^= 1
    before = threading.active_count()
    with pytest.raises(CorruptDataError):
        neucomp.decompress_stream(io.BytesIO(bytes(blob)), io.BytesIO(), threads=2)
    assert threading.active_count() == before
