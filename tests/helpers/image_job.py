"""Files that are taken apart, compressed and decompressed, here or in a process with another environment.

In a process of its own: `python -W error -m tests.helpers.image_job LEVEL NAME...`, which prints a line for each file.
"""

import hashlib
import sys
import zlib
from collections.abc import Callable

import neucomp
from tests.helpers.elsewhere import run_module
from tests.helpers.picture_files import drawing, gray_batch, pixmap, stored_png


def two_encoders() -> bytes:
    """A zlib stream that no call of zlib gives: its second half has another level, and its own window."""
    text = "".join(f"{i * i % 97} bottles, {i % 7} of them green, on wall {i % 5}; " for i in range(400)).encode()
    parts = []
    for level, half in (1, text[:9000]), (9, text[9000:]):
        packer = zlib.compressobj(level, zlib.DEFLATED, -15)
        parts += [packer.compress(half), packer.flush(zlib.Z_FULL_FLUSH if level == 1 else zlib.Z_FINISH)]
    return b"\x78\x9c" + b"".join(parts) + zlib.adler32(text).to_bytes(4, "big")


FILES: dict[str, Callable[[], bytes]] = {
    "tiny": lambda: pixmap(5, 9),
    "tiny-drawing": lambda: drawing(8, 9),
    "pixmap": lambda: pixmap(70, 90),
    "gray-batch": lambda: gray_batch(3, 20, 33),
    "png": lambda: stored_png(33, 50),
    "drawing": lambda: drawing(60, 70),
    "streams": two_encoders,
}


def run(level: int, *names: str) -> list[str]:
    """Codes the files of these names; a line for each: the SHA-256 of what it becomes, and whether it comes back."""
    lines = []
    for name in names:
        original = FILES[name]()
        blob = neucomp.compress(original, level)
        back = neucomp.decompress(blob) == original
        lines.append(f"{name} {neucomp.info(blob).model} {hashlib.sha256(blob).hexdigest()} {back}")
    return lines


def run_elsewhere(level: int, *names: str, **environment: str) -> list[str]:
    """Does it in a new process with these additions to the environment. Warnings are errors there."""
    return run_module("tests.helpers.image_job", str(level), *names, **environment).splitlines()


if __name__ == "__main__":
    print("\n".join(run(int(sys.argv[1]), *sys.argv[2:])))
