"""Fixtures that several test modules use."""

from collections.abc import Iterator

import pytest

from neucomp.models import MODELS
from tests.helpers.zlib_model import ZlibModel


@pytest.fixture(scope="module")
def zlib_model() -> Iterator[ZlibModel]:
    """Make "zlib" a model that files can be compressed with, for the tests of one module."""
    model = ZlibModel()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(MODELS, model.name, model)
        yield model
