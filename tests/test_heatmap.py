"""Bits per pixel: they add up to the payload, whichever coder it is; the command draws them."""

import io
from pathlib import Path

import click.testing
import numpy as np
import pytest
from PIL import Image

import neucomp
from neucomp.cli import cli
from neucomp.errors import UnsupportedError
from neucomp.heatmap import draw, pixel_bits
from neucomp.models.image_choice import Coder
from neucomp.models.image_codec import encode_image
from neucomp.models.image_costs import pixel_bits as coder_bits
from neucomp.models.image_graphics import encode_graphics
from tests.helpers.pictures import picture


def no_tick(samples: int) -> None:
    pass


def as_png(image: np.ndarray) -> bytes:
    target = io.BytesIO()
    Image.fromarray(image).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(("shape", "bits"), [((1, 24, 31, 3), 8), ((2, 12, 17, 1), 16), ((1, 9, 10, 9), 8)])
@pytest.mark.parametrize("kind", ["smooth", "flat"])
def test_bits_add_up(shape: tuple[int, int, int, int], bits: int, kind: str) -> None:
    image = picture(shape, bits, kind)
    photo = coder_bits(Coder.PHOTO, image, bits, 2, 1, no_tick)
    assert photo.shape == shape[:3]
    assert abs(photo.sum() / 8 - len(encode_image(image, bits, 2, 1, no_tick))) < 5
    graphics = coder_bits(Coder.GRAPHICS, image, bits, 2, 1, no_tick)
    assert graphics.shape == shape[:3]
    assert abs(graphics.sum() / 8 - len(encode_graphics(image, bits, 2, no_tick))) < 5


def test_noise_costs_more_than_what_is_smooth() -> None:
    image = picture((1, 40, 48, 3), 8, "smooth").copy()
    image[:, 20:, 24:] = picture((1, 20, 24, 3), 8, "noise")
    for coder in Coder:
        bits = coder_bits(coder, image, 8, 2, 1, no_tick)[0]
        assert bits[20:, 24:].mean() > bits[:20].mean()
        assert bits.min() > -1e-3


def test_stored_pixels_cost_what_they_are() -> None:
    noise = picture((1, 20, 20, 3), 8, "noise")
    assert (coder_bits(Coder.GRAPHICS, noise, 8, 1, 1, no_tick) == 24).all()


def test_drawing() -> None:
    bits = np.linspace(0, 10, 12).reshape(2, 2, 3)
    drawn, most = draw(bits)
    assert drawn.shape == (4, 3, 3) and drawn.dtype == np.uint8
    assert 9 < most <= 10
    assert (np.diff(drawn.reshape(-1, 3).sum(1).astype(int)) >= 0).all()


def test_files_that_are_no_images() -> None:
    for data in (b"", b"text", as_png(np.zeros((4, 4, 3), np.uint8))[:50]):
        with pytest.raises(UnsupportedError):
            pixel_bits(data)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    image = picture((1, 30, 20, 3), 8, "smooth")[0]
    Path("a.png").write_bytes(as_png(image))

    def run(*arguments: str) -> click.testing.Result:
        return click.testing.CliRunner().invoke(cli, ["heatmap", *arguments], prog_name="neucomp")

    done = run("-2", "a.png", "-o", "bits.png")
    assert done.exit_code == 0 and "bits a pixel" in done.output
    with Image.open("bits.png") as drawn:
        assert drawn.size == (20, 30) and drawn.mode == "RGB"
    assert abs(pixel_bits(as_png(image), 2).sum() / 8 - len(neucomp.compress(as_png(image), 2))) < 200
    assert run("-2", "a.png", "-o", "bits.png").exit_code == 1  # it exists
    assert run("a.png").exit_code == 2  # no output
    Path("b.txt").write_text("no image")
    failed = run("b.txt", "-o", "c.png")
    assert failed.exit_code == 4 and "coded as bytes" in failed.output and not Path("c.png").exists()
