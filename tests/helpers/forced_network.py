"""The choice of the byte model's encoder, whether a block is coded beside a network, taken from it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from neucomp.models.byte_recipes import EFFORTS


@contextmanager
def forced_network(use: bool) -> Iterator[None]:
    """All blocks are encoded beside a network where their level has one, or none is. Any version reads the result."""
    if use:
        with (
            patch("neucomp.models.bytes._TRIED_BOTH_WAYS", -1),
            patch("neucomp.models.bytes._network_pays", lambda *arguments: True),
        ):
            yield
    else:
        without = {level: replace(effort, network_depth=None) for level, effort in EFFORTS.items()}
        with patch.dict(EFFORTS, without):
            yield
