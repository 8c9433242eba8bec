"""PixelCNN++ in training; see `float_lockstep`."""

import torch
import torch.nn.functional as F
from torch import Tensor

from neucomp.kernels.tables import SQUASH, SQUASH_LIMIT
from neucomp.nets.lockstep import ACTIVATION_LIMIT, Taps
from neucomp.nets.pixelcnnpp import SIZES, TAPS, PixelCNNppConfig, elu_table, layer_shapes
from neucomp.train.float_lockstep import UNIT, FloatLockstep, limit
from neucomp.train.pixel_rounding import through


class FloatPixelCNNpp(FloatLockstep):
    """The network of a `PixelCNNppConfig`."""

    read_unit = 64

    elu: Tensor
    sigmoid: Tensor

    def __init__(self, config: PixelCNNppConfig, dropout: float = 0.0) -> None:
        super().__init__(layer_shapes(config), config.logistics, {"second": 0.25, "out": 0.2})
        self.config = config
        self.dropout = dropout
        self.register_buffer("elu", torch.tensor(elu_table()), persistent=False)
        self.register_buffer("sigmoid", torch.tensor(SQUASH), persistent=False)

    def read_image(self, image: Tensor) -> Tensor:
        """See `FloatLockstep`."""
        streams = {"rows": self.first_rows(image), "pixels": self.first_pixels(image)}
        down: dict[str, list[Tensor]] = {"rows": [], "pixels": []}
        for size in range(SIZES):
            for stream, taps in TAPS.items():
                if size:
                    h = self.layer(f"{stream}.shrink{size - 1}", down[stream][-1], taps, stride=2)
                    streams[stream] = limit(h)
                down[stream].append(self._read(streams[stream]))
            for number in range(self.config.blocks[size]):
                for stream in TAPS:
                    beside = [down["rows"][-1]] if stream == "pixels" else []
                    name = f"{stream}.down{size}.{number}"
                    streams[stream] = self._block(name, streams[stream], down[stream][-1], TAPS[stream], beside)
                    down[stream].append(self._read(streams[stream]))
        read = {stream: layers.pop() for stream, layers in down.items()}
        for size in reversed(range(SIZES)):
            if size < SIZES - 1:
                for stream in TAPS:
                    grown = self.layer(f"{stream}.grow{size}", read[stream])
                    streams[stream] = limit(_interleave(grown))
                    read[stream] = self._read(streams[stream])
            for number in range(self.config.blocks_up(size)):
                for stream in TAPS:
                    beside = [down[stream].pop()]
                    if stream == "pixels":
                        beside.insert(0, read["rows"])
                    name = f"{stream}.up{size}.{number}"
                    streams[stream] = self._block(name, streams[stream], read[stream], TAPS[stream], beside)
                    read[stream] = self._read(streams[stream])
        return read["pixels"]

    def _block(self, name: str, h: Tensor, read: Tensor, taps: Taps, beside: list[Tensor]) -> Tensor:
        inside = limit(self.layer(f"{name}.first", read, taps, beside))
        inside = F.dropout(self._read(inside), self.dropout, self.training)
        values, gates = self.layer(f"{name}.second", inside, taps).chunk(2, 1)
        gated = values * torch.sigmoid(gates)
        if self.rounding:
            index = (gates.detach().double() * UNIT).long().clamp(-SQUASH_LIMIT, SQUASH_LIMIT - 1) + SQUASH_LIMIT
            whole = (values.detach().double() * UNIT).long()
            gated = through(gated, ((whole * self.sigmoid[index] + (1 << 15)) >> 16).double() / UNIT)
        return limit(h + gated)

    def _read(self, h: Tensor) -> Tensor:
        """The concatenated ELU, as layers read it."""
        read = torch.cat([F.elu(h), F.elu(-h)], 1)
        if not self.rounding:
            return read
        whole = (h.detach().double() * UNIT).long()
        exact = torch.cat([self.elu[ACTIVATION_LIMIT + whole], self.elu[ACTIVATION_LIMIT - whole]], 1)
        return through(read, exact.double() / self.read_unit)


def _interleave(grown: Tensor) -> Tensor:
    """(n, 4 * c, h, w), c channels for each of the four places, to (n, c, 2 * h, 2 * w)."""
    n, channels, height, width = grown.shape
    places = grown.view(n, 2, 2, channels // 4, height, width).permute(0, 3, 4, 1, 5, 2)
    return places.reshape(n, channels // 4, 2 * height, 2 * width)
