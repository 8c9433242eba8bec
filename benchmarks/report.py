"""Turn results into the tables of the README, docs/benchmarks.md and the plots beside it.

    python benchmarks/report.py benchmarks/results/figures.json

The README's part lies between the lines `<!-- figures:begin -->` and `<!-- figures:end -->`.
"""

import argparse
import os
import sys
from pathlib import Path

from plot import save_plots
from results import Results
from tables import README_SUITES, Figures, full_report, readme_summary

REPOSITORY = Path(__file__).parent.parent
BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"
PLOT_STEM = "ratio-speed"


def replace_between_markers(text: str, replacement: str) -> str:
    """`text` with everything between the two marker lines replaced. Raises ValueError if they are not there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} followed by {END}")
    return f"{before}{begin}\n{replacement}\n{end}{after}"


def picture(folder: str) -> str:
    """HTML that shows the plot which suits the reader's page."""
    stem = f"{folder}{PLOT_STEM}"
    return (
        "<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="{stem}-dark.svg">\n'
        f'  <img alt="Compression ratio against speed, log scale" src="{stem}-light.svg">\n'
        "</picture>"
    )


def introduction() -> str:
    """The beginning of docs/benchmarks.md: what the numbers mean."""
    return f"""# Benchmarks

Written by `benchmarks/report.py` from `benchmarks/results/figures.json`; `benchmarks/README.md` tells how to repeat it.

* Every row comes from a file that was written, decoded by another process and compared with the original.
  Sizes are those of the whole file, headers included. The smallest is bold.
* KB/s (1 KB = 1000 bytes of original data) is wall time inside the codec, on data in memory, after a warm-up:
  starting Python, imports and compilation are not in it. Totals are total bytes / total seconds. One thread each,
  unless `-T` in a name says otherwise.
* MB (1,000,000 bytes) is the largest resident memory of the whole process: Python itself (about 17 MB), the library,
  the original, the compressed data and the codec's tables. Of several files, the largest counts.
* gzip, bzip2 and xz are those of Python's standard library, with the named settings of the programs. PPMd is 7-Zip's
  variant H with order 8 and at most 256 MB, behind a length of 8 bytes. brotli has a window of 16 MB (`lgwin` 24),
  zstd a checksum as its program writes it.

{picture("")}"""


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
    rows = list(Results(arguments.results).rows)
    arguments.docs.mkdir(exist_ok=True)
    paths = save_plots(Figures(rows, README_SUITES), arguments.docs / PLOT_STEM)
    page = arguments.docs / "benchmarks.md"
    write_atomically(page, full_report(rows, introduction()))
    readme = arguments.readme.read_text(encoding="utf-8")
    summary = f"{readme_summary(rows)}\n\n{picture('docs/')}"
    write_atomically(arguments.readme, replace_between_markers(readme, summary))
    print("\n".join(map(str, [*paths, page, arguments.readme])))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ValueError as error:
        sys.exit(f"error: {error}")
