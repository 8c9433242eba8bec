"""Matrix-vector products against NumPy's 64-bit integers, in the fast way and in the plain one."""

import numpy as np
import pytest
from numba import njit

from neucomp.kernels import products


@njit
def _product(weights, inputs, sums):  # type: ignore[no-untyped-def]
    products.multiply(weights, inputs, sums)


@njit
def _column_products(pairs, inputs, sums):  # type: ignore[no-untyped-def]
    products.multiply_columns(pairs, inputs, sums)


@pytest.mark.parametrize("width", [1, 31, 32, 64, 80, 192, 384])
@pytest.mark.parametrize("outputs", [1, 4, 6, 256])
@pytest.mark.parametrize("largest", [1, 1023, 32767])
def test_products_are_exact(width: int, outputs: int, largest: int) -> None:
    chance = np.random.default_rng(width * outputs)
    weights = chance.integers(-128, 128, (outputs, width)).astype(np.int8)
    inputs = chance.integers(-largest, largest + 1, width).astype(np.int16)
    weights[0], inputs[:] = -128, np.where(chance.random(width) < 0.5, -largest, inputs)
    sums = np.full(outputs + 3, 77, np.int32)
    _product(weights, inputs, sums)
    assert sums[:outputs].tolist() == (weights.astype(np.int64) @ inputs).tolist()
    assert (sums[outputs:] == 77).all()


@pytest.mark.parametrize("width", [2, 32])
@pytest.mark.parametrize("outputs", [1, 4, 32])
def test_products_of_16_bits_are_exact(width: int, outputs: int) -> None:
    chance = np.random.default_rng(width * outputs)
    weights = chance.integers(-(1 << 14), 1 << 14, (outputs, 32 * width)).astype(np.int16)
    inputs = chance.integers(-1023, 1024, 32 * width).astype(np.int16)
    weights[0] = 0
    weights[0, :64], inputs[:64] = 1 << 14, -1023
    sums = np.zeros(outputs, np.int32)
    _product(weights, inputs, sums)
    assert sums.tolist() == (weights.astype(np.int64) @ inputs).tolist()


@pytest.mark.parametrize("width", [2, 32])
@pytest.mark.parametrize("columns", [1, 7, 8, 16, 48, 256])
def test_products_of_columns_are_exact(width: int, columns: int) -> None:
    chance = np.random.default_rng(width * columns)
    matrix = chance.integers(-511, 512, (width, columns)).astype(np.int16)
    inputs = chance.integers(-511, 512, width).astype(np.int16)
    matrix[:, 0] = inputs[:] = -511
    pairs = np.ascontiguousarray(matrix.reshape(width // 2, 2, columns).transpose(0, 2, 1))
    sums = np.full(columns + 3, 77, np.int32)
    _column_products(pairs, inputs, sums)
    assert sums[:columns].tolist() == (inputs.astype(np.int64) @ matrix).tolist()
    assert (sums[columns:] == 77).all()


def test_the_widest_instruction_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    for features, lanes in (("+avx2,+avx512bw", 32), ("+avx2,-avx512bw", 16), ("-avx2", None), ("", None)):
        monkeypatch.setattr(products.config, "CPU_FEATURES", features)
        found = products._instruction()
        assert (found and found[0]) == lanes


def test_the_instruction_is_that_of_this_processor() -> None:
    assert products.LANES == (products.INSTRUCTION[0] if products.INSTRUCTION else 1)
