"""Sorts training texts into groups: python benchmarks/recipes/network/prepare.py DATA PACKAGES GROUPS

DATA holds the unpacked training archives (gutenberg/, source/, csv/, binaries ...), PACKAGES one folder for each
unpacked Debian package of `PACKAGES` below, named like it. A folder for each group of `WEIGHTS` is written below
GROUPS, and wiki-validation beside them. Prints the command that trains the network.
"""

import gzip
import random
import re
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from wiki import page, read_articles

WEIGHTS = {
    "english": 0.36,
    "code": 0.16,
    "languages": 0.12,
    "wiki": 0.11,
    "technical": 0.07,
    "html": 0.06,
    "records": 0.05,
    "manuals": 0.04,
    "binaries": 0.03,
}
"""Shares of what is read. The network helps most where the experts of the byte model know least: in short files of
English, source code and markup."""

PACKAGES = {
    "apache2-doc": "Apache-2.0",
    "debian-handbook": "CC-BY-SA-3.0 or GPL-2.0-or-later",
    "dict-devil": "public domain",
    "dict-wn": "WordNet-3.0",
    "jargon-text": "public domain",
    "libcurl4-doc": "curl",
    "libx11-doc": "MIT and X11",
    "libxt-doc": "MIT and X11",
    "nodejs-doc": "MIT",
    "perl-doc": "Artistic-1.0-Perl or GPL-1.0-or-later",
    "postgresql-doc-15": "PostgreSQL",
    "python3.11-doc": "PSF-2.0",
    "sqlite3-doc": "public domain",
    "tcl8.6-doc": "TCL",
    "tk8.6-doc": "TCL",
}
"""Documentation of Debian 12, and its licences."""

HELD_OUT = ("1661-8", "145-8", "2000-8", "source/zstd")
"""Books and sources for other validations (see ../primers.py), the demo's book among them."""

NOT_TEXT = re.compile(r"\.(bmp|gif|gz|icns|ico|j2k|jp2|jpg|pdf|png|tiff?|ttf|webp|woff2?|zip)$")
LANGUAGES = ("de-DE", "es-ES", "fr-FR", "it-IT", "ja-JP", "nl-NL", "pl-PL", "pt-BR", "ru-RU", "zh-CN")
NOT_LIBRARY = re.compile(r"(^|/)(dist-packages|idlelib|lib2to3|ops|site-packages|tests?)/")
ENGLISH_WORD = re.compile(rb"\b(the|and|of|to)\b")
WORDNET_PART = slice(2_000_000, 7_000_000)
MARKUP_VARIANTS = 8
HELD_OUT_ARTICLES = 10
SEED = 5
BYTES_SEEN = "1G"


class Text(NamedTuple):
    """A file for a group."""

    group: str
    name: str
    data: bytes


class Documents(NamedTuple):
    """Files of a package: those that match `pattern`, each up to `limit` bytes, but not those that match `but_not`."""

    group: str
    package: str
    pattern: str
    limit: int | None = None
    but_not: str = "$^"


DOCUMENTS = [
    Documents("html", "sqlite3-doc", "**/*.html", 300_000),
    Documents("html", "postgresql-doc-15", "**/*.html", 300_000),
    Documents("html", "python3.11-doc", "**/library/[a-m]*.html", 100_000),
    Documents("html", "apache2-doc", "**/*.html.en", 300_000),
    Documents("html", "apache2-doc", "**/en/**/*.html", 300_000),
    Documents("html", "debian-handbook", "**/en-US/*.html", 300_000),
    Documents("html", "nodejs-doc", "**/api/[b-z]*.html", 200_000),
    Documents("html", "libx11-doc", "**/*.html", 500_000, "compose"),
    *(Documents("languages", "debian-handbook", f"**/{language}/*.html", 60_000) for language in LANGUAGES),
    Documents("manuals", "tcl8.6-doc", "**/man/**/*.gz"),
    Documents("manuals", "tk8.6-doc", "**/man/**/*.gz"),
    Documents("manuals", "libx11-doc", "**/man/**/*.gz"),
    Documents("manuals", "libxt-doc", "**/man/**/*.gz"),
    Documents("manuals", "libcurl4-doc", "**/man/**/*.gz", 4000),
    Documents("technical", "perl-doc", "**/*.pod", 150_000),
    Documents("technical", "jargon-text", "**/jargon.txt.gz"),
    Documents("technical", "python3.11-doc", "**/_sources/**/*.txt", 150_000),
    Documents("english", "dict-devil", "**/*.dz"),
]


def from_archives(data: Path) -> Iterator[Text]:
    """The training archives, by folder; prose is English or not by its words."""
    for path in sorted(path for path in data.rglob("*") if path.is_file()):
        name = path.relative_to(data).as_posix()
        top, contents = name.split("/")[0], path.read_bytes()
        if top == "wikitext-2" or len(contents) < 64 or any(part in name for part in HELD_OUT):
            continue
        if top in ("gutenberg", "multilingual", "nltk", "tinyshakespeare"):
            is_english = len(ENGLISH_WORD.findall(contents)) > len(contents) / 100
            yield Text("english" if is_english else "languages", name, contents)
        elif top == "source":
            if not NOT_TEXT.search(name):
                kinds = {".md": "technical", ".rst": "technical", ".html": "html"}
                yield Text(kinds.get(path.suffix, "code"), name, contents)
        else:
            yield Text("records" if top in ("csv", "json") else "binaries", name, contents)


def from_packages(packages: Path) -> Iterator[Text]:
    """Documentation, uncompressed where it is compressed."""
    for group, package, pattern, limit, but_not in DOCUMENTS:
        for path in sorted((packages / package).glob(pattern)):
            if path.is_symlink() or not path.is_file() or re.search(but_not, str(path)):
                continue
            data = read(path)[:limit]
            if len(data) > 200:
                yield Text(group, path.relative_to(packages).as_posix(), data)
    for path in (packages / "dict-wn").glob("**/wn.dict.dz"):
        yield Text("technical", "dict-wn", read(path)[WORDNET_PART])


def from_this_python() -> Iterator[Text]:
    """Python's standard library, and the C++ headers of torch."""
    library = Path(sysconfig.get_paths()["stdlib"])
    torch = find_spec("torch")
    headers = Path(torch.origin or "").parent / "include" if torch else library / "none"
    for folder, pattern, limit in ((library, "**/*.py", None), (headers, "**/*.h", 60_000)):
        for path in sorted(folder.glob(pattern)):
            name = path.relative_to(folder).as_posix()
            data = path.read_bytes()
            if len(data) > 500 and not NOT_LIBRARY.search(name):
                yield Text("code", name, data[:limit])


def from_wikitext(folder: Path) -> Iterator[Text]:
    """Articles in several kinds of markup, and once as plain text; some are held out."""
    articles = [article for name in ("test.txt", "valid.txt") for article in read_articles((folder / name).read_text())]
    random.Random(SEED).shuffle(articles)
    held_out, articles = articles[:HELD_OUT_ARTICLES], articles[HELD_OUT_ARTICLES:]
    for seed in range(MARKUP_VARIANTS):
        chance = random.Random(seed)
        pages = (page(article, i * 7 + seed, chance) for i, article in enumerate(articles))
        yield Text("wiki", f"markup-{seed}", "".join(pages).encode())
    yield Text("wiki", "plain", "\n".join(f"== {title} ==\n{body}" for title, body in articles).encode())
    pages = (page(article, 77, random.Random(99)) for article in held_out)
    yield Text("wiki-validation", "markup", "".join(pages).encode())


def read(path: Path) -> bytes:
    """The contents of a file that may be compressed."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix in (".gz", ".dz") else data


def command(groups: Path) -> str:
    """What trains the network on the groups."""
    sources = " ".join(f"{groups / name}:{weight}" for name, weight in WEIGHTS.items())
    held_out = f"--validation wiki={groups / 'wiki-validation'}"
    return f"neucomp train {sources} {held_out} --config base --bytes-seen {BYTES_SEEN} -o bytes.safetensors.zlib"


def main(data: Path, packages: Path, groups: Path) -> None:
    """Writes the groups, prints their sizes and the command."""
    missing = [name for name in PACKAGES if not (packages / name).is_dir()]
    if missing:
        sys.exit(f"{packages} lacks the unpacked packages {', '.join(missing)}")
    if groups.exists():
        sys.exit(f"{groups} exists; files from another time would be trained on, too")
    sizes: dict[str, int] = {}
    sources = (from_archives(data), from_packages(packages), from_this_python(), from_wikitext(data / "wikitext-2"))
    for number, text in enumerate(chain(*sources)):
        folder = groups / text.group
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.-]", "_", text.name)[-100:]
        (folder / f"{number:06}-{name}").write_bytes(text.data)
        sizes[text.group] = sizes.get(text.group, 0) + len(text.data)
    for name, size in sizes.items():
        print(f"{name}: {size / 1e6:.1f} MB")
    print(command(groups))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
