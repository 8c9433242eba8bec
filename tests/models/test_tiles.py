"""PixelCNN++ alone: batches and pictures come back, payloads are the same on all devices and as large as the ideal."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import neucomp
from neucomp import coder
from neucomp.coder import Encoder
from neucomp.errors import CorruptDataError, LimitExceeded, NeucompError, UnsupportedError
from neucomp.exact.numpy_ops import NumpyOps
from neucomp.models import MODELS, tiles
from neucomp.models.tiles import GatedModel, TileModel, cut, join
from neucomp.nets.lockstep_images import code_images
from neucomp.nets.pixelcnnpp import PixelCNNpp, PixelCNNppConfig
from neucomp.scorer import Scorer, Several
from tests.helpers.picture_files import gray_batch
from tests.helpers.roundtrip import check_roundtrip
from tests.helpers.specimens import noise, text
from tests.helpers.text_network import text_network
from tests.helpers.tile_networks import as_npy, likely_images, new_gated_network, new_network

NETWORK = new_network(0, 1.0, PixelCNNppConfig(8, (1, 1, 1), 3))
MODEL = TileModel(NETWORK)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command line and the codec find the tiny network."""
    monkeypatch.setitem(MODELS, "pixelcnn++", MODEL)
    yield


def ignore(symbols: int) -> None:
    pass


class Recorder:
    """Keeps the rows that symbols are coded by."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []

    def code(self, symbols: np.ndarray, freqs: np.ndarray) -> None:
        self.rows.append(freqs.copy())


def by_the_book(images: np.ndarray, head: bytes) -> bytes:
    """The payload as docs/format.md tells it: one image after the other, and then one sample of each in turn."""
    rows = []
    for image in images:
        recorder = Recorder()
        network = PixelCNNpp(NumpyOps(), NETWORK, 1, image.shape[1])
        code_images(network, cut(image[None].copy(), 0), recorder)
        rows.append(np.concatenate(recorder.rows))
    symbols = images.reshape(len(images), -1).T.reshape(-1)
    return head + coder.encode(symbols, np.stack(rows, 1).reshape(symbols.size, 256))


def test_a_payload_is_the_one_of_the_format() -> None:
    images = likely_images(3, 3, 6)
    payload = MODEL.encode(as_npy(images), 5, ignore)
    head_size = len(payload) - len(by_the_book(images, b""))
    assert payload == by_the_book(images, payload[:head_size])
    assert payload[:5] == bytes([5, 3, 3, 6, 0])
    assert MODEL.decode(payload, len(as_npy(images)), ignore) == as_npy(images)


def test_a_gated_pixelcnn_codes_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    network = new_gated_network(0, 1.0)
    monkeypatch.setitem(MODELS, "pixelcnn", GatedModel(network))
    batch = likely_images(9, 4, 8)
    blob = check_roundtrip(as_npy(batch), model="pixelcnn")
    assert len(blob) < batch.size and neucomp.info(blob).weights == network.identity.hex()
    ideal = neucomp.score(as_npy(batch), "pixelcnn")
    assert ideal.file_bits == 8 * len(blob) and 0 < ideal.file_bits - ideal.ideal_bits < 8 * 100
    assert neucomp.compress(as_npy(batch), model="pixelcnn", device="torch") == blob
    with pytest.raises(UnsupportedError):
        neucomp.compress(as_npy(batch), model="pixelcnn", network=NETWORK)


@pytest.mark.usefixtures("registered")
def test_batches_come_back() -> None:
    batch = likely_images(9, 4, 8)
    blob = check_roundtrip(as_npy(batch), model="pixelcnn++")
    assert len(blob) < batch.size
    about = neucomp.info(blob)
    assert (about.format, about.model, about.weights) == ("npy", "pixelcnn++", NETWORK.identity.hex())
    assert "npy 9 images of 8 x 4, whole" in about.blocks[0].description


@pytest.mark.usefixtures("registered")
def test_large_pictures_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "LARGEST_WHOLE", 8)
    monkeypatch.setattr(tiles, "TILE_SIDE", 4)
    picture = b"P6\n9 14\n255\n" + likely_images(1, 14, 9).tobytes()
    payload = MODEL.encode(picture, 5, ignore)
    assert MODEL.decode(payload, len(picture), ignore) == picture
    assert "pnm 1 image of 9 x 14, in tiles of 4 x 4" in MODEL.describe(payload)


@pytest.mark.usefixtures("registered")
def test_png_files_come_back_whole() -> None:
    picture = io.BytesIO()
    Image.fromarray(likely_images(1, 4, 7)[0]).save(picture, "PNG")
    assert neucomp.info(check_roundtrip(picture.getvalue(), model="pixelcnn++")).format == "png"


def test_devices_and_groups_give_the_same_images(monkeypatch: pytest.MonkeyPatch) -> None:
    data = as_npy(likely_images(5, 4, 4))
    payload = MODEL.encode(data, 5, ignore)
    assert MODEL.on("torch").encode(data, 5, ignore) == payload
    assert MODEL.on("torch").decode(payload, len(data), ignore) == data
    monkeypatch.setattr(tiles, "GROUP", 2)
    assert MODEL.decode(MODEL.encode(data, 5, ignore), len(data), ignore) == data


@given(st.integers(1, 3), st.integers(1, 70), st.integers(1, 70), st.sampled_from([0, 3, 32]))
def test_tiles_make_the_images_again(count: int, height: int, width: int, side: int) -> None:
    images = np.arange(count * height * width * 3).astype(np.uint8).reshape(count, height, width, 3)
    lanes = cut(images, side)
    assert int((lanes.heights * lanes.widths).sum()) == count * height * width
    assert np.array_equal(join(lanes, images.shape), images)
    rows, columns = np.mgrid[: lanes.images.shape[1], : lanes.images.shape[2]]
    inside = (rows < lanes.heights[:, None, None]) & (columns < lanes.widths[:, None, None])
    assert not lanes.images[~inside].any()


def test_the_ideal_is_as_large_as_the_payload() -> None:
    data = as_npy(likely_images(9, 4, 4, 3))
    scorer, encoder = Scorer(), Encoder()
    head = MODEL.follow(data, 5, Several(scorer, encoder), ignore)
    assert head is not None and scorer.symbols == 9 * 4 * 4 * 3
    assert scorer.bits <= 8 * len(encoder.finish()) <= scorer.bits + 64
    assert MODEL.encode(data, 5, ignore) == head + encoder.finish()


@pytest.mark.usefixtures("registered")
def test_what_it_is_not_for_is_stored() -> None:
    for data in (
        text(900),
        gray_batch(2, 8, 8),
        as_npy(257 * likely_images(2, 4, 4).astype(np.uint16)),
        b"",
        as_npy(np.zeros(3)),
    ):
        assert neucomp.info(check_roundtrip(data, model="pixelcnn++")).stored_blocks == (len(data) > 0)
    target = io.BytesIO()
    summary = neucomp.compress_stream(io.BytesIO(gray_batch(2, 8, 8)), target, model="pixelcnn++")
    assert "8-bit images in colour" in summary.hint


@pytest.mark.usefixtures("registered")
def test_limits() -> None:
    data = as_npy(likely_images(8, 4, 4))
    blob = neucomp.compress(data, model="pixelcnn++")
    for call in (
        lambda: neucomp.compress(data, model="pixelcnn++", max_samples=383),
        lambda: neucomp.decompress(blob, max_samples=383),
    ):
        with pytest.raises(LimitExceeded, match="383"):
            call()
    assert neucomp.decompress(blob, max_samples=384) == data


def test_networks_that_are_not_here_or_of_another_kind() -> None:
    data = as_npy(likely_images(8, 4, 4))
    blob = neucomp.compress(data, model="pixelcnn++", network=NETWORK)
    assert neucomp.decompress(blob, network=NETWORK) == data
    with pytest.raises(UnsupportedError, match=NETWORK.identity.hex()):
        neucomp.decompress(blob)
    with pytest.raises(UnsupportedError, match=NETWORK.identity.hex()):
        neucomp.decompress(blob, network=text_network())
    with pytest.raises(UnsupportedError, match="'transformer'"):
        neucomp.compress(data, model="pixelcnn++", network=text_network())
    with pytest.raises(ValueError, match="takes no other network"):
        neucomp.compress(data, model="image", network=NETWORK)


# Payloads that nobody wrote.


def test_heads_that_lie() -> None:
    data = as_npy(likely_images(8, 4, 4))
    payload = MODEL.encode(data, 5, ignore)
    assert payload[:5] == bytes([5, 8, 4, 4, 0])
    lies = [payload[:place] + bytes([value]) + payload[place + 1 :] for place in range(7) for value in (0, 9, 127)]
    for lie in (*lies, b"", payload[:4], payload[:-1], payload[:-4], payload + b"word"):
        if lie != payload:
            with pytest.raises(NeucompError):
                MODEL.decode(lie, len(data), ignore)
    with pytest.raises(CorruptDataError, match="more samples than"):
        MODEL.decode(bytes([5, 255, 127, 64, 64, 0, 1, 1]) + noise(40), len(data), ignore)


@settings(deadline=None, max_examples=15)
@given(st.binary(max_size=60), st.tuples(*[st.integers(0, 4)] * 4))
def test_noise_as_a_payload(rest: bytes, head: tuple[int, ...]) -> None:
    for payload in (rest, bytes([5, *head[:3], 0, head[3], head[3]]) + rest):
        try:
            MODEL.decode(payload, 200, ignore)
        except NeucompError:
            pass
