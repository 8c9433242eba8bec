"""Makes the starts of the image model: python benchmarks/recipes/image_start/make.py DATA [LEVEL ...]

DATA holds cifar10/ (mosaics of 1000 tiles of 32 x 32 pixels) and photos/. For each level (or those given; the others
stay as they are), with its network, one coder codes a series of tiles and of crops of photographs. What it has learned
at the end is the level's start; the weights are means over the second half of the series. Counters are empty before
each image, as a start does not keep them: the mixer learns what empty ones are worth.

Held out, so that figures stay honest: the last mosaic, and each twelfth photograph, which the model was tuned on.
"""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neucomp.models.image_codec import _kernels, _new_network
from neucomp.models.image_efforts import EFFORTS, NETWORKS
from neucomp.models.image_planes import fill_planes
from neucomp.models.image_start import START_FILE, Start, layout_of, summarize
from neucomp.models.image_state import MOST_SETS, ImageCoder, begin_image, new_coder, new_memory

WEIGHTS = Path(__file__).parents[3] / "neucomp" / "weights"
TILE = 32
TILES = 450
CROPS = {48: 30, 64: 25, 96: 15, 128: 12, 192: 5}
"""How many of each size."""

HELD_OUT = slice(7, None, 12)
SEED = 1

Picture = NDArray[np.uint8]


def read(path: Path) -> Picture:
    """(H, W, 3)."""
    return np.asarray(Image.open(path).convert("RGB"))


def series(data: Path) -> list[Picture]:
    """Tiles and crops of photographs, shuffled."""
    chance = np.random.default_rng(SEED)
    tiles = []
    for path in sorted(data.glob("cifar10/*.webp"))[:-1]:
        mosaic = read(path)
        rows, columns = mosaic.shape[0] // TILE, mosaic.shape[1] // TILE
        parts = mosaic.reshape(rows, TILE, columns, TILE, 3).swapaxes(1, 2).reshape(-1, TILE, TILE, 3)
        tiles.append(chance.permutation(parts)[: TILES // 19 + 1])
    paths = sorted(data.glob("photos/*.webp"))
    photos = [read(path) for path in sorted(set(paths) - set(paths[HELD_OUT]))]
    pictures = list(np.concatenate(tiles)[:TILES])
    for size, count in CROPS.items():
        for number in chance.choice(len(photos), count):
            photo = photos[number]
            top = chance.integers(max(photo.shape[0] - size, 0) + 1)
            left = chance.integers(max(photo.shape[1] - size, 0) + 1)
            pictures.append(photo[top : top + size, left : left + size])
    return [pictures[i] for i in chance.permutation(len(pictures))]


def train(level: int, network: int, pictures: list[Picture]) -> Start:
    """The start of a level with that network, or with none where it is 0."""
    kernels = _kernels()
    coder: ImageCoder | None = None
    means = dict.fromkeys(("weights", "final_weights"), np.float64(0))
    bits = samples = 0
    for number, picture in enumerate(pictures):
        coder = next_coder(coder, picture.shape, level, network)
        if number == len(pictures) // 4:
            spread_weights(coder, next_coder(None, picture.shape, level, network))
        begin_image(coder)
        fill_planes(coder.planes, np.ascontiguousarray(picture))
        payload = np.empty(4 * picture.size + 65536, np.uint8)
        kernels.start_images(False, payload, coder.registers)
        height, width = picture.shape[:2]
        fronts = width + 4 * (height - 1)
        kernels.run_fronts(True, True, False, coder, new_memory(coder), payload, 0, fronts, 0, height)
        if 2 * number >= len(pictures):
            means = {name: mean + getattr(coder, name) for name, mean in means.items()}
            bits += 8 * int(coder.registers[3])
            samples += picture.size
    assert coder is not None
    count = len(pictures) - (len(pictures) + 1) // 2
    for name, mean in means.items():
        getattr(coder, name)[:] = np.rint(mean / count)
    print(f"level {level}, network {network}: {bits / samples:.4f} bits per sample in the second half", flush=True)
    return summarize(coder, layout_of(EFFORTS[level], network))


def next_coder(last: ImageCoder | None, shape: tuple[int, ...], level: int, network: int) -> ImageCoder:
    """A coder for another image that knows what the last one has learned."""
    height, width, channels = shape
    state = _new_network(network, height, 8) if network else None
    fresh = new_coder(height, width, channels, 8, 0, 1, EFFORTS[level], state)
    if last is None:
        return fresh
    contexts = fresh.contexts._replace(scales=last.contexts.scales, scale_counts=last.contexts.scale_counts)
    learned = {name: getattr(last, name) for name in ("weights", "final_weights", "age")}
    return fresh._replace(contexts=contexts, **learned)


def spread_weights(coder: ImageCoder, fresh: ImageCoder) -> None:
    """Rows of weights that were not used so far become like the nearest ones that were."""
    ends = [*coder.first_row[1:].tolist(), None]
    rows, untrained = (each.weights.reshape(-1, each.inputs.size) for each in (coder, fresh))
    for begin, end in zip(coder.first_row.tolist(), ends, strict=True):
        spread(rows[begin:end], untrained[begin:end])
    spread(coder.final_weights.reshape(-1, MOST_SETS), fresh.final_weights.reshape(-1, MOST_SETS))


def spread(rows: NDArray[Any], untrained: NDArray[Any]) -> None:
    """The same for rows that lie side by side, like ones next to each other."""
    used = np.flatnonzero((rows != untrained).any(axis=1))
    right = np.searchsorted(used, np.arange(len(rows))).clip(1, len(used) - 1)
    nearest = np.where(used[right] - np.arange(len(rows)) < np.arange(len(rows)) - used[right - 1], right, right - 1)
    rows[:] = rows[used[nearest]]


def main(data: Path, levels: list[int], store: Callable[..., None] = np.savez_compressed) -> None:
    """Writes the starts and prints the hash that neucomp/models/image_start.py must name."""
    path = WEIGHTS / START_FILE
    arrays = dict(np.load(path)) if path.exists() and levels else {}
    pictures = series(data)
    for level in levels or EFFORTS:
        network = next((number for number, name in NETWORKS.items() if name == EFFORTS[level].network), 0)
        for name, array in train(level, network, pictures)._asdict().items():
            arrays[f"{level}.{network}.{name}"] = array
    store(path, **dict(sorted(arrays.items())))
    print(f"{path}: {path.stat().st_size:,} bytes, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(level) for level in sys.argv[2:]])
