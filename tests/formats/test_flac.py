"""FLAC files become WAV files with the same samples and tags, or are refused in words."""

import hashlib
import io
import struct
import sys
from pathlib import Path

import click.testing
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neucomp
from neucomp.cli import cli
from neucomp.errors import LimitExceeded, UnsupportedError
from neucomp.formats import flac, wav
from tests.formats.sound_files import noise
from tests.helpers.sounds import voices

soundfile = pytest.importorskip("soundfile")
LIMIT = 1 << 20
SUBTYPES = {8: "PCM_S8", 16: "PCM_16", 24: "PCM_24"}


def flac_file(samples: np.ndarray, bits: int = 16, rate: int = 44_100, **tags: str) -> bytes:
    target = io.BytesIO()
    channels = samples.shape[1]
    with soundfile.SoundFile(target, "w", rate, channels, SUBTYPES[bits], format="FLAC") as file:
        for name, text in tags.items():
            setattr(file, name, text)
        file.write((samples << (32 - bits)).astype(np.int32))
    return target.getvalue()


def chunks_of(data: bytes) -> dict[bytes, bytes]:
    found = {}
    position = 12
    while position < len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        found[name] = data[position + 8 : position + 8 + size]
        position += 8 + size + size % 2
    assert position == len(data) == 8 + struct.unpack_from("<I", data, 4)[0]
    return found


@given(
    st.integers(1, 8),
    st.sampled_from([8, 16, 24]),
    st.integers(1, 300),
    st.sampled_from([1, 8000, 11_025, 44_100, 65_535, 96_000, 192_000]),
    st.integers(0, 99),
)
@settings(deadline=None, max_examples=40)
def test_samples_are_kept(channels: int, bits: int, frames: int, rate: int, seed: int) -> None:
    samples = noise(frames, channels, bits, seed)
    file = flac.canonical(flac_file(samples, bits, rate), LIMIT)
    assert file is not None
    recording = wav.parse(file, LIMIT)
    assert recording is not None
    assert (recording.bits, recording.sample_rate_hz) == (bits, rate)
    assert np.array_equal(recording.samples, samples)
    read, _ = soundfile.read(io.BytesIO(file), dtype="int32", always_2d=True)
    assert np.array_equal(read >> (32 - bits), samples)


def test_tags_are_kept() -> None:
    original = flac_file(voices(500, 2), title="Größe", artist="A", comment="odd", software="s")
    file = flac.canonical(original, LIMIT)
    assert file is not None
    chunks = chunks_of(file)
    assert list(chunks) == [b"fmt ", b"data", b"LIST", b"flac"]
    info = chunks[b"LIST"]
    assert info[:4] == b"INFO"
    assert b"INAM\x08\0\0\0Gr\xc3\xb6\xc3\x9fe\0" in info and b"IART\x02\0\0\0A\0" in info
    kind, size = chunks[b"flac"][0], int.from_bytes(chunks[b"flac"][1:4], "big")
    assert kind == 4 and chunks[b"flac"][4 : 4 + size] in original


def test_blocks_of_all_kinds() -> None:
    """Pictures and cue sheets stay, seek tables and padding go, and comments that lie about their sizes do no harm."""
    original = flac_file(voices(200, 1))
    (first,) = struct.unpack_from(">I", original, 4)
    end = 8 + (first & 0xFFFFFF)
    comments = [b"", b"\xff\xff\xff\xff", struct.pack("<III", 0, 9, 1 << 31), struct.pack("<III", 0, 1, 7) + b"title=x"]
    blocks = [(3, bytes(18)), (1, bytes(40)), (6, b"picture"), (5, b"cue"), *((4, each) for each in comments)]
    packed = b"".join(struct.pack(">I", kind << 24 | len(body)) + body for kind, body in blocks)
    frames = original.index(b"\xff\xf8", end)
    data = (
        original[:4]
        + struct.pack(">I", first & 0xFFFFFF)
        + original[8:end]
        + packed
        + b"\x81\0\0\0"
        + original[frames:]
    )
    file = flac.canonical(data, LIMIT)
    assert file is not None
    chunks = chunks_of(file)
    kept = b"".join(struct.pack(">I", kind << 24 | len(body)) + body for kind, body in blocks[2:])
    assert chunks[b"flac"] == kept
    assert chunks[b"LIST"] == b"INFOINAM\x02\0\0\0x\0"


def test_what_is_no_flac() -> None:
    original = flac_file(voices(200, 1))
    for data in (b"", b"fLaC", b"fLaC" + bytes(50), original[:7], original[1:], b"ID3" + original):
        assert flac.canonical(data, LIMIT) is None


def test_damage() -> None:
    original = flac_file(voices(5000, 1))
    place = original.index(hashlib.md5(voices(5000, 1).astype("<i2").tobytes()).digest())
    for data in (
        *(original[:8], original[:20], original[:60]),
        original[:-400],
        original[: len(original) // 2] + bytes(200) + original[len(original) // 2 + 200 :],
        original[:place] + b"another md5 here" + original[place + 16 :],
    ):
        with pytest.raises(UnsupportedError, match="FLAC file is damaged; without --samples"):
            flac.canonical(data, LIMIT)
        assert neucomp.decompress(neucomp.compress(data)) == data


@given(st.integers(0), st.integers(0, 255))
@settings(deadline=None, max_examples=60)
def test_any_byte(place: int, byte: int) -> None:
    data = bytearray(flac_file(voices(300, 2)))
    data[place % len(data)] = byte
    try:
        file = flac.canonical(bytes(data), LIMIT)
    except (UnsupportedError, LimitExceeded):
        return
    assert file is None or wav.parse(file, LIMIT) is not None


def test_limits() -> None:
    original = flac_file(voices(500, 2))
    with pytest.raises(LimitExceeded, match="1000 samples; the limit is 999"):
        flac.canonical(original, 999)
    with pytest.raises(LimitExceeded):
        neucomp.compress(original, samples=True, max_samples=999)


def test_soundfile_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    original = flac_file(voices(500, 2))
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(UnsupportedError, match=r"pip install 'neucomp\[audio\]'"):
        neucomp.compress(original, samples=True)
    assert neucomp.decompress(neucomp.compress(original)) == original


def test_through_the_codec() -> None:
    samples = voices(4000, 2)
    original = flac_file(samples, title="a song")
    blob = neucomp.compress(original)
    assert neucomp.info(blob).model == "bytes" and neucomp.decompress(blob) == original
    smaller = neucomp.compress(original, samples=True)
    about = neucomp.info(smaller)
    assert (about.format, about.model, about.equal_samples) == ("wav", "audio", True)
    assert len(smaller) < len(blob)
    file = neucomp.decompress(smaller)
    assert file == flac.canonical(original, LIMIT)
    found, rate = neucomp.decompress_audio(smaller)
    assert rate == 44_100 and np.array_equal(found, samples)
    assert neucomp.compress(file, samples=True) == neucomp.compress(file)
    assert neucomp.decompress(neucomp.compress(b"fLaC, says the text", samples=True)) == b"fLaC, says the text"


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    original = flac_file(voices(3000, 2), title="a song")
    Path("song.flac").write_bytes(original)
    Path("other.flac").write_bytes(b"no flac")

    def run(*arguments: str, code: int = 0) -> str:
        result = click.testing.CliRunner().invoke(cli, arguments, prog_name="neucomp")
        assert result.exit_code == code, result.output
        return result.output

    assert "--samples" in run("compress", "-v", "-1", "song.flac")
    run("compress", "-v", "--samples", "--check", "song.flac", "other.flac")
    assert "a WAV with the same samples" in run("info", "song.wav.neu")
    assert Path("other.flac.neu").exists()
    run("decompress", "song.wav.neu")
    assert Path("song.wav").read_bytes() == flac.canonical(original, LIMIT)
    Path("song.flac").write_bytes(original[:-300])
    assert "damaged" in run("compress", "-f", "--samples", "song.flac", code=4)
