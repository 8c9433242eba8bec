"""The backends that are tested on this machine."""

from collections.abc import Callable

import torch

from neucomp.exact.numpy_ops import NumpyOps
from neucomp.exact.ops import Ops
from neucomp.exact.torch_ops import TorchOps

BACKENDS: dict[str, Callable[[], Ops]] = {"numpy": NumpyOps, "torch": TorchOps}
if torch.cuda.is_available():
    BACKENDS["cuda"] = lambda: TorchOps("cuda")
