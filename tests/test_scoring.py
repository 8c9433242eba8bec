"""How well models explain files: the ideal size is that of the file but for what coder and container add."""

import pytest

import neucomp
from neucomp.errors import UnsupportedError
from neucomp.models import MODELS
from neucomp.models.plain import TransformerModel
from neucomp.nets.pixelcnnpp import PixelCNNppConfig
from tests.helpers.specimens import noise, text
from tests.helpers.text_network import text_network
from tests.helpers.tile_networks import as_npy, likely_images, new_network

TEXT_NETWORK = text_network()
IMAGE_NETWORK = new_network(0, 1.0, PixelCNNppConfig(8, (1, 1, 1), 3))


class SmallBlocks(TransformerModel):
    def block_size(self, level: int) -> int:
        return 600


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, "transformer", SmallBlocks(TEXT_NETWORK))


@pytest.mark.usefixtures("small_blocks")
def test_the_ideal_and_the_file() -> None:
    data = text(900)
    found = neucomp.score(data, "transformer")
    assert [block.original_size for block in found.blocks] == [450, 450]
    assert (found.model, found.unit, found.symbols) == ("transformer", "byte", 900)
    for block in found.blocks:
        assert block.ideal_bits is not None and block.symbols == 450
        assert block.ideal_bits <= block.file_bits <= block.ideal_bits + 8 * 12
    assert found.file_bits == 8 * len(neucomp.compress(data, model="transformer"))
    assert found.ideal_bits == pytest.approx(sum(block.ideal_bits or 0 for block in found.blocks))
    assert found.bits_per_symbol == pytest.approx((found.ideal_bits or 0) / 900)


@pytest.mark.usefixtures("small_blocks")
def test_noise_is_scored_though_it_is_stored() -> None:
    found = neucomp.score(noise(1000), "transformer")
    assert found.ideal_bits is not None and found.ideal_bits > 8 * 1000
    assert found.file_bits == 8 * len(neucomp.compress(noise(1000), model="transformer"))
    assert found.bits_per_symbol > neucomp.score(text(1000), "transformer").bits_per_symbol


def test_images_are_counted_in_samples() -> None:
    images = likely_images(12, 4, 4)
    found = neucomp.score(as_npy(images), "pixelcnn++", network=IMAGE_NETWORK)
    assert (found.unit, found.symbols) == ("sample", images.size)
    assert found.file_bits == 8 * len(neucomp.compress(as_npy(images), model="pixelcnn++", network=IMAGE_NETWORK))
    assert found.ideal_bits is not None and found.ideal_bits < found.file_bits
    with pytest.raises(UnsupportedError, match="nothing that the model"):
        neucomp.score(b"a text", "pixelcnn++", network=IMAGE_NETWORK)
    with pytest.raises(neucomp.LimitExceeded):
        neucomp.score(as_npy(images), "pixelcnn++", network=IMAGE_NETWORK, max_samples=10)


def test_models_that_learn_have_the_file_alone() -> None:
    data = text(800)
    for model in ("auto", "bytes"):
        found = neucomp.score(data, model, 1)
        assert found.ideal_bits is None
        assert found.file_bits == 8 * len(neucomp.compress(data, 1, model=model))
        assert found.bits_per_symbol == found.file_bits / 800


def test_nothing() -> None:
    for model in ("auto", "transformer"):
        found = neucomp.score(b"", model)
        assert (found.symbols, found.blocks, found.bits_per_symbol) == (0, (), 0.0)
    with pytest.raises(ValueError, match="no model"):
        neucomp.score(b"", "nonsense")
