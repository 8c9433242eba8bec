"""The codecs that the figures compare: one entry of `CODECS` each, neucomp among them.

A codec outside this file is named `module:attribute`, the attribute being a `Codec`; the module must be importable.
Libraries are imported where they are used, so that a missing one only removes its own codec.
"""

import bz2
import gzip
import hashlib
import importlib
import lzma
import platform
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Codec:
    """A lossless compressor, whole files in and out.

    `compress` returns everything that decoding needs (no length or parameter travels beside the file), and
    `decompress` gives back its argument. `version` names the library that did the work; it raises ImportError when
    that library is missing.
    """

    name: str  # on the command line and in results
    label: str  # in tables and plots
    version: Callable[[], str]
    compress: Callable[[bytes], bytes]
    decompress: Callable[[bytes], bytes]


def _python_version() -> str:
    return f"Python {platform.python_version()}"


def _zlib_version() -> str:
    return f"zlib {zlib.ZLIB_RUNTIME_VERSION}"


def _gzip_compress(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def _xz_compress(data: bytes) -> bytes:
    return lzma.compress(data, preset=9 | lzma.PRESET_EXTREME)


def _zstd_version() -> str:
    import zstandard

    return f"libzstd {'.'.join(map(str, zstandard.ZSTD_VERSION))}"


def _zstd_compress(data: bytes) -> bytes:
    import zstandard

    # The zstd program writes a checksum by default, the library does not.
    return zstandard.ZstdCompressor(level=19, write_checksum=True).compress(data)


def _zstd_decompress(blob: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdDecompressor().decompress(blob)


def _brotli_version() -> str:
    import brotli  # type: ignore[import-untyped]

    return f"brotli {brotli.__version__}"


def _brotli_compress(data: bytes) -> bytes:
    import brotli

    compressed: bytes = brotli.compress(data, quality=11, lgwin=24)
    return compressed


def _brotli_decompress(blob: bytes) -> bytes:
    import brotli

    data: bytes = brotli.decompress(blob)
    return data


PPMD_ORDER = 8
PPMD_MEMORY = 256 << 20
# pyppmd 1.3.1 can lose a byte where its output grows beyond 32 KiB within one call (Silesia's xml came back wrong), so
# it gets pieces whose output stays below that; the stream is the same one as in a single call that goes well.
_PPMD_PIECE = 16 << 10
_PPMD_HEADER = struct.Struct("<Q")  # the original length: the bare stream does not say where it ends


def _ppmd_version() -> str:
    import pyppmd

    return f"pyppmd {pyppmd.__version__}"


def _ppmd_compress(data: bytes) -> bytes:
    import pyppmd

    encoder = pyppmd.Ppmd7Encoder(PPMD_ORDER, PPMD_MEMORY)
    pieces = [encoder.encode(data[at : at + _PPMD_PIECE]) for at in range(0, len(data), _PPMD_PIECE)]
    return b"".join([_PPMD_HEADER.pack(len(data)), *pieces, encoder.flush()])


def _ppmd_decompress(blob: bytes) -> bytes:
    import pyppmd

    (size,) = _PPMD_HEADER.unpack_from(blob)
    data: bytes = pyppmd.Ppmd7Decoder(PPMD_ORDER, PPMD_MEMORY).decode(blob[_PPMD_HEADER.size :], size)
    return data


def _neucomp_version() -> str:
    """Version and a hash of the coding sources, so that results made by different code are never taken for the same."""
    import neucomp

    package = Path(neucomp.__file__).parent
    sources = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        if not name.startswith("cli/"):
            sources.update(name.encode() + b"\0" + path.read_bytes())
    return f"neucomp {neucomp.__version__} ({sources.hexdigest()[:8]})"


def neucomp_codec(level: int, threads: int = 1) -> Codec:
    """neucomp at one level; more than one thread shows in the name."""

    def compress(data: bytes) -> bytes:
        import neucomp

        return neucomp.compress(data, level=level, threads=threads)

    def decompress(blob: bytes) -> bytes:
        import neucomp

        return neucomp.decompress(blob, threads=threads)

    name, label = f"neucomp-{level}", f"neucomp -{level}"
    if threads != 1:
        name, label = f"{name}-T{threads}", f"{label} -T{threads}"
    return Codec(name, label, _neucomp_version, compress, decompress)


CODECS = {
    "gzip": Codec("gzip", "gzip -9", _zlib_version, _gzip_compress, gzip.decompress),
    "bzip2": Codec("bzip2", "bzip2 -9", _python_version, bz2.compress, bz2.decompress),
    "xz": Codec("xz", "xz -9e", _python_version, _xz_compress, lzma.decompress),
    "zstd": Codec("zstd", "zstd -19", _zstd_version, _zstd_compress, _zstd_decompress),
    "brotli": Codec("brotli", "brotli -11", _brotli_version, _brotli_compress, _brotli_decompress),
    "ppmd": Codec("ppmd", "PPMd -o8", _ppmd_version, _ppmd_compress, _ppmd_decompress),
}


def find_codec(name: str) -> Codec:
    """The codec called `name`: a key of `CODECS`, `neucomp-LEVEL`, `neucomp-LEVEL-Tn` or `module:attribute`."""
    if name in CODECS:
        return CODECS[name]
    if match := re.fullmatch(r"neucomp-([1-9])(?:-T(\d+))?", name):
        return neucomp_codec(int(match[1]), int(match[2] or 1))
    if ":" in name:
        module, _, attribute = name.partition(":")
        codec = getattr(importlib.import_module(module), attribute)
        if isinstance(codec, Codec):
            return codec
        raise ValueError(f"{name} is not a peers.Codec")
    raise ValueError(f"no codec {name!r}; there are {', '.join(CODECS)}, neucomp-1 to neucomp-9, or module:attribute")
