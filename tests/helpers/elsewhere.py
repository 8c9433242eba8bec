"""Modules of tests as programs, in a process with another environment."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
WAIT_SECONDS = 500


def run_module(name: str, *arguments: str, given: str = "", **environment: str) -> str:
    """What `python -m name` writes to its output, with `given` on its input and additions to the environment.

    Warnings are errors there. CalledProcessError if it fails.
    """
    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", name, *arguments],
        input=given,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=WAIT_SECONDS,
        env={**os.environ, **environment},
    )
    return result.stdout
