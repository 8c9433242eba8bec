"""Planes: nothing is lost on the way there and back, and channels depend on earlier ones only."""

import numpy as np
import pytest

from neucomp.models.image_planes import (
    CHANNEL_CLASSES,
    PAD,
    channel_classes,
    channel_order,
    channel_references,
    clear_planes,
    fill_planes,
    new_planes,
    read_planes,
)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 255])
def test_an_image_comes_back(channels: int) -> None:
    image = np.random.default_rng(channels).integers(0, 1 << 16, (3, 4, channels)).astype(np.uint16)
    planes = new_planes(3, 4, channels)
    assert planes.shape == (channels, 3 + 2 * PAD, 4 + 2 * PAD)
    clear_planes(planes, 16)
    fill_planes(planes, image)
    assert int((planes != 1 << 15).sum()) == int((image != 1 << 15).sum())
    decoded = np.zeros_like(image)
    read_planes(planes, decoded)
    assert (decoded == image).all()


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 255])
def test_channels_refer_to_earlier_ones(channels: int) -> None:
    assert sorted(channel_order(channels)) == list(range(channels))
    references, classes = channel_references(channels), channel_classes(channels)
    assert len(references) == len(classes) == channels
    assert all(-1 <= reference < c for c, reference in enumerate(references))
    assert all(0 <= each < CHANNEL_CLASSES for each in classes)


def test_colours_do_not_refer_to_alpha() -> None:
    assert [channel_order(4)[c] for c in channel_references(4) if c >= 0] == [1, 0]
    assert channel_order(2) == (1, 0) and channel_references(2) == (-1, -1)
