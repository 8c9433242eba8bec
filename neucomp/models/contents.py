"""What classics code: any bytes, binary images, sound of 8 bits. Each content gives symbols, and the rest of a file."""

from __future__ import annotations

import struct
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

from neucomp.errors import CorruptDataError, UnsupportedError
from neucomp.formats import MAGIC_SIZE, MAX_SAMPLES, RAW, find_format, format_by_id
from neucomp.models.envelope import decode_envelope, encode_envelope
from neucomp.varint import pack_varint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MU_LAW = 7
"""The format tag of WAV files with samples of 8 bits by the mu-law of ITU-T G.711."""

_SAMPLE_RATE_HZ = 16_000
"""Of sound that is drawn."""

_USUAL_WAV = (
    struct.pack("<4sI8sIHHIIHHH", b"RIFF", 0, b"WAVEfmt ", 18, _MU_LAW, 1, 8_000, 8_000, 1, 8, 0)
    + struct.pack("<4sII", b"fact", 4, 0)
    + struct.pack("<HHIIHHH4sII4s", _MU_LAW, 1, 16_000, 16_000, 1, 8, 0, b"fact", 4, 0, b"data")
)
"""What headers of such files consist of, as a dictionary for deflate."""


class Content(ABC):
    """A kind of files, as symbols (n,) uint8, and a rest that gives the file with them."""

    @abstractmethod
    def take(self, data: bytes) -> tuple[NDArray[np.uint8], bytes]:
        """Symbols and rest; UnsupportedError if `data` is not of this kind."""

    @abstractmethod
    def count(self, rest: bytes, size: int) -> int:
        """How many symbols a file of `size` bytes has, by its rest; CorruptDataError if it cannot be."""

    @abstractmethod
    def give(self, symbols: NDArray[np.uint8], rest: bytes, size: int) -> bytes:
        """The file; CorruptDataError if the rest cannot be what `take` made."""

    @abstractmethod
    def shape(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """See `AloneModel`."""

    @abstractmethod
    def beginnings(self, data: bytes) -> NDArray[np.uint8]:
        """See `AloneModel`."""

    @abstractmethod
    def present(self, samples: NDArray[np.uint8]) -> bytes:
        """See `AloneModel`."""


class Bytes(Content):
    """Any bytes: they are the symbols, and there is no rest."""

    def take(self, data: bytes) -> tuple[NDArray[np.uint8], bytes]:
        """See `Content`."""
        import numpy as np

        return np.frombuffer(data, np.uint8), b""

    def count(self, rest: bytes, size: int) -> int:
        """See `Content`."""
        if rest:
            raise CorruptDataError("a block of bytes has a rest: the file is damaged")
        return size

    def give(self, symbols: NDArray[np.uint8], rest: bytes, size: int) -> bytes:
        """See `Content`."""
        return symbols.tobytes()

    def shape(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """See `Content`: bytes."""
        return _one_number(size, 500)

    def beginnings(self, data: bytes) -> NDArray[np.uint8]:
        """See `Content`: (1, bytes)."""
        return self.take(data)[0][None]

    def present(self, samples: NDArray[np.uint8]) -> bytes:
        """See `Content`: one text after the other, with an empty line between them."""
        return b"\n\n".join(sample.tobytes() for sample in samples)


@dataclass(frozen=True)
class BinaryImages(Content):
    """Image files, of any format that neucomp takes apart, whose samples are 0 or 1.

    rest = format u8 | bits u8 | N, H, W, C (varints) | size of the envelope (varint) | the envelope as the byte model
    codes it
    """

    dims: int
    """Samples of each image."""

    def take(self, data: bytes) -> tuple[NDArray[np.uint8], bytes]:
        """See `Content`."""
        import numpy as np

        found = find_format(data[:MAGIC_SIZE])
        parsed = None if found is RAW or found.model != "image" else found.parser().parse(data, MAX_SAMPLES)
        if parsed is None or parsed.image.size == 0 or parsed.image[0].size != self.dims or parsed.image.max() > 1:
            raise UnsupportedError(
                f"this model codes images of {self.dims} pixels that are 0 or 1, such as an array (N, 8, 8) of uint8 "
                "in a .npy file, and this file holds something else: choose another model"
            )
        sizes = (*parsed.image.shape, len(parsed.envelope))
        rest = bytes([found.id, parsed.bits]) + b"".join(map(pack_varint, sizes)) + encode_envelope(parsed.envelope)
        return parsed.image.astype(np.uint8, copy=False).reshape(-1), rest

    def count(self, rest: bytes, size: int) -> int:
        """See `Content`."""
        return self._unpack(rest, size)[0]

    def give(self, symbols: NDArray[np.uint8], rest: bytes, size: int) -> bytes:
        """See `Content`."""
        import numpy as np

        _, shape, bits, number, envelope = self._unpack(rest, size)
        image = symbols.reshape(shape)
        return format_by_id(number).parser().build(envelope, image.astype(np.uint16) if bits > 8 else image, bits)

    def shape(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """See `Content`: height, width and one channel."""
        side = isqrt(self.dims)
        height, width = size if len(size) == 2 else (size * 2 or (side, self.dims // side))[:2]
        if height * width != self.dims or len(size) > 2:
            raise ValueError(f"images have {self.dims} pixels here")
        return height, width, 1

    def beginnings(self, data: bytes) -> NDArray[np.uint8]:
        """See `Content`: (n, height, width, 1)."""
        symbols, _ = self.take(data)
        return symbols.reshape(-1, *self.shape(()))

    def present(self, samples: NDArray[np.uint8]) -> bytes:
        """See `Content`: a PNG of all images, side by side in rows."""
        from neucomp.sheet import as_png

        return as_png(255 * samples)

    def _unpack(self, rest: bytes, size: int) -> tuple[int, tuple[int, ...], int, int, bytes]:
        """Samples, shape, bits, format and envelope."""
        from neucomp.formats.fields import FieldReader

        fields = FieldReader(rest)
        number, bits = fields.byte(), fields.byte()
        shape = tuple(fields.varint() for _ in range(4))
        count = shape[0] * self.dims
        # A file of `size` bytes may hold a pixel in each bit.
        if shape[1] * shape[2] * shape[3] != self.dims or not 0 < count <= 8 * size or not 1 <= bits <= 16:
            raise CorruptDataError("a file claims images that it cannot hold: it is damaged")
        envelope_size = fields.varint()
        if envelope_size > size or format_by_id(number).model != "image":
            raise CorruptDataError("the rest of a file of images is damaged")
        return count, shape, bits, number, decode_envelope(fields.rest(), envelope_size)


class MuLawSound(Content):
    """WAV files with samples of 8 bits by the mu-law: codes 0 to 255, of all channels in turn.

    rest = bytes before the samples (varint) | deflate stream of these bytes and of those behind the samples
    """

    def take(self, data: bytes) -> tuple[NDArray[np.uint8], bytes]:
        """See `Content`."""
        import numpy as np

        part = _find_mu_law(data)
        if part is None:
            raise UnsupportedError(
                "this model codes sound of 8 bits, WAV files with mu-law samples (format tag 7), and this file holds "
                "something else; docs/classics.md says how such files are made, which loses information"
            )
        packer = zlib.compressobj(9, wbits=-15, zdict=_USUAL_WAV)
        around = packer.compress(data[: part.start] + data[part.stop :]) + packer.flush()
        return np.frombuffer(data, np.uint8)[part], pack_varint(part.start) + around

    def count(self, rest: bytes, size: int) -> int:
        """See `Content`."""
        return size - len(self._unpack(rest, size)[1])

    def give(self, symbols: NDArray[np.uint8], rest: bytes, size: int) -> bytes:
        """See `Content`."""
        start, around = self._unpack(rest, size)
        return around[:start] + symbols.tobytes() + around[start:]

    def shape(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """See `Content`: samples."""
        return _one_number(size, 2 * _SAMPLE_RATE_HZ)

    def beginnings(self, data: bytes) -> NDArray[np.uint8]:
        """See `Content`: (1, samples)."""
        return self.take(data)[0][None]

    def present(self, samples: NDArray[np.uint8]) -> bytes:
        """See `Content`: a WAV file of 16 kHz, one sample after the other."""
        codes = samples.tobytes()
        padded = codes + bytes(len(codes) % 2)
        form = struct.pack("<HHIIHHH", _MU_LAW, 1, _SAMPLE_RATE_HZ, _SAMPLE_RATE_HZ, 1, 8, 0)
        chunks = ((b"fmt ", form), (b"fact", struct.pack("<I", len(codes))))
        body = b"WAVE" + b"".join(name + struct.pack("<I", len(chunk)) + chunk for name, chunk in chunks)
        body += b"data" + struct.pack("<I", len(codes)) + padded
        return b"RIFF" + struct.pack("<I", len(body)) + body

    def _unpack(self, rest: bytes, size: int) -> tuple[int, bytes]:
        """Where the samples begin, and what is around them."""
        from neucomp.formats.fields import FieldReader

        fields = FieldReader(rest)
        start = fields.varint()
        unpacker = zlib.decompressobj(wbits=-15, zdict=_USUAL_WAV)
        try:
            around = unpacker.decompress(fields.rest(), size)
        except zlib.error as error:
            raise CorruptDataError(f"the rest of a sound file is damaged: {error}") from None
        if not unpacker.eof or unpacker.unused_data or not start <= len(around) < size:
            raise CorruptDataError("the rest of a sound file is damaged")
        return start, around


def _one_number(size: tuple[int, ...], usual: int) -> tuple[int, ...]:
    if len(size) > 1:
        raise ValueError("the size of a text or a recording is one number, of symbols")
    return size or (usual,)


def _find_mu_law(data: bytes) -> slice | None:
    """Where the samples of a WAV file are; None if it is none, or they are not of 8 bits by the mu-law."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    position, tag = 12, 0
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        position += 8
        if name == b"fmt " and size >= 16 and position + 16 <= len(data):
            tag = struct.unpack_from("<H", data, position)[0]
        if name == b"data":
            end = min(position + size, len(data))
            return slice(position, end) if tag == _MU_LAW and end > position else None
        position += size + size % 2
    return None
