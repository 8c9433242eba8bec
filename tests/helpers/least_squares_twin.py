"""Least squares over a neighbourhood, one pixel after the other, in NumPy float32: what all rows at once must equal."""

import numpy as np

from neucomp.kernels.least_squares_plans import LINKS, Plan, Regressor, choose_regressors, prior_covariance

F = np.float32
SLOPE = 4
TINY = F(2.0**-60)


def rounded(value: np.floating, limit: float, step: float) -> np.floating:
    """To a multiple of `step`, as adding 1.5 * 2**23 steps does it."""
    value = min(max(value, F(-limit)), F(limit))
    return F(F(value + F(1.5 * 2**23 * step)) - F(1.5 * 2**23 * step))


class Twin:
    """Predictions and their errors for one image after the other of the same shape."""

    def __init__(self, plan: Plan, height: int, width: int, channels: int, bits: int) -> None:
        self.plan, self.height, self.width, self.channels = plan, height, width, channels
        self.unit = F(2.0 ** max(bits - 8, 0))
        self.regressors = choose_regressors(plan, channels)
        self.image = np.zeros((channels, height, width), np.int32)
        self.images = 0
        self.history = [[self.zeros(channel, 1)[0] for channel in range(channels)] for _ in plan.windows]
        self.above = [[self.zeros(channel, width) for channel in range(channels)] for _ in plan.windows]

    def zeros(self, channel: int, columns: int) -> np.ndarray:
        size = len(self.regressors[channel]) + 1
        return np.zeros((columns, size, size), F)

    def sample(self, channel: int, y: int, x: int, front: int) -> np.floating:
        """As far as it is known, or made up, when a pixel of `front` is predicted."""
        if y < 0:
            y, x = 0, min(x - 1, front - 1)
        if x < 0:
            if y == 0:
                return F(128)
            y, x = y - 1, 0
        return F(F(self.image[channel, y, min(x, self.width - 1)]) / self.unit)

    def base(self, channel: int, y: int, x: int) -> np.floating:
        front = x + SLOPE * y
        return F((self.sample(channel, y, x - 1, front) + self.sample(channel, y - 1, x, front)) * F(0.5))

    def vector(self, channel: int, y: int, x: int) -> np.ndarray:
        """Differences from the base; the true sample is the last."""
        targets: list[Regressor] = [*self.regressors[channel], (channel, 0, 0)]
        front = x + SLOPE * y
        return np.array(
            [self.sample(q, y + dy, x + dx, front) - self.base(q, y, x) for q, dy, dx in targets],
            F,
        )

    def error(self, channel: int, y: int, x: int) -> np.floating:
        if y < 0 or (x < 0 and y == 0):
            return F(0)
        if x < 0:
            y, x = y - 1, 0
        return self.errors[channel, y, min(x, self.width - 1)]

    def weight(self, channel: int, y: int, x: int) -> np.floating:
        west, north = self.error(channel, y, x - 1), self.error(channel, y - 1, x)
        diagonal = self.error(channel, y - 1, x - 1) + self.error(channel, y - 1, x + 1)
        around = F(F(F(west + north) + diagonal) * F(0.25))
        return F(F(1) / F(F(self.plan.constant) + F(self.error(channel, y, x) + around)))

    def run(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`part` (solves, channels, height, width) and `link` (solves, channels, LINKS, height, width)."""
        self.image = image
        self.begin()
        self.errors = np.zeros(image.shape, F)
        shape = (len(self.plan.solves), self.channels)
        self.part = np.zeros((*shape, self.height, self.width), F)
        self.link = np.zeros((*shape, LINKS, self.height, self.width), F)
        for y in range(self.height):
            self.run_row(y)
        return self.part, self.link

    def begin(self) -> None:
        """Every column begins with the mean over those of earlier images."""
        if self.images > 0:
            for window in range(len(self.plan.windows)):
                for channel in range(self.channels):
                    above, history = self.above[window][channel], self.history[window][channel]
                    total = np.zeros_like(history)
                    for column in above:
                        total += column
                    history += (total / F(self.width) - history) / F(min(self.images, 30))
                    history[:] = (history + TINY) - TINY
                    above[:] = history
        self.images += 1

    def run_row(self, y: int) -> None:
        windows = range(len(self.plan.windows))
        late = [[self.zeros(channel, 1)[0] for channel in range(self.channels)] for _ in windows]
        left = [[self.zeros(channel, 1)[0] for channel in range(self.channels)] for _ in windows]
        pixels: list[list[tuple[np.ndarray, np.ndarray]]] = []
        for channel in range(self.channels):
            nothing = self.zeros(channel, 1)[0, 0]
            pixels.append([(nothing, nothing)] * (SLOPE - 1))
        # What the last front holds is never learned, so the last row ends earlier for the image that comes next.
        for x in range(self.width + SLOPE - 1 if y < self.height - 1 else self.width):
            for channel in range(self.channels):
                if x < self.width:
                    self.predict(channel, y, x, [matrices[channel] for matrices in left])
                    vector = self.vector(channel, y, x)
                    pixels[channel].append((self.weight(channel, y, x) * vector, vector))
                else:
                    pixels[channel].append(pixels[channel][0])
                here = [np.outer(*pixel) for pixel in pixels[channel][: -SLOPE - 1 : -1]]
                for window in windows if y < self.height - 1 or x < self.width - 1 else ():
                    self.learn(window, channel, x, here, late[window], left[window])

    def learn(
        self, window: int, channel: int, x: int, here: list[np.ndarray], late: list[np.ndarray], left: list[np.ndarray]
    ) -> None:
        """`here`: of pixels x, x - 1, x - 2, x - 3; `late`: up to x - 3; `left`: up to x, as pixel x + 1 needs it."""
        m1, down = F(self.plan.windows[window].across), F(self.plan.windows[window].down)
        m2 = F(m1 * m1)
        m3 = F(m2 * m1)
        m4 = F(m3 * m1)
        late[channel] = ((m1 * late[channel] + here[3]) + TINY) - TINY
        left[channel] = m1 * here[0] + (m2 * here[1] + (m3 * here[2] + m4 * late[channel]))
        if x >= SLOPE - 1:
            column = self.above[window][channel][x - (SLOPE - 1)]
            both_sides = late[channel] + (m1 * here[2] + (m2 * here[1] + m3 * here[0]))
            column[:] = ((down * column + both_sides) + TINY) - TINY

    def predict(self, channel: int, y: int, x: int, left: list[np.ndarray]) -> None:
        regressors, front = self.regressors[channel], x + SLOPE * y
        triangle = np.tril_indices(len(regressors) + 1)
        for number, solve in enumerate(self.plan.solves):
            window = self.plan.windows[solve.window]
            matrix = left[solve.window] + F(window.down) * self.above[solve.window][channel][x]
            matrix[triangle] += (np.array(prior_covariance(tuple(regressors), channel)) * window.prior).astype(F)
            size = min(solve.regressors, len(regressors))
            coefficients = solution(matrix, size)
            total, links = self.base(channel, y, x), 0
            for (other, dy, dx), coefficient in zip(regressors[:size], coefficients, strict=True):
                if (dy, dx) != (0, 0):
                    difference = self.sample(other, y + dy, x + dx, front) - self.base(other, y, x)
                    total = F(total + F(coefficient * difference))
            for other, dy, dx in regressors:
                if (dy, dx) == (0, 0):
                    place = regressors.index((other, dy, dx))
                    link = rounded(coefficients[place], 8.0, 2.0**-14) if place < size else F(0)
                    total = F(total - F(link * self.base(other, y, x)))
                    self.link[number, channel, links, y, x] = link
                    links += 1
            part = rounded(total, 2047.0, 2.0**-10)
            self.part[number, channel, y, x] = part * self.unit
            if number == 0:
                self.errors[channel, y, x] = self.squared_error(channel, y, x, part)

    def squared_error(self, channel: int, y: int, x: int, prediction: np.floating) -> np.floating:
        links = [other for other, dy, dx in self.regressors[channel] if dy == dx == 0]
        for place, other in enumerate(links):
            sample = F(self.image[other, y, x]) / self.unit
            prediction = F(prediction + F(self.link[0, channel, place, y, x] * sample))
        error = F(self.image[channel, y, x]) / self.unit - min(max(prediction, F(0)), F(255))
        return min(F(error * error), F(self.plan.error_limit))


def solution(matrix: np.ndarray, size: int) -> np.ndarray:
    """Elimination, a column after the other; only the lower triangle is read, its last row is the right-hand side."""
    rows = np.concatenate([matrix[:size, :size], matrix[-1:, :size]])
    inverse, factor = np.zeros(size, F), np.zeros((size, size), F)
    for k in range(size):
        diagonal = matrix[k, k]
        inverse[k] = F(1) / min(max(rows[k, k], F(diagonal * F(2.0**-19))), diagonal)
        products = rows[k + 1 :, k].copy()
        quotients = products[:-1] * inverse[k]
        factor[k + 1 :, k] = quotients
        rows[k + 1 :, k + 1 :] -= np.outer(products, quotients)
    result = rows[-1] * inverse
    for row in range(size - 1, 0, -1):
        result[:row] -= result[row] * factor[row, :row]
    return result
