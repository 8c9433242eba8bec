"""What the machine has for training: the device, fast bfloat16, a compiler."""

import logging
import os
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from typing import TypeVar

import torch

from neucomp.errors import UnsupportedError

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


def find_device(name: str) -> torch.device:
    """The device of that name; UnsupportedError if this machine does not have it."""
    if name == "cuda" and not torch.cuda.is_available():
        raise UnsupportedError("torch finds no CUDA device here; --device cpu trains without one")
    return torch.device(name)


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether products of bfloat16 matrices are faster than those of float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if not hasattr(torch.cpu, "get_capabilities"):  # torch below 2.10
        return False
    capabilities = torch.cpu.get_capabilities()
    return any(bool(capabilities.get(name)) for name in ("avx512_bf16", "amx_bf16", "sve_bf16"))


def compiled(function: Callable[..., _Result], device: torch.device) -> Callable[..., _Result]:
    """`function`, compiled where torch can: it needs a C++ compiler for the CPU, Triton for a GPU.

    If compiling fails after all, the function itself is used, with a warning.
    """
    compiler = find_spec("triton") if device.type == "cuda" else _find_compiler()
    if not compiler:
        _log.info("without a compiler for torch (a C++ compiler, or Triton for a GPU), training takes longer")
        return function
    chosen: Callable[..., _Result] = torch.compile(function)

    def call(*arguments: object) -> _Result:
        nonlocal chosen
        if chosen is function:
            return function(*arguments)
        try:
            return chosen(*arguments)
        except torch._dynamo.exc.TorchDynamoException as error:
            reason = str(error).partition("\n")[0]
            _log.warning("torch cannot compile the network here, so training takes longer: %.200s", reason)
            chosen = function
            return function(*arguments)

    return call


def _find_compiler() -> str | None:
    names = (os.environ.get("CXX"), "c++", "g++", "clang++", "cl")
    return next((path for name in names if name and (path := shutil.which(name))), None)
