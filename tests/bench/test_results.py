"""Results on disk, and what is made of them: totals, the Pareto front, break-even, tables."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from neucomp.bench.results import Result, ResultsFile, write_csv
from neucomp.bench.tables import codec_table, file_table, markdown, speed, trouble_table
from neucomp.bench.totals import Figures, Place, by_kind, pareto_front

BASE = Result(
    suite="tiny",
    file="a",
    sha256="00",
    kind="bytes",
    codec="x",
    label="x",
    version="x 1",
    machine="a machine",
    date="2026-01-01",
    threads=1,
    device="cpu",
    repeat=1,
    status="ok",
    detail="",
    size=1000,
    symbols=1000,
    raw_size=1000,
    compared="bytes",
    compressed_size=500,
    model_bytes=0,
    encode_s=0.1,
    decode_s=0.01,
    encode_process_s=1.0,
    decode_process_s=1.0,
    encode_peak_bytes=20_000_000,
    decode_peak_bytes=10_000_000,
)


def made(file: str, codec: str, compressed_size: int, **changes: object) -> Result:
    return replace(BASE, file=file, codec=codec, label=codec, compressed_size=compressed_size, **changes)  # type: ignore[arg-type]


RESULTS = [
    made("a", "x", 500),
    made("b", "x", 400),
    made("a", "y", 300, model_bytes=10_000),
    made("b", "y", 350, model_bytes=10_000),
    made("a", "z", 100, status="wrong", detail="decoding | gave"),
]


def test_file_is_valid_json_after_every_result(tmp_path: Path) -> None:
    file = ResultsFile(tmp_path / "r.json")
    for count, result in enumerate(RESULTS, 1):
        file.add(result)
        assert len(json.loads(file.path.read_text())["rows"]) == count
    assert ResultsFile(file.path).results == RESULTS


def test_newer_result_replaces(tmp_path: Path) -> None:
    file = ResultsFile(tmp_path / "r.json")
    for result in [*RESULTS, replace(RESULTS[0], compressed_size=1), made("c", "x", 5)]:
        file.add(result)
    found = ResultsFile(file.path).results
    assert found == [replace(RESULTS[0], compressed_size=1), *RESULTS[1:], made("c", "x", 5)]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_cut_file_loses_one_result_at_most(tmp_path: Path, cut: int) -> None:
    file = ResultsFile(tmp_path / "r.json")
    for result in RESULTS:
        file.add(result)
    content = file.path.read_bytes()
    file.path.write_bytes(content[:-cut])
    again = ResultsFile(file.path)
    assert again.results in (RESULTS, RESULTS[:-1])
    again.add(RESULTS[-1])
    assert file.path.read_bytes() == content


@pytest.mark.parametrize("content", ["", "[]", '{"rows": []}', '{"rows": [\n{"no": 1},\n{}\n]}\n'])
def test_other_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="result"):
        ResultsFile(path)
    assert path.read_text() == content


@pytest.mark.parametrize(
    ("change", "finished"),
    [
        ({}, True),
        ({"repeat": 2}, False),
        ({"version": "x 2"}, False),
        ({"sha256": "11"}, False),
        ({"machine": "another"}, False),
    ],
)
def test_what_counts_as_finished(tmp_path: Path, change: dict[str, object], finished: bool) -> None:
    file = ResultsFile(tmp_path / "r.json")
    file.add(BASE)
    wanted = replace(BASE, status="failed", **change)  # type: ignore[arg-type]
    assert (file.finished(wanted) is not None) == finished


def test_failures_are_tried_again(tmp_path: Path) -> None:
    file = ResultsFile(tmp_path / "r.json")
    file.add(replace(BASE, status="timeout"))
    assert file.finished(BASE) is None


def test_csv_has_every_field() -> None:
    text = io.StringIO()
    write_csv(RESULTS, text)
    lines = text.getvalue().splitlines()
    assert len(lines) == 1 + len(RESULTS)
    assert lines[0].startswith("suite,file,sha256") and "bits_per_symbol" in lines[0]
    assert ",4.0," in lines[1]


def test_totals_need_every_file() -> None:
    figures = Figures(RESULTS, "bytes")
    places = figures.places()
    assert figures.labels == ["y", "x"]
    total = figures.total("y", places)
    assert total is not None and (total.size, total.compressed_size, total.bits_per_symbol) == (2000, 650, 2.6)
    assert figures.total("y", [*places, Place("tiny", "c")]) is None
    assert [result.label for result in figures.unverified] == ["z"]


def test_times_that_are_not_known_are_none(tmp_path: Path) -> None:
    results = [replace(each, encode_s=None) if each.file == "b" and each.codec == "x" else each for each in RESULTS]
    figures = Figures(results, "bytes")
    assert figures.common == [Place("tiny", "a")]
    total = figures.total("x", figures.places())
    assert total is not None
    assert (total.encode_s, total.encode_kb_s, total.decode_s, total.compressed_size) == (None, None, 0.02, 900)
    assert "| x | 900 | 3.600 | 2.22 | – | 100 |" in markdown(codec_table(figures, figures.places()))
    file = ResultsFile(tmp_path / "r.json")
    file.add(*results)
    assert file.finished(RESULTS[0]) and not file.finished(RESULTS[1])


def test_break_even() -> None:
    figures = Figures(RESULTS, "bytes")
    places = figures.places()
    # 2,000 bytes save 900 - 650 of the model's 10,000.
    assert figures.break_even("y", places) == 10_000 * 2000 / 250
    assert figures.break_even("x", places) == 0
    worse = Figures([*RESULTS[:2], made("a", "y", 800, model_bytes=1), made("b", "y", 800, model_bytes=1)], "bytes")
    assert worse.break_even("y", places) == float("inf")
    assert Figures(RESULTS[2:4], "bytes").break_even("y", places) is None


def test_pareto_front() -> None:
    points = {
        "fast": (100.0, 2.0),
        "slow": (1.0, 5.0),
        "between": (10.0, 3.0),
        "beaten": (5.0, 2.5),
        "equal": (10.0, 3.0),
    }
    assert pareto_front(points) == ["fast", "between", "slow"]


def test_kinds_are_kept_apart() -> None:
    results = [*RESULTS, made("p", "x", 100, kind="image", symbols=400)]
    assert [figures.kind for figures in by_kind(results)] == ["bytes", "image"]
    table = codec_table(by_kind(results)[1], [Place("tiny", "p")])
    assert "bits per dim" in table.heads and table.rows[0][2].text == "2.000"


def test_tables() -> None:
    figures = Figures(RESULTS, "bytes")
    table = codec_table(figures, figures.places())
    assert table.title == "2 files, 2,000 bytes"
    assert [cell.text for cell in table.rows[0]][:4] == ["y", "650", "2.600", "3.08"]
    assert [cell.text for cell in table.rows[0]][-2:] == ["0.0", "0.1"]
    files = file_table(figures, figures.places())
    assert [[cell.text for cell in row] for row in files.rows] == [
        ["a", "1,000", "2.400", "4.000"],
        ["b", "1,000", "2.800", "3.200"],
        ["total", "2,000", "2.600", "3.600"],
    ]
    assert files.sums == 1
    assert "| **2.400** | 4.000 |" in markdown(files)
    assert "decoding \\| gave" in markdown(trouble_table(RESULTS[4:]))


@pytest.mark.parametrize(
    ("kb_s", "text"), [(0.54, "0.5"), (9.94, "9.9"), (34.2, "34"), (345, "340"), (123_456, "120,000")]
)
def test_speeds_have_two_digits(kb_s: float, text: str) -> None:
    assert speed(kb_s) == text


def test_without_a_file_that_all_have_finished_those_with_the_fewest_do_not_count() -> None:
    results = [made("a", "x", 500), made("b", "x", 400), made("a", "y", 300), made("b", "z", 200), made("c", "z", 1)]
    figures = Figures(results, "bytes")
    assert figures.common == [Place("tiny", "b")]
    table = codec_table(figures, figures.common)
    assert [row[0].text for row in table.rows] == ["z", "x"] and "without y" in table.title


def test_unknown_is_not_none() -> None:
    """The size of a model that was not noted, and that of a codec without one."""
    results = [made("a", "x", 500, model_bytes=None), made("a", "y", 300, model_bytes=5000), made("a", "z", 600)]
    table = codec_table(Figures(results, "bytes"), [Place("tiny", "a")])
    models = {row[0].text: [cell.text for cell in row[-2:]] for row in table.rows}
    assert models["x"] == ["?", "?"] and models["z"] == ["–", "–"] and models["y"][0] == "0.0"
