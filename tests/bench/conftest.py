"""What the tests of the harness share: a file, and codecs that misbehave."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `stand_in_codecs` a module that this process and the harness's find."""
    monkeypatch.syspath_prepend(str(FOLDER))


@pytest.fixture
def bottles(tmp_path: Path) -> Path:
    """A small file of text."""
    path = tmp_path / "bottles.txt"
    path.write_bytes(b"".join(b"%d bottles of beer on the wall\n" % n for n in range(200)))
    return path
