"""Files of WaveNets: what is saved is loaded, what is damaged is refused; the bundled network is what it should be."""

import hashlib
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.errors import CorruptDataError, NeucompError, UnsupportedError
from neucomp.models.audio_efforts import EFFORTS, NETWORKS, NO_NETWORK
from neucomp.nets import wave_weights
from neucomp.nets.wave_weights import (
    bundled_wave_network,
    load_wave_network,
    make_wave_network,
    proof_wave_network,
    save_wave_network,
    unpack,
)
from neucomp.nets.wavenet import WaveConfig
from neucomp.nets.weights_file import Contents, read_bundled, serialize

NETWORK = proof_wave_network()
DATA = serialize(Contents("wavenet", NETWORK.config.to_json(), NETWORK.tensors, NETWORK.provenance))


def test_round_trip(tmp_path: Path) -> None:
    save_wave_network(tmp_path / "net", NETWORK)
    loaded = load_wave_network(tmp_path / "net")
    assert (loaded.config, loaded.provenance, loaded.identity) == (NETWORK.config, NETWORK.provenance, NETWORK.identity)
    assert all(np.array_equal(tensor, NETWORK.tensors[name]) for name, tensor in loaded.tensors.items())
    assert [path.name for path in tmp_path.iterdir()] == ["net"]


@pytest.mark.parametrize("name", wave_weights.BUNDLED)
def test_bundled_networks(name: str) -> None:
    network = bundled_wave_network(name)
    data = zlib.decompress(read_bundled(name))
    assert wave_weights.BUNDLED[name] == hashlib.sha256(data).hexdigest()
    assert network.identity == hashlib.sha256(data).digest()[:16]
    assert {"made", "data", "steps"} <= network.provenance.keys()


def test_what_levels_name_is_there() -> None:
    assert set(NETWORKS.values()) == set(wave_weights.BUNDLED)
    assert {effort.network for effort in EFFORTS.values()} == {NO_NETWORK, *NETWORKS}
    with pytest.raises(UnsupportedError, match="no network 'nothing'"):
        bundled_wave_network("nothing")


def test_a_network_that_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    wave_weights.ARCHITECTURE.load_bundled.cache_clear()
    monkeypatch.setitem(wave_weights.BUNDLED, "audio", "0" * 64)
    with pytest.raises(UnsupportedError, match="audio of this installation is damaged"):
        bundled_wave_network("audio")
    wave_weights.ARCHITECTURE.load_bundled.cache_clear()


@pytest.mark.parametrize("name", ["input", "layer2.gate", "layer0.out_bias", "output_scale"])
def test_wrong_tensors(name: str) -> None:
    tensor = NETWORK.tensors[name]
    wrong = {"dtype": tensor.astype(np.float32), "shape": tensor[:-1]}
    for change in wrong.values():
        with pytest.raises(CorruptDataError, match=f"the weights {name} are"):
            make_wave_network(NETWORK.config, NETWORK.tensors | {name: change}, {})
    with pytest.raises(CorruptDataError, match=f"missing, or there without reason: {name}"):
        make_wave_network(NETWORK.config, {key: NETWORK.tensors[key] for key in NETWORK.tensors if key != name}, {})


def test_weights_out_of_range() -> None:
    for name, value in (("input_bias", (1 << 30) + 1), ("hidden_scale", -1)):
        tensor = NETWORK.tensors[name].copy()
        tensor[3] = value
        with pytest.raises(CorruptDataError, match=f"the weights {name} are in"):
            make_wave_network(NETWORK.config, NETWORK.tensors | {name: tensor}, {})


def test_sums_that_could_be_inexact() -> None:
    config = WaveConfig(128, (1,))
    tensors = {
        name: np.full(spec.shape, 127 if spec.largest_input else 0, spec.dtype)
        for name, spec in wave_weights.tensor_specs(config).items()
    }
    with pytest.raises(CorruptDataError, match="can sum to"):
        make_wave_network(config, tensors, {})


@pytest.mark.parametrize("config", ['{"width": 1e9}', "[", '{"width": 16, "dilations": [99999]}', "[" * 100_000])
def test_configs_of_hostile_files(config: str) -> None:
    data = serialize(Contents("wavenet", config, NETWORK.tensors, {}))
    with pytest.raises(NeucompError):
        unpack(zlib.compress(data))


@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
@settings(deadline=None, max_examples=100)
def test_damaged_files_are_refused_or_are_other_networks(place: int, change: int) -> None:
    damaged = bytearray(DATA)
    damaged[place] ^= change
    try:
        network = unpack(zlib.compress(bytes(damaged)))
    except NeucompError:
        return
    assert network.identity != NETWORK.identity


def test_other_architectures() -> None:
    data = serialize(Contents("pixelcnn", json.dumps({}), NETWORK.tensors, {}))
    with pytest.raises(UnsupportedError, match="'pixelcnn', where a 'wavenet' is needed"):
        unpack(zlib.compress(data))
