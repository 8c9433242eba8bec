"""BLAS on one thread while somebody wants it, and as before afterwards."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from neucomp.exact.blas import one_thread
from neucomp.exact.numpy_ops import NumpyOps


def threads() -> set[int]:
    return {library["num_threads"] for library in ThreadpoolController().select(user_api="blas").info()}


@pytest.fixture(autouse=True)
def _three_threads() -> object:
    if not threads():
        pytest.skip("NumPy's BLAS here cannot be told how many threads it may have")
    with threadpool_limits(3, "blas"):
        yield


def test_one_thread_and_back() -> None:
    with NumpyOps().small_products():
        assert threads() == {1}
        with one_thread():
            assert threads() == {1}
        assert threads() == {1}
    assert threads() == {3}


def test_back_after_an_error() -> None:
    with pytest.raises(KeyboardInterrupt), one_thread():
        raise KeyboardInterrupt
    assert threads() == {3}


def test_threads_of_python_that_come_and_go() -> None:
    """Whoever comes first restores what was there before, whoever ends first, and whether or not others still work."""
    inside, first_ended = Barrier(3, timeout=60), Barrier(2, timeout=60)

    def work(ends_first: bool) -> None:
        with one_thread():
            inside.wait()
            if not ends_first:
                first_ended.wait()
        if ends_first:
            first_ended.wait()

    for _ in range(20):
        with ThreadPoolExecutor(2) as pool:
            results = pool.submit(work, True), pool.submit(work, False)
            inside.wait()
            for result in results:
                result.result()
        assert threads() == {3}


def test_products_do_not_depend_on_it() -> None:
    random = np.random.default_rng(1)
    a, b = random.integers(-127, 128, (300, 200)), random.integers(-300, 301, (200, 250))
    product = NumpyOps().matmul(a, b)
    with NumpyOps().small_products():
        assert np.array_equal(NumpyOps().matmul(a, b), product)
