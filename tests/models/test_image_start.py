"""Starts of the image model: one for every level, laid out as its coder; images that they do not suit go without."""

from typing import Any

import numpy as np
import pytest

from neucomp.errors import CorruptDataError, UnsupportedError
from neucomp.models import image_start
from neucomp.models.image_codec import _new_network, decode_image, encode_image
from neucomp.models.image_efforts import EFFORTS, NETWORKS
from neucomp.models.image_start import COLD, STARTS, Start, apply_start, layout_of, read_start, start_for, summarize
from neucomp.models.image_state import ENERGY_CLASSES, SCALE_ROWS, ImageCoder, new_coder
from tests.helpers.pictures import picture

CASES = [
    (level, number)
    for level, effort in EFFORTS.items()
    for number in ([number for number, name in NETWORKS.items() if name == effort.network] or [0])
]


def no_tick(samples: int) -> None:
    pass


def fresh(level: int, network: int, channels: int) -> ImageCoder:
    state = _new_network(network, 3, 8) if network else None
    return new_coder(3, 3, channels, 8, 0, 1, EFFORTS[level], state)


@pytest.mark.parametrize(("level", "network"), CASES)
def test_every_level_has_a_start_that_fits(level: int, network: int) -> None:
    number = start_for(level, network, 3, 8)
    assert number == max(STARTS)
    start = read_start(number, level, network)
    assert start.layout.item() == layout_of(EFFORTS[level], network)
    coder = fresh(level, network, 3)
    apply_start(coder, start)
    again = summarize(coder, int(start.layout.item()))
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(again, start, strict=True))


@pytest.mark.parametrize("channels", [1, 4])
def test_other_images_have_the_channels_that_are_theirs(channels: int) -> None:
    start = trained()
    colour, other = fresh(5, 0, 3), fresh(5, 0, channels)
    cold = fresh(5, 0, channels)
    apply_start(colour, start)
    apply_start(other, start)
    common = min(channels, 3)
    ours = other.final_weights.reshape(channels, -1)[:common]
    assert np.array_equal(ours, colour.final_weights.reshape(3, -1)[:common])
    of_lane = other.contexts.scales.reshape(-1, channels, SCALE_ROWS * ENERGY_CLASSES)[:, :common]
    assert np.array_equal(of_lane, colour.contexts.scales.reshape(-1, 3, SCALE_ROWS * ENERGY_CLASSES)[:, :common])
    rows = other.weights[: other.first_row[1] * other.inputs.size].reshape(channels, -1)[:common]
    assert np.array_equal(rows, colour.weights[: colour.first_row[1] * colour.inputs.size].reshape(3, -1)[:common])
    if channels == 4:
        alpha = other.final_weights.reshape(4, -1)[3]
        assert np.array_equal(alpha, cold.final_weights.reshape(4, -1)[3])


def test_a_start_that_does_not_fit_is_refused() -> None:
    start = trained()
    with pytest.raises(ValueError):
        apply_start(fresh(5, 0, 3), start._replace(weights=start.weights[:-32]))
    with pytest.raises(ValueError):
        apply_start(fresh(5, 0, 3), start._replace(scales=start.scales[:-1]))


def trained() -> Start:
    """What is learned by rule."""
    coder = fresh(5, 0, 3)
    random = np.random.default_rng(3)
    coder.weights[:] = random.integers(-100, 100, coder.weights.size) << 14
    coder.final_weights[:] = random.integers(-100, 100, coder.final_weights.size) << 14
    coder.contexts.scales[:] = random.integers(1, 900, coder.contexts.scales.size)
    coder.contexts.scale_counts[::3] = 7
    return summarize(coder, layout_of(EFFORTS[5], 0))


@pytest.mark.parametrize("shape", [(1, 9, 11, 1), (2, 8, 9, 3), (1, 9, 7, 4)])
def test_images_come_back(shape: tuple[int, int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    image = picture(shape, 8, "smooth")
    payload = encode_image(image, 8, 5, 1, no_tick)
    assert payload[0] >> 4 == 15
    assert np.array_equal(decode_image(payload, shape, 8, 1, no_tick), image)


@pytest.mark.parametrize(("channels", "bits"), [(2, 8), (5, 8), (3, 7), (1, 16)])
def test_other_kinds_start_from_nothing(channels: int, bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    shape = (1, 5, 6, channels)
    payload = encode_image(picture(shape, bits, "smooth"), bits, 5, 1, no_tick)
    assert payload[0] >> 4 == COLD
    with pytest.raises(CorruptDataError, match="start"):
        decode_image(bytes([0xF5, *payload[1:]]), shape, bits, 1, no_tick)


def test_unknown_starts_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="update neucomp"):
        decode_image(bytes([0xE5, 0, 0, 0, 0, 0]), (1, 4, 4, 3), 8, 1, no_tick)


def test_a_damaged_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STARTS, 14, "0" * 64)
    monkeypatch.setattr(image_start, "START_FILE", "NOTICE.txt")
    with pytest.raises(UnsupportedError, match="damaged"):
        image_start._open_starts(14)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start 15, for images without a network."""
    start = trained()
    monkeypatch.setitem(STARTS, 15, "")

    def read(number: int, level: int, network: int) -> Any:
        return start

    monkeypatch.setattr(image_start, "_has", lambda number, level, network: number == 15)
    monkeypatch.setattr(image_start, "read_start", read)
    monkeypatch.setattr("neucomp.models.image_codec._choose_network", lambda channels, bits, level: 0)
