"""PNG: the samples are those that were put in, and files come back byte for byte."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from neucomp.errors import CorruptDataError, LimitExceeded
from neucomp.formats import Parsed
from neucomp.formats import png as png_format
from neucomp.formats.png import build, canonical
from tests.formats.png_files import KINDS, chunk, file_of, header, picture, png, text_of
from tests.helpers.zlib_at_hand import needs_zlib

PLENTY = 1 << 20
SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXT = chunk(b"tEXt", b"Comment\0made by hand")


def parse(data: bytes) -> Parsed | None:
    """What becomes of a file, having checked that it can be built again."""
    parsed = png_format.parse(data, PLENTY)
    if parsed is not None:
        assert parsed.image.dtype == (np.uint8 if parsed.bits <= 8 else np.uint16)
        assert parsed.image.ndim == 4 and parsed.image.flags.c_contiguous
        assert build(parsed.envelope, parsed.image, parsed.bits) == data
    return parsed


def taken_apart(data: bytes) -> Parsed:
    parsed = parse(data)
    assert parsed is not None
    return parsed


def check(image: np.ndarray, colour: int, bits: int, **options) -> Parsed:
    """Writes a file and takes it apart."""
    parsed = taken_apart(png(image, colour, bits, **options))
    assert np.array_equal(parsed.image[0], image)
    assert parsed.bits == bits
    assert parsed.indexed == (colour == 3)
    return parsed


pytestmark = needs_zlib


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("colour", "bits"), KINDS)
def test_all_kinds(colour: int, bits: int, interlaced: bool) -> None:
    for height, width in ((1, 1), (1, 9), (9, 1), (7, 5), (16, 33)):
        image = picture(height, width, colour, bits)
        check(image, colour, bits, interlaced=interlaced, filters=[0, 1, 2, 3, 4])


@given(
    st.sampled_from(KINDS),
    st.integers(1, 20),
    st.integers(1, 20),
    st.booleans(),
    st.lists(st.integers(0, 4), min_size=1, max_size=9),
    st.integers(0, 255),
    st.integers(0, 9),
    st.integers(0, 4),
    st.integers(1, 9),
    st.integers(9, 15),
    st.integers(0, 300),
)
@settings(max_examples=80, deadline=None)
def test_any_file(
    kind, height, width, interlaced, filters, padding, level, strategy, memory_level, window_bits, idat_size
) -> None:
    colour, bits = kind
    check(
        picture(height, width, colour, bits, seed=height),
        colour,
        bits,
        interlaced=interlaced,
        filters=filters,
        padding=padding,
        level=level,
        strategy=strategy,
        memory_level=memory_level,
        window_bits=window_bits,
        idat_size=idat_size,
        before=TEXT,
    )


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
def test_pillow_sees_the_same(mode: str) -> None:
    for colour, bits in KINDS:
        image = picture(9, 14, colour, bits)
        pillow = Image.open(io.BytesIO(png(image, colour, bits, interlaced=True, filters=[4, 1])))
        if pillow.mode == mode and bits in (8, 16) and (bits == 16) == (mode == "I;16"):
            assert np.array_equal(np.array(pillow).reshape(image.shape), image)


@pytest.mark.parametrize("height", [1, 40])
def test_small_envelopes(height: int) -> None:
    """What encoders usually write costs six bytes."""
    image = picture(height, 50, 2, 8)
    for kind in range(5):
        assert len(check(image, 2, 8, filters=[kind]).envelope) == 6
    plain = png(image, 2, 8, level=9, memory_level=9)
    assert len(taken_apart(plain).envelope) == 6
    assert len(taken_apart(plain + b"garbage").envelope) == 13
    assert len(check(image, 2, 8, idat_size=100).envelope) == 6


def test_filters_as_most_encoders_choose_them() -> None:
    image = picture(60, 50, 2, 8)
    rows = np.array([list(row.reshape(-1)) for row in image], np.uint8)
    sums = [
        [sum(min(byte, 256 - byte) for byte in text[place + 1 : place + 151]) for place in range(0, len(text), 151)]
        for text in (text_of(image, 8, False, [kind]) for kind in range(5))
    ]
    guessed = np.argmin(sums, axis=0).tolist()
    assert len(set(guessed)) > 1 and len(rows) == 60
    assert len(check(image, 2, 8, filters=guessed).envelope) == 6
    few = [*guessed[:30], (guessed[30] + 1) % 5, *guessed[31:]]
    assert len(check(image, 2, 8, filters=few).envelope) <= 9
    assert len(check(image, 2, 8, filters=[0, 1, 2, 3, 4] * 12).envelope) == 66


def test_padding() -> None:
    image = picture(9, 13, 0, 1)
    assert len(check(image, 0, 1, padding=0).envelope) == 6
    assert len(check(image, 0, 1, padding=255).envelope) == 15
    assert len(check(picture(9, 16, 0, 1), 0, 1, padding=255).envelope) == 6
    for interlaced in (False, True):
        check(image, 0, 1, padding=0b101, interlaced=interlaced, filters=[1, 2, 0])


CHUNKS = {
    "none": (b"", b""),
    "usual": (chunk(b"gAMA", b"\0\0\xb1\x8f") + chunk(b"sRGB", b"\0") + chunk(b"pHYs", bytes(9)), TEXT),
    "unknown": (chunk(b"zzZz", b"private"), chunk(b"\0\1\2\3", b"odd")),
    "empty": (chunk(b"tEXt") * 3, chunk(b"eXIf")),
    "transparency": (chunk(b"PLTE", bytes(6)) + chunk(b"tRNS", b"\0\1"), b""),
    "animation": (
        chunk(b"acTL", bytes(8)) + chunk(b"fcTL", bytes(26)),
        chunk(b"fcTL", bytes(26)) + chunk(b"fdAT", b"x"),
    ),
}


@pytest.mark.parametrize("name", CHUNKS)
def test_chunks(name: str) -> None:
    before, after = CHUNKS[name]
    parsed = check(picture(5, 5, 0, 8), 0, 8, before=before, after=after)
    assert len(parsed.envelope) <= len(before) + len(after) + 6


TEXT_INSIDE = b"<x:xmpmeta> what is said twice is said twice </x:xmpmeta>" + bytes(range(200))
INSIDE = {
    "profile": (b"iCCP", b"a profile\0\0"),
    "text": (b"zTXt", b"Comment\0\0"),
    "international text": (b"iTXt", b"XML\0\1\0en\0XML\0"),
}


@pytest.mark.parametrize("name", INSIDE)
def test_compressed_chunks_are_inflated(name: str) -> None:
    kind, head = INSIDE[name]
    for text in (TEXT_INSIDE, b""):
        data = chunk(kind, head + zlib.compress(text))
        envelope = check(picture(5, 5, 0, 8), 0, 8, before=data, after=data).envelope
        assert envelope.count(text) == 2 or not text
        assert len(envelope) <= 6 + 2 * (len(head) + len(text) + 6)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (b"iCCP", b""),
        (b"iCCP", b"name"),
        (b"iCCP", b"name\0"),
        (b"iCCP", b"name\0\0"),
        (b"zTXt", b"name\0\0" + zlib.compress(TEXT_INSIDE)[:-1]),
        (b"zTXt", b"name\0\0" + zlib.compress(TEXT_INSIDE) + b"x"),
        (b"zTXt", b"name\0\0" + zlib.compress(bytes(1 << 20))),
        (b"iTXt", b"XML\0\0\0en\0XML\0text"),
        (b"iTXt", b"XML\0\1"),
        (b"iTXt", b"XML\0\1\0"),
        (b"iTXt", b"XML\0\1\0en\0XML"),
        (b"iTXt", b"XML\0\1\0en\0XML\0text"),
        (b"tEXt", b"name\0\0" + zlib.compress(TEXT_INSIDE)),
    ],
)
def test_other_chunks_stay_as_they_are(kind: bytes, data: bytes) -> None:
    assert data in check(picture(5, 5, 0, 8), 0, 8, before=chunk(kind, data)).envelope


@pytest.mark.parametrize("sizes", [[0, 40], [1] * 9, [40, 0], [3, 5, 3]])
def test_idat_chunks(sizes: list[int]) -> None:
    file = png(picture(9, 9, 0, 8), 0, 8)
    stream = zlib.compress(text_of(picture(9, 9, 0, 8), 8, False, [0]))
    sizes = [*sizes, max(0, len(stream) - sum(sizes))]
    pieces = b""
    for size in sizes:
        pieces += chunk(b"IDAT", stream[:size])
        stream = stream[size:]
    start = file.index(b"IDAT") - 4
    taken_apart(file[:start] + pieces + chunk(b"IEND"))


def test_what_follows() -> None:
    file = png(picture(5, 5, 0, 8), 0, 8)
    for rest in (b"x", file, bytes(1000)):
        assert taken_apart(file + rest).envelope.endswith(rest)


@pytest.mark.parametrize("kind", ["PNG"])
def test_what_pillow_writes(kind: str) -> None:
    """Its zlib may be another one, then it is not taken apart; but what is comes back."""
    for mode in ("1", "L", "P", "LA", "RGB", "RGBA"):
        file = io.BytesIO()
        Image.fromarray(picture(50, 70, 2, 8)).convert(mode).save(file, kind, compress_level=6)
        parse(file.getvalue())


def wrong_files() -> dict[str, bytes]:
    image = picture(5, 6, 0, 8)
    file = png(image, 0, 8)
    stream = zlib.compress(text_of(image, 8, False, [0]))
    head = header(5, 6, 8, 0)
    changed = bytearray(file)
    changed[-20] ^= 1
    return {
        "nothing": b"",
        "signature": SIGNATURE,
        "cut": file[:-1],
        "no end": file[:-12],
        "wrong checksum": bytes(changed),
        "end with data": file[:-12] + chunk(b"IEND", b"x"),
        "no header": SIGNATURE + chunk(b"IDAT", stream) + chunk(b"IEND"),
        "two images": file_of(head, stream, after=TEXT + chunk(b"IDAT", b"")),
        "no samples": SIGNATURE + head + chunk(b"IEND"),
        "too few samples": file_of(header(6, 6, 8, 0), stream),
        "too many samples": file_of(header(4, 6, 8, 0), stream),
        "more than the stream": file_of(head, stream + b"x"),
        "less than the stream": file_of(head, stream[:-1]),
        "wrong Adler": file_of(head, stream[:-1] + bytes([stream[-1] ^ 1])),
        "unknown filter": file_of(head, zlib.compress(b"\5" + text_of(image, 8, False, [0])[1:])),
        "preset dictionary": file_of(head, b"\x78\xbb" + stream[2:]),
        "no rows": file_of(header(0, 6, 8, 0), zlib.compress(b"")),
        "no columns": file_of(header(5, 0, 8, 0), zlib.compress(bytes(5))),
        "side of 2**31": file_of(header(1 << 31, 1, 8, 0), stream),
        "bits": file_of(header(5, 6, 3, 0), stream),
        "bits of a palette": file_of(header(5, 6, 16, 3), stream),
        "colour": file_of(header(5, 6, 8, 5), stream),
        "compression": file_of(chunk(b"IHDR", struct.pack(">IIBBBBB", 6, 5, 8, 0, 1, 0, 0)), stream),
        "filtering": file_of(chunk(b"IHDR", struct.pack(">IIBBBBB", 6, 5, 8, 0, 0, 1, 0)), stream),
        "interlacing": file_of(chunk(b"IHDR", struct.pack(">IIBBBBB", 6, 5, 8, 0, 0, 0, 2)), stream),
        "long header": file_of(chunk(b"IHDR", struct.pack(">IIBBBBBB", 6, 5, 8, 0, 0, 0, 0, 0)), stream),
    }


@pytest.mark.parametrize("name", wrong_files())
def test_wrong_files(name: str) -> None:
    assert parse(wrong_files()[name]) is None
    assert canonical(wrong_files()[name], PLENTY) is None


@given(st.integers(0, 200), st.binary(min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_changed_files(place: int, change: bytes) -> None:
    file = png(picture(5, 6, 2, 8), 2, 8, before=TEXT)
    place %= len(file)
    try:
        parse(file[:place] + change + file[place + len(change) :])
        parse(file[:place] + change + file[place:])
        parse(file[:place])
    except LimitExceeded:
        pass


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    bomb = file_of(header(100_000, 100_000, 8, 6), zlib.compress(bytes(10)))
    for read in (png_format.parse, canonical):
        with pytest.raises(LimitExceeded, match="100000 x 100000"):
            read(bomb, PLENTY)
    small = file_of(header(5, 6, 8, 0), zlib.compress(bytes(1 << 24), 9))
    assert parse(small) is None
    file = png(picture(5, 6, 2, 8), 2, 8)
    assert png_format.parse(file, 90) is not None
    with pytest.raises(LimitExceeded):
        png_format.parse(file, 89)


@given(st.sampled_from(KINDS), st.booleans(), st.integers(1, 12), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_a_canonical_file_has_the_same_samples(
    kind: tuple[int, int], interlaced: bool, height: int, width: int
) -> None:
    colour, bits = kind
    image = picture(height, width, colour, bits)
    text = text_of(image, bits, interlaced, [0, 4, 2])
    halves = zlib.compressobj()
    stream = halves.compress(text[:9]) + halves.flush(zlib.Z_SYNC_FLUSH) + halves.compress(text[9:]) + halves.flush()
    file = file_of(header(height, width, bits, colour, interlaced), stream, before=TEXT, after=TEXT) + b"rest"
    made = canonical(file, PLENTY)
    assert made is not None
    parsed = taken_apart(made)
    assert np.array_equal(parsed.image[0], image)
    assert made.startswith(file[: 33 + len(TEXT)]) and made.endswith(TEXT + chunk(b"IEND") + b"rest")
    assert made.count(b"IDAT") == 1
    assert canonical(made, PLENTY) == made


def wrong_envelopes() -> list[tuple[bytes, np.ndarray, int]]:
    image = picture(5, 6, 0, 8)
    parsed = taken_apart(png(image, 0, 8, filters=[0, 1, 2, 3, 4]))
    envelope, whole = parsed.envelope, parsed.image
    return [
        (b"", whole, 8),
        *((envelope[:size], whole, 8) for size in range(len(envelope))),
        (envelope, whole, 7),
        (envelope, whole, 4),
        (envelope, whole, 16),
        (envelope, whole.astype(np.uint16), 8),
        (envelope, whole[:0], 8),
        (envelope, whole[:, :0], 8),
        (envelope, np.concatenate([whole, whole]), 8),
        (envelope, np.repeat(whole, 5, axis=3), 8),
        (bytes([envelope[0], 126]) + envelope[2:], whole, 8),
        (b"\7\0\1\x05\0\x60\x87\0\1", whole, 8),
        (b"\7\0\1\x04\x05\x60\x87\0\1", whole, 8),
        (b"\5\0\0\0\0\0\5\x60\x87\0\1", whole, 8),
    ]


def test_wrong_envelopes() -> None:
    for envelope, image, bits in wrong_envelopes():
        with pytest.raises(CorruptDataError):
            build(envelope, image, bits)


@given(st.binary(max_size=12), st.sampled_from(KINDS))
@settings(max_examples=200, deadline=None)
def test_any_envelope(envelope: bytes, kind: tuple[int, int]) -> None:
    image = picture(3, 4, *kind)[np.newaxis]
    try:
        file = build(envelope, image, kind[1])
    except CorruptDataError:
        return
    assert file.startswith(SIGNATURE)


@pytest.mark.skipif("NEUCOMP_TEST_PNGS" not in os.environ, reason="NEUCOMP_TEST_PNGS names no folder with PNG files")
def test_files_at_hand() -> None:
    """PngSuite or any others: all that can be taken apart come back, and all whole ones have a canonical file."""
    files = sorted(Path(os.environ["NEUCOMP_TEST_PNGS"]).rglob("*.png"))
    assert files
    for path in files:
        data = path.read_bytes()
        parse(data)
        made = canonical(data, PLENTY)
        if made is not None:
            taken_apart(made)
