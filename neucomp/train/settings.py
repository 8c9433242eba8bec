"""What a training run does: the sizes of the network, how much is read, and the rates, as data."""

from dataclasses import asdict, dataclass

from neucomp.nets.transformer import TransformerConfig

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


@dataclass(frozen=True)
class Settings:
    """One training run. ValueError if the numbers make no sense.

    Runs with the same settings, data and machine give the same weights on one thread; a run that was stopped and
    resumed gives those of one that was not.
    """

    bytes_seen: int
    """Bytes to predict in training, repeated ones included."""
    batch: int = 32
    """Windows in a step."""
    length: int = 256
    """Bytes to predict in a window."""
    warmup_steps: int = 100
    """Steps in which the rates rise from 0."""
    decay: float = 0.35
    """Share of the steps, the last ones, in which the rates fall to 0."""
    rounded: float = 0.05
    """Share of the steps, the last ones, that compute with the integers of the exact definition."""
    matrix_rate: float = 0.02
    """Muon's rate, for the matrices of the layers."""
    table_rate: float = 0.1
    """Adagrad's rate, for the rows of the tables."""
    rate: float = 0.004
    """Adam's rate, for embedding and output layers."""
    table_dropout: float = 0.12
    """Chance that a row of the longest contexts is left out of a position; see `training.DROPOUT`."""
    validations: int = 40
    """How often the run validates on its way, and adds a point to the learning curve."""
    seed: int = 0

    def __post_init__(self) -> None:
        positive = ("bytes_seen", "batch", "length", "warmup_steps", "validations")
        if any(getattr(self, name) < 1 for name in positive):
            raise ValueError(f"{', '.join(positive)} must be at least 1")
        if not (0 < self.decay <= 1 and 0 <= self.rounded <= 1 and 0 <= self.table_dropout < 1):
            raise ValueError("decay, rounded and table_dropout are shares, from 0 to 1")

    @property
    def step_bytes(self) -> int:
        """Bytes that a step predicts."""
        return self.batch * self.length

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
