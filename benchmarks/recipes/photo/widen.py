"""Widens photo-large to the sizes `large`: python benchmarks/recipes/photo/widen.py PHOTOS OUT

OUT is a network file to begin with: `neucomp train --kind image --init OUT`. It predicts what photo-large predicts.
Units that never fire on pixels of the folder PHOTOS are taken for dead and begin anew, as those that are added; what
comes from them counts little at first (Chen 2015, "Net2Net"). A block is added.
"""

import sys
from pathlib import Path

import torch
from torch import Tensor

from neucomp.nets.pixel_weights import bundled_pixel_network, save_pixel_network
from neucomp.train.pictures import read_pictures
from neucomp.train.pixel_export import export_pixel_network, import_pixel_network
from neucomp.train.pixel_network import FloatPixelNetwork, Pixels
from neucomp.train.pixel_training import draw
from neucomp.train.settings import PIXEL_CONFIGS
from neucomp.train.sources import Source

_PIXELS = 20_000
_LIVES = 1e-4
"""Share of pixels on which a unit fires at least."""

_NEW_INSIDE, _NEW_INPUT, _NEW_BLOCK = 0.05, 0.7, 0.1
"""What the weights of new units are multiplied by: from inside a block, from the features, from a new block."""


def living_units(model: FloatPixelNetwork, pixels: Pixels) -> tuple[list[Tensor], list[Tensor]]:
    """Which units inside the blocks, and of the two later heads, fire on some pixels."""
    stream = torch.relu(model.input(pixels.features))
    blocks = []
    for up, down in model.blocks:
        inside = torch.relu(up(stream))
        blocks.append(lives(inside))
        stream = stream + down(inside)
    stream = torch.relu(stream)
    seen = ((pixels.targets - pixels.medians)[:, :2] / pixels.activity).clamp(-10.6, 10.6)
    first = model.join1(stream) + model.seen1(seen[:, :1])
    return blocks, [lives(first), lives(model.join2(stream) + model.seen2(seen))]


def lives(units: Tensor) -> Tensor:
    """Which columns of (pixels, units) are above 0 often enough."""
    return (units > 0).float().mean(0) > _LIVES


def copy_layer(wide: dict[str, Tensor], narrow: dict[str, Tensor], name: str, rows: Tensor | None = None) -> None:
    """Sets rows of a layer to those of a narrower one, which do not look at new inputs; all rows if none are given."""
    known = narrow[f"{name}.weight"]
    kept = torch.arange(len(known)) if rows is None else rows.nonzero()[:, 0]
    wide[f"{name}.weight"][kept, known.shape[1] :] = 0
    wide[f"{name}.weight"][kept, : known.shape[1]] = known[kept]
    if f"{name}.bias" in wide:
        wide[f"{name}.bias"][kept] = narrow[f"{name}.bias"][kept]


@torch.no_grad()
def widen(model: FloatPixelNetwork, pixels: Pixels) -> FloatPixelNetwork:
    """A network of the sizes `large` that gives what `model` gives."""
    torch.manual_seed(0)
    result = FloatPixelNetwork(PIXEL_CONFIGS["large"])
    wide, narrow = result.state_dict(), model.state_dict()
    blocks, heads = living_units(model, pixels)
    copy_layer(wide, narrow, "input")
    wide["input.weight"][model.config.width :] *= _NEW_INPUT
    for n, alive in enumerate(blocks):
        copy_layer(wide, narrow, f"up.{n}", alive)
        copy_layer(wide, narrow, f"down.{n}")
        fresh = torch.ones(result.config.width, dtype=torch.bool)
        fresh[: len(alive)] = ~alive
        wide[f"down.{n}.weight"][:, fresh] *= _NEW_INSIDE
    wide[f"down.{len(blocks)}.weight"] *= _NEW_BLOCK
    copy_layer(wide, narrow, "head0")
    for channel, alive in enumerate(heads, 1):
        copy_layer(wide, narrow, f"join{channel}", alive)
        copy_layer(wide, narrow, f"seen{channel}", alive)
        copy_layer(wide, narrow, f"head{channel}")
        fresh = torch.ones(result.config.hidden, dtype=torch.bool)
        fresh[: len(alive)] = ~alive
        wide[f"head{channel}.weight"][:, fresh] = 0
    return result


def main(photos: Path, output: Path) -> None:
    """Writes the wider network."""
    pictures = read_pictures([Source("photos", photos, 1.0)])
    pixels = draw(pictures.pool, _PIXELS, (0, 0), changing=True)
    network = bundled_pixel_network("photo-large")
    model = FloatPixelNetwork(PIXEL_CONFIGS["base"])
    import_pixel_network(network, model)
    result = widen(model, pixels)
    result.choose_limits(pixels)
    result.rounding = True
    save_pixel_network(output, export_pixel_network(result, {"made": "photo-large, widened"}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
