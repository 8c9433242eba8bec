"""The audio model: every recording comes back, on every level; damage is noticed; noise does not grow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neucomp
from neucomp.errors import CorruptDataError, LimitExceeded, NeucompError
from neucomp.formats import wav
from neucomp.models import audio_codec, audio_coding
from neucomp.models.audio import AudioModel
from neucomp.models.audio_codec import decode_audio, encode_audio
from neucomp.models.audio_efforts import EFFORTS
from tests.helpers.sounds import chirp, clicks, hum, scaled, voices
from tests.helpers.sounds import noise as white

LEVELS = (1, 5, 9)


def ignore(samples: int) -> None:
    pass


def check(samples: np.ndarray, bits: int = 16, level: int = 5) -> int:
    """Round trip; returns the payload's size, or that of the samples where nothing is gained."""
    samples = samples.astype(np.int32)
    before = samples.copy()
    ticks: list[int] = []
    payload = encode_audio(samples, bits, level, 1, ticks.append)
    assert np.array_equal(samples, before)
    if payload is None:
        return samples.size * bits // 8
    assert sum(ticks) == samples.size
    assert np.array_equal(decode_audio(payload, samples.shape, 1, ignore), samples)
    return len(payload)


@pytest.mark.parametrize("level", EFFORTS)
def test_all_levels(level: int) -> None:
    size = check(voices(3000, 2), level=level)
    assert size < 0.7 * 2 * 2 * 3000


@given(
    st.integers(1, 8),
    st.sampled_from([8, 16, 24, 32]),
    st.integers(1, 60),
    st.sampled_from(LEVELS),
    st.integers(0, 31),
    st.integers(0),
)
@settings(deadline=None, max_examples=80)
def test_anything(channels: int, bits: int, frames: int, level: int, shift: int, seed: int) -> None:
    samples = np.random.default_rng(seed).integers(-(1 << bits - 1), 1 << bits - 1, (frames, channels))
    check(samples >> min(shift, bits - 1), bits, level)
    check(samples >> min(shift, bits - 1) << min(shift, bits - 1), bits, level)


LIMITS = np.array([-(1 << 31), (1 << 31) - 1])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("samples", "most"),
    [
        pytest.param(np.zeros((5000, 2)), 40, id="silence"),
        pytest.param(np.full((5000, 1), -77), 40, id="one value"),
        pytest.param(np.where(np.arange(6000) // 50 % 2, 32767, -32768)[:, None], 150, id="square wave"),
        pytest.param(LIMITS[np.arange(4000) // 32 % 2][:, None], 200, id="square wave of 32 bits"),
        pytest.param(clicks(9000), 250, id="clicks"),
        pytest.param(hum(6000)[:, None] << 8, 6500, id="24 bits from 16"),
        pytest.param(scaled(20_000, 255.6)[:, None], 21_500, id="24 bits from 16, scaled"),
        pytest.param(np.stack([hum(6000)] * 2, axis=1), 6300, id="equal channels"),
        pytest.param(np.stack([hum(6000), -hum(6000)], axis=1), 6300, id="opposite channels"),
        pytest.param(chirp(6000)[:, None], 6000, id="chirp"),
    ],
)
def test_special_recordings(samples: np.ndarray, most: int, level: int) -> None:
    assert check(samples, 32, level) < most


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_noise_hardly_grows(bits: int) -> None:
    """The payload of white noise is refused as soon as it is longer than the samples; until then it is near them."""
    samples = white(3000, 2, bits)
    assert check(samples, bits) <= 1.03 * samples.size * bits / 8 + 50
    data = wav.plain_file(samples, bits, 44_100)
    assert len(neucomp.compress(data)) <= len(data) + 64


def test_one_sample_and_none() -> None:
    one, none = np.array([[5]], np.int32), np.zeros((0, 2), np.int32)
    for data in (wav.plain_file(one, 16, 8000), wav.plain_file(none, 16, 1)):
        assert neucomp.decompress(neucomp.compress(data)) == data
    for value in (0, 1, -(1 << 31), (1 << 31) - 1):
        check(np.array([[value]]), 32)


def test_channels_in_any_order_help_each_other() -> None:
    both = voices(6000, 2)
    alone = sum(check(both[:, [channel]]) for channel in range(2))
    assert check(both) < 0.9 * alone
    four = np.concatenate([both, both[:, ::-1] + white(6000, 2, 4)], axis=1)
    assert check(four) < 0.8 * 2 * alone


def test_stretches_and_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_codec, "STRETCH", 900)
    samples = voices(4000, 2).astype(np.int32)
    payload = encode_audio(samples, 16, 1, 1, ignore)
    assert payload is not None
    for threads in (2, 5):
        assert encode_audio(samples, 16, 1, threads, ignore) == payload
        assert np.array_equal(decode_audio(payload, samples.shape, threads, ignore), samples)
    alone = [encode_audio(samples[800 * i : 800 * i + 800], 16, 1, 1, ignore) for i in range(5)]
    assert payload == payload[:2] + b"".join(each[2:] for each in alone if each)


@pytest.mark.parametrize("step", [3, -5, 7 << 4, 1000])
@pytest.mark.parametrize("frames", [1, 2, 40, 900, 4000])
@pytest.mark.parametrize("largest", [1, 300, 30_000])
def test_multiples_of_a_number_come_back(step: int, frames: int, largest: int) -> None:
    """Few samples and many, more multiples than samples and fewer."""
    samples = np.random.default_rng(frames).integers(-largest, largest + 1, (frames, 2)).astype(np.int32) * step
    coded = encode_audio(samples, 32, 1, 1, ignore)
    assert coded is None or np.array_equal(decode_audio(coded, samples.shape, 1, ignore), samples)


def test_a_sample_changes_nothing_before_it() -> None:
    """Causality: two recordings that differ from sample 1500 on have payloads that begin alike."""
    samples = voices(2000, 1).astype(np.int32)
    samples[0], samples[1] = -20_000, 20_000  # the range stays
    other = samples.copy()
    other[1500:] = 777
    first, second = (encode_audio(each, 16, 5, 1, ignore) for each in (samples, other))
    assert first is not None and second is not None
    alike = next(i for i in range(len(second)) if first[4 + i] != second[4 + i])
    start = encode_audio(samples[:1500], 16, 5, 1, ignore)
    assert start is not None and alike > len(start) - 20


def test_no_number_is_too_small_for_full_precision() -> None:
    """After a long near-silence, nothing in the state is a denormal, which processors may treat as they like."""
    frames = 12_000
    planes = np.zeros((2, frames), np.int32)
    planes[0, :40] = hum(40)
    planes[1, ::4000] = 3
    planes[1, ::2047] = 1  # no block is silent
    kinds = np.zeros((2, -(-frames // 2048)), np.int64)
    payload = np.zeros(100_000, np.uint8)
    state = audio_coding.new_coder(planes, kinds, [1, 0], [-(1 << 15)] * 2, [1 << 15] * 2, EFFORTS[9])
    audio_coding.start_payload(False, state.coder.registers, payload)
    assert audio_coding.code_frames(False, state, payload, 0, frames) == frames
    checked = 0
    parts = (state.squares, state.final, state.filters, state.pitch, state.means, state.coder, state.coder.densities)
    for part in parts:
        for array in part:
            if isinstance(array, np.ndarray) and array.dtype.kind == "f":
                known = np.abs(array[array != 0])
                assert np.isfinite(known).all()
                assert known.size == 0 or known.min() >= np.finfo(array.dtype).tiny * 2.0**20
                checked += known.size
    assert checked > 10_000


def payload_of(frames: int) -> tuple[bytes, int]:
    data = wav.plain_file(voices(frames, 2).astype(np.int32), 16, 44_100)
    payload = AudioModel().encode(data, 1, ignore)
    assert len(payload) < len(data)
    return payload, len(data)


@given(st.integers(0), st.integers(0, 255))
@settings(deadline=None, max_examples=60)
def test_damaged_payloads(place: int, byte: int) -> None:
    payload, size = payload_of(120)
    damaged = bytearray(payload)
    damaged[place % len(payload)] = byte
    for hostile in (bytes(damaged), payload[: place % len(payload)], payload + bytes([byte])):
        try:
            assert isinstance(AudioModel().decode(hostile, size, ignore), bytes)
        except NeucompError:
            pass


def test_claims_are_checked_before_memory_is_taken() -> None:
    payload, size = payload_of(500)
    with pytest.raises(LimitExceeded, match="1000 samples; the limit is 999"):
        AudioModel(max_samples=999).decode(payload, size, ignore)
    lie = payload[:2] + b"\x80\x80\x80\x40" + payload[4:]  # 2**27 frames
    with pytest.raises(CorruptDataError, match="more samples than its payload can hold"):
        AudioModel().decode(lie, size, ignore)
    with pytest.raises(CorruptDataError):
        AudioModel().decode(lie, 1 << 40, ignore)
    with pytest.raises(CorruptDataError, match="too short"):
        AudioModel().decode(payload[:3], size, ignore)


def test_description() -> None:
    payload, _ = payload_of(500)
    assert AudioModel().describe(payload) == "wav 500 frames of 2 x 16 bits, envelope 5 bytes"


def test_through_the_codec() -> None:
    data = wav.plain_file(voices(3000, 1).astype(np.int32), 16, 16_000)
    blob = neucomp.compress(data)
    about = neucomp.info(blob)
    assert (about.model, about.format, len(about.blocks)) == ("audio", "wav", 1)
    assert neucomp.decompress(blob, threads=0) == data
    assert len(neucomp.compress(data, model="bytes")) > len(blob)
    other = b"RIFF\x20\0\0\0AVI LIST" + bytes(500)
    assert neucomp.info(neucomp.compress(other)).model == "bytes"
    assert neucomp.decompress(neucomp.compress(other, model="audio")) == other
