"""Files of pixel networks: what is saved is loaded, and the networks of the package are what they should be."""

import hashlib
import zlib
from pathlib import Path

import numpy as np
import pytest

from neucomp.errors import CorruptDataError, UnsupportedError
from neucomp.models.image_efforts import EFFORTS, NETWORKS
from neucomp.nets import pixel_weights
from neucomp.nets.pixel_weights import (
    bundled_pixel_network,
    load_pixel_network,
    make_pixel_network,
    proof_pixel_network,
    save_pixel_network,
)
from neucomp.nets.weights import load_network
from neucomp.nets.weights_file import read_bundled

NETWORK = proof_pixel_network()


def test_round_trip(tmp_path: Path) -> None:
    save_pixel_network(tmp_path / "net", NETWORK)
    loaded = load_pixel_network(tmp_path / "net")
    assert (loaded.config, loaded.provenance, loaded.identity) == (NETWORK.config, NETWORK.provenance, NETWORK.identity)
    assert all(np.array_equal(tensor, NETWORK.tensors[name]) for name, tensor in loaded.tensors.items())
    assert [path.name for path in tmp_path.iterdir()] == ["net"]
    with pytest.raises(UnsupportedError, match="'pixelcnn', where a 'transformer' is needed"):
        load_network(tmp_path / "net")


@pytest.mark.parametrize("name", pixel_weights.BUNDLED)
def test_bundled_networks(name: str) -> None:
    network = bundled_pixel_network(name)
    data = zlib.decompress(read_bundled(name))
    assert pixel_weights.BUNDLED[name] == hashlib.sha256(data).hexdigest()
    assert network.identity == hashlib.sha256(data).digest()[:16]
    assert {"made", "data", "steps", "validation photos"} <= network.provenance.keys()


def test_what_levels_name_is_there() -> None:
    assert set(NETWORKS.values()) == set(pixel_weights.BUNDLED)
    assert {effort.network for effort in EFFORTS.values()} - {None} <= set(NETWORKS.values())
    with pytest.raises(UnsupportedError, match="no network 'nothing'"):
        bundled_pixel_network("nothing")


def test_a_network_that_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    pixel_weights.ARCHITECTURE.load_bundled.cache_clear()
    monkeypatch.setitem(pixel_weights.BUNDLED, "photo", "0" * 64)
    with pytest.raises(UnsupportedError, match="photo of this installation is damaged"):
        bundled_pixel_network("photo")
    pixel_weights.ARCHITECTURE.load_bundled.cache_clear()


@pytest.mark.parametrize("name", ["input", "join2_seen", "head1_bias"])
def test_wrong_tensors(name: str) -> None:
    tensors = NETWORK.tensors | {name: NETWORK.tensors[name].astype(np.float32)}
    with pytest.raises(CorruptDataError, match=f"the weights {name} are float32"):
        make_pixel_network(NETWORK.config, tensors, {})
    with pytest.raises(CorruptDataError, match=f"missing, or there without reason: {name}"):
        make_pixel_network(NETWORK.config, {key: NETWORK.tensors[key] for key in NETWORK.tensors if key != name}, {})
