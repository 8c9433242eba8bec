"""What backends must multiply right before they are trusted tells every way of cheating."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from neucomp.errors import KernelError
from neucomp.exact import numpy_ops, torch_ops
from neucomp.exact.proof import products, prove
from neucomp.exact.torch_ops import TorchOps

Floats = np.ndarray


def round_to(bits: int) -> Callable[[Floats], Floats]:
    """Rounding of float32 to that many significant bits."""

    def round_all(x: Floats) -> Floats:
        fraction, exponent = np.frexp(x)
        return np.ldexp(np.round(np.ldexp(fraction, bits)), exponent - bits).astype(np.float32)

    return round_all


def in_two_parts(a: Floats, b: Floats) -> Floats:
    """Products of the high and low bf16 parts, without that of the two low ones, as some libraries do."""
    high = round_to(8)
    return high(a) @ high(b) + high(a) @ high(b - high(b)) + high(a - high(a)) @ high(b)


def rounding(bits: int) -> Callable[[Floats, Floats], Floats]:
    return lambda a, b: round_to(bits)(a) @ round_to(bits)(b)


CHEATS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "bf16": rounding(8),
    "tf32 or half": rounding(11),
    "bf16 in two parts": in_two_parts,
    "results of 16 bits": lambda a, b: round_to(16)(a @ b),
    "results of 23 bits": lambda a, b: round_to(23)(a @ b),
    "one bit off": lambda a, b: a @ b + (np.arange(b.shape[-1]) == b.shape[-1] - 1),
}


@pytest.mark.parametrize("name", CHEATS)
def test_each_product_tells(name: str) -> None:
    """Each of them: a library may cheat with some shapes only."""
    for a, b, expected in products():
        assert not np.array_equal(CHEATS[name](a, b), expected), a.shape
    with pytest.raises(KernelError, match="does not multiply float32 matrices exactly"):
        prove("the test", lambda a, b: CHEATS[name](a, b).astype(np.int64))


def test_products_are_known_without_floats() -> None:
    largest = 0
    for a, b, expected in products():
        whole_a, whole_b = a.astype(np.int64), b.astype(np.int64)
        assert np.array_equal(whole_a, a) and np.array_equal(whole_b, b)
        assert np.array_equal((whole_a.astype(object) @ whole_b.astype(object)).astype(np.int64), expected)
        assert (np.abs(whole_a) @ np.abs(whole_b)).max() <= 1 << 24
        largest = max(largest, np.abs(expected).max())
    assert largest == (1 << 24) - 1


def test_numpy_is_proven_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(numpy_ops, "prove", lambda *arguments: calls.append(arguments))
    numpy_ops._prove.cache_clear()
    ops = numpy_ops.NumpyOps()
    for _ in range(2):
        ops.matmul(np.ones((2, 2)), np.ones((2, 2)))
    assert len(calls) == 1
    numpy_ops._prove.cache_clear()


def test_numpy_that_is_not_exact_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_ops, "_multiply", lambda a, b: CHEATS["bf16"](a, b).astype(np.int64))
    numpy_ops._prove.cache_clear()
    with pytest.raises(KernelError, match="NumPy"):
        numpy_ops.NumpyOps().matmul(np.ones((2, 2)), np.ones((2, 2)))
    numpy_ops._prove.cache_clear()


def test_torch_is_proven_again_when_its_settings_change(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(torch_ops, "prove", lambda *arguments: calls.append(arguments))
    monkeypatch.setattr(torch_ops, "_proven", set())
    ops = TorchOps("cpu")
    one = ops.put(np.ones((1, 1)))
    before = torch.get_float32_matmul_precision()
    try:
        for precision in ("highest", "highest", "medium", "medium", "highest", "high"):
            torch.set_float32_matmul_precision(precision)
            ops.matmul(one, one)
    finally:
        torch.set_float32_matmul_precision(before)
    assert len(calls) == 3


def test_autocast_is_refused_or_exact() -> None:
    """Inside of autocast torch multiplies in bf16, if it can: a true case, without a special processor."""
    ops = TorchOps("cpu")
    matrix = ops.put(np.full((4, 4), 1023.0, np.float32))
    assert ops.fetch(ops.matmul(matrix, matrix))[0, 0] == 4 * 1023**2
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for _ in range(2):
            with pytest.raises(KernelError, match="torch on cpu"):
                ops.matmul(matrix, matrix)
    assert ops.fetch(ops.matmul(matrix, matrix))[0, 0] == 4 * 1023**2
