"""Image files that are compressed and decompressed, here or in a process with another environment.

In a process of its own: `python -W error -m tests.helpers.image_job LEVEL NAME...`, which prints a line for each file.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import neucomp
from tests.helpers.picture_files import drawing, gray_batch, pixmap, stored_png

ROOT = Path(__file__).parent.parent.parent
WAIT_SECONDS = 500

FILES: dict[str, Callable[[], bytes]] = {
    "tiny": lambda: pixmap(5, 9),
    "tiny-drawing": lambda: drawing(8, 9),
    "pixmap": lambda: pixmap(70, 90),
    "gray-batch": lambda: gray_batch(3, 20, 33),
    "png": lambda: stored_png(33, 50),
    "drawing": lambda: drawing(60, 70),
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
    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.helpers.image_job", str(level), *names],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=WAIT_SECONDS,
        env={**os.environ, **environment},
    )
    return result.stdout.splitlines()


if __name__ == "__main__":
    print("\n".join(run(int(sys.argv[1]), *sys.argv[2:])))
