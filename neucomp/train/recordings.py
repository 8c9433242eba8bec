"""Recordings to train WaveNets on: groups of them, some held out for validation, and copies of excerpts of the others.

Held out are whole recordings, chosen by hashes of the seed, the group and the name. What is kept of all of them is not
the samples but what the adaptive model says of them (`note_recording`), which takes 20 microseconds a sample.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.formats import MAGIC_SIZE, find_format
from neucomp.kernels.wave_constants import FEATURE_UNIT
from neucomp.kernels.wave_features import FEATURES
from neucomp.models.audio_notes import note_recording
from neucomp.train.echoes import make_echo
from neucomp.train.sources import Source, by_group, find_files, find_shares

_SUFFIXES = {".wav", ".aif", ".aiff", ".flac"}
_HELD_OUT = 8
"""One recording of as many is for validation, and at least one."""

_MOST_SAMPLES = 1 << 28
_LEVEL = 9
"""Of the audio model, whose filters the network is told of."""

EXCERPT_S = 4.0
"""Seconds that are taken of a recording at a time; a longer one gives several."""

_VALIDATION_S = 8.0
SHORTEST = 4096
"""Frames that an excerpt has at least: shorter recordings are joined."""


class Recording(NamedTuple):
    """A file's samples."""

    samples: NDArray[np.int32]  # (frames, channels)
    sample_rate_hz: int


class Notes(NamedTuple):
    """What a network is told of one channel of an excerpt."""

    features: NDArray[np.int16]  # (frames, 31)
    usual: NDArray[np.float32]  # (frames,)
    errors: NDArray[np.float32]  # (frames,)


@dataclass(frozen=True)
class RecordingGroup:
    """Recordings of one kind."""

    name: str
    share: float
    """Of what is read; the shares of all groups sum to 1."""
    samples: int
    """To train on, copies not counted."""
    validation: tuple[Notes, ...]
    digest: str
    """SHA-256 of all its recordings."""


@dataclass(frozen=True)
class Recordings:
    """All groups of a training run."""

    pool: tuple[Notes, ...]
    """What is read: excerpts of all groups, as they are and changed."""
    shares: NDArray[np.float64]
    """(len(pool),): rising to 1; where a random number falls decides which is read."""
    groups: tuple[RecordingGroup, ...]

    def describe(self) -> str:
        """One line: names, sizes in millions of samples and shares."""
        parts = (f"{group.name} {group.samples / 1e6:.2f} Msample x {group.share:.3f}" for group in self.groups)
        return ", ".join(parts)

    @property
    def digest(self) -> str:
        """SHA-256 of names, shares and data."""
        lines = (f"{group.name} {group.share:.9f} {group.digest}\n" for group in self.groups)
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_recordings(sources: Sequence[Source], seed: int = 0, validation: Sequence[Source] = ()) -> Recordings:
    """Reads recordings, and all those below folders; sources of one group are joined.

    validation: recordings for validation; of groups that have some here, nothing is held out.
    ValueError if there are too few, or the weights make no sense; OSError if a file cannot be read as a recording.
    """
    training: dict[str, list[Recording]] = {}
    held_out: dict[str, list[Recording]] = {}
    for name, group in by_group(sources, validation).items():
        found, chosen = _read(group.training), [recording for _, recording in _read(group.validation)]
        recordings, chosen = ([each for _, each in found], chosen) if chosen else _hold_out(found, name, seed)
        training[name], held_out[name] = _join_short(recordings), _join_short(chosen)
        if not training[name] or not held_out[name]:
            raise ValueError(
                f"too little data: the group {name!r} has {len(training[name])} recordings to train on and "
                f"{len(held_out[name])} for validation; one of each, of {SHORTEST} frames, is the least"
            )
    sizes = {name: sum(each.samples.size for each in recordings) for name, recordings in training.items()}
    shares = find_shares(sources, sizes)
    pool: list[Notes] = []
    weights: list[float] = []
    groups = []
    for number, (name, recordings) in enumerate(training.items()):
        begin = len(pool)
        random = np.random.default_rng((seed, number))
        for excerpt in _cut(recordings, EXCERPT_S):
            pool += take_notes(excerpt.samples)
            pool += take_notes(make_echo(excerpt.samples, recordings, excerpt.sample_rate_hz, random))
        added = sum(len(notes.errors) for notes in pool[begin:])
        weights += [shares[name] * len(notes.errors) / added for notes in pool[begin:]]
        checked = [notes for each in held_out[name] for notes in take_notes(_cut([each], _VALIDATION_S)[0].samples)]
        digest = hashlib.sha256(b"".join(map(_digest, [*recordings, *held_out[name]]))).hexdigest()
        groups.append(RecordingGroup(name, shares[name], sizes[name], tuple(checked), digest))
    rising = np.cumsum(weights)
    return Recordings(tuple(pool), rising / rising[-1], tuple(groups))


def take_notes(samples: NDArray[np.int32]) -> list[Notes]:
    """What a network is told of the channels of a recording (frames, channels)."""
    kept = (notes[notes[:, FEATURES] > 0] for notes in note_recording(samples, _LEVEL))
    return [
        Notes(notes[:, :FEATURES].astype(np.int16), notes[:, FEATURES].copy(), notes[:, FEATURES + 1].copy())
        for notes in kept
        if len(notes) >= SHORTEST // 2
    ]


def as_numbers(features: NDArray[np.int16]) -> NDArray[np.float32]:
    """Features as the real numbers that they stand for."""
    return features.astype(np.float32) * np.float32(1 / FEATURE_UNIT)


def _read(sources: Sequence[Source]) -> list[tuple[str, Recording]]:
    """Names and recordings; files of other kinds in folders are passed over."""
    named = {source.path for source in sources}
    paths = [each for each in find_files(sources) if each[1] in named or each[1].suffix.lower() in _SUFFIXES]
    return [(name, _read_recording(path)) for name, path in paths]


def _read_recording(path: Path) -> Recording:
    data = path.read_bytes()
    found = find_format(data[:MAGIC_SIZE])
    parsed = found.sound_parser().parse(data, _MOST_SAMPLES) if found.model == "audio" else None
    if parsed is not None:
        return Recording(parsed.samples, parsed.sample_rate_hz)
    import soundfile

    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    except soundfile.SoundFileError as error:
        raise OSError(f"{path} cannot be read as a recording: {error}") from None
    return Recording(samples.astype(np.int32), rate)


def _join_short(recordings: Sequence[Recording]) -> list[Recording]:
    """Recordings of at least SHORTEST frames: shorter ones follow one another, where rates and channels agree."""
    joined: list[Recording] = []
    for recording in recordings:
        last = joined[-1] if joined else None
        if last and len(last.samples) < SHORTEST and _kind(last) == _kind(recording):
            joined[-1] = recording._replace(samples=np.concatenate([last.samples, recording.samples]))
        else:
            joined.append(recording)
    return [recording for recording in joined if len(recording.samples) >= SHORTEST]


def _kind(recording: Recording) -> tuple[int, int]:
    return recording.sample_rate_hz, recording.samples.shape[1]


def _cut(recordings: Sequence[Recording], seconds: float) -> list[Recording]:
    """Excerpts of about that many seconds, of whole recordings where they are not much longer."""
    excerpts = []
    for samples, rate in recordings:
        count = max(1, round(len(samples) / max(seconds * rate, SHORTEST)))
        excerpts += [Recording(part, rate) for part in np.array_split(samples, count)]
    return excerpts


def _hold_out(found: Sequence[tuple[str, Recording]], group: str, seed: int) -> tuple[list[Recording], list[Recording]]:
    """Recordings for training, in order, and for validation."""
    order = sorted(
        {name for name, _ in found}, key=lambda name: hashlib.sha256(f"{seed} {group} {name}".encode()).digest()
    )
    chosen = set(order[: max(1, len(found) // _HELD_OUT)])
    training, validation = ([each for name, each in found if (name in chosen) == held] for held in (False, True))
    return training, validation


def _digest(recording: Recording) -> bytes:
    head = f"{recording.samples.shape} {recording.sample_rate_hz}".encode()
    return hashlib.sha256(head + recording.samples.tobytes()).digest()
