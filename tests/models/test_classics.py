"""The classics as models: files come back, payloads are those of the format and near the ideal, bad ones refused."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neucomp
from neucomp import coder
from neucomp.errors import CorruptDataError, NeucompError, UnsupportedError
from neucomp.models import MODELS, classics
from neucomp.models.classics import (
    GROUP,
    CountsModel,
    FvsbnModel,
    GruModel,
    LaneModel,
    MadeModel,
    NadeModel,
    WaveNetModel,
)
from neucomp.nets.classics.counts import ORDER, Counts
from neucomp.scorer import Scorer
from neucomp.varint import pack_varint
from tests.helpers.classics import CLASSICS, by_definition, images_file, small_network, sound_file
from tests.helpers.specimens import text

IMAGES = [FvsbnModel(small_network("fvsbn")), NadeModel(small_network("nade")), MadeModel(small_network("made"))]
ANY = [CountsModel(), GruModel(small_network("gru"))]
SOUND = WaveNetModel(small_network("wavenet"))


def ignore(symbols: int) -> None:
    pass


def specimen(model: LaneModel, size: int) -> bytes:
    """A file for a model, with `size` symbols or so."""
    if model in IMAGES:
        return images_file(-(-size // 12))
    return sound_file(text(size)) if model is SOUND else text(size)


EACH = pytest.mark.parametrize("model", [*IMAGES, *ANY, SOUND], ids=lambda model: model.name)


@EACH
@pytest.mark.parametrize("size", [1, 40, 700])
def test_files_come_back(model: LaneModel, size: int) -> None:
    data = specimen(model, size)
    payload = model.encode(data, 5, ignore)
    assert model.decode(payload, len(data), ignore) == data


@EACH
def test_a_payload_has_the_size_of_its_information(model: LaneModel) -> None:
    data, scorer = specimen(model, 600), Scorer()
    head = model.follow(data, 5, scorer, ignore)
    assert scorer.symbols == (600 if model not in IMAGES else 12 * 50)
    words = model.encode(data, 5, ignore)[len(head) :]
    assert scorer.bits / 8 - 1 < len(words) < scorer.bits / 8 + 12


@pytest.mark.parametrize("model", ANY, ids=lambda model: model.name)
@given(st.binary(min_size=1, max_size=60), st.integers(1, 80))
@settings(deadline=None, max_examples=15)
def test_any_bytes_come_back_from_any_lanes(model: LaneModel, data: bytes, lanes: int) -> None:
    payload = type(model)(model.network, lanes=lanes).encode(data, 5, ignore)
    assert model.decode(payload, len(data), ignore) == data


@pytest.mark.parametrize("lanes", [1, 3, 7])
def test_a_payload_is_the_one_of_the_format(lanes: int) -> None:
    data = text(50)
    size = -(-len(data) // lanes)
    parts = [np.frombuffer(data[begin : begin + size], np.uint8) for begin in range(0, len(data), size)]
    rows = [by_definition("gru", np.concatenate([[0], part[:-1]]).astype(np.uint8)[None])[0] for part in parts]
    order = [(t, lane) for t in range(size) for lane in range(lanes) if t < parts[lane].size]
    symbols = np.array([parts[lane][t] for t, lane in order])
    code = coder.encode(symbols, np.array([rows[lane][t] for t, lane in order]))
    expected = pack_varint(0) + pack_varint(lanes) + code
    assert GruModel(small_network("gru"), lanes=lanes).encode(data, 5, ignore) == expected


def test_lanes_share_their_counts() -> None:
    data = text(64)
    read = np.concatenate([np.zeros((2, 1), np.uint8), np.frombuffer(data, np.uint8).reshape(2, 32)[:, :-1]], 1)
    rows = Counts(2, ORDER).read(read).swapaxes(0, 1).reshape(64, 256)
    symbols = np.frombuffer(data, np.uint8).reshape(2, 32).T.reshape(-1)
    expected = pack_varint(0) + pack_varint(2) + coder.encode(symbols, rows)
    assert CountsModel(lanes=2).encode(data, 5, ignore) == expected


@pytest.mark.parametrize("model", [*IMAGES, ANY[1], SOUND], ids=lambda model: model.name)
def test_devices_give_the_same_payload(model: LaneModel) -> None:
    data = specimen(model, 100)
    payload = model.encode(data, 5, ignore)
    assert model.on("torch").encode(data, 5, ignore) == payload
    assert model.on("torch").decode(payload, len(data), ignore) == data


def test_groups_of_lanes_do_not_change_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classics, "GROUP", 8)
    data = images_file(21)
    payload = IMAGES[0].encode(data, 5, ignore)
    assert IMAGES[0].decode(payload, len(data), ignore) == data
    assert classics.GROUP != GROUP


@pytest.mark.parametrize("shape", [(1, 12), (2, 6), (2, 6, 1), (2, 2, 3)])
def test_images_of_any_shape_with_as_many_pixels(shape: tuple[int, ...]) -> None:
    data = images_file(9, shape=shape)
    payload = IMAGES[1].encode(data, 5, ignore)
    assert IMAGES[1].decode(payload, len(data), ignore) == data


@pytest.mark.parametrize("model", IMAGES, ids=lambda model: model.name)
def test_what_is_no_binary_image_is_refused(model: LaneModel) -> None:
    gray = io.BytesIO()
    np.save(gray, np.full((2, 3, 4), 2, np.uint8))
    for data in (b"text", images_file(2, shape=(4, 4)), gray.getvalue(), images_file(2)[:-1], images_file(0)):
        with pytest.raises(UnsupportedError, match="12 pixels that are 0 or 1"):
            model.encode(data, 5, ignore)


def test_sound_files_of_all_kinds() -> None:
    junk = struct.pack("<4sI", b"LIST", 5) + b"music\0"
    for data in (
        sound_file(text(51)),
        sound_file(text(50), before=junk, after=junk),
        sound_file(text(50))[:-7],
        SOUND.content().present(np.frombuffer(text(31), np.uint8)[None]),
    ):
        payload = SOUND.encode(data, 5, ignore)
        assert SOUND.decode(payload, len(data), ignore) == data


def test_what_is_no_sound_of_8_bits_is_refused() -> None:
    for data in (b"text", sound_file(b"12", tag=1), sound_file(b""), sound_file(b"12")[:30], b"RIFF1234WAVE"):
        with pytest.raises(UnsupportedError, match="format tag 7"):
            SOUND.encode(data, 5, ignore)


@EACH
@given(st.data())
@settings(deadline=None, max_examples=12)
def test_damaged_payloads(model: LaneModel, data: Any) -> None:
    original = specimen(model, 60)
    payload = bytearray(model.encode(original, 5, ignore))
    if data.draw(st.booleans()):
        del payload[data.draw(st.integers(0, len(payload) - 1)) :]
    else:
        payload[data.draw(st.integers(0, min(12, len(payload) - 1)))] ^= data.draw(st.integers(1, 255))
    try:
        decoded = model.decode(bytes(payload), len(original), ignore)
    except NeucompError:
        return
    assert decoded != original or payload == model.encode(original, 5, ignore)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        pack_varint(3) + b"12",
        pack_varint(0) + pack_varint(0),
        pack_varint(0) + pack_varint(41),
        pack_varint(0) + pack_varint(1 << 40),
        pack_varint(1) + b"1" + pack_varint(1),
    ],
)
@pytest.mark.parametrize("model", ANY, ids=lambda model: model.name)
def test_payloads_that_no_encoder_writes(model: LaneModel, payload: bytes) -> None:
    with pytest.raises(CorruptDataError):
        model.decode(payload, 40, ignore)


def test_a_rest_cannot_claim_more_than_there_is() -> None:
    for shape in ((1 << 40, 3, 4, 1), (0, 3, 4, 1), (4, 3, 5, 1)):
        rest = bytes([3, 8]) + b"".join(map(pack_varint, (*shape, 1))) + b"\0"
        with pytest.raises(CorruptDataError, match="images"):
            IMAGES[0].decode(pack_varint(len(rest)) + rest + pack_varint(1), 200, ignore)
    bomb = SOUND.content().take(sound_file(b"1", before=struct.pack("<4sI", b"junk", 9000) + bytes(9000)))[1]
    with pytest.raises(CorruptDataError, match="sound"):
        SOUND.decode(pack_varint(len(bomb)) + bomb + pack_varint(1), 200, ignore)


def test_counts_have_no_weights() -> None:
    blob = neucomp.compress(text(300), model="counts")
    assert neucomp.info(blob).weights is None
    with pytest.raises(CorruptDataError, match="counts have none"):
        CountsModel().with_weights(bytes(16))


@pytest.mark.parametrize("name", ["counts", "fvsbn", "nade", "made", "gru"])
def test_files_by_what_is_bundled(name: str) -> None:
    data = text(900) if name in ("counts", "gru") else images_file(20, shape=(8, 8))
    blob = neucomp.compress(data, model=name)
    assert len(blob) < len(data) and neucomp.decompress(blob) == data
    assert neucomp.info(blob).model == name


@pytest.mark.parametrize("name", ["gru", "wavenet"])
def test_files_by_networks_of_users(name: str) -> None:
    classic, config = CLASSICS[name]
    tensors = {key: tensor * 0 for key, tensor in small_network(name).tensors.items()}
    tensors["output_scale"] += 1 << 24
    tensors["output_bias"][ord("a")] = 2000
    network = classic.architecture.make(config, tensors, {"made": "to expect one letter"})
    data = sound_file(b"a" * 900) if name == "wavenet" else b"a" * 900
    blob = neucomp.compress(data, model=name, network=network)
    assert len(blob) < len(data) / 5 and neucomp.decompress(blob, network=network) == data
    with pytest.raises(UnsupportedError, match=network.identity.hex()):
        neucomp.decompress(blob)


@pytest.mark.parametrize("model", [*IMAGES, *ANY, SOUND], ids=lambda model: model.name)
def test_samples_are_what_random_bits_decode_to(model: LaneModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, model.name, model)
    size = () if model in IMAGES else (12,)
    samples = neucomp.sample(model.name, 3, size, seed=4)
    assert np.array_equal(samples, neucomp.sample(model.name, 3, size, seed=4))
    assert model.present(samples)[:4] in (b"\x89PNG", b"RIFF") or model in ANY
    begun = specimen(model, 12)
    longer = neucomp.complete(model.name, begun, keep=2, size=model.shape(size)[0], seed=1)
    assert np.array_equal(longer[:, :2], model.beginnings(begun)[:, :2])
