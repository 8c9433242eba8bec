"""What files hold: every kind is recognised, and codecs of pixels and samples give them back exactly."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("imagecodecs", reason="needs neucomp[bench]")
pytest.importorskip("soundfile", reason="needs neucomp[bench]")

from neucomp.bench.catalogue import CODECS
from neucomp.bench.codec import Codec, Unsuited
from neucomp.bench.contents import Image, Sound, fingerprint, make_image, read_image, read_sound, recognise
from neucomp.bench.small_files import small_file, write_npy, write_png, write_pnm, write_wav

NOISE = np.frombuffer(b"".join(hashlib.sha256(bytes([i])).digest() for i in range(200)), np.uint8)


def picture(channels: int, dtype: type = np.uint8, count: int = 1) -> Image:
    size = count * 10 * 12 * channels
    samples = np.resize(NOISE, size * np.dtype(dtype).itemsize).view(dtype)
    return Image(samples.reshape(count, 10, 12, channels))


def sound(bits: int, channels: int = 2) -> Sound:
    noise = np.resize(NOISE, 4 * 500 * channels).view(np.int32).reshape(500, channels)
    return Sound(noise >> (32 - bits), bits, 8000)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pictures_are_read_as_they_were_written(channels: int, dtype: type) -> None:
    image = picture(channels, dtype)
    for file in (write_png(image.samples), write_npy(image.samples)):
        assert recognise(file) == ("image", image.samples.size, image.samples.nbytes)
        assert (read_image(file).samples == image.samples).all() and read_image(file).bits == image.bits
    if channels in (1, 3) and dtype == np.uint8:
        assert (read_image(write_pnm(image.samples)).samples == image.samples).all()


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_recordings_are_read_as_they_were_written(bits: int) -> None:
    original = sound(bits)
    file = write_wav(original)
    assert recognise(file) == ("audio", 1000, 1000 * bits // 8)
    found = read_sound(file)
    assert (found.samples == original.samples).all() and found[1:] == original[1:]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        b"\x89PNG\r\n\x1a\n",
        b"BM of course",
        b"P6 is a processor",
        b"RIFF\0\0\0\0WAVE",
        b"\x93NUMPY",
        write_npy(np.zeros((2, 2, 9, 9, 1), np.uint8)),
        write_npy(np.zeros((4, 4), np.float32)),
        write_npy(np.array([object()])),
        write_png(np.zeros((1, 2, 2, 3), np.uint8))[:40],
    ],
)
def test_all_else_is_bytes(data: bytes) -> None:
    assert recognise(data) == ("bytes", len(data), len(data))


def check_roundtrip(codec: Codec, content: Image | Sound) -> None:
    try:
        codec.version()
        blob = codec.compress(content)
    except (ImportError, Unsuited) as error:
        pytest.skip(str(error))
    assert fingerprint(codec.decompress(blob)) == fingerprint(content)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("name", [name for name, codec in CODECS.items() if codec.takes == "image"])
def test_codecs_of_images(name: str, channels: int, dtype: type, count: int) -> None:
    check_roundtrip(CODECS[name], picture(channels, dtype, count))


@pytest.mark.parametrize("name", [name for name, codec in CODECS.items() if codec.takes == "image"])
def test_gray_picture_among_others(name: str) -> None:
    """Optimisers store what has no colour with one channel."""
    gray = np.repeat(picture(1).samples, 3, axis=3)
    check_roundtrip(CODECS[name], Image(np.concatenate([picture(3).samples, gray])))


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_flac(bits: int) -> None:
    check_roundtrip(CODECS["flac"], sound(bits))


def test_pictures_that_look_the_same_are_the_same() -> None:
    gray = picture(1).samples
    rgb = np.repeat(gray, 3, axis=3)
    rgba = np.concatenate([rgb, np.full_like(gray, 255)], axis=3)
    same = {fingerprint(Image(samples)) for samples in (gray, rgb, rgba)}
    assert len(same) == 1
    for other in (
        rgb + np.uint8(1),
        rgba - np.uint8([0, 0, 0, 1]),
        gray.astype(np.uint16),
        gray[:, :, ::-1],
        gray[:, 1:],
    ):
        assert fingerprint(Image(other)) not in same


def test_other_samples_rates_and_depths_differ() -> None:
    original = sound(16)
    others = [
        original,
        original._replace(samples=original.samples ^ 1),
        original._replace(sample_rate_hz=8001),
        original._replace(bits=24),
    ]
    assert len(set(map(fingerprint, others))) == 4


def test_small_files_are_of_the_same_kind() -> None:
    large = np.resize(NOISE, (1, 100, 120, 3))
    for file, kind in (
        (write_png(large), "image"),
        (write_pnm(large), "image"),
        (write_npy(large), "image"),
        (write_wav(sound(16)._replace(samples=np.zeros((5000, 1), np.int32))), "audio"),
        (b"text " * 1000, "bytes"),
    ):
        small = small_file(recognise(file).kind, file)
        assert recognise(small).kind == kind and len(small) < len(file)


def test_animations_are_bytes() -> None:
    file = write_png(picture(3).samples)
    animated = file[:33] + b"\0\0\0\x08acTL" + bytes(12) + file[33:]
    assert recognise(animated).kind == "bytes"


def test_shapes() -> None:
    assert make_image(np.zeros((4, 5), np.uint8)).samples.shape == (1, 4, 5, 1)
    assert make_image(np.zeros((4, 5, 3), np.uint8)).samples.shape == (1, 4, 5, 3)
    assert make_image(np.zeros((27, 5, 6), np.uint8)).samples.shape == (27, 5, 6, 1)


def test_demo_book_is_bytes() -> None:
    book = Path(__file__).parent.parent.parent / "demo" / "sherlock-holmes.txt"
    assert recognise(book.read_bytes()).kind == "bytes"
