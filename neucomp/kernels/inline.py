"""How kernels are compiled, in one place.

Primitives are `inline`: they become part of the kernel that calls them and are not cached on their own. A kernel that
Python calls is `compiled`: free of the interpreter lock, without memory of its own, and never with `fastmath`, which
would let the compiler reorder sums. `load_kernels` gives it its place in the cache; used without that, it is compiled
in each process.

With numba's JIT switched off kernels are interpreted, on NumPy's integers, which warn where they wrap around. Hashes
are modulo 2**64 by definition, so that warning is switched off there.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numba import config, njit, version_info
from numba.core.cpu import CPUTargetOptions


def _source_digest() -> str:
    package = Path(__file__).parent.parent
    sources = sorted([*package.glob("kernels/*.py"), *package.glob("models/*.py")])
    stamps = [(str(source), source.stat().st_mtime_ns, source.read_bytes()) for source in sources]
    return hashlib.sha256(repr(stamps).encode()).hexdigest()


SOURCES = _source_digest()
"""Hash of all files that kernels may be made of, as they are when the first of them is imported: what runs in this
process must not be taken for what somebody installs or edits while it runs."""

# Kernels work on memory that they are given. Nothing in them is to be counted, which numba does at each function that
# gets a NamedTuple, for every array in it: a third of the time that some kernels take, and of that to compile them.
_COUNTING: dict[str, Any] = {"_nrt": False} if hasattr(CPUTargetOptions, "_nrt") else {}

# Elsewhere than in known releases of numba, parts are compiled as its other functions are.
_PARTS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
if not config.DISABLE_JIT and version_info.short == (0, 68):
    from neucomp.kernels.parts import PartCompiler

    _PARTS["pipeline_class"] = PartCompiler

inline = njit(forceinline=True, **_COUNTING)
compiled = np.errstate(over="ignore") if config.DISABLE_JIT else njit(nogil=True, error_model="numpy", **_COUNTING)

part = njit(forceinline=True, **_PARTS, **_COUNTING)
"""Like `inline`, for pieces of a kernel that take much state and that Python never calls: half the time to compile."""

shared = njit(**_PARTS, **_COUNTING)
"""Like `part`, for pieces that are used in several places and long or slow to inline: the compiler decides."""
