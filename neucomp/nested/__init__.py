"""Files inside of files: what deflate streams hold, images and sound, taken out and put back.

A layout describes a file from front to back, and in the same way what each stream in it holds:

    which plain bytes (by data type, see byte_types.py) take what lies between the parts   u8
    for each part: bytes before it (varint), and
        kind | 4 if the checksum of RFC 1950 follows | empty blocks << 3   u8
        kind 1, a stream that zlib writes: level << 4 | strategy << 1 | takes far, memory level << 4 | window bits - 8
          u8
        kind 2, a stream with a recipe: its size (varint)
        kinds 1 and 2: the size of its text (varint), the layout of its text
        kind 3, a file that another model codes: its size (varint), the model (u8), the size of the payload (varint)
    bytes behind the last part (varint), 0   u8

The plain bytes of each type, the recipes and the payloads stand in the order of the layout; a stream's recipe stands
behind those of the streams in it.
"""

from collections.abc import Callable

DEPTH = 3
"""How deep streams in streams are expanded."""

END, CALLED, CHOSEN, FILE = range(4)
"""Kinds of parts."""

KINDS, CHECKED, EMPTY_BLOCKS = 3, 4, 3
"""Of a part's first byte: a mask, a flag, a shift."""

WHOLE_TEXT = 1 << 30
"""zlib is taken to have been given all of a text at once, which matters very seldom."""

EncodeFile = Callable[[bytes], tuple[int, bytes] | None]
"""Codes a file by the model of its kind: (the model's number, its payload), or None where that is no gain."""

DecodeFile = Callable[[int, bytes, int], bytes]
"""The file that a model coded, from the model's number, the payload and the size of the file."""
