"""Loading of compiled kernels: cached on disk, never stale, proven before use.

numba caches machine code per function and notices only changes in that function's own file; code inlined from other
files would stay as it was, and files written with it could not be read by anybody. So the cache folder is keyed by all
kernel sources, the versions that matter, the processor and the compiler's settings. Kernels are compiled into a private
folder, must give a known answer, and only then take their place in the cache, in one rename: two processes may compile
at once. What is found in the cache must have the checksums that it was left with, and gives the known answer again in
each process. Nothing is compiled after the proof: a kernel runs as it was proven, or not at all.
"""

import hashlib
import importlib
import logging
import os
import re
import secrets
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from neucomp.errors import KernelError

MANIFEST = "manifest"
"""File in each cache folder: the SHA-256 and the name of every other file. Its time says when the folder was used."""

ABANDONED_S = 3600.0
"""Age in seconds at which a folder that somebody compiles into belongs to nobody any more (compiling takes 5 to 60)."""

UNUSED_S = 90 * 86400.0
"""Age in seconds at which kernels that no process has used since are removed."""

_LOG = logging.getLogger("neucomp")
_SETTINGS = (
    *("BOUNDSCHECK", "CPU_NAME", "CPU_FEATURES", "DEBUGINFO_DEFAULT", "DISABLE_INTEL_SVML", "ENABLE_AVX"),
    *("LOOP_VECTORIZE", "OPT", "SLP_VECTORIZE"),
)
_UNFINISHED = re.compile(r"compiling-[0-9a-f]{16}")
_FINISHED = re.compile(r"\w+-[0-9a-f]{24}")

Proof = Callable[[ModuleType], None]

_proven: dict[str, ModuleType] = {}
_lock = threading.RLock()


def load_kernels(name: str, prove: Proof) -> ModuleType:
    """Import a module of kernels and make them ready; `prove(module)` runs once, before anything is coded.

    `prove` computes a known answer with every kernel and every combination of argument types that is used later, and
    raises KernelError if it comes out otherwise. Interpreted kernels (NUMBA_DISABLE_JIT) are not proven: there is no
    compiler to distrust, and it would take half a minute.
    """
    from numba import config

    with _lock:
        if name not in _proven:
            module = importlib.import_module(name)
            if not config.DISABLE_JIT:
                _load(module, prove)
            _proven[name] = module
        return _proven[name]


def _load(module: ModuleType, prove: Proof) -> None:
    root = _cache_root()
    final = root / f"{module.__name__.rpartition('.')[2]}-{_key(module.__name__)}"
    if final.exists() and _load_cached(module, final, prove):
        return
    folder = _new_folder(root)
    _LOG.info("compiling kernels for this machine (once, some 25 seconds)")
    try:
        try:
            _prove_with_cache(module, folder, prove)
        except OSError as error:
            _LOG.warning("%s: %s; kernels are compiled for this run only", root, error.strerror or error)
            shutil.rmtree(folder, ignore_errors=True)
            folder = _process_folder()
            _prove_with_cache(module, folder, prove)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if folder.parent == root:
        _publish(module, folder, final)


def _load_cached(module: ModuleType, final: Path, prove: Proof) -> bool:
    """Whether the kernels of a cache folder are ready for use; otherwise the folder is removed."""
    if not _is_intact(final):
        _LOG.info("%s is damaged and is made anew", final)
        _discard(final)
        return False
    folder = final
    if not _is_writable(final):
        # numba reads only where it could write.
        folder = _process_folder() / final.name
        shutil.copytree(final, folder)
    try:
        _prove_with_cache(module, folder, prove)
    except MemoryError:
        raise
    except KernelError:
        _discard(final)
        raise
    except Exception as error:
        _LOG.info("%s cannot be loaded (%s) and is made anew", final, error)
        _discard(final)
        return False
    with suppress(OSError):
        os.utime(final / MANIFEST)
    return True


def _prove_with_cache(module: ModuleType, folder: Path, prove: Proof) -> None:
    """Proves a module's kernels, which loads them from `folder` or compiles them into it."""
    from numba import config

    kernels = _kernels(module)
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        for kernel in kernels:
            kernel.disable_compile(False)
            kernel.enable_caching()
    finally:
        config.CACHE_DIR = before
    for kernel in kernels:
        if folder not in Path(kernel.stats.cache_path).parents:
            raise KernelError(
                f"numba would keep kernels in {kernel.stats.cache_path} instead of {folder}, where stale ones might be "
                "used: unset NUMBA_CACHE_LOCATOR_CLASSES"
            )
    prove(module)
    for kernel in kernels:
        if kernel.signatures:
            kernel.disable_compile()


def _kernels(module: ModuleType) -> list[Any]:
    """The functions of a module that are `compiled` (see inline.py)."""
    found = [value for value in vars(module).values() if getattr(value, "targetoptions", {}).get("nogil")]
    return [kernel for kernel in found if kernel.py_func.__module__ == module.__name__]


def _publish(module: ModuleType, folder: Path, final: Path) -> None:
    """Gives a proven cache folder its name; if another process was faster, its folder stays."""
    try:
        # Kernels that an interrupted attempt has left in memory are not in the folder: the next process makes it.
        if len(list(folder.rglob("*.nbi"))) == len(_kernels(module)):
            (folder / MANIFEST).write_text(_list_files(folder), encoding="utf-8")
            folder.rename(final)
    except OSError as error:
        if not final.is_dir():
            _LOG.warning("%s: %s; kernels will be compiled again", final, error.strerror)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_intact(folder: Path) -> bool:
    """Whether the files of a cache folder are those that were published."""
    try:
        listed = (folder / MANIFEST).read_text(encoding="utf-8")
        return listed != "" and listed == _list_files(folder)
    except (OSError, ValueError):
        return False


def _list_files(folder: Path) -> str:
    """A line for every file but the manifest: SHA-256, space, name."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    digests = (hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    return "".join(f"{each} {path.relative_to(folder).as_posix()}\n" for each, path in zip(digests, files, strict=True))


def _is_writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _discard(folder: Path) -> None:
    """Removes a cache folder, at once in the eyes of other processes."""
    aside = folder.parent / _unfinished_name()
    try:
        folder.rename(aside)
    except OSError:
        return
    shutil.rmtree(aside, ignore_errors=True)


def _cache_root() -> Path:
    """NEUCOMP_CACHE_DIR or the user's cache, which need not exist."""
    from platformdirs import user_cache_path

    wanted = os.environ.get("NEUCOMP_CACHE_DIR")
    return (Path(wanted) if wanted else user_cache_path("neucomp", appauthor=False)).absolute()


def _new_folder(root: Path) -> Path:
    """A folder to compile into: under `root`, or for this process if that is the default and cannot be written."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        folder = root / _unfinished_name()
        folder.mkdir()
    except OSError as error:
        if os.environ.get("NEUCOMP_CACHE_DIR"):
            raise KernelError(f"cannot write to NEUCOMP_CACHE_DIR={root}: {error.strerror}") from None
        _LOG.warning("%s cannot be written: kernels are compiled anew in each run; set NEUCOMP_CACHE_DIR", root)
        return _process_folder()
    _tidy(root)
    return folder


def _unfinished_name() -> str:
    return f"compiling-{secrets.token_hex(8)}"


def _tidy(root: Path) -> None:
    """Removes what killed processes have left, and kernels of old versions."""
    for folder in root.iterdir():
        with suppress(OSError):
            if _UNFINISHED.fullmatch(folder.name):
                changed, limit = folder.stat().st_mtime, ABANDONED_S
            elif _FINISHED.fullmatch(folder.name):
                changed, limit = (folder / MANIFEST).stat().st_mtime, UNUSED_S
            else:
                continue
            if time.time() - changed > limit:
                _discard(folder)


def _process_folder() -> Path:
    """A folder that disappears with this process."""
    import atexit

    folder = Path(tempfile.mkdtemp(prefix="neucomp-kernels-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _key(name: str) -> str:
    """Changes whenever compiled code might: with sources, versions, processor and settings."""
    import llvmlite
    import numba
    import numpy
    from llvmlite import binding

    import neucomp
    from neucomp.kernels.inline import SOURCES

    versions = (neucomp.__version__, numba.__version__, llvmlite.__version__, numpy.__version__, sys.version)
    processor = (binding.get_process_triple(), binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten())
    settings = [f"{key}={getattr(numba.config, key, None)}" for key in _SETTINGS]
    return hashlib.sha256(repr((name, SOURCES, versions, processor, settings)).encode()).hexdigest()[:24]
