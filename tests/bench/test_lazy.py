"""The harness itself is quick to import, and a process that measures one codec does not load the others' libraries."""

import subprocess
import sys

import pytest

HEAVY = {"numpy", "numba", "torch", "PIL", "imagecodecs", "soundfile", "matplotlib", "rich", "brotli", "zstandard"}


@pytest.mark.parametrize("module", ["neucomp.bench", "neucomp.bench.worker", "neucomp.cli.bench"])
def test_nothing_heavy_is_imported(module: str) -> None:
    program = f"import {module}, sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert not set(done.stdout.split()) & HEAVY
