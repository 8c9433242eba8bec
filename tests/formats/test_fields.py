"""Fields of envelopes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neucomp.errors import CorruptDataError
from neucomp.formats.fields import FieldReader, pack_sizes, read_sizes


@given(st.lists(st.integers(0, 300), min_size=1, max_size=20), st.binary(max_size=3))
def test_any_sizes(sizes: list[int], rest: bytes) -> None:
    fields = FieldReader(pack_sizes(sizes) + rest)
    assert read_sizes(fields, sum(sizes)) == sizes
    assert fields.rest() == rest


@given(st.integers(1, 70_000), st.integers(1, 9), st.integers(1, 70_000))
def test_equal_sizes_take_little(size: int, times: int, last: int) -> None:
    sizes = [size] * times + [min(last, size)]
    assert len(pack_sizes(sizes)) <= 3
    assert read_sizes(FieldReader(pack_sizes(sizes)), sum(sizes)) == sizes
    assert pack_sizes([size]) == b"\0"


@pytest.mark.parametrize(
    ("packed", "total"), [(b"\1\2\5\5", 11), (b"\1\2\5", 10), (b"", 0), (b"\1\xff\xff\xff\x7f", 0)]
)
def test_wrong_sizes(packed: bytes, total: int) -> None:
    with pytest.raises(CorruptDataError):
        read_sizes(FieldReader(packed), total)


def test_a_reader_stops_at_the_end() -> None:
    fields = FieldReader(b"abcd")
    assert (fields.take(2), fields.byte(), fields.rest(), fields.rest()) == (b"ab", ord("c"), b"d", b"")
    with pytest.raises(CorruptDataError):
        fields.take(1)
