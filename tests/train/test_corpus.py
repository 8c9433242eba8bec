"""Groups of files, what is held out of them, and the windows that are read."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from neucomp.nets.rows import find_rows, new_readers
from neucomp.train.corpus import LOOK_BACK, cut_windows, read_corpus, read_windows
from neucomp.train.sources import Source

BITS = (6, 7, 6, 6, 6, 6, 6, 6)


def bytes_of(name: str, size: int) -> bytes:
    return hashlib.shake_256(name.encode()).digest(size)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "many" / "deep").mkdir(parents=True)
    for i in range(120):
        (tmp_path / "many" / ("deep" if i % 2 else ".") / f"{i}").write_bytes(bytes_of(f"{i}", 1000))
    (tmp_path / "one").write_bytes(bytes_of("one", 300_000))
    (tmp_path / "other").write_bytes(bytes_of("other", 5000))
    return tmp_path


def test_whole_files_are_held_out_or_pieces_of_long_ones(folder: Path) -> None:
    corpus = read_corpus([Source("many", folder / "many"), Source("one", folder / "one")], 64)
    many, one = corpus.groups
    files = [bytes_of(f"{i}", 1000) for i in range(120)]
    held_out = [data for data in files if data in many.validation.tobytes()]
    assert len(held_out) * 1000 == many.validation.size and 2 <= len(held_out) <= 3
    assert all((data in many.training.tobytes()) != (data in held_out) for data in files)
    assert one.validation.size == 300_000 // 8
    assert one.validation.tobytes() in bytes_of("one", 300_000)
    assert one.training.size + one.validation.size == 300_000
    assert corpus.digest == read_corpus([Source("many", folder / "many"), Source("one", folder / "one")], 64).digest


def test_another_seed_holds_out_other_files(folder: Path) -> None:
    one, other = (read_corpus([Source("many", folder / "many")], 64, seed) for seed in (0, 1))
    assert one.groups[0].validation.tobytes() != other.groups[0].validation.tobytes()


def test_shares(folder: Path) -> None:
    many, one = Source("many", folder / "many"), Source("one", folder / "one")
    by_size = read_corpus([many, one], 64)
    sizes = [group.training.size for group in by_size.groups]
    assert [group.share for group in by_size.groups] == pytest.approx([size / sum(sizes) for size in sizes])
    weighted = read_corpus([many._replace(weight=3), one._replace(weight=1)], 64)
    assert [group.share for group in weighted.groups] == [0.75, 0.25]
    windows = weighted.sample(np.random.default_rng(0), 400, 64, BITS)
    assert windows.symbols.shape == windows.targets.shape == (400, 64) and windows.rows.shape == (400, 64, 8)
    many_bytes = weighted.groups[0].training.tobytes()
    drawn = sum(row.astype(np.uint8).tobytes() in many_bytes for row in windows.symbols)
    assert 270 < drawn < 330


def test_own_validation_files(folder: Path) -> None:
    sources = [Source("one", folder / "one"), Source("many", folder / "many")]
    corpus = read_corpus(sources, 64, validation=[Source("one", folder / "other")])
    assert corpus.groups[0].validation.tobytes() == bytes_of("other", 5000)
    assert corpus.groups[0].training.size == 300_000
    assert corpus.groups[1].validation.size == 3000


def test_windows_have_the_rows_that_the_network_will_meet(folder: Path) -> None:
    data = np.frombuffer(b"The words of this text are short enough; the window begins after some. " * 4, np.uint8)
    windows = cut_windows(data, 64, 100)
    read = read_windows(windows, BITS)
    whole = find_rows(data[None, :-1], new_readers(1), BITS)[0] + np.cumsum([0, *(1 << bits for bits in BITS[:-1])])
    for i in range(len(windows)):
        start = LOOK_BACK + 64 * i
        assert read.symbols[i].tolist() == data[start : start + 64].tolist()
        assert read.targets[i].tolist() == data[start + 1 : start + 65].tolist()
        assert np.array_equal(read.rows[i], whole[start : start + 64])
    assert len(cut_windows(data, 64, 2)) == 2


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ([], "no data"),
        ([Source("other", Path("other"))], r"too little data: the group 'other' has 4,375 bytes .* 625 .*; 4,145 of"),
        ([Source("empty", Path("empty"))], "too little data: the group 'empty' has 0 bytes"),
        ([Source("a", Path("one"), 1.0), Source("b", Path("one"))], "'b' has no weight"),
        ([Source("a", Path("one"), 1.0), Source("a", Path("other"), 2.0)], "'a' has two weights"),
        ([Source("a", Path("one"), 0.0)], "weight of the group 'a' is 0"),
    ],
)
def test_data_that_will_not_do(
    sources: list[Source], message: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "empty").mkdir()
    with pytest.raises(ValueError, match=message):
        read_corpus(sources, 4096)


def test_validation_of_an_unknown_group(folder: Path) -> None:
    with pytest.raises(ValueError, match="no training data for the group 'two'"):
        read_corpus([Source("one", folder / "one")], 64, validation=[Source("two", folder / "other")])
