"""Small uncompressed files of every kind, written by Pillow, NumPy and by hand."""

import io
import struct

import numpy as np
from PIL import Image

from neucomp.formats import FORMATS, Parser

PARSERS: dict[str, Parser] = {name: FORMATS[name].parser() for name in ("pnm", "bmp", "tiff", "npy")}


def picture(*shape: int, bits: int = 8, seed: int = 1) -> np.ndarray:
    """Random samples, uint8 or uint16."""
    values = np.random.default_rng(seed).integers(0, 1 << bits, shape)
    return values.astype(np.uint8 if bits <= 8 else np.uint16)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def npy(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version)
    return file.getvalue()


def pam(array: np.ndarray, largest: int, comment: bytes = b"") -> bytes:
    height, width, depth = array.shape
    fields = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL {largest}\n".encode()
    return fields + comment + b"TUPLTYPE ANY\nENDHDR\n" + array.astype(">u2" if largest > 255 else "u1").tobytes()


def tiff(order: str, pages: list[tuple[dict[int, list[int]], list[bytes]]], tail: bytes = b"") -> bytes:
    """A TIFF of pages with these fields (all LONG), whose strips stand before their directory, a byte apart."""
    file = bytearray({"<": b"II*\0", ">": b"MM\0*"}[order] + bytes(4))
    link = 4
    for fields, strips in pages:
        offsets = []
        for strip in strips:
            file += b"\xee"
            offsets.append(len(file))
            file += strip
        tiled = 322 in fields
        lists = {324 if tiled else 273: offsets, 325 if tiled else 279: [len(strip) for strip in strips]}
        entries = b""
        for tag, values in sorted({**fields, **lists}.items()):
            packed = struct.pack(f"{order}{len(values)}I", *values)
            if len(packed) > 4:
                packed, place = struct.pack(order + "I", len(file)), packed
                file += place
            entries += struct.pack(order + "HHI", tag, 4, len(values)) + packed
        struct.pack_into(order + "I", file, link, len(file))
        file += struct.pack(order + "H", len(entries) // 12) + entries
        link = len(file)
        file += bytes(4)
    return bytes(file) + tail


def gray_fields(height: int, width: int, bits: int, **more: int) -> dict[int, list[int]]:
    return {256: [width], 257: [height], 258: [bits], 259: [1], 262: [1], 277: [1], 278: [height]}


def specimens() -> dict[str, tuple[str, bytes]]:
    """Format and bytes of one valid file for each way of storing samples, by name."""
    gray, colour, alpha = picture(5, 7), picture(6, 5, 3), picture(4, 3, 4)
    strips = [bytes(range(k, k + 14)) for k in range(3)]
    return {
        "bitmap": ("pnm", b"P4\n# comment\n11 3\n" + bytes(range(6))),
        "gray": ("pnm", b"P5 7 5 255\n" + gray.tobytes()),
        "gray 16": ("pnm", b"P5 7 5 65535\n" + picture(5, 7, bits=16).astype(">u2").tobytes()),
        "colour": ("pnm", b"P6 5 6 255\n" + colour.tobytes() + b"tail"),
        "two": ("pnm", 2 * (b"P5 7 5 255\n" + gray.tobytes())),
        "pam": ("pnm", pam(picture(3, 4, 6), 255, b"# comment\n")),
        "pam 10 bits": ("pnm", pam(picture(3, 4, 2, bits=10), 1023)),
        "bmp 1": ("bmp", saved(Image.fromarray(gray > 99), "BMP")),
        "bmp 8": ("bmp", saved(Image.fromarray(gray), "BMP")),
        "bmp palette": ("bmp", saved(Image.fromarray(colour).quantize(20), "BMP")),
        "bmp 24": ("bmp", saved(Image.fromarray(colour), "BMP")),
        "bmp 32": ("bmp", saved(Image.fromarray(alpha), "BMP")),
        "tiff gray": ("tiff", saved(Image.fromarray(gray), "TIFF")),
        "tiff bits": ("tiff", saved(Image.fromarray(gray > 99), "TIFF")),
        "tiff 16": ("tiff", saved(Image.fromarray(picture(5, 7, bits=16)), "TIFF")),
        "tiff colour": ("tiff", saved(Image.fromarray(colour), "TIFF")),
        "tiff alpha": ("tiff", saved(Image.fromarray(alpha), "TIFF")),
        "tiff strips": ("tiff", tiff(">", [({**gray_fields(6, 7, 8), 278: [2]}, strips)], b"tail")),
        "tiff pages": ("tiff", tiff("<", [(gray_fields(2, 7, 8), [strip]) for strip in strips])),
        "tiff 12": ("tiff", tiff(">", [(gray_fields(2, 9, 12), [bytes(range(28))])])),
        "tiff tiles": ("tiff", tiff("<", [({**gray_fields(3, 5, 8), 322: [4], 323: [2]}, [bytes(range(8))] * 4)])),
        "npy": ("npy", npy(gray)),
        "npy 2.0": ("npy", npy(colour, (2, 0))),
        "npy 3.0": ("npy", npy(picture(2, 3, 4, 3), (3, 0))),
        "npy 16": ("npy", npy(picture(5, 7, bits=12))),
        "npy 16 big": ("npy", npy(picture(5, 7, bits=16).astype(">u2")) + b"tail"),
    }
