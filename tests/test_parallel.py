"""Work on threads: order, errors, progress and cancelling do not depend on how many there are."""

import threading
import time

import pytest

from neucomp.models import Tick
from neucomp.parallel import InOrder, available_cores, choose_threads
from tests.helpers.zlib_model import ZlibModel

THREADS = pytest.mark.parametrize("threads", [1, 2, 5])


def ignore(symbols: int) -> None:
    pass


@THREADS
def test_results_come_in_order(threads: int) -> None:
    def work(item: int, tick: Tick) -> int:
        time.sleep(0.002 * (item % 3))
        return item * item

    results: list[int] = []
    with InOrder(work, threads, ignore) as workers:
        for item in range(20):
            results += workers.put(item)
            assert len(results) >= item - threads
        results += workers.drain()
    assert results == [item * item for item in range(20)]


@THREADS
def test_progress_arrives_in_the_calling_thread(threads: int) -> None:
    reported: list[int] = []

    def count(symbols: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        reported.append(symbols)

    def work(item: int, tick: Tick) -> None:
        for _ in range(item):
            tick(1)

    with InOrder(work, threads, count) as workers:
        for item in range(10):
            workers.put(item)
        workers.drain()
    assert sum(reported) == sum(range(10))


@THREADS
def test_error_takes_its_place_in_the_order(threads: int) -> None:
    def work(item: int, tick: Tick) -> int:
        if item == 3:
            raise KeyError(item)
        return item

    results: list[int] = []
    with pytest.raises(KeyError), InOrder(work, threads, ignore) as workers:
        for item in range(10):
            results += workers.put(item)
        results += workers.drain()
    assert results == [0, 1, 2]


@THREADS
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_error_in_tick_ends_endless_work(threads: int, error: type[BaseException]) -> None:
    def work(item: int, tick: Tick) -> None:
        while True:
            tick(1)
            time.sleep(0.001)

    def stop(symbols: int) -> None:
        raise error

    before = threading.active_count()
    with pytest.raises(error), InOrder(work, threads, stop) as workers:
        for item in range(10):
            workers.put(item)
    assert threading.active_count() == before


def test_available_cores() -> None:
    assert available_cores() >= 1


def test_choose_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neucomp.parallel.available_cores", lambda: 8)
    model = ZlibModel()
    assert choose_threads(3, model, 1, 1000, None) == 3
    assert choose_threads(3, model, 1, 1000, 2) == 2
    assert choose_threads(3, model, 1, 1000, 0) == 1
    assert choose_threads(0, model, 1, 1000, None) == 8
    monkeypatch.setattr(model, "memory", lambda level, size: 150 << 20)
    assert choose_threads(0, model, 1, 1000, None) == 2
    monkeypatch.setattr(model, "memory", lambda level, size: 1 << 30)
    assert choose_threads(0, model, 1, 1000, None) == 1
    with pytest.raises(ValueError, match="0 or more"):
        choose_threads(-1, model, 1, 1000, None)
    with pytest.raises(TypeError):
        choose_threads(1.5, model, 1, 1000, None)  # type: ignore[arg-type]
