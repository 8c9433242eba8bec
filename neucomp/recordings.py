"""Arrays instead of files: a recording in, compressed bytes out, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neucomp.codec import BytesLike, compress, decompress
from neucomp.errors import UnsupportedError
from neucomp.formats import MAGIC_SIZE, MAX_SAMPLES, find_format

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.int8] | NDArray[np.int16] | NDArray[np.int32]


def compress_audio(
    samples: Samples,
    sample_rate_hz: int,
    level: int = 5,
    *,
    threads: int = 1,
    max_samples: int = MAX_SAMPLES,
) -> bytes:
    """Return a recording compressed: the file that `neucomp compress` makes of the same samples as WAV.

    samples: int8, int16 or int32, of shape (frames,) or (frames, channels) with 1 to 8 channels; int32 may hold 24 bits
    or all 32. `sample_rate_hz` is 1 to 2**32 - 1. `level`, `threads` and `max_samples` are those of `compress`.

    Raises `TypeError` for other dtypes, for what is no array and for rates that are no integers, `ValueError` for other
    shapes and rates and for those of `compress`, and `LimitExceeded`.

    >>> import neucomp, numpy
    >>> tone = numpy.round(9000 * numpy.sin(numpy.arange(8000) / 9)).astype(numpy.int16)
    >>> blob = neucomp.compress_audio(tone, 8000)
    >>> samples, sample_rate_hz = neucomp.decompress_audio(blob)
    >>> bool((samples == tone).all()), sample_rate_hz, len(blob) < tone.nbytes / 4
    (True, 8000, True)
    """
    import numpy as np

    from neucomp.formats.wav import plain_file

    if not isinstance(samples, np.ndarray) or samples.dtype not in (np.int8, np.int16, np.int32):
        found = getattr(samples, "dtype", type(samples).__name__)
        raise TypeError(f"a recording is a NumPy array of int8, int16 or int32, not {found}")
    if samples.ndim not in (1, 2) or (samples.ndim == 2 and not 1 <= samples.shape[1] <= 8):
        raise ValueError(f"a recording has shape (frames,) or (frames, channels), 1 to 8 channels, not {samples.shape}")
    if not isinstance(sample_rate_hz, int | np.integer):
        raise TypeError(f"the sample rate is a whole number of Hz, not {type(sample_rate_hz).__name__}")
    sample_rate_hz = int(sample_rate_hz)
    if not 1 <= sample_rate_hz < 1 << 32:
        raise ValueError(f"the sample rate must be 1 to 2**32 - 1, got {sample_rate_hz}")
    bits = 8 * samples.itemsize
    if bits == 32 and samples.size and -(1 << 23) <= int(samples.min()) and int(samples.max()) < 1 << 23:
        bits = 24
    frames = samples.astype(np.int32)
    file = plain_file(frames if frames.ndim == 2 else frames[:, np.newaxis], bits, sample_rate_hz)
    return compress(file, level, threads=threads, max_samples=max_samples)


def decompress_audio(blob: BytesLike, *, threads: int = 1, max_samples: int = MAX_SAMPLES) -> tuple[Samples, int]:
    """Return the samples of a compressed recording, whatever its file was, and its sample rate in Hz.

    Samples are int8, int16 or int32 (for 24 and 32 bits), of shape (frames,) where there is one channel, else (frames,
    channels). `threads` and `max_samples` are those of `decompress`, and so are the errors; `UnsupportedError` where
    the file is no recording, or one that cannot be taken apart.
    """
    import numpy as np

    data = decompress(blob, threads=threads, max_samples=max_samples)
    found = find_format(data[:MAGIC_SIZE])
    recording = found.sound_parser().parse(data, max_samples) if found.model == "audio" else None
    if recording is None:
        raise UnsupportedError("the file holds no recording that neucomp can take apart; decompress gives its bytes")
    samples = recording.samples.astype({8: np.int8, 16: np.int16}.get(recording.bits, np.int32))
    return samples[:, 0] if samples.shape[1] == 1 else samples, recording.sample_rate_hz
