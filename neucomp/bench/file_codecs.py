"""Codecs of bytes, at the setting that makes the smallest files: what people use every day.

Libraries are imported where they are used, so that a missing one only removes its own codec.
"""

import bz2
import gzip
import lzma
import platform
import struct
import zlib

from neucomp.bench.codec import Codec

BROTLI_DICTIONARY_BYTES = 122_784  # RFC 7932, appendix A: a model that every decoder ships


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
    import brotli

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


def _lz4_version() -> str:
    import lz4.frame

    return f"liblz4 {lz4.library_version_string()}"


def _lz4_compress(data: bytes) -> bytes:
    import lz4.frame

    # As the program does: with a checksum of the contents, without their size.
    compressed: bytes = lz4.frame.compress(
        data,
        compression_level=12,
        block_size=lz4.frame.BLOCKSIZE_MAX4MB,
        content_checksum=True,
        store_size=False,
    )
    return compressed


def _lz4_decompress(blob: bytes) -> bytes:
    import lz4.frame

    data: bytes = lz4.frame.decompress(blob)
    return data


FILE_CODECS = (
    Codec("gzip", "gzip -9", _zlib_version, _gzip_compress, gzip.decompress),
    Codec("bzip2", "bzip2 -9", _python_version, bz2.compress, bz2.decompress),
    Codec("xz", "xz -9e", _python_version, _xz_compress, lzma.decompress),
    Codec("zstd", "zstd -19", _zstd_version, _zstd_compress, _zstd_decompress),
    Codec(
        "brotli",
        "brotli -11",
        _brotli_version,
        _brotli_compress,
        _brotli_decompress,
        model_bytes=BROTLI_DICTIONARY_BYTES,
    ),
    Codec("ppmd", "PPMd -o8", _ppmd_version, _ppmd_compress, _ppmd_decompress),
    Codec("lz4", "lz4 -12", _lz4_version, _lz4_compress, _lz4_decompress),
)
