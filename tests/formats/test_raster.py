"""Uncompressed formats: the samples are those that other programs read, and files come back byte for byte."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from neucomp.errors import CorruptDataError, LimitExceeded
from neucomp.formats import MAGIC_SIZE, Parsed, find_format
from neucomp.varint import pack_varint
from tests.formats.raster_files import PARSERS, gray_fields, npy, pam, picture, saved, specimens, tiff

PLENTY = 1 << 20
SPECIMENS = specimens()
KINDS = st.sampled_from(sorted(SPECIMENS))


def parse(kind: str, data: bytes) -> Parsed | None:
    """What a format makes of a file, having checked that the file can be built again."""
    parsed = PARSERS[kind].parse(data, PLENTY)
    if parsed is not None:
        assert parsed.image.dtype == (np.uint8 if parsed.bits <= 8 else np.uint16)
        assert parsed.image.ndim == 4 and parsed.image.flags.c_contiguous
        assert PARSERS[kind].build(parsed.envelope, parsed.image, parsed.bits) == data
    return parsed


def taken_apart(kind: str, data: bytes) -> Parsed:
    parsed = parse(kind, data)
    assert parsed is not None
    return parsed


def image_of(kind: str, data: bytes) -> np.ndarray:
    return taken_apart(kind, data).image


@pytest.mark.parametrize("name", SPECIMENS)
def test_specimens_come_back(name: str) -> None:
    kind, data = SPECIMENS[name]
    assert find_format(data[:MAGIC_SIZE]).name == kind
    parsed = taken_apart(kind, data)
    assert len(parsed.envelope) <= len(data) - parsed.image.size * parsed.bits // 8 + 32


@pytest.mark.parametrize("name", [name for name in SPECIMENS if SPECIMENS[name][0] in ("bmp", "tiff")])
def test_pillow_sees_the_same(name: str) -> None:
    """Where Pillow gives samples as they are stored."""
    kind, data = SPECIMENS[name]
    try:
        pillow = Image.open(io.BytesIO(data))
        expected = [np.array(page) for page in ImageSequence.Iterator(pillow)]
    except OSError:
        pytest.skip("Pillow cannot read it")
    image = image_of(kind, data)
    if name == "bmp 32":
        expected = [np.array(pillow.convert("RGBA"))[..., :3]]
        image = image[..., :3]
    assert np.array_equal(image, np.stack(expected).reshape(image.shape))


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_pillow_sees_the_same_in_pnm(mode: str) -> None:
    picture_ = Image.fromarray(picture(9, 13, 3)).convert(mode)
    image = image_of("pnm", saved(picture_, "PPM"))
    expected = np.array(picture_).reshape(image.shape)
    assert np.array_equal(image, ~expected if mode == "1" else expected)  # in P4, ones are black


@given(st.integers(1, 5), st.integers(1, 40), st.integers(1, 5), st.sampled_from([1, 3, 8, 12, 16]), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_pam(height: int, width: int, depth: int, bits: int, seed: int) -> None:
    samples = picture(height, width, depth, bits=bits, seed=seed)
    parsed = taken_apart("pnm", pam(samples, (1 << bits) - 1))
    assert np.array_equal(parsed.image[0], samples)
    assert parsed.bits == bits if bits <= 8 else 8 <= parsed.bits <= bits


@given(
    st.sampled_from("<>"),
    st.integers(1, 16),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 4),
    st.booleans(),
    st.sampled_from([(2, None), (9, None), (3, 4), (16, 16)]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=150, deadline=None)
def test_tiff_by_hand(order, bits, height, width, channels, apart, block, random) -> None:
    """Every depth, order, plane and block, against samples that are put into bits one by one."""
    rows, columns = block[0], block[1] or width
    planes = [[c] for c in range(channels)] if apart else [list(range(channels))]
    image = np.zeros((height, width, channels), np.int64)
    strips = []
    for plane in planes:
        for top in range(0, height, rows):
            for left in range(0, width, columns):
                strip = b""
                stored = rows if block[1] else min(rows, height - top)
                for y in range(top, top + stored):
                    text = ""
                    row = b""
                    for x in range(left, left + columns):
                        for c in plane:
                            value = random.getrandbits(bits)
                            if y < height and x < width:
                                image[y, x, c] = value
                            text += f"{value:0{bits}b}"
                            row += struct.pack(order + "H", value)
                    text += "".join(random.choice("01") for _ in range(-len(text) % 8))
                    strip += row if bits == 16 else int(text, 2).to_bytes(len(text) // 8, "big")
                strips.append(strip)
    fields = {**gray_fields(height, width, bits), 258: [bits] * channels, 277: [channels], 284: [1 + apart]}
    fields |= {322: [columns], 323: [rows]} if block[1] else {278: [rows]}
    assert np.array_equal(image_of("tiff", tiff(order, [(fields, strips)]))[0], image)


def test_pages_of_equal_size_are_taken_together() -> None:
    pages = [Image.fromarray(picture(4, 6, 3, seed=seed)) for seed in range(3)]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert np.array_equal(image_of("tiff", data), np.stack([np.array(page) for page in pages]))
    other = saved(pages[0], "TIFF", save_all=True, append_images=[Image.fromarray(picture(4, 6)), pages[1]])
    assert np.array_equal(image_of("tiff", other)[0], pages[0]) and len(image_of("tiff", other)) == 1


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 4), (3, 5, 7), (3, 5, 7, 2)])
@pytest.mark.parametrize("dtype", ["|u1", "<u2", ">u2"])
def test_arrays(shape: tuple[int, ...], dtype: str) -> None:
    array = picture(*shape, bits=8 if dtype == "|u1" else 16).astype(dtype)
    image = image_of("npy", npy(array))
    height_first = {(5, 7): 0, (3, 5, 7): 1}.get(shape, 0)
    assert np.array_equal(image, array.reshape(image.shape))
    assert image.shape[1:3] == shape[height_first : height_first + 2] or len(shape) == 4


@pytest.mark.parametrize(
    "array",
    [
        picture(5, 7).astype(np.int8),
        picture(5, 7).astype(np.float32),
        np.asfortranarray(picture(5, 7)),
        picture(35),
        picture(2, 2, 2, 2, 2),
        picture(2, 2, 2, 5),
        picture(0, 7),
    ],
)
def test_other_arrays_are_left_alone(array: np.ndarray) -> None:
    assert parse("npy", npy(array)) is None


@pytest.mark.parametrize("dtype", ["|u1", "<u2"])
@pytest.mark.parametrize(
    "shape",
    [(5, 7), (3, 5, 7), (5, 7, 3), (3, 5, 7, 2), (1, 5, 7, 1), (1, 5, 7), (123456, 1), (9, 99, 999), (11, 11, 1)],
)
def test_what_numpy_saves_needs_one_byte(shape: tuple[int, ...], dtype: str) -> None:
    array = picture(*shape, bits=8 if dtype == "|u1" else 16).astype(dtype)
    assert len(taken_apart("npy", npy(array)).envelope) == 1
    dark = (array & 1).astype(dtype)
    assert len(taken_apart("npy", npy(dark)).envelope) == 1


def test_other_headers_of_arrays_are_kept() -> None:
    data = npy(picture(5, 7))
    size = struct.unpack_from("<H", data, 8)[0]
    longer = data[:8] + struct.pack("<H", size + 64) + data[10 : 9 + size] + b" " * 64 + data[9 + size :]
    for other in (data + b"t", longer, npy(picture(5, 7), (2, 0)), npy(picture(5, 7, bits=16).astype(">u2"))):
        assert len(taken_apart("npy", other).envelope) > 64


@pytest.mark.parametrize("envelope", [b"\0", b"\1", b"\3", b"\x08", b"\xff"])
def test_short_headers_that_do_not_fit(envelope: bytes) -> None:
    image = picture(2, 5, 7, 3, bits=16)
    with pytest.raises(CorruptDataError):
        PARSERS["npy"].build(envelope, image, 16)


def test_bits_are_those_in_use() -> None:
    assert [taken_apart("npy", npy(picture(9, 9, bits=bits))).bits for bits in (4, 12, 16)] == [8, 12, 16]
    low = taken_apart("npy", npy(picture(9, 9, bits=5).astype(np.uint16)))
    assert low.bits == 8 and low.image.dtype == np.uint8
    assert taken_apart("pnm", b"P5 2 1 7\n\x01\x20").bits == 6  # more than the maximum says


def test_palettes_are_told_from_gray() -> None:
    indexed = {name: taken_apart(*SPECIMENS[name]).indexed for name in SPECIMENS}
    assert [name for name in indexed if indexed[name]] == ["bmp palette"]
    fields = {**gray_fields(2, 7, 8), 262: [3], 320: [0] * 768}
    assert taken_apart("tiff", tiff("<", [(fields, [bytes(14)])])).indexed


def test_bitmaps_from_the_top() -> None:
    colour = picture(6, 5, 3)
    data = bytearray(saved(Image.fromarray(colour[::-1]), "BMP"))
    struct.pack_into("<i", data, 22, -6)
    assert np.array_equal(image_of("bmp", bytes(data))[0], colour)


@pytest.mark.parametrize("name", ["bmp 24", "bmp 1", "bitmap", "tiff tiles", "tiff 12"])
def test_padding_is_kept(name: str) -> None:
    kind, data = SPECIMENS[name]
    for position in range(len(data)):
        parse(kind, data[:position] + b"\xa5" + data[position + 1 :])


def declared(kind: str, size: int) -> bytes:
    """A small file that says that it is large."""
    return {
        "pnm": b"P6 %d %d 255\n" % (size, size) + bytes(100),
        "bmp": b"BM" + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, size, size, 1, 24, *[0] * 6) + bytes(100),
        "tiff": tiff("<", [(gray_fields(size, size, 8), [bytes(100)])]),
        "npy": npy(picture(1000, 2000)).replace(b"(1000, 2000)", b"(%d, %d)" % (size, size)),
    }[kind]


@pytest.mark.parametrize("kind", PARSERS)
@pytest.mark.parametrize("size", [100_000, 999_999_999])
def test_what_is_not_there_is_not_allocated(kind: str, size: int) -> None:
    assert PARSERS[kind].parse(declared(kind, size), PLENTY) is None


@pytest.mark.parametrize("name", SPECIMENS)
def test_limit(name: str) -> None:
    kind, data = SPECIMENS[name]
    parsed = taken_apart(kind, data)
    assert PARSERS[kind].parse(data, parsed.image.size) is not None
    with pytest.raises(LimitExceeded, match="more than the limit"):
        PARSERS[kind].parse(data, parsed.image.size - 1)


def test_overlapping_strips_are_refused() -> None:
    data = SPECIMENS["tiff strips"][1]
    offsets = [9, 24, 39]
    taken_apart("tiff", data)
    for bad in ([9, 22, 39], [9, 9, 39], [9, 24, 10**6], [9, 24, 60]):
        forged = data.replace(struct.pack(">3I", *offsets), struct.pack(">3I", *bad))
        assert forged != data
        assert parse("tiff", forged) is None


@pytest.mark.parametrize(
    "change",
    [{259: [5]}, {266: [2]}, {339: [3]}, {262: [6]}, {258: [8, 5], 277: [2]}, {258: [32]}, {277: [0]}, {278: [0]}],
)
def test_other_kinds_of_tiff_are_left_alone(change: dict[int, list[int]]) -> None:
    assert parse("tiff", tiff("<", [({**gray_fields(2, 7, 8), **change}, [bytes(14)])])) is None


def test_directories_in_a_circle() -> None:
    data = bytearray(tiff("<", [(gray_fields(2, 7, 8), [bytes(range(14))])]))
    data[-4:] = data[4:8]
    assert image_of("tiff", bytes(data)).shape == (1, 2, 7, 1)


@given(KINDS, st.data())
@settings(max_examples=800, deadline=None)
def test_mutations(name: str, data: st.DataObject) -> None:
    """Whatever happens to a file, it is refused or comes back."""
    kind, file = SPECIMENS[name]
    changed = bytearray(file)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(changed) - 1))
        action = data.draw(st.sampled_from(["set", "flip", "cut", "repeat", "long"]))
        if action == "set":
            changed[place] = data.draw(st.sampled_from([0, 1, 0x20, 0x39, 0x7F, 0x80, 0xFF]))
        elif action == "flip":
            changed[place] ^= 1 << data.draw(st.integers(0, 7))
        elif action == "cut":
            del changed[place : place + data.draw(st.integers(1, 40))]
        elif action == "repeat":
            changed[place:place] = changed[place : place + data.draw(st.integers(1, 40))]
        else:
            changed[place : place + 4] = data.draw(st.sampled_from([b"\xff" * 4, bytes(4), b"\0\0\0\x80", b"\1\0\0\0"]))
        if not changed:
            return
    try:
        parse(kind, bytes(changed))
    except LimitExceeded:
        pass


@given(KINDS, st.data())
@settings(max_examples=500, deadline=None)
def test_damaged_envelopes(name: str, data: st.DataObject) -> None:
    """An envelope that does not fit is refused; one that still fits gives a file with the same samples."""
    kind, file = SPECIMENS[name]
    parsed = PARSERS[kind].parse(file, PLENTY)
    assert parsed is not None
    envelope = bytearray(parsed.envelope)
    place = data.draw(st.integers(0, len(envelope) - 1))
    if data.draw(st.booleans()):
        envelope[place] = data.draw(st.integers(0, 255))
    else:
        del envelope[place:]
    try:
        built = PARSERS[kind].build(bytes(envelope), parsed.image, parsed.bits)
    except CorruptDataError:
        return
    assert len(built) <= len(file) + 1000


@pytest.mark.parametrize("kind", PARSERS)
def test_envelopes_that_ask_for_much_are_refused(kind: str) -> None:
    for size in (10**6, 2**40, 2**62):
        for envelope in (b"\1\0" + pack_varint(size) + b"\0", pack_varint(size), b"\1" + pack_varint(size) + b"\1\0"):
            with pytest.raises(CorruptDataError):
                PARSERS[kind].build(envelope, picture(1, 2, 2, 1), 8)


def test_samples_that_do_not_fit_are_refused() -> None:
    for name in ("gray", "bmp 24", "tiff 12", "bitmap"):
        kind, data = SPECIMENS[name]
        parsed = taken_apart(kind, data)
        larger = np.concatenate([parsed.image, parsed.image], axis=1)
        for image, bits in ((larger, parsed.bits), (parsed.image, 16), (parsed.image[..., :0], parsed.bits)):
            with pytest.raises(CorruptDataError):
                PARSERS[kind].build(parsed.envelope, image, bits)
