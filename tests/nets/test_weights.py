"""Weights files: what is saved is loaded, and nothing else is."""

import dataclasses
import hashlib
import json
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.errors import CorruptDataError, NeucompError, UnsupportedError
from neucomp.exact.numpy_ops import NumpyOps
from neucomp.nets import weights, weights_file
from neucomp.nets.transformer import forward, new_state
from neucomp.nets.weights import bundled, load_network, make_network, save_network, unpack
from tests.helpers.networks import TINY, TWO_HEADS, random_network

NETWORK = random_network(TWO_HEADS, 1)
Tensors = dict[str, np.ndarray]


def packed(network: weights.Network = NETWORK) -> bytes:
    return zlib.compress(weights.ARCHITECTURE.serialize(network.config, network.tensors, network.provenance), 9)


def forged(tensors: Tensors | None = None, **metadata: str | None) -> bytes:
    """A file that the safetensors library wrote, with other tensors or metadata."""
    texts = {"architecture": "transformer", "config": TWO_HEADS.to_json(), "provenance": "{}"} | metadata
    texts = {name: text for name, text in texts.items() if text is not None}
    return zlib.compress(safetensors.numpy.save(NETWORK.tensors if tensors is None else tensors, texts))


@pytest.mark.parametrize("network", [NETWORK, random_network(TINY, 2)], ids=["two heads", "tiny"])
def test_round_trip(network: weights.Network, tmp_path: Path) -> None:
    save_network(tmp_path / "net", network)
    loaded = load_network(tmp_path / "net")
    assert (loaded.config, loaded.provenance, loaded.identity) == (network.config, network.provenance, network.identity)
    assert loaded.tensors.keys() == network.tensors.keys()
    for name, tensor in loaded.tensors.items():
        assert tensor.dtype == network.tensors[name].dtype and np.array_equal(tensor, network.tensors[name])
    save_network(tmp_path / "again", loaded)
    assert (tmp_path / "again").read_bytes() == (tmp_path / "net").read_bytes()
    assert zlib.decompress((tmp_path / "net").read_bytes()) == zlib.decompress(packed(network))


def test_the_identity_is_that_of_the_safetensors_file(tmp_path: Path) -> None:
    """And the library can read that file."""
    data = zlib.decompress(packed())
    assert NETWORK.identity == hashlib.sha256(data).digest()[:16]
    (tmp_path / "net.safetensors").write_bytes(data)
    with safetensors.safe_open(tmp_path / "net.safetensors", "np") as file:
        assert json.loads(file.metadata()["provenance"]) == NETWORK.provenance
        assert np.array_equal(file.get_tensor("layer0.qkv"), NETWORK.tensors["layer0.qkv"])


def test_files_of_the_library_are_read() -> None:
    network = unpack(forged())
    assert all(np.array_equal(tensor, NETWORK.tensors[name]) for name, tensor in network.tensors.items())
    symbols = np.arange(20, dtype=np.uint8)[None]
    logits = [forward(new_state(NumpyOps(), each, 1, 1), symbols) for each in (network, NETWORK)]
    assert np.array_equal(*logits)


def changed(name: str, change: Callable[[np.ndarray], Any]) -> Tensors:
    return NETWORK.tensors | {name: np.ascontiguousarray(change(NETWORK.tensors[name]))}


WRONG_TENSORS = {
    "missing": {name: tensor for name, tensor in NETWORK.tensors.items() if name != "layer0.out"},
    "one too many": NETWORK.tensors | {"layer1.out": NETWORK.tensors["layer0.out"]},
    "none": {},
    "turned": changed("layer0.up", lambda x: x.T),
    "a row too few": changed("tables", lambda x: x[:-1]),
    "wider": changed("embedding", lambda x: x.astype(np.int32)),
    "float": changed("layer0.up_scale", lambda x: x.astype(np.float32)),
    "unsigned": changed("layer0.up_scale", lambda x: x.astype(np.uint32)),
    "negative scale": changed("layer0.up_scale", lambda x: x - (1 << 30) * (np.arange(x.size) == 1)),
    "zero step": changed("table_steps", lambda x: x * 0),
    "large step": changed("table_steps", lambda x: x * 0 + 32768),
    "negative slope": changed("layer0.slopes", lambda x: x * 0 - 1),
    "large slope": changed("layer0.slopes", lambda x: x * 0 + 65536),
}


@pytest.mark.parametrize("name", WRONG_TENSORS)
def test_wrong_tensors(name: str) -> None:
    with pytest.raises(CorruptDataError, match="weights"):
        unpack(forged(WRONG_TENSORS[name]))


def test_sums_that_are_not_exact() -> None:
    """A network wide enough for its rows to sum to more than 2**24."""
    config = dataclasses.replace(TWO_HEADS, width=160)
    network = random_network(config, 1)
    for name in ("layer0.qkv", "exit1.logits"):
        tensors = network.tensors | {name: np.full_like(network.tensors[name], 127)}
        with pytest.raises(CorruptDataError, match=f"a row of the weights {name} can sum to 20,787,360"):
            make_network(config, tensors, {})


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"architecture": "wavenet"}, UnsupportedError),
        ({"architecture": None}, CorruptDataError),
        ({"config": None}, CorruptDataError),
        ({"config": "{}"}, UnsupportedError),
        ({"config": "[" * 100_000}, UnsupportedError),
        ({"config": TWO_HEADS.to_json().replace("40", "4000000000")}, UnsupportedError),
        ({"config": TINY.to_json()}, CorruptDataError),
        ({"provenance": None}, CorruptDataError),
        ({"provenance": "data"}, CorruptDataError),
        ({"provenance": "[" * 100_000}, CorruptDataError),
        ({"provenance": '{"data": 1}'}, CorruptDataError),
        ({"provenance": '{"data": "\\u001b[2J"}'}, CorruptDataError),
        ({"provenance": '{"\\ud800": "x"}'}, CorruptDataError),
    ],
)
def test_wrong_metadata(metadata: dict[str, str | None], error: type[NeucompError]) -> None:
    with pytest.raises(error):
        unpack(forged(**metadata))


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\0" * 7, b"\xff" * 8, b"\0" * 8, (2).to_bytes(8, "little") + b"{}", (1 << 62).to_bytes(8, "little")),
        (14).to_bytes(8, "little") + b'{"__metadata__',
        *((size).to_bytes(8, "little") + b"{" * size for size in (100, 500_000, 2_000_000)),
        (40).to_bytes(8, "little") + b'{"a":{"dtype":"I8","shape":[9999999999],',
        (71).to_bytes(8, "little") + b'{"a":{"dtype":"I8","shape":[4294967296],"data_offsets":[0,4294967296]}}',
    ],
    ids=lambda data: repr(data[:20]),
)
def test_other_contents(data: bytes) -> None:
    with pytest.raises(CorruptDataError):
        unpack(zlib.compress(data))


def test_other_packing() -> None:
    whole = packed()
    for wrong in (b"", b"not zlib", whole[:-1], whole + b"\0", zlib.decompress(whole), whole[:100]):
        with pytest.raises(CorruptDataError, match="weights file"):
            unpack(wrong)


def test_no_more_is_unpacked_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_file, "LARGEST_FILE", 1 << 20)
    bomb = zlib.compress(bytes(200 << 20))
    tracemalloc.start()
    with pytest.raises(CorruptDataError, match="more than 1,048,576 bytes"):
        unpack(bomb)
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damage_is_an_error_or_another_network(data: st.DataObject) -> None:
    """Weights have no checksum of their own, but their identity tells."""
    plain = bytearray(zlib.decompress(packed()))
    header = 8 + int.from_bytes(plain[:8], "little")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.one_of(st.integers(0, header - 1), st.integers(0, len(plain) - 1)))
        plain[place] = data.draw(st.integers(0, 255))
    try:
        network = unpack(zlib.compress(plain, 1))
    except NeucompError:
        return
    assert (network.identity == NETWORK.identity) == (bytes(plain) == zlib.decompress(packed()))


def test_bundled_networks() -> None:
    for name in weights.BUNDLED:
        assert bundled(name).identity.hex() == weights.BUNDLED[name][:32]
        assert bundled(name) is bundled(name)
    with pytest.raises(UnsupportedError, match="no network 'nothing'"):
        bundled("nothing")


def test_a_bundled_network_that_is_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ours.safetensors.zlib").write_bytes(packed())
    monkeypatch.setattr(weights_file, "files", lambda package: tmp_path)
    monkeypatch.setitem(weights.BUNDLED, "ours", hashlib.sha256(zlib.decompress(packed())).hexdigest())
    weights.ARCHITECTURE.load_bundled.cache_clear()
    assert bundled("ours").identity == NETWORK.identity
    weights.ARCHITECTURE.load_bundled.cache_clear()
    monkeypatch.setitem(weights.BUNDLED, "ours", "0" * 64)
    with pytest.raises(UnsupportedError, match="ours of this installation is damaged"):
        bundled("ours")
    weights.ARCHITECTURE.load_bundled.cache_clear()


def test_networks_are_loaded_and_run_without_torch(tmp_path: Path) -> None:
    save_network(tmp_path / "net", NETWORK)
    program = f"""
import sys
import numpy as np
from neucomp.exact.numpy_ops import NumpyOps
from neucomp.nets.transformer import forward, frequencies, new_state
from neucomp.nets.weights import load_network
state = new_state(NumpyOps(), load_network({str(tmp_path / "net")!r}), 1, 1)
print(frequencies(NumpyOps(), forward(state, np.zeros((1, 5), np.uint8))).sum() == 5 << 24, "torch" in sys.modules)
"""
    output = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert output == "True False\n"
