"""Networks over small images in training: a run of each kind makes a network that codes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neucomp
from neucomp.models import ALONE
from neucomp.train.settings import GATED_CONFIGS, TILE_CONFIGS, TileSettings
from neucomp.train.sources import Source
from neucomp.train.start import new_run, resumed_run
from tests.helpers.tile_networks import as_npy, likely_images


@pytest.mark.parametrize(
    ("kind", "model", "config"),
    [("tiles", "pixelcnn++", TILE_CONFIGS["tiny"]), ("gated", "pixelcnn", GATED_CONFIGS["tiny"])],
)
def test_runs_make_networks_that_code(kind: str, model: str, config: Any, tmp_path: Path) -> None:
    images = likely_images(12, 32, 32)
    np.save(tmp_path / "images.npy", images)
    sources = [Source("images", tmp_path / "images.npy")]
    settings = TileSettings(bytes_seen=3 * 4 * images[0].size, batch=4, validations=1)
    run = new_run(tmp_path / "mine.net", sources, config, settings, compiling=False)
    network = run.go()
    assert run.kind.name == kind and network.config == config
    assert ALONE[model].takes(network) and network.provenance["bytes seen"] == str(settings.bytes_seen)
    data = as_npy(images[:2])
    assert neucomp.decompress(neucomp.compress(data, model=model, network=network), network=network) == data
    longer = resumed_run(tmp_path / "mine.net", sources, 2 * settings.bytes_seen, kind=kind, compiling=False)
    assert longer.go().provenance["bytes seen"] == str(2 * settings.bytes_seen)
