"""What is coded of two channels: every arrangement can be undone, and the one that pays is found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neucomp.models import audio_codec
from neucomp.models.audio_arrangements import Arrangement, arrange, arrangements_for, restore
from neucomp.models.audio_codec import decode_audio, encode_audio
from neucomp.models.audio_plan import unpack_plan
from tests.helpers.sounds import hum, voices


@given(st.integers(1, 31), st.integers(1, 4), st.integers(0))
def test_arrangements_can_be_undone(bits: int, channels: int, seed: int) -> None:
    planes = np.random.default_rng(seed).integers(-(1 << bits), 1 << bits, (channels, 50)).astype(np.int32)
    possible = arrangements_for(planes)
    assert len(possible) == (1 if channels != 2 else 2 if np.abs(planes.astype(np.int64)).max() >= 1 << 30 else 4)
    for arrangement in possible:
        signals = arrange(planes, arrangement)
        assert signals.shape == planes.shape and signals.dtype == np.int32
        assert np.array_equal(restore(signals, arrangement), planes)


def test_a_side_is_the_exact_difference() -> None:
    planes = np.array([[(1 << 30) - 1], [1 - (1 << 30)]], np.int32)
    assert arrange(planes, Arrangement.SIDE_RIGHT).tolist() == [[(1 << 31) - 2], [1 - (1 << 30)]]


def recordings() -> list[np.ndarray]:
    """Channels as they are; one channel and what it lacks of the other, in both ways."""
    frames = 20_000
    loud = voices(frames, 1)[:, 0]
    soft = hum(frames) >> 6
    return [np.stack(pair, axis=1) for pair in ((loud, soft), (loud + soft, loud), (loud, loud + soft))]


@pytest.mark.parametrize("samples", recordings())
def test_the_smallest_is_found(monkeypatch: pytest.MonkeyPatch, samples: np.ndarray) -> None:
    def code(*, least_tried: int) -> bytes:
        monkeypatch.setattr(audio_codec, "_LEAST_TRIED", least_tried)
        payload = encode_audio(samples, 16, 1, 1, lambda count: None)
        assert payload is not None
        assert np.array_equal(decode_audio(payload, samples.shape, 1, lambda count: None), samples)
        return payload

    monkeypatch.setattr(audio_codec, "_TRIED_PART", 4)
    untried, tried = code(least_tried=1 << 20), code(least_tried=1)
    assert len(tried) <= len(untried)
    position = next(i for i in range(2, len(tried)) if tried[i] < 128) + 1  # behind the size, a varint
    plan, _ = unpack_plan(tried[position:], 2, len(samples))
    assert (len(tried) < len(untried)) == (plan.arrangement != Arrangement.LEFT_RIGHT)
