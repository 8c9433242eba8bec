"""Makes documents with deflate inside, for the last table of docs/deflate.md.

    pip install python-docx openpyxl matplotlib
    python benchmarks/recipes/documents.py FOLDER
    neucomp bench --codecs xz,neucomp --markdown FOLDER

A text of 37 KB as .docx and as .gz, 3,000 rows as .xlsx, four plots as .pdf: what is in them is always the same, but
their libraries write the date and their versions, too. The other files of the table are
wheel-0.43.0-py3-none-any.whl of PyPI, jopt-simple-5.0.4.jar of Maven Central, and shared-mime-info-spec.pdf of the
Debian package shared-mime-info.
"""

import argparse
import gzip
import random
from pathlib import Path

import docx
import matplotlib
import numpy as np
import openpyxl

BOOK = Path(__file__).parents[2] / "demo" / "sherlock-holmes.txt"
TEXT_BYTES = 37_000
ROWS = 3000
SEED = 1


def write_text(folder: Path) -> None:
    """The beginning of the demo's book, paragraph by paragraph."""
    text = BOOK.read_bytes()[:TEXT_BYTES].decode(errors="ignore").replace("\r\n", "\n")
    (folder / "book.txt.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    document = docx.Document()
    for paragraph in text.split("\n\n"):
        document.add_paragraph(" ".join(paragraph.split()))
    document.save(str(folder / "book.docx"))


def write_rows(folder: Path) -> None:
    """A list of orders: a number, a date, a town, a count, a price."""
    chance = random.Random(SEED)
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["order", "date", "town", "pieces", "price"])
    for number in range(ROWS):
        day = f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        town = chance.choice(["Aarhus", "Bergen", "Cork", "Delft", "Essen", "Faro", "Ghent", "Hull"])
        pieces = chance.randint(1, 40)
        sheet.append([1000 + number, day, town, pieces, round(pieces * chance.uniform(2.0, 3.0), 2)])
    workbook.save(folder / "orders.xlsx")


def write_plots(folder: Path) -> None:
    """Curves, points, a histogram and a picture."""
    matplotlib.use("pdf")
    from matplotlib import pyplot

    chance = np.random.default_rng(SEED)
    figure, axes = pyplot.subplots(2, 2)
    axes[0, 0].plot(chance.normal(size=2000).cumsum())
    axes[0, 1].scatter(*chance.normal(size=(2, 1000)))
    axes[1, 0].hist(chance.normal(size=5000), bins=60)
    axes[1, 1].imshow(chance.normal(size=(64, 64)).cumsum(axis=1))
    figure.savefig(folder / "plots.pdf", metadata={"CreationDate": None})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="where the documents go")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder)
    write_rows(folder)
    write_plots(folder)
    print("\n".join(f"{path}: {path.stat().st_size:,} bytes" for path in sorted(folder.iterdir())))
