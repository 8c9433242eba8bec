"""Codecs of images, lossless, at settings that make small files within reason.

One picture becomes the file that the format's own program would write; a batch becomes such files one after the other,
each behind its length.
"""

import io
import struct
from collections.abc import Callable
from typing import Any

from neucomp.bench.codec import Codec, Unsuited
from neucomp.bench.contents import Image, as_rgba, make_image

_BATCH = b"batch\n"
_SIZE = struct.Struct("<I")

Encode = Callable[[Any], bytes]
Decode = Callable[[bytes], Any]


def in_files(encode: Encode, decode: Decode) -> tuple[Callable[[Image], bytes], Callable[[bytes], Image]]:
    """How to compress and decompress an image by functions for one picture.

    encode, decode: an array (H, W) or (H, W, 2..4), uint8 or uint16, to a file and back.
    """

    def compress(image: Image) -> bytes:
        files = [encode(picture[..., 0] if picture.shape[2] == 1 else picture) for picture in image.samples]
        if len(files) == 1:
            return files[0]
        return _BATCH + b"".join(_SIZE.pack(len(file)) + file for file in files)

    def decompress(blob: bytes) -> Image:
        import numpy as np

        if not blob.startswith(_BATCH):
            return make_image(decode(blob))
        pictures, at = [], len(_BATCH)
        while at < len(blob):
            (size,) = _SIZE.unpack_from(blob, at)
            at += _SIZE.size + size
            pictures.append(make_image(decode(blob[at - size : at])).samples)
        if len({picture.shape[3] for picture in pictures}) > 1:  # a codec may store what is gray as gray
            pictures = [as_rgba(picture) for picture in pictures]
        return make_image(np.concatenate(pictures))

    return compress, decompress


def image_codec(name: str, label: str, version: Callable[[], str], encode: Encode, decode: Decode) -> Codec:
    """A codec from functions for one picture, as `in_files` takes them."""
    compress, decompress = in_files(encode, decode)
    return Codec(name, label, version, compress, decompress, takes="image")


def _pillow_version() -> str:
    import PIL

    return f"Pillow {PIL.__version__}"


def _webp_version() -> str:
    from PIL import features

    if (version := features.version("webp")) is None:
        raise ImportError("a Pillow with WebP")
    return f"libwebp {version}"


def _oxipng_version() -> str:
    from importlib.metadata import version

    import oxipng  # noqa: F401  (it does not name the version that it wraps)

    return f"pyoxipng {version('pyoxipng')}"


def _library(name: str) -> Callable[[], str]:
    """The version of a library that imagecodecs has."""

    def version() -> str:
        import imagecodecs

        found: str = getattr(imagecodecs, f"{name}_version")()
        return found

    return version


def _png_encode(picture: Any) -> bytes:
    return _save(picture, "PNG", optimize=True, compress_level=9)


def _png_decode(file: bytes) -> Any:
    import numpy as np
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(file)) as picture:
        return np.asarray(picture)


def _oxipng_encode(picture: Any) -> bytes:
    import oxipng

    optimised: bytes = oxipng.optimize_from_memory(_save(picture, "PNG", compress_level=1), level=6)
    return optimised


def _any_png_decode(file: bytes) -> Any:
    import imagecodecs

    return imagecodecs.png_decode(file)  # looks palettes up, which oxipng makes


def _webp_encode(picture: Any) -> bytes:
    if picture.dtype.itemsize > 1:
        raise Unsuited("WebP has 8 bits a sample")
    return _save(picture, "WEBP", lossless=True, quality=100, method=6, exact=True)


def _webp_decode(file: bytes) -> Any:
    import numpy as np
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(file)) as picture:
        return np.asarray(picture)


def _save(picture: Any, kind: str, **settings: Any) -> bytes:
    from PIL import Image as Pillow

    if picture.dtype.itemsize > 1 and picture.ndim > 2:
        raise Unsuited("Pillow has no colours of 16 bits")
    file = io.BytesIO()
    Pillow.fromarray(picture).save(file, kind, **settings)
    return file.getvalue()


def _jxl(effort: int) -> Encode:
    def encode(picture: Any) -> bytes:
        import imagecodecs

        return bytes(imagecodecs.jpegxl_encode(picture, lossless=True, effort=effort, numthreads=1))

    return encode


def _jxl_decode(file: bytes) -> Any:
    import imagecodecs

    return imagecodecs.jpegxl_decode(file, numthreads=1)


def _jpegls_encode(picture: Any) -> bytes:
    import imagecodecs

    if picture.ndim == 3 and picture.shape[2] == 2:
        raise Unsuited("CharLS takes 1, 3 or 4 channels")
    return bytes(imagecodecs.jpegls_encode(picture, level=0))


def _jpegls_decode(file: bytes) -> Any:
    import imagecodecs

    return imagecodecs.jpegls_decode(file)


def _jpeg2000_encode(picture: Any) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.jpeg2k_encode(picture, level=0, reversible=True, numthreads=1))


def _jpeg2000_decode(file: bytes) -> Any:
    import imagecodecs

    return imagecodecs.jpeg2k_decode(file, numthreads=1)


IMAGE_CODECS = (
    image_codec("png", "PNG", _pillow_version, _png_encode, _png_decode),
    image_codec("oxipng", "oxipng -o6", _oxipng_version, _oxipng_encode, _any_png_decode),
    image_codec("webp", "WebP -z9", _webp_version, _webp_encode, _webp_decode),
    image_codec("jxl", "JPEG XL -e7", _library("jpegxl"), _jxl(7), _jxl_decode),
    image_codec("jxl-9", "JPEG XL -e9", _library("jpegxl"), _jxl(9), _jxl_decode),
    image_codec("jpegls", "JPEG-LS", _library("jpegls"), _jpegls_encode, _jpegls_decode),
    image_codec("jpeg2000", "JPEG 2000", _library("jpeg2k"), _jpeg2000_encode, _jpeg2000_decode),
)
