"""The gated PixelCNN in training; see `float_lockstep`."""

import torch
import torch.nn.functional as F
from torch import Tensor

from neucomp.kernels.wave_constants import GATE_BITS, GATE_LIMIT, LOGISTIC, TANH
from neucomp.nets.gated_pixelcnn import GATED_BITS, READ_BITS, TAPS, GatedPixelCNNConfig, layer_shapes
from neucomp.nets.lockstep import INPUT_LIMIT
from neucomp.train.float_lockstep import UNIT, FloatLockstep, limit
from neucomp.train.pixel_rounding import through


class FloatGatedPixelCNN(FloatLockstep):
    """The network of a `GatedPixelCNNConfig`."""

    read_unit = UNIT >> READ_BITS

    tanh: Tensor
    logistic: Tensor

    def __init__(self, config: GatedPixelCNNConfig, dropout: float = 0.0) -> None:
        super().__init__(layer_shapes(config), config.logistics, {"out": 0.2})
        self.config = config
        self.dropout = dropout
        self.register_buffer("tanh", torch.tensor(TANH), persistent=False)
        self.register_buffer("logistic", torch.tensor(LOGISTIC), persistent=False)

    def read_image(self, image: Tensor) -> Tensor:
        """See `FloatLockstep`."""
        rows, h = self._read(self.first_rows(image)), self.first_pixels(image)
        for n in range(self.config.layers):
            rows = self._gate(self.layer(f"rows{n}", rows, TAPS["rows"]))
            inside = self._gate(self.layer(f"pixels{n}", self._read(h), TAPS["pixels"], [rows]))
            inside = F.dropout(inside, self.dropout, self.training)
            h = limit(h + self.layer(f"pixels{n}.out", inside))
        return self._read(self.layer("hidden", self._read(h))).clamp(min=0)

    def _read(self, h: Tensor) -> Tensor:
        read = h.clamp(-INPUT_LIMIT / self.read_unit, INPUT_LIMIT / self.read_unit)
        if not self.rounding:
            return read
        whole = (h.detach().double() * UNIT).long() + (1 << (READ_BITS - 1)) >> READ_BITS
        return through(read, whole.clamp(-INPUT_LIMIT, INPUT_LIMIT).double() / self.read_unit)

    def _gate(self, outputs: Tensor) -> Tensor:
        values, gates = outputs.chunk(2, 1)
        gated = torch.tanh(values) * torch.sigmoid(gates) * ((1 << (GATE_BITS - GATED_BITS)) / self.read_unit)
        if not self.rounding:
            return gated
        index = (outputs.detach().double() * UNIT).long().clamp(-GATE_LIMIT, GATE_LIMIT) + GATE_LIMIT
        tanh, logistic = (each.long() for each in index.chunk(2, 1))
        bits = GATE_BITS + GATED_BITS
        whole = self.tanh[tanh].long() * self.logistic[logistic].long() + (1 << (bits - 1)) >> bits
        return through(gated, whole.double() / self.read_unit)
