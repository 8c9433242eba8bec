"""What images cost by the outputs of PixelCNN++, as real numbers: the discretized mixture of logistics of the paper.

One logistic of the mixture makes all three samples of a pixel; means of later channels depend linearly on the samples
before. Units are those of `nets.pixel_mixture`.
"""

import torch
from torch import Tensor

from neucomp.nets.lockstep import OUTPUTS

MEAN_STEP = 8.0
"""Steps of a sample that 1 stands for in an output that is a mean."""

LINK_STEP = 0.25
LINK_LIMIT = 2.0
LOG_SCALE_LOW, LOG_SCALE_HIGH = -2.5, 6.0
"""Of logarithms of scales, which are in steps of a sample."""

_SMALLEST_MASS = 1e-7


def cost(outputs: Tensor, samples: Tensor) -> Tensor:
    """Nats of each image (n,).

    outputs: (n, 10 * logistics, height, width); samples: (n, 3, height, width), from 0 to 255.
    """
    n, _, height, width = samples.shape
    logits, *others = outputs.float().view(n, OUTPUTS, -1, height, width).unbind(1)
    value = (samples - 127.5)[:, :, None]
    means = [MEAN_STEP * mean for mean in others[:3]]
    links = [(LINK_STEP * link).clamp(-LINK_LIMIT, LINK_LIMIT) for link in others[6:]]
    means[1] = means[1] + links[0] * value[:, 0]
    means[2] = means[2] + links[1] * value[:, 0] + links[2] * value[:, 1]
    inverse = torch.exp(-torch.stack(others[3:6], 1).clamp(LOG_SCALE_LOW, LOG_SCALE_HIGH))
    distance = (value - torch.stack(means, 1)) * inverse
    half, away = 0.5 * inverse, distance.abs()
    # In the lower tail, where differences of the logistic function keep their digits; beyond 0 and 255 all counts.
    inside = torch.sigmoid(half - away) - torch.sigmoid(-half - away)
    whole = samples[:, :, None]
    mass = torch.where(
        whole == 0,
        torch.sigmoid(distance + half),
        torch.where(whole == 255, torch.sigmoid(half - distance), inside),
    )
    each = torch.log(mass + _SMALLEST_MASS).sum(1) + torch.log_softmax(logits, 1)
    return -torch.logsumexp(each, 1).sum((1, 2))
