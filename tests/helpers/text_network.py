"""A small network that has not learned much, but enough to make text smaller, so that its blocks are not stored."""

from collections import Counter
from math import log

import numpy as np

from neucomp.nets.weights import Network, make_network
from tests.helpers.networks import TINY, random_network
from tests.helpers.specimens import text


def text_network(seed: int = 1) -> Network:
    """A random network whose outputs are how often each byte is in English, and a little of what it makes of the bytes
    before: every frequency depends on them."""
    tensors = dict(random_network(TINY, seed).tensors)
    counts = Counter(text(10_000))
    bias = [round(256 * log(counts[byte] + 0.5)) for byte in range(256)]
    for depth in TINY.exits:
        tensors[f"exit{depth}.bias"] = np.array(bias, np.int32)
        tensors[f"exit{depth}.logits_scale"] = np.full(256, 1 << 9, np.int32)
    return make_network(TINY, tensors, {})
