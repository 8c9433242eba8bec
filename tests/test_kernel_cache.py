"""The cache of compiled kernels: never stale, never damaged, never in the way."""

import errno
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numba.core.caching import IndexDataCacheFile

import neucomp
from neucomp.errors import KernelError
from neucomp.kernels import cache
from tests.helpers.fake_kernels import program, write_fake

ROOT = Path(__file__).parent.parent
WAIT_SECONDS = 120

pytestmark = pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled")


class Fake:
    """A folder with a module of one small kernel, and a cache folder for it."""

    def __init__(self, folder: Path) -> None:
        self.sources = folder / "sources"
        self.root = folder / "cache"
        self.sources.mkdir()
        write_fake(self.sources)

    def load(self, prove: Callable[[ModuleType], None] | None = None) -> ModuleType:
        """Loads the kernel as a new process does."""
        for known in (sys.modules, cache._proven):
            known.pop("fake", None)
        return self.load_again(prove)

    def load_again(self, prove: Callable[[ModuleType], None] | None = None) -> ModuleType:
        """Loads the kernel as a process does that may have tried before."""
        module = cache.load_kernels("fake", prove or (lambda module: module.prove(module)))
        assert module.answer(5) == module.answer.py_func(5)
        assert not list(self.sources.rglob("*.nb*"))
        return module

    def folders(self) -> list[str]:
        return [path.name for path in self.root.iterdir()]

    def files(self) -> list[Path]:
        return sorted(path for path in self.root.rglob("*") if path.is_file())

    def start(self, **places: str) -> subprocess.Popen[str]:
        """Loads the kernel in a new process, with more to be done at some places."""
        return subprocess.Popen(
            [*program(**places), str(self.sources)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "NEUCOMP_CACHE_DIR": str(self.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, pattern: str, count: int = 1) -> list[Path]:
        deadline = time.monotonic() + WAIT_SECONDS
        while len(found := list(self.root.glob(pattern))) < count:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return found


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    fake = Fake(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(fake.sources))
    monkeypatch.setenv("NEUCOMP_CACHE_DIR", str(fake.root))
    return fake


def counts(module: ModuleType) -> tuple[int, int]:
    """How many kernels came from the cache, and how many were compiled."""
    stats = module.answer.stats
    return sum(stats.cache_hits.values()), sum(stats.cache_misses.values())


def finish(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 0, errors
    return output + errors


def test_compiled_once(fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "neucomp")
    assert counts(fake.load()) == (0, 1)
    assert "compiling kernels" in caplog.text
    caplog.clear()
    assert counts(fake.load()) == (1, 0)
    assert caplog.text == ""
    assert len(fake.folders()) == 1
    assert fake.folders()[0].startswith("fake-")


def test_proven_once_in_each_process(fake: Fake) -> None:
    proofs: list[ModuleType] = []

    def prove(module: ModuleType) -> None:
        proofs.append(module)
        module.prove(module)

    fake.load(prove)
    fake.load_again(prove)
    assert len(proofs) == 1
    fake.load(prove)
    assert len(proofs) == 2


def test_importing_kernels_touches_no_cache(fake: Fake) -> None:
    """Kernels that were imported before they were loaded once went where numba keeps stale ones."""
    for known in (sys.modules, cache._proven):
        known.pop("fake", None)
    import fake as imported  # type: ignore[import-not-found]

    assert imported.answer.stats.cache_path is None
    assert counts(fake.load_again()) == (0, 1)
    assert counts(fake.load()) == (1, 0)


def test_nothing_is_compiled_after_the_proof(fake: Fake) -> None:
    for module in (fake.load(), fake.load()):
        with pytest.raises(TypeError, match="No matching definition"):
            module.answer(np.zeros(3))


def test_wrong_answer(fake: Fake) -> None:
    def fail(module: ModuleType) -> None:
        module.prove(module)
        raise KernelError("on purpose")

    for _ in range(2):
        with pytest.raises(KernelError, match="on purpose"):
            fake.load(fail)
        assert fake.folders() == []
    fake.load()
    assert len(fake.folders()) == 1
    with pytest.raises(KernelError, match="on purpose"):
        fake.load(fail)
    assert fake.folders() == [], "kernels that fail are not left for others"
    with pytest.raises(KernelError, match="on purpose"):
        fake.load_again(fail)


def test_interrupted_compiling(fake: Fake) -> None:
    def interrupt(module: ModuleType) -> None:
        module.prove(module)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fake.load(interrupt)
    assert fake.folders() == []
    fake.load_again()
    # This process had compiled it already, so there was nothing to keep; an empty folder must not look like a full one.
    assert fake.folders() == []
    assert counts(fake.load()) == (0, 1)
    assert counts(fake.load()) == (1, 0)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("suffix", ["nbi", "nbc", "manifest"])
@pytest.mark.parametrize("damage", [truncate, empty, flip, Path.unlink])
def test_damaged_file(
    fake: Fake, damage: Callable[[Path], None], suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "neucomp")
    fake.load()
    (path,) = [path for path in fake.files() if path.name.endswith(suffix)]
    damage(path)
    assert counts(fake.load()) == (0, 1)
    assert "is damaged and is made anew" in caplog.text
    assert len(fake.folders()) == 1
    assert counts(fake.load()) == (1, 0)


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
def test_file_that_numba_cannot_load(fake: Fake, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a change of numba that its version does not tell."""
    fake.load()
    (path,) = [path for path in fake.files() if path.name.endswith(suffix)]
    truncate(path)
    with monkeypatch.context() as patch:
        patch.setattr(cache, "_is_intact", lambda folder: True)
        assert counts(fake.load()) == (0, 1)
    assert counts(fake.load()) == (1, 0)


def test_default_folder_that_cannot_be_written(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("NEUCOMP_CACHE_DIR")
    (tmp_path / "file").touch()
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *names, **options: tmp_path / "file" / "below")
    for _ in range(2):
        module = fake.load()
        assert counts(module) == (0, 1)
        assert "set NEUCOMP_CACHE_DIR" in caplog.text
        assert Path(module.answer.stats.cache_path).is_dir()
        caplog.clear()


def test_chosen_folder_that_cannot_be_written(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NEUCOMP_CACHE_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(KernelError, match=r"cannot write to NEUCOMP_CACHE_DIR=.*below: Not a directory"):
        fake.load()


def test_compiled_kernels_in_a_folder_that_cannot_be_written(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container image whose kernels were compiled when it was built."""
    fake.load()
    before = [(path, path.read_bytes()) for path in fake.files()]
    monkeypatch.setattr(cache, "_is_writable", lambda folder: False)
    module = fake.load()
    assert counts(module) == (1, 0)
    assert fake.root not in Path(module.answer.stats.cache_path).parents
    assert [(path, path.read_bytes()) for path in fake.files()] == before


def test_full_disk(fake: Fake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(self: IndexDataCacheFile, key: object, data: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(IndexDataCacheFile, "save", fail)
        fake.load()
    assert "No space left" in caplog.text
    assert fake.folders() == []
    assert counts(fake.load()) == (0, 1)


def test_other_place_than_ours(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """numba's own places are not keyed by all that goes into a kernel."""
    monkeypatch.setattr("numba.config.CACHE_LOCATOR_CLASSES", "UserWideCacheLocator", raising=False)
    with pytest.raises(KernelError, match="NUMBA_CACHE_LOCATOR_CLASSES"):
        fake.load()
    assert fake.folders() == []


def test_tidying(fake: Fake) -> None:
    young, old = time.time() - 60, time.time() - cache.ABANDONED_S - 60
    unused = time.time() - cache.UNUSED_S - 60
    for name, changed in {
        "compiling-0123456789abcdef": young,
        "compiling-fedcba9876543210": old,
        "compiling-things": old,
        "other": unused,
    }.items():
        (fake.root / name / "inner").mkdir(parents=True)
        os.utime(fake.root / name, (changed, changed))
    for name, used in {"fake-" + "1" * 24: unused, "fake-" + "2" * 24: old}.items():
        (fake.root / name).mkdir()
        (fake.root / name / cache.MANIFEST).touch()
        os.utime(fake.root / name / cache.MANIFEST, (used, used))
    (fake.root / ("photos-" + "3" * 24)).mkdir()
    before = set(fake.folders())
    fake.load()
    assert before - set(fake.folders()) == {"compiling-fedcba9876543210", "fake-" + "1" * 24}


def test_use_keeps_kernels_alive(fake: Fake) -> None:
    fake.load()
    (manifest,) = fake.root.glob("fake-*/" + cache.MANIFEST)
    os.utime(manifest, (1, 1))
    fake.load()
    assert time.time() - manifest.stat().st_mtime < 60


def test_key_changes_with_what_kernels_depend_on(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {cache._key("a"), cache._key("b")}
    for place, value in {
        "neucomp.kernels.inline.SOURCES": "others",
        "neucomp.__version__": "99",
        "numba.__version__": "99",
        "llvmlite.__version__": "99",
        "numba.config.CPU_NAME": "generic",
        "numba.config.BOUNDSCHECK": 1,
        "llvmlite.binding.get_host_cpu_name": lambda: "another processor",
    }.items():
        with monkeypatch.context() as patch:
            patch.setattr(place, value)
            keys.add(cache._key("a"))
    assert len(keys) == 9
    assert cache._key("a") in keys


def test_two_processes_at_once(fake: Fake) -> None:
    fake.root.mkdir()
    # Each waits with its proof until the other compiles too.
    meet = 'while len(list(Path(sys.argv[2]).glob("compiling-*/*/*.nbc"))) < 2: time.sleep(0.01)'
    meet += '\n    Path(sys.argv[2], f"met-{time.time_ns()}").touch()'
    meet += '\n    while len(list(Path(sys.argv[2]).glob("met-*"))) < 2: time.sleep(0.01)'
    processes = [
        subprocess.Popen(
            [*program(after=meet), str(fake.sources), str(fake.root)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert "0 hits 1 misses" in finish(process)
    assert len([name for name in fake.folders() if not name.startswith("met-")]) == 1
    assert counts(fake.load()) == (1, 0)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_while_compiling(fake: Fake) -> None:
    process = fake.start(after="time.sleep(600)")
    fake.wait_for("compiling-*/*/*.nbc")
    process.kill()
    process.communicate(timeout=WAIT_SECONDS)
    (left,) = fake.folders()
    assert counts(fake.load()) == (0, 1)
    assert counts(fake.load()) == (1, 0)
    assert left in fake.folders(), "it might be somebody's who is still at it"
    abandoned = time.time() - cache.ABANDONED_S - 1
    os.utime(fake.root / left, (abandoned, abandoned))
    for path in fake.root.glob("fake-*"):
        shutil.rmtree(path)
    assert counts(fake.load()) == (0, 1)
    assert len(fake.folders()) == 1


def test_ctrl_c_while_compiling(fake: Fake) -> None:
    process = fake.start(after="time.sleep(600)")
    fake.wait_for("compiling-*/*/*.nbc")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode != 0
    assert fake.folders() == []


def run_installed(site: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-B", "-m", "neucomp", *arguments],
        cwd=site.parent,
        env={**os.environ, "PYTHONPATH": str(site), **environment},
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
    )


def test_stale_kernels_are_impossible(tmp_path: Path) -> None:
    """A copy of the real package: compile, change a primitive, and the old machine code must not be used again.

    The package is changed by nothing but this test, as in a read-only installation.
    """
    site, folder = tmp_path / "site", tmp_path / "cache"
    package = Path(neucomp.__file__).parent
    shutil.copytree(package, site / "neucomp", ignore=shutil.ignore_patterns("__pycache__"))
    installed = {path: path.stat().st_mtime_ns for path in (site / "neucomp").rglob("*")}
    (tmp_path / "a.txt").write_bytes(b"as good as it gets, as bad as it was, as long as it takes\n" * 5)

    first = run_installed(site, "compress", "-1", "a.txt", NEUCOMP_CACHE_DIR=str(folder))
    assert first.returncode == 0
    assert "compiling kernels" in first.stderr
    assert {path: path.stat().st_mtime_ns for path in (site / "neucomp").rglob("*")} == installed
    (compiled,) = folder.iterdir()
    again = run_installed(site, "compress", "-1", "-o", "b.neu", "a.txt", NEUCOMP_CACHE_DIR=str(folder))
    assert (again.returncode, again.stderr) == (0, "")
    assert (tmp_path / "b.neu").read_bytes() == (tmp_path / "a.txt.neu").read_bytes()

    primitive = site / "neucomp" / "kernels" / "apm.py"
    source = primitive.read_text(encoding="utf-8")
    changed = source.replace("- p) >> shift", "- p) >> (shift + 1)")
    assert changed != source
    primitive.write_text(changed, encoding="utf-8")

    result = run_installed(site, "compress", "-1", "-o", "c.neu", "a.txt", NEUCOMP_CACHE_DIR=str(folder))
    assert result.returncode == 7, result.stderr
    assert "wrong answer" in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["a.txt", "a.txt.neu", "b.neu"]
    assert list(folder.iterdir()) == [compiled]
