"""Pictures to train on: what is held out, how they are drawn, what copies are."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

from neucomp.kernels.pixel_drawing import draw_pixels
from neucomp.kernels.pixel_features import FEATURES, NEIGHBOURS, OFFSETS
from neucomp.nets.pixelcnn import find_features
from neucomp.train.copies import make_copies
from neucomp.train.pictures import Picture, make_pool, read_pictures
from neucomp.train.sources import Source


def make_picture(seed: int, height: int = 20, width: int = 24) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for n in range(41):
        (tmp_path / "many" / str(n % 3)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(make_picture(n)).save(tmp_path / "many" / str(n % 3) / f"{n}.png")
    for n in range(2):
        Image.fromarray(make_picture(100 + n)).save(tmp_path / f"{n}.webp", lossless=True)
    (tmp_path / "many" / "readme.txt").write_text("about these pictures")
    Image.fromarray(make_picture(0, 10, 100)).save(tmp_path / "many" / "narrow.png")
    return tmp_path


def test_groups(folder: Path) -> None:
    sources = [Source("many", folder / "many"), Source("two", folder / "0.webp"), Source("two", folder / "1.webp")]
    pictures = read_pictures(sources)
    many, two = pictures.groups
    assert (many.pixels, two.pixels) == (39 * 480, 480) and many.share == pytest.approx(39 / 40)
    assert (len(many.validation.starts), len(two.validation.starts)) == (2, 1)
    assert pictures.describe() == "many 0.02 Mpixel x 0.975, two 0.00 Mpixel x 0.025"
    assert pictures.pool.samples.size == 3 * 480 * 40
    held = {part.tobytes() for part in many.validation.samples.reshape(2, -1)}
    assert not held & {part.tobytes() for part in pictures.pool.samples.reshape(40, -1)}

    again = read_pictures(sources)
    assert again.digest == pictures.digest
    assert read_pictures(sources, seed=1).digest != pictures.digest
    weighted = read_pictures([source._replace(weight=3 if source.group == "two" else 1) for source in sources])
    assert [group.share for group in weighted.groups] == [0.25, 0.75]
    assert weighted.pool.shares[-2] == pytest.approx(0.25)


def test_named_pictures_for_validation(folder: Path) -> None:
    chosen = Source("many", folder / "0.webp")
    (group,) = read_pictures([Source("many", folder / "many")], validation=[chosen]).groups
    assert group.pixels == 41 * 480
    assert np.array_equal(group.validation.samples.reshape(20, 24, 3), make_picture(100)[..., (1, 0, 2)])


def test_too_few(folder: Path) -> None:
    with pytest.raises(ValueError, match="the group 'one' has 0 pictures to train on and 1 for validation"):
        read_pictures([Source("one", folder / "0.webp")])
    with pytest.raises(OSError, match="cannot identify"):
        read_pictures([Source("text", folder / "many" / "readme.txt")])


def draw(pool: tuple, seed: int, *, changing: bool, count: int = 400) -> list[np.ndarray]:
    batch = [np.zeros((count, 3), np.uint8), np.zeros((count, 3), np.uint8), np.zeros(count, np.int32)]
    batch.append(np.zeros((count, FEATURES), np.int16))
    window, order = np.zeros((3, NEIGHBOURS), np.int32), np.zeros(3, np.int64)
    draw_pixels(pool, seed, changing, window, order, *batch)
    return batch


def test_pixels_are_drawn_by_weight_with_their_features() -> None:
    # Each pixel's green says where it is; red tells the picture.
    places = np.arange(20 * 12, dtype=np.uint8).reshape(20, 12)
    pictures = [np.stack([np.full_like(places, n), places, places ^ 255], 2) for n in range(3)]
    pool = make_pool(pictures, [1, 0, 3])
    targets, medians, activities, features = draw(pool, 5, changing=False)
    assert set(targets[:, 1]) == {0, 2} and 0.65 < (targets[:, 1] == 2).mean() < 0.85
    rows, columns = targets[:, 0] // 12, targets[:, 0] % 12
    assert rows.min() == 5 and rows.max() == 14 and set(columns) == {5, 6}
    assert np.array_equal(targets[:, 2], targets[:, 0] ^ 255)
    assert np.array_equal(medians[:, 0], targets[:, 0] - 1), "on a slope, the larger neighbour"
    planes = np.stack([places, 0 * places, places ^ 255]).astype(np.int64)
    windows = planes[:, rows[:, None] + OFFSETS[:, 0], columns[:, None] + OFFSETS[:, 1]].swapaxes(0, 1)
    windows[:, 1] = targets[:, 1, None]
    expected = find_features(windows)
    assert np.array_equal(features, expected.values) and np.array_equal(activities, expected.activity[:, 0])

    changed = draw(pool, 5, changing=True)
    assert all(np.array_equal(one, other) for one, other in zip(changed, draw(pool, 5, changing=True), strict=True))
    assert not np.array_equal(changed[0], draw(pool, 6, changing=True)[0])


def test_copies() -> None:
    random = np.random.default_rng(0)
    smooth = np.add.outer(np.arange(90), np.arange(120))[..., None] // 2 + random.integers(0, 9, (90, 120, 3))
    picture = smooth.astype(np.uint8)
    kinds = set()
    for seed in range(12):
        made = make_copies(picture, np.random.default_rng(seed))
        kinds.add(len(made))
        again = make_copies(picture, np.random.default_rng(seed))
        assert all(np.array_equal(one, other) for one, other in zip(made, again, strict=True))
        assert all(copy.dtype == np.uint8 and copy.ndim == 3 and min(copy.shape[:2]) > 10 for copy in made)
        assert np.abs(np.mean(made[1]) - picture.mean()) < 40
    assert kinds == {2, 3, 4}
    assert make_copies(picture[:60], random) == []
