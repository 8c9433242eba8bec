"""Damaged and forged files: the right output or a `NeucompError`, quickly, in little memory, and nothing else."""

import io
import random
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neucomp
from neucomp.container import MAGIC, MAX_CODED_SIZE
from neucomp.errors import CorruptDataError, NeucompError
from neucomp.varint import pack_varint
from tests.helpers.forgery import Forgery, Frame, deflated, stored

pytestmark = pytest.mark.usefixtures("zlib_model")

RANDOM = random.Random(8)
TEXT = b"".join(b"%d green bottles hanging on the wall, " % number for number in range(300))
NOISE = RANDOM.randbytes(6000)
ORIGINALS = [TEXT[:5000] + NOISE[:1500] + TEXT[5000:9000], NOISE[:300], TEXT[:900], b""]


def files() -> list[tuple[bytes, bytes]]:
    """Return (compressed, original) of several shapes: many blocks, with and without sizes, stored and coded."""
    shapes = [(neucomp.compress(original, level=2, model="zlib"), original) for original in ORIGINALS]
    frames = [deflated(TEXT[:2000]), stored(NOISE[:200]), stored(b"!"), deflated(TEXT[2000:3000])]
    original = b"".join(frame.original for frame in frames)
    return [*shapes, (Forgery(frames).pack(), original), (Forgery(frames[::-1]).pack(), original_of(frames[::-1]))]


def original_of(frames: list[Frame]) -> bytes:
    return b"".join(frame.original for frame in frames)


def read_by_index(blob: bytes) -> bytes:
    with neucomp.open(io.BytesIO(blob)) as file:
        return file.read()


def read_with_threads(blob: bytes) -> bytes:
    return neucomp.decompress(blob, threads=2)


READERS: list[Callable[[bytes], bytes]] = [neucomp.decompress, read_by_index]


def check_damaged(blob: bytes, originals: list[bytes], readers: list[Callable[[bytes], bytes]] = READERS) -> None:
    for read in readers:
        try:
            found = read(blob)
        except NeucompError:
            continue
        assert found in originals
    try:
        neucomp.info(blob)
    except NeucompError:
        pass


def flip(draw: st.DrawFn, blob: bytes) -> bytes:
    damaged = bytearray(blob)
    for _ in range(draw(st.integers(1, 4))):
        damaged[draw(st.integers(0, len(damaged) - 1))] ^= draw(st.integers(1, 255))
    return bytes(damaged)


def truncate(draw: st.DrawFn, blob: bytes) -> bytes:
    return blob[: draw(st.integers(0, len(blob) - 1))]


def extend(draw: st.DrawFn, blob: bytes) -> bytes:
    return blob + draw(st.binary(min_size=1, max_size=40))


def insert(draw: st.DrawFn, blob: bytes) -> bytes:
    place = draw(st.integers(0, len(blob)))
    return blob[:place] + draw(st.binary(min_size=1, max_size=20)) + blob[place:]


def cut_out(draw: st.DrawFn, blob: bytes) -> bytes:
    begin = draw(st.integers(0, len(blob) - 1))
    return blob[:begin] + blob[draw(st.integers(begin + 1, len(blob))) :]


def splice(draw: st.DrawFn, blob: bytes) -> bytes:
    other = draw(st.sampled_from([each for each, _ in files()]))
    return blob[: draw(st.integers(0, len(blob)))] + other[draw(st.integers(0, len(other))) :]


def repeat(draw: st.DrawFn, blob: bytes) -> bytes:
    begin = draw(st.integers(0, len(blob) - 1))
    end = draw(st.integers(begin + 1, len(blob)))
    return blob[:end] + blob[begin:end] + blob[end:]


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    blob, _ = draw(st.sampled_from(files()))
    return draw(st.sampled_from([flip, truncate, extend, insert, cut_out, splice, repeat]))(draw, blob)


@settings(deadline=None, max_examples=400)
@given(damaged_files())
def test_damaged_files(blob: bytes) -> None:
    check_damaged(blob, [original for _, original in files()])


@settings(deadline=None, max_examples=40)
@given(damaged_files())
def test_damaged_files_on_threads(blob: bytes) -> None:
    check_damaged(blob, [original for _, original in files()], [read_with_threads])


def test_each_single_flip_is_an_error() -> None:
    coded = deflated(TEXT[:400])
    blob = Forgery([coded, stored(b"abc")]).pack()
    # A payload may have bits that do not matter, such as deflate's own checksum, which the stand-in does not look at.
    payload_at = blob.index(coded.payload)
    for place in range(len(blob)):
        for bit in range(8):
            damaged = bytearray(blob)
            damaged[place] ^= 1 << bit
            if payload_at <= place < payload_at + len(coded.payload):
                check_damaged(bytes(damaged), [TEXT[:400] + b"abc"])
                continue
            for read in READERS:
                with pytest.raises(NeucompError):
                    read(bytes(damaged))


def test_each_truncation_is_an_error() -> None:
    for blob, _ in files():
        for size in range(0, len(blob), 1 + len(blob) // 300):
            for read in READERS:
                with pytest.raises(NeucompError):
                    read(blob[:size])


SIZES = st.one_of(
    st.integers(0, 300),
    st.sampled_from([MAX_CODED_SIZE, MAX_CODED_SIZE + 1, 2**31, 2**32, 2**62, 2**63 - 1]),
    st.integers(0, 2**63 - 1),
)
HONEST_FRAMES = st.sampled_from([stored(b"abc"), stored(NOISE[:300]), deflated(TEXT[:200]), deflated(TEXT)])
LYING_FRAMES = st.builds(
    Frame,
    original_size=SIZES,
    payload_size=SIZES,
    payload=st.binary(max_size=50) | st.just(deflated(TEXT).payload),
    original=st.binary(max_size=10) | st.just(TEXT),
    kind=st.none() | st.integers(0, 255),
)
FORGERIES = st.builds(
    Forgery,
    frames=st.lists(HONEST_FRAMES | LYING_FRAMES, max_size=5),
    version=st.just(1) | st.integers(0, 255),
    flags=st.just(0) | st.just(1) | st.integers(0, 255),
    format_id=st.just(0) | st.integers(0, 255),
    model_id=st.just(14) | st.integers(0, 255),
    level=st.just(5) | st.integers(0, 255),
    coder_id=st.just(1) | st.integers(0, 255),
    arithmetic_id=st.just(1) | st.integers(0, 255),
    extra_header=st.just(b"") | SIZES.map(pack_varint) | st.binary(max_size=30),
    index=st.none() | st.lists(st.tuples(SIZES, SIZES), max_size=5),
    block_count=st.none() | SIZES,
    digest=st.none() | st.binary(min_size=16, max_size=16),
    end_size=st.none() | st.integers(0, 2**32 - 1),
    after_index=st.just(b"") | st.binary(max_size=20),
    trailing=st.just(b"") | st.binary(max_size=20),
)


@settings(deadline=None, max_examples=400)
@given(FORGERIES)
def test_forged_files(forgery: Forgery) -> None:
    # With all checksums right, a consistent lie is a valid file: of what the frames say they are.
    check_damaged(forgery.pack(), [original_of(forgery.frames)])


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
def test_garbage_after_the_magic(garbage: bytes) -> None:
    check_damaged(MAGIC + garbage, [b""])


LIES = {
    "stored size": Forgery([Frame(2**62, 0, b"abc", b"abc")]),
    "payload size": Forgery([Frame(MAX_CODED_SIZE, MAX_CODED_SIZE - 1, b"abc", b"abc")]),
    "original size": Forgery([Frame(MAX_CODED_SIZE, 4000, deflated(TEXT).payload[:4000], TEXT)]),
    "expansion": Forgery([Frame(23_000 * 60, 52, b"x" * 52, TEXT)]),
    "header size": Forgery([stored(b"abc")], flags=1, extra_header=pack_varint(2**62)),
    "number of blocks": Forgery([stored(b"abc")], block_count=1 << 20),
    "end size": Forgery([stored(b"abc")], end_size=2**32 - 1),
    "index sizes": Forgery([stored(b"abc")], index=[(2**62, 0)] * 5),
}


@pytest.mark.parametrize("lie", LIES)
def test_lying_sizes_allocate_nothing(lie: str) -> None:
    blob = LIES[lie].pack()
    for read in (*READERS, neucomp.info):
        tracemalloc.start()
        try:
            with pytest.raises(CorruptDataError):
                read(blob)
                # What only looks at the index of a consistent lie finds out when the blocks are read.
                raise CorruptDataError
            assert tracemalloc.get_traced_memory()[1] < 4 << 20
        finally:
            tracemalloc.stop()


def test_damaged_files_of_the_byte_model() -> None:
    original = TEXT[:3000] + NOISE[:500]
    blob = neucomp.compress(original, 1)
    for _ in range(60):
        damaged = bytearray(blob)
        for _ in range(RANDOM.randint(1, 3)):
            damaged[RANDOM.randrange(len(damaged))] ^= 1 << RANDOM.randrange(8)
        check_damaged(bytes(damaged), [original])
