"""Every operation of every backend against Python's integers."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neucomp.errors import UnsupportedError
from neucomp.exact.numpy_ops import NumpyOps
from neucomp.exact.ops import Ops
from neucomp.exact.torch_ops import TorchOps
from tests.helpers.backends import BACKENDS

LARGEST = 1 << 24


@pytest.fixture(params=BACKENDS)
def ops(request: pytest.FixtureRequest) -> Ops:
    return BACKENDS[request.param]()


def put(ops: Ops, values: list[int]) -> object:
    return ops.put(np.array(values, np.int64))


def naive_product(a: np.ndarray, b: np.ndarray) -> list[list[int]]:
    columns = b.T.tolist()
    return [[sum(x * y for x, y in zip(row, column, strict=True)) for column in columns] for row in a.tolist()]


def test_sums_up_to_the_bound(ops: Ops) -> None:
    generator = np.random.default_rng(1)
    a = generator.integers(-1023, 1024, (33, 129))
    b = generator.integers(-127, 128, (129, 17))
    a[0] = np.where(b[:, 0] < 0, -1023, 1023)
    b[:, 0] = np.where(b[:, 0] < 0, -127, 127)
    b[-1, 0] = 143 if b[-1, 0] > 0 else -143  # 128 * 127 * 1023 + 143 * 1023 is just below 2**24
    expected = naive_product(a, b)
    assert LARGEST - 2048 < expected[0][0] <= LARGEST
    assert ops.fetch(ops.matmul(ops.put(a), ops.put(b.astype(np.float32)))).tolist() == expected
    assert ops.fetch(ops.matmul(ops.put(-a), ops.put(b))).tolist() == naive_product(-a, b)


def test_many_products_at_once(ops: Ops) -> None:
    generator = np.random.default_rng(2)
    a = generator.integers(-511, 512, (3, 2, 5, 32))
    b = generator.integers(-511, 512, (3, 2, 32, 7))
    product = ops.fetch(ops.matmul(ops.put(a), ops.put(b)))
    assert product.dtype == np.int64 and product.shape == (3, 2, 5, 7)
    for index in np.ndindex(3, 2):
        assert product[index].tolist() == naive_product(a[index], b[index])


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_take(ops: Ops, dtype: type) -> None:
    limits = np.iinfo(dtype)
    table = np.array([[limits.min, limits.max], [1, -1], [0, 7]], dtype)
    index = ops.put(np.array([[2, 0], [0, 1]]))
    rows = ops.fetch(ops.take(ops.put(table), index))
    assert rows.dtype == np.int64 and rows.tolist() == table.astype(np.int64)[[[2, 0], [0, 1]]].tolist()
    assert ops.fetch(ops.take(ops.put(table[:, 0].copy()), index)).tolist() == [[0, limits.min], [limits.min, 1]]


def test_log4(ops: Ops) -> None:
    numbers = sorted({max(1, 4**e + d) for e in range(31) for d in (-2, -1, 0, 1, 2)} - {4**30 + 2})
    expected = [(x.bit_length() - 1) // 2 for x in numbers]
    assert ops.fetch(ops.log4(put(ops, numbers))).tolist() == expected


def test_sums_and_maxima(ops: Ops) -> None:
    x = np.array([[[2**40, -1, 5], [-(2**41), -(2**40), -(2**42)]]])
    assert ops.fetch(ops.sum(ops.put(x))).tolist() == x.sum(-1, keepdims=True).tolist()
    assert ops.fetch(ops.max(ops.put(x))).tolist() == [[[2**40], [-(2**40)]]]


def test_zeros_and_join(ops: Ops) -> None:
    zeros = ops.fetch(ops.zeros((2, 3)))
    assert zeros.dtype == np.float32 and zeros.tolist() == [[0] * 3] * 2
    assert ops.fetch(ops.join([put(ops, [[1], [2]]), put(ops, [[3, 4], [5, 6]])])).tolist() == [[1, 3, 4], [2, 5, 6]]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-(2**60), 2**60), min_size=1, max_size=20), st.integers(0, 60), st.integers(1, 2**40))
def test_shared_operators_round_down(values: list[int], shift: int, divisor: int) -> None:
    """Networks shift and divide arrays of all backends with Python's operators."""
    for make in BACKENDS.values():
        ops = make()
        x = put(ops, values)
        shifts, divisors = put(ops, [shift] * len(values)), put(ops, [divisor] * len(values))
        assert ops.fetch(x >> shift).tolist() == [v >> shift for v in values]
        assert ops.fetch(x >> shifts).tolist() == [v >> shift for v in values]
        assert ops.fetch((1 << 56) // divisors).tolist() == [(1 << 56) // divisor] * len(values)
        assert ops.fetch(ops.clip(x, -divisor, divisor)).tolist() == [max(-divisor, min(v, divisor)) for v in values]


def test_products_of_any_shape_agree() -> None:
    """The order of a sum depends on shapes; its value must not."""
    shuffled = random.Random(5)
    generator = np.random.default_rng(3)
    a, b = generator.integers(-1023, 1024, (64, 128)), generator.integers(-127, 128, (128, 96))
    expected = a @ b
    for make in BACKENDS.values():
        ops = make()
        for _ in range(10):
            rows = sorted(shuffled.sample(range(64), shuffled.randint(1, 64)))
            order = shuffled.sample(range(128), 128)
            product = ops.matmul(ops.put(a[rows][:, order]), ops.put(b[order]))
            assert np.array_equal(ops.fetch(product), expected[rows])


@pytest.mark.parametrize("device", ["no such device", "cuda:99"])
def test_a_device_that_is_not_there(device: str) -> None:
    with pytest.raises(UnsupportedError, match="cannot compute on"):
        TorchOps(device)


def test_numpy_does_not_copy() -> None:
    array = np.arange(3)
    assert NumpyOps().fetch(NumpyOps().put(array)) is array
