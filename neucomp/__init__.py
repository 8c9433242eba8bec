"""Lossless compression with autoregressive models that learn each file while they code it.

>>> import neucomp
>>> blob = neucomp.compress(b"any bytes at all")
>>> neucomp.decompress(blob)
b'any bytes at all'

`compress` and `decompress` take and return bytes, `compress_image`, `decompress_image`, `compress_audio` and
`decompress_audio` arrays of samples, `compress_stream` and `decompress_stream` work on open files, `open` gives file
objects with random access, `info` tells what a compressed file holds. `score` says how well a model explains data;
`sample` and `complete` draw from models that are a network alone. What they raise about files is a `NeucompError`.
Importing this package is quick: compiled kernels and NumPy come with the first block that is coded.
"""

__version__ = "0.1.0"

from neucomp.codec import Summary, compress, compress_stream, decompress, decompress_stream
from neucomp.drawing import complete, sample
from neucomp.errors import (
    CorruptDataError,
    KernelError,
    LimitExceeded,
    NeucompError,
    NotNeucompFile,
    UnsupportedError,
)
from neucomp.images import compress_image, decompress_image
from neucomp.overview import BlockInfo, Info, info
from neucomp.recordings import compress_audio, decompress_audio
from neucomp.scoring import BlockScore, Score, score
from neucomp.stream import BlockWriter, open

__all__ = [
    "BlockInfo",
    "BlockScore",
    "BlockWriter",
    "CorruptDataError",
    "Info",
    "KernelError",
    "LimitExceeded",
    "NeucompError",
    "NotNeucompFile",
    "Score",
    "Summary",
    "UnsupportedError",
    "__version__",
    "complete",
    "compress",
    "compress_audio",
    "compress_image",
    "compress_stream",
    "decompress",
    "decompress_audio",
    "decompress_image",
    "decompress_stream",
    "info",
    "open",
    "sample",
    "score",
]
