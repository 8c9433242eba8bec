"""Trained starts: every level has one, short recordings gain by it, and files without one still decode."""

import numpy as np
import pytest

from neucomp.errors import UnsupportedError
from neucomp.models import audio_start
from neucomp.models.audio_codec import decode_audio, encode_audio
from neucomp.models.audio_efforts import EFFORTS, NO_NETWORK
from neucomp.models.audio_start import COLD, STARTS, read_start, start_for
from tests.helpers.sounds import voices


def ignore(samples: int) -> None:
    pass


def encode(samples: np.ndarray, level: int) -> bytes:
    payload = encode_audio(samples, 16, level, 1, ignore)
    assert payload is not None
    return payload


@pytest.mark.parametrize("level", EFFORTS)
def test_every_level_has_a_start(level: int) -> None:
    """Whoever changes a level's distributions makes its start anew: see benchmarks/recipes/audio_start."""
    number = start_for(level)
    assert number in STARTS
    weights = read_start(number, level)
    effort = EFFORTS[level]
    used = len(effort.distributions)
    last = -4 if effort.network != NO_NETWORK else -3  # a network's mixture has the lane before the counters
    assert weights.dtype == np.int8 and not weights[..., used:last].any()
    mixed = weights[..., :used].sum(axis=-1) + weights[..., last:-3].sum(axis=-1)
    assert 16 < mixed.mean() < 128  # they add up to something near 1


@pytest.mark.parametrize("level", (1, 5, 9))
def test_short_recordings_gain(level: int, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = voices(2500, 2)
    payload = encode(samples, level)
    assert payload[0] == start_for(level) << 4 | level
    monkeypatch.setattr(audio_start, "start_for", lambda level: COLD)
    cold = encode(samples, level)
    assert cold[0] == level
    assert len(payload) < 0.999 * len(cold)
    for each in (payload, cold):
        assert np.array_equal(decode_audio(each, samples.shape, 1, ignore), samples)


def test_what_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = voices(200, 1)
    payload = encode(samples, 5)
    for first, match in ((15 << 4 | 5, "start 15 of level 5"), (start_for(5) << 4 | 10, "level 10"), (0, "level 0")):
        with pytest.raises(UnsupportedError, match=match):
            decode_audio(bytes([first]) + payload[1:], samples.shape, 1, ignore)
    monkeypatch.setattr(audio_start, "layout_of", lambda effort: 1)
    read_start.cache_clear()
    with pytest.raises(UnsupportedError, match="update neucomp"):
        decode_audio(payload, samples.shape, 1, ignore)
    assert encode(samples, 5)[0] == 5
    read_start.cache_clear()


def test_a_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STARTS, 1, "0" * 64)
    audio_start._open_starts.cache_clear()
    try:
        with pytest.raises(UnsupportedError, match="damaged: install neucomp again"):
            start_for(5)
    finally:
        audio_start._open_starts.cache_clear()
