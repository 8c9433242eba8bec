"""WAV and AIFF: the samples are those that were written, and files come back byte for byte, whatever else they hold."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.errors import CorruptDataError, LimitExceeded
from neucomp.formats import MAGIC_SIZE, Recording, aiff, find_format, wav
from tests.formats.sound_files import aiff_file, chunk, noise, pcm_bytes, wav_file

PLENTY = 1 << 20
PARSERS = {"wav": wav, "aiff": aiff}


def parse(data: bytes, kind: str = "wav") -> Recording:
    """What a format makes of a file, having checked that the file can be built again."""
    assert find_format(data[:MAGIC_SIZE]).name == kind
    recording = PARSERS[kind].parse(data, PLENTY)
    assert recording is not None
    assert recording.samples.dtype == np.int32 and recording.samples.flags.c_contiguous
    assert PARSERS[kind].build(recording.envelope, recording.samples, recording.bits) == data
    return recording


@given(
    st.sampled_from([8, 16, 24, 32]),
    st.integers(1, 8),
    st.integers(0, 20),
    st.integers(1, (1 << 32) - 1),
    st.integers(0),
    st.booleans(),
    st.lists(st.binary(max_size=9), max_size=2),
    st.lists(st.binary(max_size=9), max_size=2),
    st.binary(max_size=5),
)
@settings(deadline=None)
def test_wav(bits, channels, frames, rate, seed, extensible, before, after, tail) -> None:
    samples = noise(frames, channels, bits, seed)
    found = parse(wav_file(samples, bits, rate, extensible, before, after, tail))
    assert np.array_equal(found.samples, samples) or (frames == 0 and (after or tail))
    assert (found.bits, found.sample_rate_hz) == (bits, rate)


@given(st.sampled_from([8, 16, 24, 32]), st.integers(1, 8), st.integers(0, 20), st.integers(1, 192_000), st.integers(0))
@settings(deadline=None)
def test_the_usual_header_costs_five_bytes(bits, channels, frames, rate, seed) -> None:
    samples = noise(frames, channels, bits, seed)
    data = wav.plain_file(samples, bits, rate)
    assert len(data) == 44 + (samples.size * bits // 8 + 1) // 2 * 2
    found = parse(data)
    assert np.array_equal(found.samples, samples) and len(found.envelope) <= 5
    for other in (data + b"\0\0", data[:4] + b"????" + data[8:]):
        assert len(parse(other).envelope) > 40


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize("compression", [None, b"NONE", b"twos", b"sowt"])
@pytest.mark.parametrize("first", [b"COMM", b"SSND"])
def test_aiff(bits: int, compression: bytes | None, first: bytes) -> None:
    samples = noise(7, 3, bits, 1)
    for offset in (0, 6):
        found = parse(aiff_file(samples, bits, 44_100, compression, first, offset), "aiff")
        assert np.array_equal(found.samples, samples)
        assert (found.bits, found.sample_rate_hz) == (bits, 44_100)


def test_unsigned_aiff() -> None:
    samples = noise(9, 2, 8, 1)
    assert np.array_equal(parse(aiff_file(samples, 8, 8000, b"raw ", b"COMM", 0), "aiff").samples, samples)
    assert aiff.parse(aiff_file(noise(9, 2, 16, 1), 16, 8000, b"raw ", b"COMM", 0), PLENTY) is None


@pytest.mark.parametrize("size", [0, 12, 0xFFFFFFFF, 1 << 31])
def test_wrong_sizes_of_samples(size: int) -> None:
    """0 and sizes beyond the end stand for all the rest; smaller ones are believed."""
    samples = noise(10, 2, 16, 3)
    data = bytearray(wav_file(samples, 16, 8000))
    data[40:44] = struct.pack("<I", size)
    expected = samples[:3] if size == 12 else samples
    assert np.array_equal(parse(bytes(data)).samples, expected)
    assert np.array_equal(parse(bytes(data) + b"x").samples, expected)


@pytest.mark.parametrize("name", [b"RF64", b"BW64"])
def test_rf64(name: bytes) -> None:
    samples = noise(10, 2, 24, 3)
    body = pcm_bytes(samples, 24)
    form = struct.pack("<HHIIHH", 1, 2, 48_000, 288_000, 6, 24)
    sizes = struct.pack("<QQQI", 200, len(body), 10, 0)
    after = chunk(b"LIST", b"about")
    data = name + b"\xff" * 4 + b"WAVE" + chunk(b"ds64", sizes) + chunk(b"fmt ", form)
    data += b"data" + b"\xff" * 4 + body + after
    assert np.array_equal(parse(data).samples, samples)


def test_bits_below_those_of_the_bytes() -> None:
    """12 bits in two bytes, 20 in three: the low bits are samples like others."""
    for bits, stored in ((12, 16), (20, 24)):
        samples = noise(8, 1, stored, 2)
        data = bytearray(wav_file(samples, stored, 8000))
        data[34:36] = struct.pack("<H", bits)
        found = parse(bytes(data))
        assert np.array_equal(found.samples, samples) and found.bits == stored


def wav_with(**fields: int) -> bytes:
    form = {"tag": 1, "channels": 2, "rate": 8000, "byte_rate": 32_000, "frame": 4, "bits": 16} | fields
    return b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", struct.pack("<HHIIHH", *form.values())) + chunk(b"data", bytes(40))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(wav_with(tag=3, bits=32, frame=8), id="float"),
        pytest.param(wav_with(tag=2, bits=4, frame=512), id="ADPCM"),
        pytest.param(wav_with(tag=0xFFFE), id="extensible without an extension"),
        pytest.param(wav_with(channels=0, frame=0), id="no channel"),
        pytest.param(wav_with(channels=9, frame=18), id="nine channels"),
        pytest.param(wav_with(bits=0, frame=0), id="no bits"),
        pytest.param(wav_with(bits=64, frame=16), id="64 bits"),
        pytest.param(wav_with(frame=8), id="frames with holes"),
        pytest.param(b"RIFF\4\0\0\0AVI LIST", id="AVI"),
        pytest.param(b"RIFF\4\0\0\0WEBPVP8L", id="WebP"),
        pytest.param(b"RIFF\4\0\0\0WAVE", id="no chunk"),
        pytest.param(b"RIFF\4\0\0\0WAVE" + chunk(b"data", bytes(8)), id="no format"),
        pytest.param(b"RIFF\4\0\0\0WAVEjunk\xff\0\0\0data", id="a chunk beyond the end"),
        pytest.param(b"RIFF", id="cut off"),
    ],
)
def test_not_taken_apart(data: bytes) -> None:
    assert wav.parse(data, PLENTY) is None


@pytest.mark.parametrize("end", range(0, 70, 3))
def test_cut_off_files(end: int) -> None:
    samples = noise(3, 2, 16, 1)
    for kind, data in (("wav", wav_file(samples, 16, 8000)), ("aiff", aiff_file(samples, 16, 8000, None, b"COMM", 0))):
        recording = PARSERS[kind].parse(data[:end], PLENTY)
        if recording is not None:
            assert PARSERS[kind].build(recording.envelope, recording.samples, recording.bits) == data[:end]


def test_limit() -> None:
    data = wav_file(noise(100, 2, 16, 1), 16, 8000)
    with pytest.raises(LimitExceeded, match="200 samples; the limit is 199"):
        wav.parse(data, 199)
    assert wav.parse(data, 200) is not None


@given(st.binary(max_size=30), st.sampled_from([8, 16, 24, 32]), st.integers(0, 3), st.integers(1, 2))
def test_damaged_envelopes(envelope: bytes, bits: int, frames: int, channels: int) -> None:
    for parser in (wav, aiff):
        try:
            parser.build(envelope, np.zeros((frames, channels), np.int32), bits)
        except CorruptDataError:
            pass
