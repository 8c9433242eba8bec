"""A module with one small kernel and its proof, for tests of the kernel cache: compiled in half a second.

Written to a folder under a name of its own. `answer` goes through a primitive of another file, as real kernels do.
"""

import sys
from pathlib import Path

SOURCE = """
from neucomp.errors import KernelError
from neucomp.kernels.hashing import fold
from neucomp.kernels.inline import compiled


@compiled
def answer(value):
    return fold(value, 1)


def prove(module):
    if module.answer(5) != module.answer.py_func(5):
        raise KernelError("wrong answer")
"""

PROGRAM = """
import logging, sys, time
from pathlib import Path
from neucomp.kernels.cache import load_kernels

logging.basicConfig(level=logging.INFO, format="%(message)s")
sys.path.insert(0, sys.argv[1])
import {name} as fake
{before}


def prove(module):
    fake.prove(module)
    {after}


load_kernels("{name}", prove)
print(fake.answer.stats.cache_hits.total(), "hits", fake.answer.stats.cache_misses.total(), "misses")
"""
"""Loads the fake kernels of the folder given as the first argument; `before` and `after` the proof more may be done."""


def write_fake(folder: Path, name: str = "fake") -> Path:
    path = folder / f"{name}.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def program(name: str = "fake", before: str = "", after: str = "") -> list[str]:
    """A command, to which the fake's folder must be added."""
    return [sys.executable, "-c", PROGRAM.format(name=name, before=before, after=after)]
