"""The quick start as a script: compress a book, decompress it, compare, and print the size beside gzip and xz."""

import filecmp
import gzip
import lzma
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BOOK = HERE / "sherlock-holmes.txt"
OUT = HERE / "out"


def neucomp(*arguments: str | Path) -> float:
    """Runs the command line as a user would; returns the seconds it took."""
    print("$ neucomp", *(str(a.relative_to(HERE.parent)) if isinstance(a, Path) else a for a in arguments), flush=True)
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "neucomp", *map(str, arguments)], check=True)
    return time.perf_counter() - start


def main() -> None:
    """Exits with an error when the file that comes back is not the file that went in."""
    OUT.mkdir(exist_ok=True)
    compressed, restored = OUT / "sherlock-holmes.txt.neu", OUT / "sherlock-holmes.txt"
    encode_seconds = neucomp("compress", "-f", BOOK, "-o", compressed)
    decode_seconds = neucomp("decompress", "-f", compressed, "-o", restored)
    if not filecmp.cmp(BOOK, restored, shallow=False):
        sys.exit(f"{restored} differs from {BOOK}")

    original = BOOK.read_bytes()
    sizes = {
        "original": len(original),
        "gzip -9": len(gzip.compress(original, 9)),
        "xz -9e": len(lzma.compress(original, preset=9 | lzma.PRESET_EXTREME)),
        "neucomp": compressed.stat().st_size,
    }
    print(
        f"\nThe file came back identical ({encode_seconds:.1f} s to compress, {decode_seconds:.1f} s to decompress).\n"
    )
    for name, size in sizes.items():
        print(f"{name:>10} {size:9,} bytes   {8 * size / len(original):.3f} bits per byte")


if __name__ == "__main__":
    main()
