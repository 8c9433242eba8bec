"""Which regressors, windows and solves the least squares of an image has, as data.

Measured with three channels on one core (AMD EPYC 9004, 512 x 768) and on the middle 256 x 256 of the 14 photographs
whose middles the constants were tuned on, as logistic distributions around the predictions and their blend, mixed:

    plan      regressors a channel   us a sample   bits a sample   state
    FAST      10, 13, 16             0.15          2.372             3 MiB
    DEFAULT   18, 19, 20             0.25          2.370             4 MiB
    STRONG    18, 19, 20             0.60          2.346             7 MiB
    BEST      26, 31, 36             1.65          2.333            20 MiB

The state grows with the width (that of BEST by 21 KiB a column), with
the number of channels, and hardly with the height.
"""

import math
from functools import cache
from typing import NamedTuple

LINKS = 3
"""Most channels of the same pixel that a prediction depends on."""

LATER = 2
"""Most channels that are coded after the predicted one and whose neighbours are regressors."""

OTHERS = 3
"""Most channels in all, besides its own, that a prediction depends on."""

Offset = tuple[int, int]
"""(dy, dx) of a neighbour."""

Regressor = tuple[int, int, int]
"""Channel, dy, dx."""

OWN: tuple[Offset, ...] = (
    *((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-1, -2), (-1, 2), (-2, -1), (-2, 1)),
    *((0, -3), (-2, 2), (-2, -2), (-3, 0), (-1, 3), (-1, -3), (-3, 1), (-3, -1), (-2, 3), (-2, -3)),
    *((-3, 2), (-3, -2), (-3, 3), (-3, -3)),
)
"""Neighbours in the predicted channel, by importance; dx <= 3 * -dy, dx >= -3, dy >= -3."""

OTHER: tuple[Offset, ...] = ((0, 0), (0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-1, -2), (-1, 2))
"""The same in other channels; the pixel itself only where it is coded before."""


class Window(NamedTuple):
    """How fast pixels are forgotten."""

    across: float
    """Decay from one pixel of a row to the next."""
    down: float
    """Decay from one row to the next."""
    prior: float = 3.0
    """How much the assumption of smoothness counts."""


class Solve(NamedTuple):
    """A prediction from the covariances of one window."""

    window: int
    regressors: int = 99
    """Only the first ones count."""


class Plan(NamedTuple):
    """All that a state is made from."""

    windows: tuple[Window, ...]
    solves: tuple[Solve, ...]
    """By rising window; the errors of the first decide the weights of pixels."""
    own: int
    """Regressors in the predicted channel."""
    earlier: int
    """Regressors in each channel that is coded before, its sample of the same pixel included."""
    later: int
    """Regressors in each channel that is coded after."""
    own_of_few: int = 18
    """`own` for images of one or two channels."""
    constant: float = 5.0
    """The weight of a pixel is 1 / (constant + squared errors), in units of the 8-bit range."""
    error_limit: float = 2000.0
    """Squared errors count up to this."""


_ONE = (Window(0.82, 0.78),)
_TWO = (Window(0.93, 0.93), Window(0.68, 0.65))

FAST = Plan(_ONE, (Solve(0),), own=6, earlier=5, later=2, own_of_few=10)
DEFAULT = Plan(_ONE, (Solve(0),), own=10, earlier=5, later=4)
STRONG = Plan(_TWO, (Solve(0), Solve(1), Solve(1, 10)), own=10, earlier=5, later=4)
BEST = STRONG._replace(own=18, earlier=9)


def choose_regressors(plan: Plan, channels: int) -> list[list[Regressor]]:
    """For each channel, by importance: its nearest neighbours, the best three of other channels, then the rest.

    Other channels are the nearest of those coded before, then after, OTHERS in all.
    """
    own = plan.own if channels > 2 else plan.own_of_few
    chosen = []
    for channel in range(channels):
        earlier = range(channel - 1, max(channel - LINKS, 0) - 1, -1)
        room = min(LATER, OTHERS - len(earlier))
        later = range(channel + 1, min(channel + 1 + room, channels))
        first = [(channel, dy, dx) for dy, dx in OWN[: min(6, own)]]
        rest = [(channel, dy, dx) for dy, dx in OWN[6:own]]
        for other in earlier:
            neighbours = [(other, dy, dx) for dy, dx in OTHER[: plan.earlier]]
            first += neighbours[:3]
            rest += neighbours[3:]
        for other in later:
            rest += [(other, dy, dx) for dy, dx in OTHER[1 : 1 + plan.later]]
        chosen.append(first + rest)
    return chosen


@cache  # a third of the time that an image of 32 x 32 takes
def prior_covariance(regressors: tuple[Regressor, ...], channel: int) -> tuple[float, ...]:
    """Packed covariance of regressors and sample, last, as differences from the base, in a smooth random image.

    The variance of the difference of two samples is proportional to their distance, channels are alike, and there is a
    little noise. What equations know beside it need not be much to count more; without it the predictions from few
    pixels are erratic (1.1 % of the size; covariances measured on photographs are a worse prior).
    """
    targets = [*regressors, (channel, 0, 0)]
    contrasts = [((*each, 1.0), (each[0], 0, -1, -0.5), (each[0], -1, 0, -0.5)) for each in targets]
    covariance: list[float] = []
    for i, first in enumerate(contrasts):
        for second in contrasts[: i + 1]:
            total = 0.0
            for channel1, y1, x1, factor1 in first:
                for channel2, y2, x2, factor2 in second:
                    distance = math.sqrt((y1 - y2) ** 2 + (x1 - x2) ** 2)
                    alike = 1.0 if channel1 == channel2 else 0.9
                    noise = 0.02 if (channel1, y1, x1) == (channel2, y2, x2) else 0.0
                    total += factor1 * factor2 * (noise - alike * distance)
            covariance.append(total)
        covariance[-1] += 0.03 if i < len(regressors) else 0.0
    return tuple(covariance)
