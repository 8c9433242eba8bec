"""The same bits whatever libraries do: threads, instruction sets, reduced precision, devices."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from neucomp.exact.ops import Ops
from neucomp.exact.torch_ops import TorchOps
from neucomp.nets.transformer import forward, frequencies, new_state
from tests.helpers.networks import TINY, integers, random_network

PROGRAM = """
import torch
from neucomp.errors import KernelError
from neucomp.exact.numpy_ops import NumpyOps
from neucomp.exact.torch_ops import TorchOps
from tests.nets.test_machines import digest
print(digest(NumpyOps()))
{setup}
try:
    print(digest(TorchOps({device!r})))
except KernelError:
    print("refused")
"""


def digest(ops: Ops) -> str:
    """Hash of the frequencies of some lanes, read in blocks and in steps."""
    symbols = integers("lanes", 0, 255, (8, 40)).astype(np.uint8)
    state = new_state(ops, random_network(TINY, 1), 8, 2)
    blocks = [symbols[:, :20], symbols[:, 20:37], *(symbols[:, t : t + 1] for t in range(37, 40))]
    freqs = [ops.fetch(frequencies(ops, forward(state, block))) for block in blocks]
    return hashlib.sha256(np.concatenate(freqs, 1).astype("<i4").tobytes()).hexdigest()


EXPECTED = "a0b26da58898f72069f433b1e77a2d612e727483bc50e9b5d1c5f9a346138bcc"


def elsewhere(environment: dict[str, str], setup: str = "pass", device: str = "cpu") -> list[str]:
    """Digests by NumPy and by torch in a fresh interpreter."""
    program = PROGRAM.format(setup=setup, device=device)
    return subprocess.run(
        [sys.executable, "-c", program], env=os.environ | environment, check=True, capture_output=True, text=True
    ).stdout.split()


def test_here() -> None:
    """What it is on all machines: random_network and the definition have changed if this fails everywhere."""
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            assert digest(TorchOps()) == EXPECTED
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    "environment",
    [
        {"ATEN_CPU_CAPABILITY": "default", "OPENBLAS_CORETYPE": "Haswell", "OMP_NUM_THREADS": "2"},
        {"MKL_ENABLE_INSTRUCTIONS": "SSE4_2", "OPENBLAS_CORETYPE": "Nehalem", "OMP_NUM_THREADS": "1"},
        {"MKL_CBWR": "COMPATIBLE", "OPENBLAS_NUM_THREADS": "2"},
    ],
    ids=lambda environment: ",".join(environment.values()),
)
def test_other_processors_and_threads(environment: dict[str, str]) -> None:
    assert elsewhere(environment) == [EXPECTED] * 2


@pytest.mark.parametrize(
    ("environment", "setup"),
    [
        ({"ONEDNN_DEFAULT_FPMATH_MODE": "BF16"}, "torch.set_float32_matmul_precision('medium')"),
        ({"ONEDNN_DEFAULT_FPMATH_MODE": "ANY"}, "torch.set_float32_matmul_precision('high')"),
        ({}, "torch.set_autocast_enabled('cpu', True)"),
    ],
)
def test_reduced_precision_is_refused_or_does_no_harm(environment: dict[str, str], setup: str) -> None:
    by_numpy, by_torch = elsewhere(environment, setup)
    assert by_numpy == EXPECTED
    assert by_torch == "refused" if "autocast" in setup else by_torch in {"refused", EXPECTED}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu() -> None:
    assert digest(TorchOps("cuda")) == EXPECTED
    setup = "torch.backends.cuda.matmul.allow_tf32 = True"
    assert elsewhere({}, setup, "cuda")[1] in {"refused", EXPECTED}
