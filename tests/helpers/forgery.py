"""Files whose checksums all fit while their contents lie: every field can be given, and what is not is made to fit."""

import hashlib
import zlib
from dataclasses import dataclass, field

from neucomp.container import END, MAGIC, Entry
from neucomp.varint import pack_varint


@dataclass
class Frame:
    """One block: the sizes it claims, its payload, and the original whose CRC it carries; its kind follows the sizes
    unless it is given."""

    original_size: int
    payload_size: int
    payload: bytes
    original: bytes
    kind: int | None = None

    @property
    def entry(self) -> Entry:
        return Entry(self.original_size, self.payload_size)

    def pack(self) -> bytes:
        coded = self.kind == 1 if self.kind is not None else self.payload_size > 0
        head = bytes([self.kind if self.kind is not None else int(coded)]) + pack_varint(self.original_size)
        if coded:
            head += pack_varint(self.payload_size)
        return head + self.payload + crc(self.original)


def stored(data: bytes) -> Frame:
    return Frame(len(data), 0, data, data)


def deflated(data: bytes) -> Frame:
    payload = zlib.compress(data, 9)
    return Frame(len(data), len(payload), payload, data)


@dataclass
class Forgery:
    frames: list[Frame]
    version: int = 1
    flags: int = 0
    format_id: int = 0
    model_id: int = 14
    level: int = 5
    coder_id: int = 1
    arithmetic_id: int = 1
    extra_header: bytes = b""
    """What follows the fixed part of the header: the original size and the weights, as the flags say."""
    index: list[tuple[int, int]] | None = None
    block_count: int | None = None
    digest: bytes | None = None
    end_size: int | None = None
    after_index: bytes = b""
    trailing: bytes = field(default=b"")

    def pack(self) -> bytes:
        ids = [self.version, self.flags, self.format_id, self.model_id, self.level, self.coder_id, self.arithmetic_id]
        header = MAGIC + bytes(ids) + self.extra_header
        index = [frame.entry for frame in self.frames] if self.index is None else self.index
        original = b"".join(frame.original for frame in self.frames)
        end = bytes([END]) + pack_varint(len(index) if self.block_count is None else self.block_count)
        end += b"".join(pack_varint(size) + pack_varint(payload_size) for size, payload_size in index)
        end += self.after_index
        end += hashlib.sha256(original).digest()[:16] if self.digest is None else self.digest
        end += crc(end)
        size = len(end) if self.end_size is None else self.end_size
        blocks = b"".join(frame.pack() for frame in self.frames)
        return header + crc(header) + blocks + end + size.to_bytes(4, "little") + self.trailing


def crc(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "little")
