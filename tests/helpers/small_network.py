"""A small network in the place of those in the package, for tests that code many small blocks, or with slow kernels."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from tests.helpers.text_network import text_network


@contextmanager
def small_network() -> Iterator[None]:
    """What is written meanwhile can only be read meanwhile."""
    network = text_network()
    with patch("neucomp.nets.weights.bundled", lambda name: network):
        yield
