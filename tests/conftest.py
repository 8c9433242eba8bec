"""Fixtures that several test modules use."""

import signal
from collections.abc import Iterator

import pytest

from neucomp.models import MODELS
from tests.helpers.zlib_model import ZlibModel

# A shell ignores SIGINT in what it runs in the background, nohup SIGHUP, and processes inherit that: tests that send
# signals to processes of their own would wait in vain.
for ignored in (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ())):
    if signal.getsignal(ignored) is signal.SIG_IGN:
        signal.signal(ignored, signal.default_int_handler if ignored == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture(scope="module")
def zlib_model() -> Iterator[ZlibModel]:
    """Make "zlib" a model that files can be compressed with, for the tests of one module."""
    model = ZlibModel()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(MODELS, model.name, model)
        yield model
