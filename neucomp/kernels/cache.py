"""Loading of compiled kernels: cached on disk, never stale, proven before use.

numba caches machine code per function and notices only changes in that function's own file; code inlined from other
files would stay as it was, and files written with it could not be read by anybody. So the cache folder is keyed by all
kernel sources, the versions that matter and the compiler's settings. Kernels are compiled into a private folder, must
give a known answer, and only then take their place in the cache, in one rename: two processes may compile at once.
"""

import hashlib
import importlib
import logging
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from neucomp.errors import KernelError

_LOG = logging.getLogger("neucomp")
_PACKAGE = Path(__file__).resolve().parent.parent
_FOLDERS = ("kernels", "models")
_SETTINGS = ("BOUNDSCHECK", "CPU_NAME", "CPU_FEATURES", "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX")
_loaded: dict[str, ModuleType] = {}
_lock = threading.RLock()


def load_kernels(module: str, prove: Callable[[ModuleType], None]) -> ModuleType:
    """Import a module of kernels with the cache in place; `prove(module)` runs once, before anything is coded.

    `prove` computes a known answer and raises KernelError if it comes out otherwise.
    """
    with _lock:
        if module not in _loaded:
            _loaded[module] = _load(module, prove)
        return _loaded[module]


def _load(name: str, prove: Callable[[ModuleType], None]) -> ModuleType:
    from numba import config

    if config.DISABLE_JIT:
        module = importlib.import_module(name)
        prove(module)
        return module
    final = _cache_root() / f"{name.rpartition('.')[2]}-{_key(name)}"
    compiled = final.is_dir()
    folder = final if compiled else Path(tempfile.mkdtemp(prefix="compiling-", dir=final.parent))
    if not compiled:
        _LOG.info("compiling kernels for this machine (once, some 15 seconds)")
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        module = importlib.import_module(name)
    finally:
        config.CACHE_DIR = before
    try:
        prove(module)
    except BaseException:
        if not compiled:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    if not compiled:
        _publish(folder, final)
    return module


def _publish(folder: Path, final: Path) -> None:
    """Gives a proven cache folder its name; if another process was faster, its folder stays."""
    try:
        folder.rename(final)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)


def _cache_root() -> Path:
    """The first folder of NEUCOMP_CACHE_DIR or the user's cache that can be written; else one for this process."""
    from platformdirs import user_cache_path

    wanted = os.environ.get("NEUCOMP_CACHE_DIR")
    root = Path(wanted) if wanted else user_cache_path("neucomp", appauthor=False)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return root.resolve()
    except OSError as error:
        if wanted:
            raise KernelError(f"cannot write to NEUCOMP_CACHE_DIR={wanted}: {error.strerror}") from None
    _LOG.warning("%s cannot be written: kernels are compiled anew in each run; set NEUCOMP_CACHE_DIR", root)
    return _process_folder()


def _process_folder() -> Path:
    import atexit

    folder = Path(tempfile.mkdtemp(prefix="neucomp-kernels-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _key(name: str) -> str:
    """Changes whenever compiled code might: sources, versions, settings, and the files numba ties its index to."""
    import llvmlite
    import numba
    import numpy

    import neucomp

    digest = hashlib.sha256()
    versions = (neucomp.__version__, numba.__version__, llvmlite.__version__, numpy.__version__, sys.version)
    settings = [f"{key}={getattr(numba.config, key, None)}" for key in _SETTINGS]
    digest.update(repr((name, versions, settings, str(_PACKAGE))).encode())
    for folder in _FOLDERS:
        for source in sorted((_PACKAGE / folder).glob("*.py")):
            digest.update(repr((source.name, source.stat().st_mtime_ns, source.read_bytes())).encode())
    return digest.hexdigest()[:24]
