"""Types are found in data that are made like them, and nothing is too small or too strange to be given one."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.models.byte_types import DataType, Finding, find_type, sample

WORDS = "the of and a to in he have it that for they with as not on she at by this we you do but from or which".split()


def find(data: bytes) -> Finding:
    finding = find_type(sample(np.frombuffer(data, np.uint8)))
    assert 1 <= finding.left <= 255 and 0 <= finding.up <= 65535  # what a payload has room for
    return finding


def prose(size: int) -> bytes:
    random = np.random.default_rng(1)
    return (" ".join(random.choice(WORDS, size // 4)) + ".\n").encode()[:size]


def machine_code(size: int) -> bytes:
    random = np.random.default_rng(2)
    code = bytearray()
    while len(code) < size:
        code += random.choice([0x8B, 0x48, 0x89, 0x0F, 0x83, 0x55], 20).astype(np.uint8).tobytes()
        code += b"\xe8" + int(random.integers(-5000, 5000)).to_bytes(4, "little", signed=True)
    return bytes(code[:size])


def picture(height: int, width: int, seed: int) -> np.ndarray:
    """Soft blobs and a little noise, as in a photograph; 8 bits."""
    random = np.random.default_rng(seed)
    soft = random.normal(0, 1, (height, width))
    kernel = np.hanning(15)
    for axis in (0, 1):
        soft = np.apply_along_axis(np.convolve, axis, soft, kernel, "same")
    soft = 128 + 40 * soft / soft.std() + random.normal(0, 2, soft.shape)
    return soft.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", [300, 5000, 300_000])
def test_text(size: int) -> None:
    assert find(prose(size)).data_type == DataType.TEXT


def test_text_in_other_scripts() -> None:
    text = "Не всякому слуху верь. 春はあけぼの。やうやう白くなりゆく山ぎは、" * 500
    assert find(text.encode()).data_type == DataType.TEXT


def test_markup() -> None:
    rows = [{"id": i, "price": i * 7 % 100, "tags": ["a", "b"], "ok": i % 3 == 0} for i in range(3000)]
    assert find(json.dumps(rows).encode()).data_type == DataType.MARKUP
    source = "".join(f"    if (x[{i}] != {i * 3}) {{ y += f({i}); }}\n" for i in range(3000))
    assert find(source.encode()).data_type == DataType.MARKUP


@pytest.mark.parametrize("head", [b"\x7fELF\2\1\1", b"MZ\x90\0", b"\0asm\1\0\0\0"])
def test_executables_by_their_headers(head: bytes) -> None:
    assert find(head + bytes(range(256)) * 20).data_type == DataType.CODE


def test_machine_code_by_its_calls() -> None:
    assert find(machine_code(200_000)).data_type == DataType.CODE


def test_records() -> None:
    random = np.random.default_rng(4)
    record = np.dtype([("id", "<u4"), ("kind", "u1"), ("value", "<u8"), ("flags", "<u2")])
    table = np.zeros(8000, record)
    table["id"] = random.integers(0, 2**32, 8000)
    table["kind"] = random.integers(0, 5, 8000)
    table["value"] = random.integers(0, 2**40, 8000)
    assert find(table.tobytes()).data_type == DataType.RECORDS


def test_noise_is_not_samples() -> None:
    noise = np.random.default_rng(5).integers(0, 256, 100_000).astype(np.uint8).tobytes()
    assert find(noise).data_type == DataType.RECORDS


def test_grey_pictures() -> None:
    assert find(picture(150, 311, 7).tobytes()) == Finding(DataType.SAMPLES, 1, 311)


def test_colour_pictures() -> None:
    planes = [picture(120, 200, seed) // 3 + shift for seed, shift in ((8, 0), (9, 90), (10, 160))]
    assert find(np.stack(planes, -1).tobytes()) == Finding(DataType.SAMPLES, 3, 600)


def test_sound() -> None:
    random = np.random.default_rng(6)
    waves = np.cumsum(random.normal(0, 300, (30_000, 2)), 0)
    sound = (waves - waves.mean(0)).clip(-32768, 32767).astype("<i2")
    finding = find(sound.tobytes())
    assert (finding.data_type, finding.left) == (DataType.SAMPLES, 4)


@pytest.mark.parametrize("size", range(70))
def test_tiny_blocks(size: int) -> None:
    for data in (bytes(size), bytes(range(size)), b"a" * size, b"\xff\x00" * (size // 2), b"MZ" + bytes(size)):
        assert find(data).data_type in set(DataType)


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_any_block(data: bytes) -> None:
    assert find(data).data_type in set(DataType)


def test_large_flat_blocks() -> None:
    for data in (bytes(300_000), b"\xc3" * 300_000, bytes(range(256)) * 1500):
        assert find(data).data_type in set(DataType)


def test_the_block_is_not_changed() -> None:
    block = np.frombuffer(machine_code(1000), np.uint8)
    assert not block.flags.writeable
    find_type(sample(block))


@pytest.mark.parametrize("size", [0, 1, 131_072, 131_073, 1_000_000])
def test_samples_lie_in_the_block(size: int) -> None:
    block = np.arange(size) % 251
    pieces = sample(block.astype(np.uint8))
    assert sum(piece.size for piece in pieces) == min(size, 131_072)
    assert pieces[0][:1].tolist() == block[:1].tolist() and pieces[-1][-1:].tolist() == block[-1:].tolist()
