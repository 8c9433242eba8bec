"""Arrays instead of files: an image or a batch of images in, compressed bytes out, and back."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from neucomp.codec import BytesLike, compress, decompress
from neucomp.errors import UnsupportedError
from neucomp.formats import MAGIC_SIZE, MAX_SAMPLES, find_format

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def compress_image(
    image: NDArray[np.uint8] | NDArray[np.uint16],
    level: int = 5,
    *,
    threads: int = 1,
    max_samples: int = MAX_SAMPLES,
) -> bytes:
    """Return an image, or a batch of images, compressed: the file that `neucomp compress` makes of `numpy.save`'s.

    image: uint8 or uint16, of shape (H, W) for gray, (H, W, C) with C <= 4 for gray, gray + alpha, RGB and RGBA,
    (N, H, W) or (N, H, W, C); a batch keeps what was learned from one image to the next. `level`, `threads` (2 at most
    are used) and `max_samples` are those of `compress`.

    Raises `TypeError` for other dtypes and for what is no array, `ValueError` for other shapes and for those of
    `compress`, and `LimitExceeded`.

    >>> import neucomp, numpy
    >>> ramp = numpy.add.outer(numpy.arange(64), numpy.arange(96)).astype(numpy.uint8)
    >>> blob = neucomp.compress_image(ramp)
    >>> bool((neucomp.decompress_image(blob) == ramp).all()), len(blob) < ramp.size / 10
    (True, True)
    """
    import numpy as np

    if not isinstance(image, np.ndarray) or image.dtype not in (np.uint8, np.uint16):
        found = getattr(image, "dtype", type(image).__name__)
        raise TypeError(f"an image is a NumPy array of uint8 or uint16, not {found}")
    if not 2 <= image.ndim <= 4:
        raise ValueError(f"an image has shape (H, W), (H, W, C), (N, H, W) or (N, H, W, C), not {image.shape}")
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(image))
    return compress(file.getvalue(), level, threads=threads, max_samples=max_samples)


def decompress_image(
    blob: BytesLike, *, threads: int = 1, max_samples: int = MAX_SAMPLES
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Return the samples of a compressed image, whatever its file was: those given to `compress_image`, in their shape;
    for files of other formats, (H, W, C), or (N, H, W, C) with several images in one file.

    A picture with a palette gives its indices. `threads` and `max_samples` are those of `decompress`, and so are the
    errors; `UnsupportedError` where the file is no image, or one that cannot be taken apart.
    """
    import numpy as np

    data = decompress(blob, threads=threads, max_samples=max_samples)
    found = find_format(data[:MAGIC_SIZE])
    if found.name == "npy":
        array: NDArray[np.uint8] | NDArray[np.uint16] = np.load(io.BytesIO(data), allow_pickle=False)
        return array
    parsed = found.parser().parse(data, max_samples) if found.model == "image" else None
    if parsed is None:
        raise UnsupportedError("the file holds no image that neucomp can take apart; decompress gives its bytes")
    return parsed.image[0] if parsed.image.shape[0] == 1 else parsed.image
