"""What holds for every test, the examples in docstrings and documents included."""

import pytest


@pytest.fixture(autouse=True)
def examples_write_elsewhere(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Examples name files as a reader would; they must not land in the working tree."""
    if isinstance(request.node, pytest.DoctestItem):
        monkeypatch.chdir(tmp_path_factory.mktemp("example"))
