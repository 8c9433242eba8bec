"""What the WaveNet is told: nothing of the future, in its range, and what its words say."""

import numpy as np
import pytest

from neucomp.kernels import wave_features as places
from neucomp.models.audio_notes import note_recording
from tests.helpers.sounds import voices

ERROR_PLACE, USUAL_PLACE = places.FEATURES + 1, places.FEATURES
SAMPLES = voices(1200, 2).astype(np.int32)
NOTES = note_recording(SAMPLES, 9)


def test_is_causal() -> None:
    """The first channel is told of the frames before, the second one of its partner's sample as well."""
    changed = SAMPLES.copy()
    changed[700, 0] += 5
    moved = (note_recording(changed, 9)[..., :ERROR_PLACE] != NOTES[..., :ERROR_PLACE]).any(-1)
    assert not moved[0, :701].any() and moved[0, 701]
    assert not moved[1, :700].any() and moved[1, 700]


def test_features_are_integers_in_their_range() -> None:
    features = NOTES[..., : places.FEATURES]
    assert np.all(features == np.rint(features)) and np.abs(features).max() <= 1023
    constant = np.ptp(features.reshape(-1, places.FEATURES), axis=0) == 0
    # The mean that all are relative to is one of them.
    assert np.flatnonzero(constant).tolist() == [places.MEANS + 3]


def test_the_usual_error_is_a_running_mean() -> None:
    usual, error = NOTES[0, :, USUAL_PLACE].astype(np.float64), NOTES[0, :, ERROR_PLACE].astype(np.float64)
    expected = 0.95 * (usual[:-1] - 0.1) + 0.05 * np.abs(error[:-1]) + 0.1
    assert usual[1:] == pytest.approx(expected, rel=1e-5)


def test_errors_and_means_are_told_relative_to_the_usual_one() -> None:
    for notes in NOTES:
        usual, last = notes[1:, USUAL_PLACE].astype(np.float64), notes[:-1, ERROR_PLACE].astype(np.float64)
        ratio = 128 * last / usual
        assert np.abs(notes[1:, places.ERROR] - ratio.clip(-1023, 1023)).max() < 0.51
        size = 128 * np.log2((np.abs(last) + 0.25) / usual)
        assert np.abs(notes[1:, places.ERROR + 1] - size.clip(-1023, 1023)).max() < 2
        level = 64 * (np.log2(usual) - 4)
        assert np.abs(notes[1:, places.SLOPES - 1] - level).max() < 2
        short, long = notes[1:, places.MEANS], notes[1:, places.MEANS + places.LEVELS]
        assert short.std() > long.std() > 0


def test_partners() -> None:
    first, second = NOTES[..., places.PARTNER : places.SPREAD]
    assert np.all(first[:, 2] == 128) and not first[:, 3].any()
    assert np.all(second[:, 3] == 128) and not second[:, 2].any()
    usual, error = NOTES[0, :, USUAL_PLACE], NOTES[0, :, ERROR_PLACE]
    assert np.abs(second[:, 0] - (128 * error / usual).clip(-1023, 1023)).max() < 0.51
    alone = note_recording(SAMPLES[:, :1], 9)[0]
    assert not alone[:, places.PARTNER : places.SPREAD].any()


def test_steps_have_signs() -> None:
    samples, notes = SAMPLES[:, 0], NOTES[0]
    steps = np.diff(samples)[:-1]
    assert np.all(np.sign(notes[2:, places.SLOPES + 1])[steps != 0] == np.sign(steps)[steps != 0])


def test_the_predictions_spread() -> None:
    distances = np.abs(NOTES[0, 50:, 2 : places.GUESSES]).mean(-1)
    told = 2 ** (NOTES[0, 50:, places.SPREAD] / 128) * 128
    middle = (distances > 8) & (np.abs(NOTES[0, 50:, : places.GUESSES]).max(-1) < 1000)
    assert middle.sum() > 100 and np.corrcoef(np.log(distances[middle]), np.log(told[middle]))[0, 1] > 0.95


def test_what_is_not_coded_is_not_noted() -> None:
    silent = np.zeros((4096, 1), np.int32)
    silent[2048:, 0] = SAMPLES[:1, 0] + np.arange(2048) % 7
    notes = note_recording(silent, 9)[0]
    assert not notes[:2048].any() and np.all(notes[2048:, USUAL_PLACE] > 0)
