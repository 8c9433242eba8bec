"""Primers of which only the end is read, for tests that code many small blocks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from neucomp.models.byte_recipes import EFFORTS

LONGEST_PRIMER = 2000


@contextmanager
def short_primers() -> Iterator[None]:
    """What is written meanwhile can only be read meanwhile."""
    short = {level: replace(effort, primer=min(effort.primer, LONGEST_PRIMER)) for level, effort in EFFORTS.items()}
    with patch.dict(EFFORTS, short):
        yield
