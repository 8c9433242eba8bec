"""The wheel holds what a user needs and nothing else. Needs hatchling in the environment, which pip builds with."""

import configparser
import email.parser
import importlib.util
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import neucomp

ROOT = Path(__file__).parent.parent
WAIT_SECONDS = 120
LARGEST_WHEEL = 60 << 20
ALLOWED_SUFFIXES = {".html", ".npz", ".py", ".typed", ".txt", ".zlib", ""}
"""Of the files in the package: modules, the marker for type checkers, primers, weights, starts, a report's page."""

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None or not (ROOT / "pyproject.toml").exists(),
    reason="needs hatchling and the source tree",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip wheel --no-deps --no-build-isolation .` builds, without pip, which need not be there."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=WAIT_SECONDS)
    (built,) = folder.iterdir()
    return built


def test_name(wheel: Path) -> None:
    assert wheel.name == f"neucomp-{neucomp.__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < LARGEST_WHEEL


def test_contents(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {info.filename for info in archive.infolist() if not info.is_dir()}
    info = f"neucomp-{neucomp.__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"neucomp", info}
    inside = {name for name in names if name.startswith("neucomp/")}
    present = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "neucomp").rglob("*")
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(ROOT).parts)
    }
    assert inside == present
    assert "neucomp/py.typed" in inside
    assert {Path(name).suffix for name in inside} <= ALLOWED_SUFFIXES
    assert names - inside == {
        f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    }


def test_source_distribution_can_test_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=WAIT_SECONDS)
    (built,) = tmp_path.iterdir()
    with tarfile.open(built) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"conftest.py", "tests/conftest.py", "Makefile", "pyproject.toml", "constraints.txt"} <= names


def test_every_folder_is_a_package(wheel: Path) -> None:
    """A module in a folder without __init__.py would be found from the source tree and not everywhere else."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for name in names:
        if name.startswith("neucomp/") and name.endswith(".py"):
            assert f"{Path(name).parent.as_posix()}/__init__.py" in names, name


def test_metadata(wheel: Path) -> None:
    info = f"neucomp-{neucomp.__version__}.dist-info"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with zipfile.ZipFile(wheel) as archive:
        metadata = email.parser.BytesParser().parsebytes(archive.read(f"{info}/METADATA"))
        entry_points = configparser.ConfigParser()
        entry_points.read_string(archive.read(f"{info}/entry_points.txt").decode())
        license_text = archive.read(f"{info}/licenses/LICENSE").decode()
    assert (metadata["Name"], metadata["Version"]) == ("neucomp", neucomp.__version__)
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert "Apache License" in license_text
    assert metadata["Description-Content-Type"] == "text/markdown"
    required = [each for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each]
    assert len(required) == len(project["dependencies"])
    assert {name.split(">")[0] for name in project["dependencies"]} == {
        each.replace("<", ">").split(">")[0] for each in required
    }
    assert dict(entry_points["console_scripts"]) == project["scripts"]


def test_unpacked_wheel_runs(wheel: Path, tmp_path: Path) -> None:
    """All modules can be imported from it, and files go through it that need no compiled kernels."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    check = """
import importlib, io, os, pkgutil, sys
import neucomp
assert os.path.dirname(neucomp.__file__).startswith(sys.argv[1]), neucomp.__file__
for module in pkgutil.walk_packages(neucomp.__path__, "neucomp."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
target = io.BytesIO()
neucomp.compress_stream(io.BytesIO(os.urandom(10000)), target)
assert len(neucomp.decompress(target.getvalue())) == 10000
"""
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    arguments = ["-c", check, str(tmp_path)], ["-m", "neucomp", "--version"], ["-m", "neucomp", "models"]
    for each in arguments:
        subprocess.run([sys.executable, *each], check=True, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
