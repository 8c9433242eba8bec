"""PixelCNN++ over images in lockstep: from the network's outputs to the frequencies of each sample, in coding order."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neucomp.coder import SymbolCoder
from neucomp.exact.ops import Ops
from neucomp.nets.pixel_mixture import CHANNELS, Mixtures
from neucomp.nets.pixelcnnpp import PixelCNNpp
from neucomp.nets.pixelcnnpp_weights import PixelCNNppNetwork


def code_images(
    ops: Ops,
    network: PixelCNNppNetwork,
    images: NDArray[np.uint8],
    coder: SymbolCoder,
    tick: Callable[[int], None] = lambda samples: None,
) -> None:
    """Goes through images (lanes, height, width, 3) pixel by pixel, the three samples of each in order; what
    `coder` fills in is written into the images. `tick` gets numbers of samples."""
    lanes, height, width, _ = images.shape
    net = PixelCNNpp(ops, network, lanes, width)
    mixtures = Mixtures(lanes, network.config.logistics)
    with ops.small_products():
        for row in range(height):
            net.begin_row(row)
            for column in range(width):
                samples = images[:, row, column].copy()
                mixtures.begin(ops.fetch(net.predict(row, column)))
                for channel in range(CHANNELS):
                    coder.code(samples[:, channel], mixtures.frequencies(channel, samples))
                    mixtures.learn(channel, samples)
                images[:, row, column] = samples
                net.put(row, column, samples)
            tick(lanes * width * CHANNELS)
