"""Primers of which only the end is read, for tests that code many small blocks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from neucomp.models.byte_recipes import EFFORTS, Effort

LONGEST_PRIMER = 2000


@contextmanager
def short_primers() -> Iterator[None]:
    """What is written meanwhile can only be read meanwhile."""
    with patch.dict(EFFORTS, {level: _shortened(effort) for level, effort in EFFORTS.items()}):
        yield


def _shortened(effort: Effort) -> Effort:
    # Of another length beside a network, so that one cannot be taken for the other.
    beside = min(effort.network_primer, LONGEST_PRIMER // 2)
    return replace(effort, primer=min(effort.primer, LONGEST_PRIMER), network_primer=beside)
