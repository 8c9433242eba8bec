"""Results as Markdown: a summary for the README, every file for docs/benchmarks.md."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from manifests import load_suite, suite_names
from results import Row

README_SUITES = ("canterbury", "enwik8", "structured", "silesia")
ABSENT = "–"


@dataclass(frozen=True)
class Total:
    """One codec over several files. Sizes in bytes, times in seconds, memory of the hungriest file in bytes."""

    size: int
    compressed_size: int
    encode_s: float
    decode_s: float
    encode_peak_bytes: int
    decode_peak_bytes: int

    @property
    def bits_per_byte(self) -> float:
        """Bits of compressed file for each byte of original."""
        return 8 * self.compressed_size / self.size

    @property
    def compression_ratio(self) -> float:
        """Original size / compressed size."""
        return self.size / self.compressed_size

    @property
    def encode_kb_s(self) -> float:
        """Thousands of original bytes per second."""
        return self.size / 1000 / self.encode_s

    @property
    def decode_kb_s(self) -> float:
        """Thousands of original bytes per second."""
        return self.size / 1000 / self.decode_s


class Figures:
    """Verified rows by codec and file; codecs by their labels, the one that compresses best first."""

    def __init__(self, rows: Iterable[Row], suites: Sequence[str] | None = None) -> None:
        rows = [row for row in rows if suites is None or row.suite in suites]
        self.unverified = [row for row in rows if not row.verified]
        self.rows = [row for row in rows if row.verified]
        self.suites = list(dict.fromkeys(row.suite for row in rows))
        self._by_place = {(row.suite, row.file, row.label): row for row in self.rows}
        labels = dict.fromkeys(row.label for row in self.rows)
        self.common = [place for place in self.files() if all((*place, label) in self._by_place for label in labels)]
        self.labels = sorted(labels, key=self._rank)

    def _rank(self, label: str) -> float:
        total = self.total(label, self.common)
        return total.bits_per_byte if total else 0.0

    def files(self, suite: str | None = None) -> list[tuple[str, str]]:
        """(suite, file) of all files, or of one suite's."""
        places = dict.fromkeys((row.suite, row.file) for row in self.rows)
        return [place for place in places if suite in (None, place[0])]

    def row(self, place: tuple[str, str], label: str) -> Row | None:
        """The verified row of a codec on a file."""
        return self._by_place.get((*place, label))

    def total(self, label: str, places: Sequence[tuple[str, str]]) -> Total | None:
        """The sum over `places`, None if there are none or one of them is missing for this codec."""
        rows = [row for place in places if (row := self.row(place, label)) is not None]
        if not rows or len(rows) < len(places):
            return None
        return Total(
            size=sum(row.size for row in rows),
            compressed_size=sum(row.compressed_size or 0 for row in rows),
            encode_s=sum(row.encode_s or 0.0 for row in rows),
            decode_s=sum(row.decode_s or 0.0 for row in rows),
            encode_peak_bytes=max(row.encode_peak_bytes or 0 for row in rows),
            decode_peak_bytes=max(row.decode_peak_bytes or 0 for row in rows),
        )


def markdown_table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table, first column left, the others right."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))


def mark_smallest(numbers: Sequence[float | None], form: str) -> list[str]:
    """Numbers as text, the smallest of them in bold, a dash for what is missing."""
    texts = [ABSENT if number is None else format(number, form) for number in numbers]
    present = [number for number in numbers if number is not None]
    smallest = format(min(present), form) if len(present) > 1 else ""
    return [f"**{text}**" if text == smallest else text for text in texts]


def speed(kb_s: float) -> str:
    """KB/s to two or three significant digits: a repeated measurement does not agree on more."""
    digits = 10 ** max(len(str(round(kb_s))) - 2, 0)
    return f"{round(kb_s / digits) * digits:,}"


def origin(figures: Figures) -> str:
    """When, where and with what versions the figures were measured."""
    dates = sorted({row.date for row in figures.rows})
    machines = sorted({row.machine for row in figures.rows})
    versions = sorted({row.version for row in figures.rows}, key=str.lower)
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    return f"Measured {when} on {'; '.join(machines)}, with {', '.join(versions)}."


def readme_summary(rows: Iterable[Row]) -> str:
    """The table for the README: bits per byte of each suite beside speed and memory."""
    figures = Figures(rows, README_SUITES)
    suites = [suite for suite in README_SUITES if suite in figures.suites]
    columns = []
    for suite in suites:
        totals = [figures.total(label, figures.files(suite)) for label in figures.labels]
        columns.append(mark_smallest([total.bits_per_byte if total else None for total in totals], ".3f"))
    lines = []
    for index, label in enumerate(figures.labels):
        total = figures.total(label, figures.common)
        costs = [ABSENT] * 3
        if total is not None:
            peak_bytes = max(total.encode_peak_bytes, total.decode_peak_bytes)
            costs = [speed(total.encode_kb_s), speed(total.decode_kb_s), f"{peak_bytes / 1e6:,.0f}"]
        lines.append([label, *(column[index] for column in columns), *costs])
    head = ["bits per byte", *(load_suite(suite).title for suite in suites)]
    table = markdown_table([*head, "compress KB/s", "decompress KB/s", "memory MB"], lines)
    return f"{table}\n\n{origin(figures)}"


def suite_heading(suite: str) -> str:
    """Title and origin; a suite that does not come with the repository has only its name."""
    if suite not in suite_names():
        return f"## {suite}"
    manifest = load_suite(suite)
    return f"## {manifest.title}\n\nSource: {manifest.source}."


def suite_section(figures: Figures, suite: str) -> str:
    """Everything about one suite: sizes file by file, then totals, speed and memory."""
    places, labels = figures.files(suite), figures.labels
    totals = [figures.total(label, places) for label in labels]
    sizes = []
    for place in places:
        rows = [figures.row(place, label) for label in labels]
        original = next(row.size for row in rows if row is not None)
        sizes.append(
            [place[1], f"{original:,}", *mark_smallest([row.compressed_size if row else None for row in rows], ",d")]
        )
    if len(places) > 1:
        original = next((total.size for total in totals if total), 0)
        total_sizes = mark_smallest([total.compressed_size if total else None for total in totals], ",d")
        sizes.append(["total", f"{original:,}" if original else ABSENT, *total_sizes])
    sizes.append(
        ["bits per byte", "8", *mark_smallest([total.bits_per_byte if total else None for total in totals], ".3f")]
    )
    costs = [
        [
            label,
            f"{total.bits_per_byte:.3f}",
            f"{total.compression_ratio:.2f}",
            speed(total.encode_kb_s),
            speed(total.decode_kb_s),
            f"{total.encode_peak_bytes / 1e6:,.0f}",
            f"{total.decode_peak_bytes / 1e6:,.0f}",
        ]
        for label, total in zip(labels, totals, strict=True)
        if total is not None
    ]
    heads = ["", "bits per byte", "ratio", "compress KB/s", "decompress KB/s", "compress MB", "decompress MB"]
    return "\n\n".join(
        [
            suite_heading(suite),
            markdown_table(["bytes", "original", *labels], sizes),
            markdown_table(heads, costs),
        ]
    )


def unverified_section(figures: Figures) -> str:
    """What gave no result, and why."""
    lines = [[row.label, f"{row.suite}/{row.file}", row.status, row.detail] for row in figures.unverified]
    return f"## Not measured\n\n{markdown_table(['codec', 'file', 'status', 'reason'], lines)}"


def full_report(rows: Iterable[Row], introduction: str) -> str:
    """The page for docs/: all suites, all files."""
    figures = Figures(rows)
    sections = [introduction, origin(figures), *(suite_section(figures, suite) for suite in figures.suites)]
    if figures.unverified:
        sections.append(unverified_section(figures))
    return "\n\n".join(sections) + "\n"
