"""Profile exact-1 for sound: the same bytes on any processor, compiled or not."""

from pathlib import Path

import pytest

from tests.helpers.sound_job import digest, digest_elsewhere

TINY = 14
"""Interpreted kernels take 5 to 50 ms a sample."""


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}, id="generic processor"),
        pytest.param({"NUMBA_BOUNDSCHECK": "1"}, id="every index checked"),
    ],
)
def test_other_compiled_kernels(settings: dict[str, str], pytestconfig: pytest.Config, tmp_path: Path) -> None:
    store = pytestconfig.cache
    folder = str(store.mkdir("kernels") if store is not None else tmp_path)
    assert digest_elsewhere(1500, NEUCOMP_CACHE_DIR=folder, **settings) == digest(1500)


def test_interpreted_kernels() -> None:
    assert digest_elsewhere(TINY, NUMBA_DISABLE_JIT="1") == digest(TINY)
