"""Files with deflate streams inside: whatever they are, they come back, within limits."""

import gzip
import io
import random
import struct
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neucomp
from neucomp.errors import CorruptDataError, LimitExceeded, NeucompError
from neucomp.formats.deflate_search import Budget, find_parts, may_hold_parts
from neucomp.models.streams import StreamsModel
from neucomp.nested.splitting import Splitter
from tests.formats.deflate_streams import by_zlib, encoders
from tests.helpers.picture_files import drawing
from tests.helpers.specimens import markup, text
from tests.kernels.test_deflate import phrases, random_bytes

MODEL = StreamsModel()
WORDS = text(30_000)


def ignore(symbols: int) -> None:
    pass


def nothing(file: bytes) -> None:
    return None


def zipped(files: dict[str, bytes], level: int = 6, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method, compresslevel=level) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method, level)
    return target.getvalue()


def pdf(contents: list[bytes]) -> bytes:
    """Something like a PDF."""
    objects = [
        b"%d 0 obj\n<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n"
        % (number, len(stream), stream)
        for number, stream in enumerate(map(zlib.compress, contents), 1)
    ]
    return b"%PDF-1.5\n" + b"".join(objects) + b"%%EOF\n"


def check(data: bytes, level: int = 1, model: StreamsModel = MODEL) -> bytes:
    payload = model.encode(data, level, ignore)
    if payload != data:
        assert len(payload) < len(data)
        assert model.decode(payload, len(data), ignore) == data
    return payload


def expanded(data: bytes, most: int = 1 << 24) -> int:
    return Splitter(data, most, nothing).expanded


def test_kinds_of_files() -> None:
    for data in (
        gzip.compress(WORDS),
        gzip.compress(WORDS[:9000], 9) + gzip.compress(WORDS[9000:], 1),
        gzip.compress(WORDS) + b"something behind the end",
        zlib.compress(WORDS, 9),
        zipped({"a.txt": WORDS, "b/c.xml": markup(9000)}),
        pdf([WORDS[:7000], markup(5000), WORDS[7000:]]),
        b"git" + zlib.compress(b"blob 12\0" + WORDS, 1),
    ):
        assert len(check(data)) < len(data)


def test_no_streams() -> None:
    for data in (
        b"",
        b"x",
        WORDS,
        random_bytes(5000),
        gzip.compress(WORDS)[:-2000],
        b"PK\x03\x04" * 50,
        b"\x78\x9c" * 500,
    ):
        assert check(data) == data


@pytest.mark.parametrize("name", sorted(encoders()))
def test_encoders(name: str) -> None:
    stream = encoders()[name](WORDS)
    data = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stream + struct.pack("<II", zlib.crc32(WORDS), len(WORDS))
    check(data)


def test_every_part_of_the_head_of_gzip() -> None:
    for flags, head in ((4, b"\3\0abc"), (8, b"name\0"), (16, b"comment\0"), (2, b"\1\2"), (30, b"\1\0xn\0c\0\1\2")):
        data = b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + head + by_zlib(6)(WORDS)
        assert [found.text for found in find_parts(data, Budget(1 << 20))] == [WORDS]


def test_pictures_and_sound_inside() -> None:
    picture = drawing(48, 64)
    data = zipped({"word.xml": WORDS, "picture.ppm": picture})
    split = Splitter(data, 1 << 20, lambda file: (9, b"p") if file == picture else None)
    assert split.files == [b"p"]
    check(data)


def test_a_dictionary_is_left_alone() -> None:
    deflater = zlib.compressobj(6, zdict=WORDS[:2000])
    data = deflater.compress(WORDS) + deflater.flush()
    assert check(data) == data


def test_streams_in_streams_to_a_depth() -> None:
    data = WORDS
    for _ in range(5):
        data = b"head" + zlib.compress(data, 6)
    split = Splitter(data, 1 << 24, nothing)
    assert sum(split.counts) == 3
    check(data)


def test_bomb() -> None:
    inner = zipped({"zeros": bytes(40 << 20)}, 9)
    middle = zipped({f"{number}.zip": inner for number in range(16)}, 9)
    bomb = zipped({f"{number}.zip": middle for number in range(16)}, 9)
    assert expanded(bomb, 1 << 20) <= 1 << 20
    small = StreamsModel(max_expanded=1 << 20)
    check(bomb, model=small)


def test_overlapping_entries() -> None:
    """Heads that all lead to one stream, as in Fifield's bomb (2019): each is expanded once at most."""
    body = by_zlib(9)(bytes(1 << 20))
    heads = [
        b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, 0, 0, 0, 30 * left) for left in range(50, -1, -1)
    ]
    data = b"".join(heads) + body
    assert expanded(data) == 1 << 20
    assert zlib.decompress(body, -15) == bytes(1 << 20)
    check(data)


def test_limits() -> None:
    data = gzip.compress(WORDS)
    payload = MODEL.encode(data, 1, ignore)
    with pytest.raises(LimitExceeded, match="30000"):
        StreamsModel(max_expanded=29_999).decode(payload, len(data), ignore)
    assert StreamsModel(max_expanded=29_999).encode(data, 1, ignore) == data


def test_the_codec_uses_it() -> None:
    data = zipped({"a.txt": WORDS, "b.xml": markup(20_000)})
    blob = neucomp.compress(data, 1)
    about = neucomp.info(blob)
    assert (about.model, about.format) == ("streams", "raw")
    assert "2 streams of 50,000 bytes rebuilt exactly" in about.blocks[0].description
    assert neucomp.decompress(blob) == data
    assert len(blob) < 0.9 * len(data)
    with pytest.raises(LimitExceeded):
        neucomp.decompress(blob, max_expanded=10_000)


def test_first_look() -> None:
    assert may_hold_parts(gzip.compress(WORDS)) and may_hold_parts(b"text" + zlib.compress(WORDS))
    assert not may_hold_parts(WORDS) and not may_hold_parts(b"") and not may_hold_parts(b"PK\x03\x04")


@given(st.lists(st.tuples(st.binary(max_size=20), st.integers(0, 9), st.booleans()), max_size=6), st.integers(0, 3000))
@settings(max_examples=50, deadline=None)
def test_anything_between_streams(parts: list[tuple[bytes, int, bool]], size: int) -> None:
    words = phrases(size)
    data = b"".join(
        between + (zlib.compress(words + between, level) if wrapped else gzip.compress(words, level))
        for between, level, wrapped in parts
    )
    check(data)


def test_damage() -> None:
    data = zipped({"a.txt": WORDS[:5000], "b.txt": WORDS[5000:9000]}) + gzip.compress(phrases(3000), 1)
    payload = MODEL.encode(data, 1, ignore)
    assert payload != data
    generator = random.Random(5)
    for _ in range(150):
        damaged = bytearray(payload)
        for _ in range(generator.randint(1, 3)):
            damaged[generator.randrange(min(len(damaged), generator.choice([40, 200, len(damaged)])))] ^= (
                generator.randint(1, 255)
            )
        try:
            MODEL.describe(bytes(damaged[:256]))
            assert isinstance(MODEL.decode(bytes(damaged), len(data), ignore), bytes)
        except NeucompError:
            pass
    for end in range(0, len(payload), 97):
        with pytest.raises((CorruptDataError, LimitExceeded)):
            MODEL.decode(payload[:end], len(data), ignore)


def test_random_bytes_never_match() -> None:
    generator = np.random.default_rng(3)
    data = generator.integers(0, 256, 300_000).astype(np.uint8).tobytes()
    assert list(find_parts(data, Budget(1 << 24))) == []
