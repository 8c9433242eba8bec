"""Arrays in, bytes out, and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neucomp
from neucomp.errors import LimitExceeded, UnsupportedError
from tests.helpers.sounds import hum, voices


@given(
    st.sampled_from([np.int8, np.int16, np.int32]),
    st.integers(0, 8),
    st.integers(0, 40),
    st.integers(0, 31),
    st.integers(1, (1 << 32) - 1),
    st.integers(0),
)
@settings(deadline=None, max_examples=40)
def test_round_trip(dtype: type, channels: int, frames: int, shift: int, rate: int, seed: int) -> None:
    shape = (frames, channels) if channels else (frames,)
    limits = np.iinfo(dtype)
    samples = np.random.default_rng(seed).integers(limits.min, limits.max, shape, dtype, endpoint=True) >> shift
    found, found_rate = neucomp.decompress_audio(neucomp.compress_audio(samples, rate, 1))
    assert found.dtype == dtype and found_rate == rate
    assert np.array_equal(found, samples[:, 0] if channels == 1 else samples)


def test_it_is_the_wav_file() -> None:
    blob = neucomp.compress_audio(voices(2000, 2).astype(np.int16), 44_100)
    assert neucomp.info(blob).format == "wav"
    assert neucomp.decompress(blob)[:4] == b"RIFF"
    assert len(blob) < 0.7 * 8000


def test_strided_arrays() -> None:
    samples = voices(900, 2).astype(np.int16)[::-2, ::-1]
    found, _ = neucomp.decompress_audio(neucomp.compress_audio(samples, 8000))
    assert np.array_equal(found, samples)


def test_24_bits_are_found() -> None:
    assert neucomp.info(neucomp.compress_audio(hum(900) << 9, 8000)).original_size == 44 + 900 * 3
    assert neucomp.info(neucomp.compress_audio(hum(900) << 18, 8000)).original_size == 44 + 900 * 4


@pytest.mark.parametrize("wrong", [[1, 2], np.zeros(3), np.zeros(3, np.uint8), np.zeros(3, np.uint16), b"ab"])
def test_wrong_types(wrong: object) -> None:
    with pytest.raises(TypeError, match="a recording is a NumPy array of int8, int16 or int32, not"):
        neucomp.compress_audio(wrong, 8000)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [44_100.0, "44100", None])
def test_wrong_rates(wrong: object) -> None:
    with pytest.raises(TypeError, match="whole number of Hz"):
        neucomp.compress_audio(np.zeros(3, np.int16), wrong)  # type: ignore[arg-type]


def test_rates_of_numpy() -> None:
    assert neucomp.compress_audio(hum(50), np.int32(44_100)) == neucomp.compress_audio(hum(50), 44_100)  # type: ignore[arg-type]


def test_wrong_values() -> None:
    for shape in ((), (1, 2, 3), (5, 9), (5, 0)):
        with pytest.raises(ValueError, match="shape"):
            neucomp.compress_audio(np.zeros(shape, np.int16), 8000)
    for rate in (0, 1 << 32):
        with pytest.raises(ValueError, match="sample rate"):
            neucomp.compress_audio(np.zeros(5, np.int16), rate)
    with pytest.raises(ValueError, match="level"):
        neucomp.compress_audio(np.zeros(5, np.int16), 8000, 10)
    with pytest.raises(ValueError, match="number of threads"):
        neucomp.compress_audio(np.zeros(5, np.int16), 8000, threads=-1)
    with pytest.raises(TypeError):
        neucomp.compress_audio(np.zeros(5, np.int16), 8000, threads=1.5)  # type: ignore[arg-type]


def test_limits() -> None:
    blob = neucomp.compress_audio(voices(500, 2).astype(np.int16), 8000)
    with pytest.raises(LimitExceeded):
        neucomp.compress_audio(np.zeros((500, 2), np.int16), 8000, max_samples=999)
    with pytest.raises(LimitExceeded):
        neucomp.decompress_audio(blob, max_samples=999)


def test_what_is_no_recording() -> None:
    for data in (b"text", b"RIFF1234AVI "):
        with pytest.raises(UnsupportedError, match="no recording"):
            neucomp.decompress_audio(neucomp.compress(data))
