"""Sound that was heard before: it is found, it is cheap, and any lags decode."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.models import audio_codec
from neucomp.models.audio_arrangements import Arrangement
from neucomp.models.audio_codec import decode_audio, encode_audio
from neucomp.models.audio_plan import unpack_plan
from neucomp.models.audio_repeats import NO_LAG, find_repeats
from neucomp.models.audio_terms import BLOCK, LAG_BITS
from tests.helpers.sounds import voices

PERIOD = 7001


def ignore(samples: int) -> None:
    pass


def loop(frames: int, channels: int) -> np.ndarray:
    """The same voices again and again, under a little noise that never is the same; (frames, channels)."""
    again = np.tile(voices(PERIOD, channels), (-(-frames // PERIOD), 1))[:frames]
    return (again + np.random.default_rng(4).integers(-8, 9, again.shape)).astype(np.int32)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_repeats_are_found(channels: int) -> None:
    lags = find_repeats(np.ascontiguousarray(loop(6 * PERIOD, channels).T), ignore)
    assert lags is not None
    heard = lags[-(-PERIOD // BLOCK) : -1]
    assert (heard % PERIOD == 0).all() and (heard > 0).all()
    assert lags[0] == NO_LAG


@pytest.mark.parametrize("frames", [0, 1, BLOCK, 3 * BLOCK + 1, 40_000])
def test_nothing_is_found_where_nothing_repeats(frames: int) -> None:
    assert find_repeats(np.ascontiguousarray(voices(frames, 2).T), ignore) is None


@pytest.mark.parametrize("level", [5, 9])
def test_repeats_make_files_smaller(monkeypatch: pytest.MonkeyPatch, level: int) -> None:
    samples = loop(3 * PERIOD, 2)
    payload = encode_audio(samples, 16, level, 1, ignore)
    assert payload is not None
    assert np.array_equal(decode_audio(payload, samples.shape, 1, ignore), samples)
    monkeypatch.setattr("neucomp.models.audio_repeats._DOUBT", 1e9)
    without = encode_audio(samples, 16, level, 1, ignore)
    assert without is not None
    assert len(payload) < 0.85 * len(without)


@given(st.lists(st.integers(0, (1 << LAG_BITS) - 1) | st.integers(0, 3 * BLOCK), min_size=3, max_size=3))
@settings(deadline=None, max_examples=20)
def test_any_lags_decode(lags: list[int]) -> None:
    """Those that point before the beginning, or to samples that are not there yet, say nothing."""
    planes = np.ascontiguousarray(voices(2 * BLOCK + 100, 2).T)
    model = audio_codec._Model(5, 0, 0)
    coded = audio_codec._encode_signals(planes, Arrangement.LEFT_RIGHT, [None, None], np.array(lags), 16, model, ignore)
    assert coded is not None
    assert unpack_plan(coded, 2, planes.shape[1])[0].repeats
    assert np.array_equal(audio_codec._decode_stretch(coded, *planes.shape, model, ignore), planes.T)
