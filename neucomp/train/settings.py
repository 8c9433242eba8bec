"""What a training run does: the sizes of the network, how much is read, and the rates, as data."""

from dataclasses import asdict, dataclass

from neucomp.kernels.pixel_constants import CHANNELS
from neucomp.nets.gated_pixelcnn import GatedPixelCNNConfig
from neucomp.nets.pixelcnn import PixelConfig
from neucomp.nets.pixelcnnpp import PixelCNNppConfig
from neucomp.nets.transformer import TransformerConfig
from neucomp.nets.wavenet import WaveConfig

CONFIGS = {
    "tiny": TransformerConfig(
        width=32, table_bits=(9, 10, 10, 10, 10, 10, 10, 10), heads=1, hidden=64, layers=1, window=64, exits=(0, 1)
    ),
    "small": TransformerConfig(
        width=128, table_bits=(13, 15, 16, 16, 16, 15, 16, 16), heads=1, hidden=1, layers=0, window=1, exits=(0,)
    ),
    "base": TransformerConfig(
        width=192, table_bits=(14, 16, 17, 17, 18, 16, 18, 17), heads=4, hidden=384, layers=1, window=256, exits=(0, 1)
    ),
}
"""Sizes by name: for trying things out, tables and an output layer alone, and the network that ships with neucomp."""

PIXEL_CONFIGS = {
    "tiny": PixelConfig(16, 1, 32),
    "small": PixelConfig(128, 2, 64),
    "base": PixelConfig(256, 2, 96),
    "large": PixelConfig(384, 3, 128),
}
"""The same for pictures: for trying things out, and the three networks that ship with neucomp."""

WAVE_CONFIGS = {
    "tiny": WaveConfig(16, (1, 2)),
    "small": WaveConfig(32, (1, 2, 4, 8)),
    "base": WaveConfig(32, (1, 2, 4, 8, 16, 32, 64, 128)),
}
"""The same for recordings: for trying things out, one half as large, and the network that ships with neucomp."""

TILE_CONFIGS = {
    "tiny": PixelCNNppConfig(8, (1, 1, 1), 3),
    "small": PixelCNNppConfig(32, (1, 2, 2), 10),
    "base": PixelCNNppConfig(96, (3, 3, 3), 10),
}
"""The same for small images. The paper's network has 160 filters and (5, 5, 5) blocks."""

GATED_CONFIGS = {
    "tiny": GatedPixelCNNConfig(8, 2, 3),
    "small": GatedPixelCNNConfig(32, 6, 10),
    "base": GatedPixelCNNConfig(128, 15, 10),
}
"""The same for the gated PixelCNN, whose paper has 128 channels and 15 layers."""


@dataclass(frozen=True)
class Schedule:
    """What all training runs have in common. ValueError if the numbers make no sense.

    Runs with the same settings, data and machine give the same weights on one thread; a run that was stopped and
    resumed gives those of one that was not.
    """

    bytes_seen: int
    """Bytes to predict in training, repeated ones included: three for a pixel, two for a sample of a recording."""
    warmup_steps: int
    """Steps in which the rates rise from 0."""
    decay: float
    """Share of the steps, the last ones, in which the rates fall to 0."""
    rounded: float
    """Share of the steps, the last ones, that compute with the integers of the exact definition."""
    matrix_rate: float
    """Muon's rate, for the matrices of the layers."""
    rate: float
    """Adam's rate, for other weights."""
    validations: int = 40
    """How often the run validates on its way, and adds a point to the learning curve."""
    seed: int = 0

    def __post_init__(self) -> None:
        whole = [name for name, value in self.to_dict().items() if type(value) is int and name != "seed"]
        if any(getattr(self, name) < 1 for name in whole):
            raise ValueError(f"{', '.join(whole)} must be at least 1")
        if not (0 < self.decay <= 1 and 0 <= self.rounded <= 1):
            raise ValueError("decay and rounded are shares, from 0 to 1")

    @property
    def step_bytes(self) -> int:
        """Bytes that a step predicts."""
        raise NotImplementedError

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return -(-self.bytes_seen // self.step_bytes)

    @property
    def total_bytes(self) -> int:
        """Bytes that all steps predict: `bytes_seen`, rounded up to whole steps."""
        return self.steps * self.step_bytes

    @property
    def first_rounded_step(self) -> int:
        """The first step that computes with rounding."""
        return self.steps - int(self.steps * self.rounded)

    @property
    def validation_steps(self) -> int:
        """Steps from one validation to the next."""
        return max(1, self.steps // self.validations)

    def factor(self, step: int) -> float:
        """What the rates are multiplied by at a step: a rise, a plateau, a linear fall."""
        return min(1.0, (step + 1) / self.warmup_steps, (self.steps - step) / (self.decay * self.steps))

    def to_dict(self) -> dict[str, int | float]:
        """All fields, for a checkpoint."""
        return asdict(self)


@dataclass(frozen=True)
class Settings(Schedule):
    """One training run of a network for bytes."""

    warmup_steps: int = 100
    decay: float = 0.35
    rounded: float = 0.05
    matrix_rate: float = 0.02
    rate: float = 0.004
    batch: int = 32
    """Windows in a step."""
    length: int = 256
    """Bytes to predict in a window."""
    table_rate: float = 0.1
    """Adagrad's rate, for the rows of the tables."""
    table_dropout: float = 0.12
    """Chance that a row of the longest contexts is left out of a position; see `byte_training.DROPOUT`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.table_dropout < 1:
            raise ValueError("table_dropout is a share, from 0 to below 1")

    @property
    def step_bytes(self) -> int:
        """Bytes that a step predicts."""
        return self.batch * self.length


@dataclass(frozen=True)
class LimitedSchedule(Schedule):
    """A run in which activations get limits before they are rounded."""

    @property
    def first_limited_step(self) -> int:
        """The first step whose activations have limits: where the rates begin to fall."""
        return self.steps - int(self.steps * self.decay)


@dataclass(frozen=True)
class PixelSettings(LimitedSchedule):
    """One training run of a network for pictures."""

    warmup_steps: int = 200
    decay: float = 0.5
    rounded: float = 0.05
    matrix_rate: float = 0.02
    rate: float = 0.002
    batch: int = 4096
    """Pixels in a step."""

    @property
    def step_bytes(self) -> int:
        """Bytes that a step predicts."""
        return CHANNELS * self.batch


@dataclass(frozen=True)
class WaveSettings(LimitedSchedule):
    """One training run of a network for recordings."""

    warmup_steps: int = 50
    decay: float = 0.5
    rounded: float = 0.05
    matrix_rate: float = 0.02
    rate: float = 0.003
    batch: int = 8
    """Stretches in a step."""
    length: int = 1024
    """Frames to predict in a stretch."""

    @property
    def step_bytes(self) -> int:
        """Bytes that a step predicts: two a sample."""
        return 2 * self.batch * self.length


@dataclass(frozen=True)
class TileSettings(Schedule):
    """One training run of a network for small images."""

    warmup_steps: int = 100
    decay: float = 0.6
    rounded: float = 0.03
    matrix_rate: float = 0.02
    rate: float = 0.002
    batch: int = 16
    """Images in a step."""
    side: int = 32
    """Pixels in their rows, and their rows."""
    dropout: float = 0.0
    """Chance that what a block's second layer reads is left out."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.dropout < 1:
            raise ValueError("dropout is a share, from 0 to below 1")

    @property
    def step_bytes(self) -> int:
        """Bytes that a step predicts."""
        return CHANNELS * self.batch * self.side**2
