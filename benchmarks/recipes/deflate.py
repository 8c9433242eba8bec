"""What it takes to build deflate streams of other encoders again: the tables of docs/deflate.md.

    pip install isal zlib-ng zopfli
    python benchmarks/recipes/deflate.py [--encoders libdeflate,Zopfli] FILE...

The contents of every file are compressed by each encoder at hand: of a PNG its rows, as a new PNG, of any other file
its bytes. What is printed is the recipe as a share of the stream, or all that the PNG takes beside its pixels as a
share of the PNG; every one was built again and compared. The streams of zlib in files that are no PNG, which need no
recipe, get one here, too.
"""

import argparse
import sys
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import imagecodecs
import numpy as np

from neucomp.formats import MAX_SAMPLES, png
from neucomp.formats.deflate_recipes import RecipeReader, RecipeWriter

ZOPFLI_ITERATIONS = 5
HEADER, CHECKSUM = 2, 4
"""Bytes of a zlib stream (RFC 1950) around its deflate stream."""

Encoder = Callable[[bytes], bytes]


def encoders() -> dict[str, Encoder]:
    """Bytes to deflate streams (RFC 1951), of the libraries that are installed."""

    def bare(compress: Callable[..., bytes], *settings: object) -> Encoder:
        return lambda data: compress(data, *settings)[HEADER:-CHECKSUM]

    def libdeflate(level: int) -> Encoder:
        return lambda data: bytes(imagecodecs.deflate_encode(data, level=level, raw=True))

    found = {f"zlib {level}": bare(zlib.compress, level) for level in (1, 6, 9)}
    if find_spec("zlib_ng"):
        from zlib_ng import zlib_ng

        found |= {f"zlib-ng {level}": bare(zlib_ng.compress, level) for level in (1, 2, 6, 9)}
    found |= {f"libdeflate {level}": libdeflate(level) for level in (1, 6, 9, 12)}
    if find_spec("isal"):
        from isal import isal_zlib

        found |= {f"ISA-L {level}": bare(isal_zlib.compress, level) for level in (0, 1, 3)}
    if find_spec("zopfli"):
        from zopfli import zlib as zopfli

        found["Zopfli"] = lambda data: zopfli.compress(data, numiterations=ZOPFLI_ITERATIONS)[HEADER:-CHECKSUM]
    return found


def share_of_stream(data: bytes, encode: Encoder) -> float:
    """The recipe's bytes for each byte of the stream; 1 if there is no recipe that is worth while."""
    stream = encode(data)
    coded, text = np.frombuffer(stream, np.uint8), np.frombuffer(data, np.uint8)
    writer = RecipeWriter(len(stream))
    plan = writer.find_plan(coded, text)
    if plan is None or not writer.add(coded, text, plan):
        return 1.0
    recipe = writer.finish()
    if RecipeReader(recipe).next(text, len(stream)) != stream:
        sys.exit("error: a recipe gave another stream")
    return len(recipe) / len(stream)


def share_of_png(data: bytes, encode: Encoder) -> float:
    """Bytes beside the pixels for each byte of a PNG with a new stream, in one chunk; 1 if it stays as it is."""
    file = png._read(data, MAX_SAMPLES)
    rows = None if file is None else png._inflate(file)
    if file is None or rows is None:
        sys.exit("error: a PNG that cannot be read")
    text = rows.tobytes()
    stream = b"\x78\xda" + encode(text) + zlib.adler32(text).to_bytes(CHECKSUM, "big")
    made = png._write(file._replace(stream=stream, sizes=[len(stream)]))
    parsed = png.parse(made, MAX_SAMPLES)
    if parsed is None:
        return 1.0
    if png.build(parsed.envelope, parsed.image, parsed.bits) != made:
        sys.exit("error: a PNG came back as another")
    return len(parsed.envelope) / len(made)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    parser.add_argument("--encoders", help="only those whose names begin so; default: all that are installed")
    arguments = parser.parse_args()
    paths: list[Path] = arguments.files
    wanted = tuple(arguments.encoders.split(",")) if arguments.encoders else ""
    print(f"| encoder | {' | '.join(path.name for path in paths)} |")
    print(f"| --- |{' ---: |' * len(paths)}")
    for name, encode in encoders().items():
        if not name.startswith(wanted):
            continue
        shares = []
        for path in paths:
            data = path.read_bytes()
            share = share_of_png if data.startswith(b"\x89PNG") else share_of_stream
            shares.append(f"{100 * share(data, encode):.1f} %")
        print(f"| {name} | {' | '.join(shares)} |", flush=True)


if __name__ == "__main__":
    main()
