"""Images and payloads: every shape and depth comes back, on any number of threads; damage is noticed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.errors import CorruptDataError, NeucompError
from neucomp.kernels.least_squares_state import state_bytes
from neucomp.models import image_codec
from neucomp.models.image_codec import decode_image, encode_image
from neucomp.models.image_efforts import EFFORTS, affordable
from neucomp.models.image_planes import FRONT_STEP, fill_planes
from neucomp.models.image_state import begin_image, new_coder, new_memory
from tests.helpers.pictures import picture

LEVELS = (1, 5, 9)


def no_tick(samples: int) -> None:
    pass


def check_roundtrip(image: np.ndarray, bits: int, level: int = 5, threads: int = 1) -> bytes:
    payload = encode_image(image, bits, level, threads, no_tick)
    decoded = decode_image(payload, image.shape, bits, threads, no_tick)
    assert decoded.dtype == (np.uint8 if bits <= 8 else np.uint16)
    assert decoded.shape == image.shape and (decoded == image).all()
    return payload


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("shape", "bits"),
    [
        ((1, 1, 1, 1), 1),
        ((1, 1, 1, 3), 8),
        ((1, 1, 40, 3), 8),
        ((1, 40, 1, 3), 8),
        ((1, 2, 2, 4), 16),
        ((1, 33, 17, 1), 8),
        ((1, 17, 33, 2), 8),
        ((3, 9, 31, 3), 8),
        ((1, 21, 8, 4), 8),
        ((2, 12, 13, 7), 5),
        ((1, 19, 23, 1), 16),
        ((1, 19, 23, 3), 12),
    ],
)
def test_shapes_and_depths(shape: tuple[int, int, int, int], bits: int, level: int) -> None:
    for kind in ("smooth", "noise", "flat"):
        check_roundtrip(picture(shape, bits, kind), bits, level)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12), st.integers(1, 5), st.integers(1, 16), st.data())
def test_anything_comes_back(images: int, height: int, width: int, channels: int, bits: int, data: Any) -> None:
    shape = (images, height, width, channels)
    kind = data.draw(st.sampled_from(("smooth", "noise", "flat")))
    check_roundtrip(picture(shape, bits, kind), bits, data.draw(st.sampled_from(LEVELS)))


@pytest.mark.parametrize("shape", [(1, 70, 60, 3), (2, 50, 90, 1), (1, 90, 20, 3), (1, 100, 3, 1)])
def test_threads_do_not_matter(shape: tuple[int, int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_codec, "_SHORTEST_FRONT", 1)
    image = picture(shape, 8, "smooth")
    payload = check_roundtrip(image, 8, 9, threads=1)
    assert check_roundtrip(image, 8, 9, threads=2) == payload


def test_smooth_images_shrink_and_noise_hardly_grows() -> None:
    smooth = picture((1, 64, 64, 3), 8, "smooth")
    assert len(encode_image(smooth, 8, 5, 1, no_tick)) < smooth.size // 2
    noise = picture((1, 64, 64, 3), 8, "noise")
    assert len(encode_image(noise, 8, 5, 1, no_tick)) < noise.size * 1.05
    flat = picture((1, 64, 64, 3), 8, "flat")
    assert len(encode_image(flat, 8, 5, 1, no_tick)) < flat.size // 100


def test_images_in_a_row_learn_from_each_other() -> None:
    one = picture((1, 24, 24, 3), 8, "smooth")
    several = np.repeat(one, 4, axis=0)
    assert len(encode_image(several, 8, 5, 1, no_tick)) < 3 * len(encode_image(one, 8, 5, 1, no_tick))


def test_more_room_is_found_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    image = picture((1, 30, 30, 3), 8, "noise")
    expected = encode_image(image, 8, 5, 1, no_tick)
    monkeypatch.setattr(image_codec, "_MARGIN", 0)
    assert encode_image(image, 8, 5, 1, no_tick) == expected


@pytest.mark.parametrize("threads", [1, 2])
def test_ticks_count_all_samples_and_may_cancel(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_codec, "_SHORTEST_FRONT", 1)
    image = picture((2, 40, 70, 3), 8, "smooth")
    counted: list[int] = []
    payload = encode_image(image, 8, 5, threads, counted.append)
    assert sum(counted) == image.size and counted[0] == 0
    counted.clear()
    decode_image(payload, image.shape, 8, threads, counted.append)
    assert sum(counted) == image.size

    def cancel(samples: int) -> None:
        if samples:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_image(image, 8, 5, threads, cancel)


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_coded_later_does_not_matter(level: int) -> None:
    first = picture((1, 20, 30, 3), 8, "smooth")[0]
    rows, columns = np.indices(first.shape[:2])
    front = 50
    second = np.where((columns + FRONT_STEP * rows > front)[:, :, None], 255 - first, first)
    kernels = image_codec._kernels()
    begun = []
    for image in (first, second):
        coder = new_coder(20, 30, 3, 8, 0, 1, EFFORTS[level], None)
        payload = np.zeros(1 << 16, np.uint8)
        kernels.start_images(False, payload, coder.registers)
        begin_image(coder)
        fill_planes(coder.planes, image)
        memory, stop = new_memory(coder), front + 1
        assert kernels.run_fronts(True, True, False, coder, memory, payload, 0, stop, 0, 20) == stop
        begun.append((payload.tobytes(), coder.registers.tolist(), coder.weights.tobytes()))
    assert begun[0] == begun[1]


def test_payloads_that_are_too_short_or_too_long() -> None:
    image = picture((1, 30, 40, 3), 8, "noise")
    payload = encode_image(image, 8, 5, 1, no_tick)
    for damaged in (b"", payload[:1], payload[:2], payload[: len(payload) // 2], payload + b"\0"):
        with pytest.raises(CorruptDataError):
            decode_image(damaged, image.shape, 8, 1, no_tick)
    for head in (b"\0", b"\x63"):
        with pytest.raises(NeucompError, match="update neucomp"):
            decode_image(head + payload[1:], image.shape, 8, 1, no_tick)


@settings(deadline=None, max_examples=30)
@given(st.binary(max_size=200))
def test_any_payload_is_decoded_or_refused(payload: bytes) -> None:
    try:
        image = decode_image(payload, (1, 6, 7, 3), 8, 1, no_tick)
    except NeucompError:
        return
    assert encode_image(image, 8, payload[0] & 15, 1, no_tick)[2:] != b""


def test_wide_images_and_many_channels_have_fewer_regressors() -> None:
    assert affordable(EFFORTS[9], 3000, 4000, 3) == EFFORTS[9]
    assert affordable(EFFORTS[2], 8, 60_000, 255) == EFFORTS[2]
    for shape in ((512, 768, 30), (300, 12_000, 3), (100, 768, 120)):
        squares = affordable(EFFORTS[9], *shape).squares
        assert squares.plan.own < EFFORTS[9].squares.plan.own
        assert squares.predictors == EFFORTS[9].squares.predictors
        height, width, channels = shape
        assert state_bytes(squares.plan, *shape) < (128 << 20) + 4 * height * width * channels
