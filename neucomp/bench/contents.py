"""What a file holds: bytes, the pixels of an image, or the samples of a recording.

Files of formats that store pixels or samples without loss are what codecs of images and audio are tried on: PNG, TIFF,
BMP, PNM, lossless WebP and arrays of NumPy; WAV, AIFF and FLAC with integer samples. All else is bytes, such files
included as far as the libraries that read them do not know them (animations, floating point, more than four channels).
"""

import hashlib
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from neucomp.bench.codec import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IMAGE_MAGIC = (b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"BM", b"P5", b"P6", b"\x93NUMPY")
SUBTYPE_BITS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}


class Image(NamedTuple):
    """Pictures of one size. `samples`: uint8 or uint16 (N, H, W, C), C being 1 gray, 2 gray + alpha, 3 RGB, 4 RGBA."""

    samples: "NDArray[np.uint8] | NDArray[np.uint16]"

    @property
    def bits(self) -> int:
        """Of a sample's type: 8 or 16."""
        return 8 * self.samples.dtype.itemsize


class Sound(NamedTuple):
    """A recording. `samples`: int32 (frames, channels), signed numbers of `bits` bits: 8, 16, 24 or 32."""

    samples: "NDArray[np.int32]"
    bits: int
    sample_rate_hz: int


Content = bytes | Image | Sound


class Shape(NamedTuple):
    """The kind of a file, its number of `symbols` (bytes, sub-pixels, samples), and their size in bytes unpacked."""

    kind: Kind
    symbols: int
    raw_size: int


def recognise(data: bytes) -> Shape:
    """What a file with these bytes holds."""
    if _is_image(data):
        try:
            samples = read_image(data).samples
            return Shape("image", samples.size, samples.nbytes)
        except Exception:  # whatever a library says about a strange file: it is bytes then
            pass
    if _is_sound(data):
        try:
            sound = read_sound(data)
            return Shape("audio", sound.samples.size, sound.samples.size * sound.bits // 8)
        except Exception:
            pass
    return Shape("bytes", len(data), len(data))


def _is_image(data: bytes) -> bool:
    return data.startswith(IMAGE_MAGIC) or (data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8L")


def _is_sound(data: bytes) -> bool:
    return data[:4] == b"fLaC" or (data[:4], data[8:12]) in ((b"RIFF", b"WAVE"), (b"FORM", b"AIFF"))


def read(kind: Kind, data: bytes) -> Content:
    """The contents of a file as codecs of `kind` take them; errors are those of the library that reads it."""
    readers: dict[Kind, Callable[[bytes], Content]] = {"bytes": bytes, "image": read_image, "audio": read_sound}
    return readers[kind](data)


def read_image(data: bytes) -> Image:
    """The pixels of an image file, palettes looked up. ValueError for more than 4 channels, and but 8 or 16 bits."""
    import numpy as np

    if data.startswith(b"\x93NUMPY"):
        return make_image(np.load(io.BytesIO(data), allow_pickle=False))
    import imagecodecs

    if data.startswith(b"\x89PNG"):
        if b"acTL" in data[:1000]:
            raise ValueError("an animation")
        return make_image(imagecodecs.png_decode(data))
    if data.startswith((b"II*\0", b"MM\0*")):
        return make_image(imagecodecs.tiff_decode(data, index=None))
    if data.startswith(b"RIFF"):
        return make_image(imagecodecs.webp_decode(data))
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(data)) as file:
        picture = file.convert("RGB") if file.mode == "P" else file
        if picture.mode not in ("L", "RGB", "RGBA"):  # Pillow scales deeper samples to 8 bits
            raise ValueError(f"mode {picture.mode}")
        return make_image(np.asarray(picture))


def make_image(samples: Any) -> Image:
    """An image of an array (H, W), (H, W, C), (N, H, W) or (N, H, W, C); ValueError for other shapes and types."""
    import numpy as np

    if samples.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"samples of {samples.dtype}")
    if samples.ndim == 2:
        samples = samples[None, :, :, None]
    elif samples.ndim == 3:
        samples = samples[None] if samples.shape[2] <= 4 else samples[..., None]
    if samples.ndim != 4 or not 1 <= samples.shape[3] <= 4 or not samples.size:
        raise ValueError(f"an array of shape {samples.shape}")
    return Image(np.ascontiguousarray(samples))


def read_sound(data: bytes) -> Sound:
    """The samples of an audio file; ValueError where they are no integers."""
    import soundfile

    with soundfile.SoundFile(io.BytesIO(data)) as file:
        if file.subtype not in SUBTYPE_BITS:
            raise ValueError(f"samples of type {file.subtype}")
        bits = SUBTYPE_BITS[file.subtype]
        samples = file.read(dtype="int32", always_2d=True) >> (32 - bits)  # libsndfile fills from the top
        return Sound(samples, bits, file.samplerate)


def fingerprint(content: Content) -> str:
    """A SHA-256 that equal contents share: equal bytes, equal samples at one rate, or pictures that look the same.

    Pictures are compared as RGBA, so that a codec which has no gray, or drops an alpha channel that is opaque
    everywhere, is not called wrong; depth and every colour behind transparent pixels must be the same.
    """
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    if not isinstance(content, Image | Sound):
        raise TypeError(f"decompress gave {type(content).__name__}, not bytes, an Image or a Sound")
    if isinstance(content, Sound):
        head = f"{content.samples.shape} {content.bits} {content.sample_rate_hz} "
        samples: Any = content.samples.astype("<i4")
    else:
        samples = as_rgba(content.samples).astype("<u2")
        head = f"{samples.shape} {content.bits} "
    return hashlib.sha256(head.encode() + samples.tobytes()).hexdigest()


def as_rgba(samples: Any) -> Any:
    """Pictures (N, H, W, 1 to 4) with red, green, blue and alpha; opaque where they had no alpha."""
    import numpy as np

    channels = samples.shape[3]
    colours = samples[..., : 3 if channels > 2 else 1]
    alpha = samples[..., -1:] if channels in (2, 4) else np.full_like(samples[..., :1], np.iinfo(samples.dtype).max)
    return np.concatenate([np.broadcast_to(colours, (*samples.shape[:3], 3)), alpha], axis=3)
