"""The estimate of time before long work."""

from dataclasses import dataclass

from neucomp.cli.estimate import estimate
from neucomp.models import MODELS, Model
from neucomp.models.bytes import ByteModel


@dataclass(frozen=True)
class Slow(ByteModel):
    """Codes 10 KB/s at level 5 and 100 KB/s at others, in blocks of 1 MB."""

    def speed(self, level: int) -> float:
        return 10.0 if level == 5 else 100.0

    def block_size(self, level: int) -> int:
        return 1_000_000

    def memory(self, level: int, size: int) -> int:
        return 1 << 20


SLOW: Model = Slow()


def test_short_work_and_work_of_unknown_size_are_not_announced() -> None:
    assert estimate(SLOW, 5, 1, 500_000) is None
    assert estimate(SLOW, 5, 1, None) is None


def test_long_work_is_announced_with_faster_levels() -> None:
    assert estimate(SLOW, 5, 1, 700_000) == "about 70 seconds at level 5 (level 3: 7 seconds, level 1: 7 seconds)"
    assert estimate(SLOW, 3, 1, 7_000_000) == "about 70 seconds at level 3"


def test_threads_count_as_far_as_there_are_blocks_for_them() -> None:
    assert estimate(SLOW, 5, 2, 12_000_000) == "about 10 minutes at level 5 (level 3: 60 seconds, level 1: 60 seconds)"
    assert estimate(SLOW, 5, 2, 3_000_000) == "about 3 minutes at level 5 (level 3: 20 seconds, level 1: 20 seconds)"
    assert estimate(SLOW, 5, 100, 900_000) == "about 2 minutes at level 5 (level 3: 9 seconds, level 1: 9 seconds)"


def test_all_models_tell_their_speed() -> None:
    assert all(model.speed(level) > 1 for model in MODELS.values() for level in range(1, 10))
