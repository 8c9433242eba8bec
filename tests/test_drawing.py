"""Samples of models: what is drawn is coded by the bits that it came from, beginnings stay, and seeds give it again."""

import numpy as np
import pytest

import neucomp
from neucomp.coder import Encoder
from neucomp.models.alone import AloneModel
from neucomp.models.plain import TransformerModel
from neucomp.models.tiles import TileModel
from neucomp.nets.pixelcnnpp import PixelCNNppConfig
from neucomp.sampler import Sampler
from neucomp.sheet import sheet
from tests.helpers.drawn_bits import is_drawn_from
from tests.helpers.text_network import text_network
from tests.helpers.tile_networks import as_npy, likely_images, new_network

TEXT_NETWORK = text_network()
IMAGE_NETWORK = new_network(0, 1.0, PixelCNNppConfig(8, (1, 1, 1), 3))


def ignore(symbols: int) -> None:
    pass


@pytest.mark.parametrize(
    ("model", "shape"), [(TransformerModel(TEXT_NETWORK), (3, 40)), (TileModel(IMAGE_NETWORK), (2, 4, 5, 3))]
)
def test_a_sample_is_coded_by_the_bits_that_it_was_drawn_from(model: AloneModel, shape: tuple[int, ...]) -> None:
    sampler, samples = Sampler(np.random.PCG64(5)), np.zeros(shape, np.uint8)
    model.draw(samples, sampler, ignore)
    assert samples.any()
    encoder, again = Encoder(), samples.copy()
    model.draw(again, encoder, ignore)
    assert np.array_equal(again, samples)
    assert is_drawn_from(encoder.finish(), sampler)


def test_text() -> None:
    drawn = neucomp.sample("transformer", 3, (50,), seed=1, network=TEXT_NETWORK)
    assert drawn.shape == (3, 50) and drawn.dtype == np.uint8
    assert np.array_equal(drawn, neucomp.sample("transformer", 3, (50,), seed=1, network=TEXT_NETWORK))
    assert not np.array_equal(drawn, neucomp.sample("transformer", 3, (50,), seed=2, network=TEXT_NETWORK))
    assert neucomp.sample("transformer", network=TEXT_NETWORK).shape == (1, 500)
    cold = neucomp.sample("transformer", 1, (200,), seed=1, temperature=0.01, network=TEXT_NETWORK)
    assert len(set(cold[0])) < len(set(neucomp.sample("transformer", 1, (200,), seed=1, network=TEXT_NETWORK)[0]))


def test_images() -> None:
    drawn = neucomp.sample("pixelcnn++", 2, (4, 6), seed=1, network=IMAGE_NETWORK)
    assert drawn.shape == (2, 4, 6, 3)
    assert TileModel().shape(()) == (32, 32, 3)
    assert TileModel().shape((8,)) == (8, 8, 3)


def test_more_than_go_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neucomp.drawing._LANES", 2)
    completed = neucomp.complete("transformer", b"abc", 9, count=5, seed=1, network=TEXT_NETWORK)
    assert completed.shape == (5, 9)
    assert all(sample.tobytes()[:3] == b"abc" for sample in completed)


def test_beginnings_stay() -> None:
    completed = neucomp.complete("transformer", b"To be, or", 60, seed=1, network=TEXT_NETWORK)
    assert completed.shape == (1, 60) and completed[0, :9].tobytes() == b"To be, or"
    kept = neucomp.complete("transformer", b"To be, or", 60, keep=5, seed=1, network=TEXT_NETWORK)
    assert kept[0, :5].tobytes() == b"To be"
    assert neucomp.complete("transformer", bytes(300), network=TEXT_NETWORK).shape == (1, 600)
    batch = likely_images(2, 6, 4)
    images = neucomp.complete("pixelcnn++", as_npy(batch), 8, keep=3, count=2, seed=1, network=IMAGE_NETWORK)
    assert images.shape == (4, 8, 4, 3)
    assert np.array_equal(images[::2, :3], batch[:, :3]) and np.array_equal(images[1::2, :3], batch[:, :3])
    assert not np.array_equal(images[0, 3:], images[1, 3:])


def test_what_cannot_be_drawn() -> None:
    for model in ("bytes", "image"):
        with pytest.raises(ValueError, match="samples come from transformer, pixelcnn"):
            neucomp.sample(model)
    for arguments in ({"count": 0}, {"size": (0,)}, {"size": (2, 3)}, {"size": (1 << 30,)}, {"temperature": 0.0}):
        with pytest.raises(ValueError):
            neucomp.sample("transformer", network=TEXT_NETWORK, **arguments)  # type: ignore[arg-type]
    for size in ((65,), (4, 4, 4)):
        with pytest.raises(ValueError, match="image"):
            neucomp.sample("pixelcnn++", size=size, network=IMAGE_NETWORK)
    with pytest.raises(ValueError, match="below the 9"):
        neucomp.complete("transformer", b"To be, or", 8, network=TEXT_NETWORK)
    with pytest.raises(neucomp.UnsupportedError, match="no 8-bit images"):
        neucomp.complete("pixelcnn++", b"To be, or", network=IMAGE_NETWORK)


def test_sheets() -> None:
    images = np.arange(5 * 2 * 3 * 3).astype(np.uint8).reshape(5, 2, 3, 3)
    drawn = sheet(images)
    assert drawn.shape == (2 * 4 - 2, 3 * 5 - 2, 3)
    assert np.array_equal(drawn[4:6, 5:8], images[4])
    assert np.array_equal(sheet(images[:1]), images[0])
