"""Images through the whole house: files and arrays in, the same files and arrays out, limits, what is said of them."""

import io
import zlib
from pathlib import Path
from typing import Any

import click.testing
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

import neucomp
from neucomp.cli import cli
from neucomp.errors import LimitExceeded, UnsupportedError


def picture(height: int = 40, width: int = 56, channels: int = 3) -> Any:
    """A smooth picture with some noise, uint8 (height, width, channels)."""
    noise = np.random.default_rng(7).integers(0, 12, (height, width, channels))
    y, x, c = np.ogrid[:height, :width, :channels]
    return (noise + 2 * y + x * (c + 1)).astype(np.uint8)


def png(image: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", **options)
    return file.getvalue()


def foreign_png(image: Any, empty_blocks: int = 5000) -> bytes:
    """A PNG whose pixels were compressed in a way that zlib never chooses: with empty blocks inside, by default more
    than
    anybody builds again."""
    original = png(image)
    start = original.index(b"IDAT") - 4
    size = int.from_bytes(original[start : start + 4], "big")
    stream = original[start + 8 : start + 8 + size]
    rows = zlib.decompress(stream)
    encoder = zlib.compressobj(6)
    changed = encoder.compress(rows[:100]) + encoder.flush(zlib.Z_FULL_FLUSH)
    changed += b"\0\0\0\xff\xff" * empty_blocks + encoder.compress(rows[100:])
    changed += encoder.flush()
    chunk = b"IDAT" + changed
    framed = len(changed).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    return original[:start] + framed + original[start + 12 + size :]


def test_a_png_comes_back_byte_for_byte() -> None:
    original = png(picture())
    blob = neucomp.compress(original)
    about = neucomp.info(blob)
    assert (about.format, about.model, about.equal_samples) == ("png", "image", False)
    assert "56 x 40 x 3, 8 bits, photo" in about.blocks[0].description
    assert len(blob) < 0.95 * len(original)
    assert neucomp.decompress(blob) == original


def test_a_png_of_another_encoder_comes_back_byte_for_byte() -> None:
    original = foreign_png(picture(64, 64), 3)
    blob = neucomp.compress(original, pixels=True)
    about = neucomp.info(blob)
    assert (about.model, about.equal_samples) == ("image", False)
    assert len(blob) < 0.95 * len(original)
    assert neucomp.decompress(blob) == original


def test_the_number_of_threads_changes_nothing() -> None:
    original = png(picture(80, 300))
    assert neucomp.compress(original, threads=2) == neucomp.compress(original, threads=1)
    assert neucomp.decompress(neucomp.compress(original), threads=2) == original


@settings(max_examples=12, deadline=None)
@given(
    arrays.arrays(
        st.sampled_from([np.uint8, np.uint16]),
        st.one_of(
            st.tuples(st.integers(1, 12), st.integers(1, 12)),
            st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 4)),
            st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9), st.integers(1, 4)),
        ),
    ),
    st.sampled_from([1, 5, 9]),
)
def test_any_array_comes_back(image: Any, level: int) -> None:
    back = neucomp.decompress_image(neucomp.compress_image(image, level))
    assert back.dtype == image.dtype and back.shape == image.shape
    assert (back == image).all()


def test_a_batch_learns_from_one_image_to_the_next() -> None:
    batch = np.stack([np.roll(picture(24, 24), shift, axis=1) for shift in range(12)])
    assert len(neucomp.compress_image(batch)) < 0.9 * sum(len(neucomp.compress_image(image)) for image in batch)


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(TypeError, match="float64"):
        neucomp.compress_image(np.zeros((4, 4)))
    with pytest.raises(TypeError, match="list"):
        neucomp.compress_image([[1, 2]])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="shape"):
        neucomp.compress_image(np.zeros(4, np.uint8))
    with pytest.raises(UnsupportedError, match="no image"):
        neucomp.decompress_image(neucomp.compress(b"no picture"))


def test_limits_hold_before_anything_is_decoded() -> None:
    blob = neucomp.compress_image(picture())
    samples = 40 * 56 * 3
    with pytest.raises(LimitExceeded, match=str(samples)):
        neucomp.decompress_image(blob, max_samples=samples - 1)
    assert neucomp.decompress_image(blob, max_samples=samples).size == samples
    with pytest.raises(LimitExceeded):
        neucomp.compress_image(picture(), max_samples=samples - 1)


def test_a_png_that_cannot_be_built_again() -> None:
    original = foreign_png(picture(64, 64))
    blob = neucomp.compress(original)
    assert neucomp.info(blob).model == "bytes"
    assert neucomp.decompress(blob) == original
    smaller = neucomp.compress(original, pixels=True)
    about = neucomp.info(smaller)
    assert (about.model, about.equal_samples) == ("image", True)
    assert len(smaller) < len(blob)
    assert (np.asarray(Image.open(io.BytesIO(neucomp.decompress(smaller)))) == picture(64, 64)).all()


def test_pixels_only_where_it_must_be() -> None:
    original = png(picture())
    blob = neucomp.compress(original, pixels=True)
    assert not neucomp.info(blob).equal_samples
    assert neucomp.decompress(blob) == original


@pytest.mark.parametrize("head", [b"\x89PNG\r\n\x1a\n", b"P6 ", b"BM", b"II*\0", b"\x93NUMPY"])
def test_files_that_only_begin_like_images(head: bytes) -> None:
    original = head + b"no picture at all, " * 40
    blob = neucomp.compress(original)
    assert neucomp.info(blob).model == "bytes"
    assert neucomp.decompress(blob) == original


def test_a_pipe(tmp_path: Path) -> None:
    original = png(picture())
    source, target = io.BytesIO(original), io.BytesIO()
    source.seekable = lambda: False  # type: ignore[method-assign]
    summary = neucomp.compress_stream(source, target)
    assert (summary.model, summary.original_size) == ("image", len(original))
    assert neucomp.decompress(target.getvalue()) == original


def test_progress_adds_up() -> None:
    original = png(picture())
    done: list[int] = []
    target = io.BytesIO()
    neucomp.compress_stream(io.BytesIO(original), target, tick=done.append)
    assert sum(done) == len(original)
    done.clear()
    neucomp.decompress_stream(io.BytesIO(target.getvalue()), None, tick=done.append)
    assert sum(done) == len(original)


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    original = foreign_png(picture(64, 64))
    Path("a.png").write_bytes(original)

    def run(*arguments: str, code: int = 0) -> str:
        result = click.testing.CliRunner().invoke(cli, arguments, prog_name="neucomp")
        assert result.exit_code == code, result.output
        return result.output

    assert "--pixels" in run("compress", "-v", "--check", "a.png")
    assert "bytes, level 5" in run("info", "a.png.neu")
    run("compress", "-f", "--pixels", "--check", "a.png")
    assert "same pixels" in run("info", "a.png.neu")
    Path("a.png").unlink()
    run("decompress", "a.png.neu")
    assert (np.asarray(Image.open("a.png")) == picture(64, 64)).all()
    assert "limit" in run("compress", "-f", "--max-samples", "100", "a.png", code=6)
    assert "limit" in run("verify", "--max-samples", "100", "a.png.neu", code=6)
