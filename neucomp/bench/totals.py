"""Results put together: codecs over several files, who is on the Pareto front, when a model has paid."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from neucomp.bench.codec import KINDS, Kind
from neucomp.bench.results import Result


class Place(NamedTuple):
    """A file of a suite."""

    suite: str
    file: str


@dataclass(frozen=True)
class Total:
    """One codec over several files. Sizes in bytes, times in seconds, memory and model those of the hungriest file.

    Times, and so speeds, are None where those of a file are not known.
    """

    size: int
    symbols: int
    raw_size: int
    compressed_size: int
    encode_s: float | None
    decode_s: float | None
    encode_peak_bytes: int
    decode_peak_bytes: int
    model_bytes: int | None

    @property
    def bits_per_symbol(self) -> float:
        """Compressed bits for each byte, sub-pixel or sample."""
        return 8 * self.compressed_size / max(self.symbols, 1)

    @property
    def compression_ratio(self) -> float:
        """Original size / compressed size."""
        return self.size / max(self.compressed_size, 1)

    @property
    def encode_kb_s(self) -> float | None:
        """Thousands of unpacked bytes per second."""
        return None if self.encode_s is None else self.raw_size / 1000 / max(self.encode_s, 1e-9)

    @property
    def decode_kb_s(self) -> float | None:
        """Thousands of unpacked bytes per second."""
        return None if self.decode_s is None else self.raw_size / 1000 / max(self.decode_s, 1e-9)


class Figures:
    """Verified results of one kind of files, by codec and file; codecs by label, the best compressor first.

    `common` are the places of which every codec has a result with its times. Should there be none, the codecs with the
    fewest such results do not count, until there are some.
    """

    def __init__(self, results: Iterable[Result], kind: Kind) -> None:
        mine = [result for result in results if result.kind == kind]
        self.kind = kind
        self.unverified = [result for result in mine if not result.verified]
        self.results = [result for result in mine if result.verified]
        self.suites = list(dict.fromkeys(result.suite for result in mine))
        self._by_place = {(Place(each.suite, each.file), each.label): each for each in self.results}
        labels = dict.fromkeys(result.label for result in self.results)
        self.common = self._find_common(list(labels))
        self.labels = sorted(labels, key=self._rank)

    def _find_common(self, labels: list[str]) -> list[Place]:
        timed = {label: [place for place in self.places() if self._is_timed(place, label)] for label in labels}
        labels = sorted(filter(timed.__getitem__, labels), key=lambda label: len(timed[label]))
        for left_out in range(len(labels)):
            common = [place for place in self.places() if all(place in timed[label] for label in labels[left_out:])]
            if common:
                return common
        return []

    def _is_timed(self, place: Place, label: str) -> bool:
        result = self.result(place, label)
        return result is not None and result.encode_s is not None and result.decode_s is not None

    def _rank(self, label: str) -> float:
        total = self.total(label, self.common)
        return total.bits_per_symbol if total else math.inf

    def places(self, suite: str | None = None) -> list[Place]:
        """All files with a result, or those of one suite."""
        places = dict.fromkeys(Place(result.suite, result.file) for result in self.results)
        return [place for place in places if suite in (None, place.suite)]

    def result(self, place: Place, label: str) -> Result | None:
        """The verified result of a codec on a file."""
        return self._by_place.get((place, label))

    def total(self, label: str, places: Sequence[Place]) -> Total | None:
        """The sum over `places`, None if there are none or one of them is missing for this codec."""
        results = [found for place in places if (found := self.result(place, label)) is not None]
        if not results or len(results) < len(places):
            return None
        models = [result.model_bytes for result in results if result.model_bytes is not None]
        return Total(
            size=sum(result.size for result in results),
            symbols=sum(result.symbols for result in results),
            raw_size=sum(result.raw_size for result in results),
            compressed_size=sum(result.compressed_size or 0 for result in results),
            encode_s=_sum(result.encode_s for result in results),
            decode_s=_sum(result.decode_s for result in results),
            encode_peak_bytes=max(result.encode_peak_bytes or 0 for result in results),
            decode_peak_bytes=max(result.decode_peak_bytes or 0 for result in results),
            model_bytes=max(models, default=None),
        )

    def break_even(self, label: str, places: Sequence[Place]) -> float | None:
        """How many bytes like those of `places` must be compressed before shipping the codec's model has paid.

        Compared with the smallest output of a codec without a model. Infinite where the model does not pay at all, 0
        where there is none; None where it is not known, or there is nothing to compare with.
        """
        own = self.total(label, places)
        if own is None or not own.model_bytes:
            return None if own is None or own.model_bytes is None else 0.0
        rivals = [total for each in self.labels if (total := self.total(each, places)) and total.model_bytes == 0]
        if not rivals:
            return None
        saved = min(rival.compressed_size for rival in rivals) - own.compressed_size
        return own.model_bytes * own.size / saved if saved > 0 else float("inf")


def _sum(seconds: Iterable[float | None]) -> float | None:
    """The sum, None if one of them is not known."""
    total = 0.0
    for each in seconds:
        if each is None:
            return None
        total += each
    return total


def by_kind(results: Iterable[Result]) -> list[Figures]:
    """Figures of each kind of files that there are."""
    results = list(results)
    return [Figures(results, kind) for kind in KINDS if any(result.kind == kind for result in results)]


def pareto_front(points: dict[str, tuple[float, float]]) -> list[str]:
    """The names of points (speed, ratio) that no other one beats in both, fastest first."""
    front: list[str] = []
    best = float("-inf")
    for name, (_, ratio) in sorted(points.items(), key=lambda item: (-item[1][0], -item[1][1])):
        if ratio > best:
            front.append(name)
            best = ratio
    return front
