"""Recordings encoded and decoded in a process with another environment: the payloads must be the same everywhere.

In a process of its own: `python -W error -m tests.helpers.sound_job FRAMES`, which writes their digest.
"""

import hashlib
import sys

import numpy as np

from neucomp.models.audio_codec import decode_audio, encode_audio
from tests.helpers.elsewhere import run_module
from tests.helpers.sounds import clicks, hum, noise, scaled, voices

LEVELS = (1, 5, 9)


def digest(frames: int) -> str:
    """Of the payloads of short recordings of all kinds, each of which has been decoded."""
    recordings = [
        (voices(frames, 2), 16),
        (voices(frames, 3)[:, ::-1] << 12, 32),
        (hum(frames)[:, None], 24),
        (clicks(frames), 16),
        (noise(frames, 1, 8), 8),
        (scaled(40 * frames, 3.0)[:, None] if frames > 100 else hum(frames)[:, None], 24),
    ]
    found = hashlib.sha256()
    for level in LEVELS:
        for samples, bits in recordings:
            payload = encode_audio(samples, bits, level, 1, lambda done: None)
            assert payload is not None
            found.update(payload)
            assert np.array_equal(decode_audio(payload, samples.shape, 1, lambda done: None), samples)
    return found.hexdigest()


def digest_elsewhere(frames: int, **environment: str) -> str:
    """The same, in a new process with these additions to the environment. Warnings are errors there."""
    return run_module("tests.helpers.sound_job", str(frames), **environment)


if __name__ == "__main__":
    sys.stdout.write(digest(int(sys.argv[1])))
