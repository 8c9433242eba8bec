"""Makes the primers that ship with neucomp from the training texts: python benchmarks/recipes/primers.py DATA_FOLDER

DATA_FOLDER holds the unpacked training texts (gutenberg/, nltk/, source/, csv/). A primer is, from its end: ordinary
text in excerpts, then words that occur in the training texts but not in these excerpts, rarest first, then more of
other things. On held-out files 36 KB of words and 28 KB of text took 8.5 % off 150 KB of an English novel at level 5,
64 KB of text alone 6.6 %; at level 9, 96 KB gave 1.759 bits per byte (a novel and wiki text), 192 KB gave 1.731.

Held out, so that figures stay honest: the book the demo compresses, the books and sources used for validation.
"""

import hashlib
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"
WEIGHTS = Path(__file__).parents[2] / "neucomp" / "weights"
HELD_OUT = ("1661-8", "145-8", "2000-8", "zstd")
PRIMER_SIZE = 192 << 10
WORDS_IN_SOURCE = 44000
SEED = 1


def excerpts(files: list[Path], total: int, count: int, chance: random.Random) -> bytes:
    """`count` pieces of random files, `total` bytes together, each from the start of a line."""
    pieces = []
    for _ in range(count):
        text = chance.choice(files).read_bytes().replace(b"\r\n", b"\n")
        size = total // count
        margin = len(text) // 20
        start = chance.randrange(margin, max(len(text) - margin - size, margin + 1))
        start = text.rfind(b"\n", 0, start) + 1
        pieces.append(text[start : start + size])
    return b"".join(pieces)


def missing_words(counts: Counter[bytes], present: set[bytes], size: int) -> bytes:
    """The most frequent words of at least 4 letters that are not `present`, rarest first, about `size` bytes."""
    words: list[bytes] = []
    for word, _ in counts.most_common():
        if len(word) >= 4 and word not in present:
            size -= len(word) + 1
            if size < 0:
                break
            words.append(word)
    return b" ".join(reversed(words)) + b"\n"


def find(data: Path, *patterns: str) -> list[Path]:
    """Training files that are not held out and long enough to cut from."""
    found = sorted(path for pattern in patterns for path in data.glob(pattern) if path.is_file())
    return [path for path in found if not any(name in str(path) for name in HELD_OUT) and path.stat().st_size > 1500]


def english(data: Path) -> bytes:
    """Prose of two centuries, one encyclopedic article with its markup, and the most frequent other words."""
    chance = random.Random(SEED)
    books = find(data, "gutenberg/*.txt")
    speeches = find(data, "nltk/state_union/*.txt", "nltk/inaugural/*.txt")
    article = (SAMPLES / "article.xml").read_bytes()
    text = excerpts(speeches, 8000, 4, chance) + article + excerpts(books, 25000, 12, chance)
    more = excerpts(speeches, 12000, 4, chance) + excerpts(books, 48000, 20, chance)
    counts: Counter[bytes] = Counter()
    for path in books + speeches:
        counts.update(re.findall(rb"[a-z]+", path.read_bytes()[20000:]))
    known = set(re.findall(rb"[a-z]+", text.lower()))
    return more + missing_words(counts, known, PRIMER_SIZE - len(more) - len(text)) + text


def source(data: Path) -> bytes:
    """Source code in several languages, markup, JSON and logs; identifiers and English words that these lack."""
    chance = random.Random(SEED)
    kinds: list[tuple[tuple[str, ...], int, int]] = [
        (("csv/**/*.csv",), 2500, 5),
        (("source/**/*.yml", "source/**/*.toml", "source/**/*.sh", "source/**/*.rst"), 4500, 7),
        (("source/click/**/*.md", "source/litgpt/**/*.md", "source/restic/**/*.md"), 6500, 5),
        (("source/**/*.html",), 5500, 3),
        (("source/safetensors/**/*.rs",), 3000, 2),
        (("source/restic/**/*.go",), 4500, 4),
        (("source/Pillow/**/*.py", "source/click/**/*.py", "source/httpx/**/*.py"), 9500, 7),
        (("source/Pillow/**/*.c", "source/Pillow/**/*.h"), 9500, 7),
    ]
    samples = [(SAMPLES / name).read_bytes() for name in ("server.log", "records.json", "article.xml")]
    text = b"".join([*samples, *(excerpts(find(data, *patterns), size, n, chance) for patterns, size, n in kinds)])
    everything = find(data, *(pattern for patterns, _, _ in kinds for pattern in patterns))
    identifier = rb"[A-Za-z_][A-Za-z_0-9]{2,}"
    files_with = Counter(words_once(everything, identifier))
    special = missing_words(files_with, set(re.findall(identifier, text)), WORDS_IN_SOURCE) + text
    return english(data)[-(PRIMER_SIZE - len(special)) :] + special


def words_once(paths: list[Path], pattern: bytes) -> Iterable[bytes]:
    """Each file's different words, so that Counter tells in how many files a word occurs."""
    for path in paths:
        yield from set(re.findall(pattern, path.read_bytes()[:40000]))


def main(data: Path) -> None:
    """Writes the primers and prints the hashes that neucomp/models/primers.py must name."""
    for name, text in (("english", english(data)), ("source", source(data))):
        (WEIGHTS / f"primer-{name}.txt").write_bytes(text)
        print(f"{name}: {len(text)} bytes, sha256 {hashlib.sha256(text).hexdigest()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
