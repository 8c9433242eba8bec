"""Samples of a model: drawn from nothing, or from a beginning on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neucomp.codec import BytesLike, find_model
from neucomp.models import ALONE
from neucomp.models.alone import AloneModel
from neucomp.models.ticks import no_tick

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neucomp.models import Tick
    from neucomp.nets.networks import Network

LARGEST_SAMPLE = 1 << 24
"""Symbols of a sample."""

_LANES = 256
"""Samples that are drawn side by side."""


def sample(
    model: str,
    count: int = 1,
    size: tuple[int, ...] = (),
    *,
    temperature: float = 1.0,
    seed: int | None = None,
    device: str = "cpu",
    network: Network[Any] | None = None,
    tick: Tick | None = None,
) -> NDArray[np.uint8]:
    """Return samples drawn from a model that is a network alone: uint8 (count, ...), of text (count, bytes), of images
    (count, height, width, channels).

    `model` is a name in `neucomp.models.MODELS`; `size` is (bytes,) or (height, width), () for what is usual for the
    model. At `temperature` 1 the samples are what the model's decoder makes of random bits; below, likely symbols are
    drawn more often, above, less. `seed` gives the same samples again. `device` and `network` are those of `compress`.
    `tick` gets numbers of symbols.

    Raises `ValueError` for a model that is none or not a network alone, for a count below 1, a temperature that is not
    above 0 or a size that the model has not; `UnsupportedError` where the network or the device is not here.
    """
    chosen = drawing_model(model, device, network)
    shape = _checked(count, chosen.shape(size))
    return _draw(chosen, count, shape, None, temperature, seed, tick)


def complete(
    model: str,
    data: BytesLike,
    size: int | None = None,
    *,
    keep: int | None = None,
    count: int = 1,
    temperature: float = 1.0,
    seed: int | None = None,
    device: str = "cpu",
    network: Network[Any] | None = None,
    tick: Tick | None = None,
) -> NDArray[np.uint8]:
    """Return what a model makes of a beginning, as `sample` does: `count` samples for each text or image in `data`.

    `data` is a file: a text, or images whose upper rows are there. `keep` is how many bytes or rows of it stay, all
    unless it is given; `size` is how many there are in the end: twice as many as stay, or the usual size of a sample if
    that is more, unless it is given. The rest is that of `sample`.

    Raises what `sample` does, `UnsupportedError` for a file that the model cannot take, and `ValueError` for a size
    below that of the beginning.
    """
    import numpy as np

    chosen = drawing_model(model, device, network)
    beginnings = chosen.beginnings(bytes(data))[:, :keep]
    kept = beginnings.shape[1]
    wanted = max(2 * kept, chosen.shape(())[0]) if size is None else size
    if wanted < kept:
        raise ValueError(f"the size of what is completed is {wanted}, below the {kept} that are there")
    shape = (wanted, *beginnings.shape[2:])
    if len(shape) > 1:
        chosen.shape(shape[:2])
    beginnings = np.repeat(beginnings, count, 0)
    return _draw(chosen, len(beginnings), _checked(count, shape), beginnings, temperature, seed, tick)


def drawing_model(name: str, device: str = "cpu", network: Network[Any] | None = None) -> AloneModel:
    """The model with this name; `ValueError` if samples cannot be drawn from it."""
    model = find_model(name, device, network)
    if not isinstance(model, AloneModel):
        raise ValueError(
            f"the model {name!r} learns each file while it codes and knows nothing before; samples come from "
            f"{', '.join(ALONE)}"
        )
    return model


def _checked(count: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    import math

    if count < 1:
        raise ValueError(f"the count must be at least 1, got {count}")
    if min(shape) < 1 or math.prod(shape) > LARGEST_SAMPLE:
        raise ValueError(f"a sample of {' x '.join(map(str, shape))} symbols is none, or too large")
    return shape


def _draw(
    model: AloneModel,
    count: int,
    shape: tuple[int, ...],
    beginnings: NDArray[np.uint8] | None,
    temperature: float,
    seed: int | None,
    tick: Tick | None,
) -> NDArray[np.uint8]:
    import numpy as np

    from neucomp.sampler import Sampler

    samples = np.zeros((count, *shape), np.uint8)
    known = 0
    if beginnings is not None:
        samples[:, : beginnings.shape[1]] = beginnings
        known = beginnings[0].size
    chance = np.random.PCG64(seed)
    for begin in range(0, count, _LANES):
        group = samples[begin : begin + _LANES]
        sampler = Sampler(chance, known=known * len(group), temperature=temperature)
        model.draw(group, sampler, tick or no_tick)
    return samples
