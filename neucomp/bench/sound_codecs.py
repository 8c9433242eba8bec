"""Codecs of recordings, lossless."""

import io
from typing import Any

from neucomp.bench.codec import Codec, Unsuited
from neucomp.bench.contents import Sound, read_sound

_SUBTYPES = {8: "PCM_S8", 16: "PCM_16", 24: "PCM_24"}


def _flac_version() -> str:
    import soundfile

    return f"libsndfile {soundfile.__libsndfile_version__}"


def _flac_compress(sound: Sound) -> bytes:
    import soundfile

    if sound.bits not in _SUBTYPES:
        raise Unsuited(f"libsndfile writes no FLAC of {sound.bits} bits")
    file = io.BytesIO()
    shifted: Any = sound.samples << (32 - sound.bits)  # libsndfile takes the upper bits
    soundfile.write(
        file,
        shifted,
        sound.sample_rate_hz,
        format="FLAC",
        subtype=_SUBTYPES[sound.bits],
        compression_level=1.0,  # -8
    )
    return file.getvalue()


SOUND_CODECS = (Codec("flac", "FLAC -8", _flac_version, _flac_compress, read_sound, takes="audio"),)
