"""Turn results into the tables of the README, docs/benchmarks.md and the plots beside it.

    python benchmarks/report.py benchmarks/results/figures.json

The README's part lies between the lines `<!-- figures:begin -->` and `<!-- figures:end -->`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from manifests import load_suite, suite_names

from neucomp.bench import Result, ResultsFile
from neucomp.bench.own_codecs import EACH
from neucomp.bench.plots import save_themes
from neucomp.bench.results import SYMBOLS
from neucomp.bench.tables import (
    ABSENT,
    Cell,
    Table,
    codec_table,
    file_table,
    mark,
    markdown,
    origin,
    speed,
    trouble_table,
)
from neucomp.bench.totals import Figures, by_kind

REPOSITORY = Path(__file__).parent.parent
BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"
README_SUITES = (
    *("canterbury", "enwik8", "structured", "silesia"),
    *("kodak", "photographs", "graphics", "cifar10", "cifar10-files"),
    *("music", "speech"),
)


def replace_between_markers(text: str, replacement: str) -> str:
    """`text` with everything between the two marker lines replaced. Raises ValueError if they are not there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} followed by {END}")
    return f"{before}{begin}\n{replacement}\n{end}{after}"


def read_results(path: Path) -> list[Result]:
    """The results in a file, as tables show them: where pictures are files of their own, the suite's title says so."""
    each = f"neucomp {EACH} "
    return [replace(result, label=result.label.replace(each, "neucomp ")) for result in ResultsFile(path).results]


def summary_table(figures: Figures) -> Table:
    """For the README: bits per symbol of each suite beside speed and memory, which are those over all files that every
    codec has finished."""
    suites = [suite for suite in README_SUITES if suite in figures.suites]
    columns = []
    for suite in suites:
        totals = [figures.total(label, figures.places(suite)) for label in figures.labels]
        texts = [f"{total.bits_per_symbol:.3f}" for total in totals if total]
        smallest = min(texts, key=float) if len(texts) > 1 else ""
        columns.append([mark(total.bits_per_symbol if total else None, ".3f", smallest) for total in totals])
    rows = []
    for index, label in enumerate(figures.labels):
        costs = [ABSENT] * 3
        if (total := figures.total(label, figures.common)) is not None:
            peak_bytes = max(total.encode_peak_bytes, total.decode_peak_bytes)
            costs = [speed(total.encode_kb_s), speed(total.decode_kb_s), f"{peak_bytes / 1e6:,.0f}"]
        rows.append([Cell(label), *(column[index] for column in columns), *map(Cell, costs)])
    heads = [f"bits per {SYMBOLS[figures.kind]}", *(load_suite(suite).title for suite in suites)]
    return Table("", [*heads, "compress KB/s", "decompress KB/s", "memory MB"], rows)


def readme_part(results: Sequence[Result]) -> str:
    """All that stands between the README's markers: a table for each kind of files, and the first one's plot."""
    shown = [result for result in results if result.suite in README_SUITES]
    parts = [markdown(summary_table(figures)) for figures in by_kind(shown)]
    parts.append(origin([result for result in shown if result.verified]))
    plotted = [figures.kind for figures in by_kind(shown) if figures.common]
    return "\n\n".join([*parts, *(picture("docs/", kind) for kind in plotted[:1])])


def suite_section(figures: Figures, suite: str) -> str:
    """Everything about one suite: sizes file by file, then totals, speed and memory."""
    places = figures.places(suite)
    heading = f"## {suite}"
    if suite in suite_names():
        manifest = load_suite(suite)
        heading = f"## {manifest.title}\n\nSource: {manifest.source}."
    tables = [file_table(figures, places, bits=False), codec_table(figures, places)] if places else []
    return "\n\n".join([heading, *map(markdown, tables)])


def introduction() -> str:
    """The beginning of docs/benchmarks.md: what the numbers mean."""
    return """# Benchmarks

Written by `benchmarks/report.py` from `benchmarks/results/figures.json`; `benchmarks/README.md` tells how to repeat it.

* Every row comes from a file that was written, decoded by another process and compared with the original: byte by byte,
  or by pixels and samples for codecs that know only these. Sizes are those of the whole file, headers included. The
  smallest is bold. Bits per dim are bits for each sub-pixel: three of them make a pixel in colour.
* KB/s (1 KB = 1000 bytes of the original, unpacked) is wall time inside the codec, on data in memory, after a warm-up:
  starting Python, imports and compilation are not in it. Programs (WavPack, flac) are timed whole, with their start.
  Totals are total bytes / total seconds. One thread each, unless `-T` in a name says otherwise. The machine had other
  work, so speeds are lower bounds, good for comparing; a dash stands where they would have meant nothing.
* MB (1,000,000 bytes) is the largest resident memory of the whole process: Python itself (about 20 MB), the libraries,
  the original, the compressed data and the codec's tables. Of several files, the largest counts.
* Models are what decoding needs beside the file: weights, primers, brotli's dictionary. Break-even is how much like
  this must be compressed before shipping the model has paid, compared with the best codec that has none.
* gzip, bzip2 and xz are those of Python's standard library, with the named settings of the programs. PPMd is 7-Zip's
  variant H with order 8 and at most 256 MB, behind a length of 8 bytes. brotli has a window of 16 MB (`lgwin` 24),
  zstd and lz4 a checksum as their programs write it. PNG and WebP are Pillow's, JPEG XL, JPEG-LS and JPEG 2000 those of
  imagecodecs, FLAC is libsndfile's. A batch of images is one file after the other for codecs that know no batches,
  each behind its length in 4 bytes."""


def full_report(results: Sequence[Result]) -> str:
    """The page for docs/: all suites, all files."""
    sections = [introduction()]
    for figures in by_kind(results):
        if figures.common:
            sections.append(picture("", figures.kind))
    sections.append(origin([result for result in results if result.verified]))
    sections += [suite_section(figures, suite) for figures in by_kind(results) for suite in figures.suites]
    if trouble := [result for result in results if not result.verified]:
        sections.append(f"## Without a result\n\n{markdown(trouble_table(trouble))}")
    return "\n\n".join(sections) + "\n"


def plot_stem(kind: str) -> str:
    """The beginning of the plots' names."""
    return "ratio-speed" if kind == "bytes" else f"ratio-speed-{kind}"


def picture(folder: str, kind: str) -> str:
    """HTML that shows the plot which suits the reader's page."""
    stem = f"{folder}{plot_stem(kind)}"
    return (
        "<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="{stem}-dark.svg">\n'
        f'  <img alt="Compression ratio against speed, log scale" src="{stem}-light.svg">\n'
        "</picture>"
    )


def write_atomically(path: Path, text: str) -> None:
    """Replace a file's contents in one step."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--readme", type=Path, default=REPOSITORY / "README.md", help="default: %(default)s")
    parser.add_argument("--docs", type=Path, default=REPOSITORY / "docs", help="folder, default: %(default)s")
    arguments = parser.parse_args()
    results = read_results(arguments.results)
    arguments.docs.mkdir(exist_ok=True)
    paths = []
    for figures in by_kind([result for result in results if result.suite in README_SUITES]):
        if figures.common:
            paths += save_themes(figures, arguments.docs / plot_stem(figures.kind))
    page = arguments.docs / "benchmarks.md"
    write_atomically(page, full_report(results))
    readme = arguments.readme.read_text(encoding="utf-8")
    write_atomically(arguments.readme, replace_between_markers(readme, readme_part(results)))
    print("\n".join(map(str, [*paths, page, arguments.readme])))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
