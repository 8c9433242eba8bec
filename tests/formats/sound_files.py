"""Sound files made by hand."""

import struct

import numpy as np


def noise(frames: int, channels: int, bits: int, seed: int) -> np.ndarray:
    """Signed samples over the whole range, int32 (frames, channels)."""
    random = np.random.default_rng(seed)
    return random.integers(-(1 << bits - 1), 1 << bits - 1, (frames, channels)).astype(np.int32)


def pcm_bytes(samples: np.ndarray, bits: int, order: str = "little", unsigned: bool = False) -> bytes:
    middle = 1 << bits - 1 if unsigned else 0
    values = (samples.astype(np.int64) + middle) % (1 << bits)
    return b"".join(int(value).to_bytes(bits // 8, order) for value in values.reshape(-1))


def chunk(name: bytes, body: bytes, order: str = "<") -> bytes:
    return name + struct.pack(order + "I", len(body)) + body + bytes(len(body) % 2)


def wav_file(
    samples: np.ndarray,
    bits: int,
    rate: int,
    extensible: bool = False,
    before: list[bytes] | tuple[()] = (),
    after: list[bytes] | tuple[()] = (),
    tail: bytes = b"",
) -> bytes:
    """A WAV file with other chunks around its samples, and bytes behind them all."""
    frame = samples.shape[1] * bits // 8
    tag = 0xFFFE if extensible else 1
    form = struct.pack("<HHIIHH", tag, samples.shape[1], rate, rate * frame & 0xFFFFFFFF, frame, bits)
    if extensible:
        form += struct.pack("<HHI", 22, bits, 3) + bytes.fromhex("0100000000001000800000aa00389b71")
    body = pcm_bytes(samples, bits, unsigned=bits == 8)
    chunks = [chunk(b"fmt ", form), *(chunk(b"junk", each) for each in before), chunk(b"data", body)]
    chunks += [chunk(b"LIST", each) for each in after]
    inside = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(inside)) + inside + tail


def aiff_file(samples: np.ndarray, bits: int, rate: int, compression: bytes | None, first: bytes, offset: int) -> bytes:
    """An AIFF file, or with a compression AIFF-C, whose chunk `first` comes before the other one."""
    exponent = rate.bit_length() - 1
    common = struct.pack(">hIhHQ", samples.shape[1], len(samples), bits, 16383 + exponent, rate << 63 - exponent)
    if compression:
        common += compression + b"\0\0"
    order = "little" if compression == b"sowt" else "big"
    body = struct.pack(">II", offset, 0) + bytes(offset) + pcm_bytes(samples, bits, order, compression == b"raw ")
    chunks = [chunk(b"COMM", common, ">"), chunk(b"NAME", b"x", ">"), chunk(b"SSND", body, ">")]
    inside = (b"AIFC" if compression else b"AIFF") + b"".join(chunks if first == b"COMM" else chunks[::-1])
    return b"FORM" + struct.pack(">I", len(inside)) + inside
