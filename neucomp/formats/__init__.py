"""What kinds of file neucomp takes apart before coding, one module per kind. All others are raw: coded as they are.

A format splits a file into an image, which the image model codes, and an envelope: everything else, as bytes. Together
they give the same file back. `FORMATS` has one entry for each kind, by name. An id, once released, means one format for
ever. Importing this package is quick: NumPy comes with the first file that is taken apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from neucomp.errors import UnsupportedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAGIC_SIZE = 8
"""First bytes of a file that tell its format."""

MAX_SAMPLES = 1 << 28
"""Samples (pixels times channels) that an image may have unless the caller allows more; they bound memory."""


class Parsed(NamedTuple):
    """A file taken apart. image: samples, uint8 or uint16, (N, H, W, C), N images in a row; bits: how many of each
    sample are used, 1 .. 16; envelope: all the rest of the file; indexed: samples are palette indices, no intensities.
    """

    image: NDArray[np.uint8] | NDArray[np.uint16]
    bits: int
    envelope: bytes
    indexed: bool


class Recording(NamedTuple):
    """A sound file taken apart. samples: int32 (frames, channels), signed, of `bits` 8, 16, 24 or 32; sample_rate_hz:
    as the file says, for people; envelope: all the rest of the file."""

    samples: NDArray[np.int32]
    bits: int
    sample_rate_hz: int
    envelope: bytes


class Parser(Protocol):
    """What the module of an image format has."""

    def parse(self, data: bytes, max_samples: int) -> Parsed | None:
        """The file taken apart, or None where it is not of this kind or could not be built again byte for byte;
        LimitExceeded, before anything is allocated, if it declares more than `max_samples` samples."""

    def build(self, envelope: bytes, image: NDArray[np.uint8] | NDArray[np.uint16], bits: int) -> bytes:
        """The file; CorruptDataError if the envelope cannot be what `parse` made."""


class SoundParser(Protocol):
    """What the module of a sound format has."""

    def parse(self, data: bytes, max_samples: int) -> Recording | None:
        """The file taken apart, or None where it is not of this kind; LimitExceeded, before anything is allocated, if
        it has more than `max_samples` samples."""

    def build(self, envelope: bytes, samples: NDArray[np.int32], bits: int) -> bytes:
        """The file; CorruptDataError if the envelope cannot be what `parse` made."""


class EqualWriter(Protocol):
    """What the module of a format has whose files have equal ones."""

    def canonical(self, data: bytes, max_samples: int) -> bytes | None:
        """A file with the same samples and metadata that can be taken apart and built again; None if `data` is not
        whole and valid, LimitExceeded if it has more than `max_samples` samples."""


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file: `id` (0 .. 255) is stored in the header, `summary` is one line for people, `magic` are the
    beginnings that such files may have; files that are not taken apart have none. `equal`: where what cannot be built
    again can be written as a file with the same samples and metadata that can, the name of that file's format. `model`:
    the name of the model that codes what such files hold."""

    id: int
    name: str
    summary: str
    magic: tuple[bytes, ...] = ()
    equal: str = ""
    model: str = "image"

    def parser(self) -> Parser:
        """The module that takes images of this format apart."""
        return cast(Parser, import_module(f"neucomp.formats.{self.name}"))

    def sound_parser(self) -> SoundParser:
        """The module that takes recordings of this format apart."""
        return cast(SoundParser, import_module(f"neucomp.formats.{self.name}"))


RAW = Format(0, "raw", "bytes as they are", model="bytes")
_ALL = (
    RAW,
    Format(1, "png", "PNG images", (b"\x89PNG\r\n\x1a\n",), equal="png"),
    Format(2, "pnm", "PBM, PGM, PPM and PAM images, binary", (b"P4", b"P5", b"P6", b"P7")),
    Format(3, "bmp", "BMP images, uncompressed", (b"BM",)),
    Format(4, "tiff", "TIFF images, uncompressed", (b"II*\0", b"MM\0*")),
    Format(5, "npy", "NumPy arrays of uint8 or uint16 samples", (b"\x93NUMPY",)),
    Format(6, "wav", "WAV and RF64 sound, integer samples", (b"RIFF", b"RF64", b"BW64"), model="audio"),
    Format(7, "aiff", "AIFF sound, uncompressed", (b"FORM",), model="audio"),
    Format(
        8, "flac", "FLAC sound: bytes, or a WAV with the same samples (--samples)", (b"fLaC",), "wav", model="bytes"
    ),
)

FORMATS: dict[str, Format] = {known.name: known for known in _ALL}


def format_by_id(format_id: int) -> Format:
    """Return the format with this id; `UnsupportedError` when this release does not know it."""
    for known in FORMATS.values():
        if known.id == format_id:
            return known
    raise UnsupportedError(f"the file has format {format_id}, which this release does not know")


def find_format(head: bytes) -> Format:
    """Return the format of a file that begins with these bytes (`MAGIC_SIZE` are enough); `RAW` if it is none of
    ours."""
    return next((known for known in FORMATS.values() if known.magic and head.startswith(known.magic)), RAW)


def equal_file(found: Format, data: bytes, max_samples: int) -> bytes | None:
    """Return a file with the same samples and metadata that can be built again, or None if there is none."""
    if not found.equal:
        return None
    module = cast(EqualWriter, import_module(f"neucomp.formats.{found.name}"))
    return module.canonical(data, max_samples)
