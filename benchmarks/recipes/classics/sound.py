"""Sound of 8 bits (mu-law, G.711) from recordings: python benchmarks/recipes/classics/sound.py RECORDING.wav [FOLDER]

This loses information: 16 bits become 8, channels become one, and rates above 16 kHz become 16 kHz. What is written,
WAV with format tag 7, is what the model `wavenet` codes without loss.
"""

import io
import sys
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

HIGHEST_RATE_HZ = 16_000


def read_mono(path: Path) -> tuple[NDArray[np.float64], int]:
    """Samples (frames,) within +-1 of all channels together, and the sample rate in Hz, at most 16 kHz."""
    samples, rate = soundfile.read(path, always_2d=True)
    mono = samples.mean(1)
    if rate > HIGHEST_RATE_HZ:
        mono = resample_poly(mono, HIGHEST_RATE_HZ, rate).clip(-1, 1)
    return mono, min(rate, HIGHEST_RATE_HZ)


def mu_law_file(path: Path) -> bytes:
    """A recording as a WAV file with samples of 8 bits."""
    samples, rate = read_mono(path)
    target = io.BytesIO()
    soundfile.write(target, samples, rate, format="WAV", subtype="ULAW")
    return target.getvalue()


def mu_law(path: Path) -> NDArray[np.uint8]:
    """The samples of 8 bits alone."""
    samples, rate = read_mono(path)
    target = io.BytesIO()
    soundfile.write(target, samples, rate, format="RAW", subtype="ULAW")
    return np.frombuffer(target.getvalue(), np.uint8)


if __name__ == "__main__":
    recording = Path(sys.argv[1])
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else recording.parent
    (folder / f"{recording.stem}.mulaw.wav").write_bytes(mu_law_file(recording))
