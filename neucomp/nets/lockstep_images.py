"""Networks over images in lockstep: from the network's outputs to the frequencies of each sample, in coding order."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.coder import SymbolCoder
from neucomp.nets.lockstep import Lockstep
from neucomp.nets.pixel_mixture import CHANNELS, Mixtures


class Lanes(NamedTuple):
    """Images that are coded side by side."""

    images: NDArray[np.uint8]  # (lanes, rows, columns, 3)
    heights: NDArray[np.int64]  # (lanes,)
    widths: NDArray[np.int64]  # (lanes,): what is below and to the right is 0, and is not coded


def code_images(
    network: Lockstep, lanes: Lanes, coder: SymbolCoder, tick: Callable[[int], None] = lambda samples: None
) -> None:
    """Goes through images pixel by pixel, the three samples of each in order; what `coder` fills in is written into
    them.

    network: one that has read nothing, for as many lanes and columns. `tick` gets numbers of samples.
    """
    images, heights, widths = lanes
    count, rows, columns, _ = images.shape
    mixtures = Mixtures(count, network.config.logistics)
    with network.ops.small_products():
        for row in range(rows):
            network.begin_row(row)
            for column in range(columns):
                samples = images[:, row, column].copy()
                there = (row < heights) & (column < widths)
                mixtures.begin(network.ops.fetch(network.predict(row, column)))
                for channel in range(CHANNELS):
                    freqs = mixtures.frequencies(channel, samples)
                    coded = samples[there, channel]
                    coder.code(coded, freqs if there.all() else freqs[there])
                    samples[there, channel] = coded
                    mixtures.learn(channel, samples)
                images[:, row, column] = samples
                network.put(row, column, samples)
            tick(int(((row < heights) * widths).sum()) * CHANNELS)
