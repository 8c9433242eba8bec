"""What is imported when: start-up must be quick, and coding must never load torch."""

import subprocess
import sys

import pytest

HEAVY = ["numpy", "numba", "llvmlite", "torch", "constriction", "PIL", "safetensors"]


def loaded(code: str) -> set[str]:
    """The heavy packages that are imported after `code` ran in a fresh interpreter."""
    program = f"{code}\nimport sys\nprint(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    return set(output.split("\n")[-2].split()) & set(HEAVY)


@pytest.mark.parametrize(
    "code",
    [
        "import neucomp",
        "import neucomp.codec, neucomp.models, neucomp.container, neucomp.errors, neucomp.formats",
        "import neucomp.cli, neucomp.cli.compress, neucomp.cli.decompress, neucomp.cli.verify, neucomp.cli.info",
        "import neucomp.cli.train",
        "import neucomp.kernels.network_constants",
        "from neucomp.cli import cli\ntry: cli(['--help'])\nexcept SystemExit: pass",
        "from neucomp.cli import cli\ntry: cli(['--version'])\nexcept SystemExit: pass",
        "from neucomp.cli import cli\ntry: cli(['models'])\nexcept SystemExit: pass",
    ],
)
def test_nothing_heavy_before_a_block_is_coded(code: str) -> None:
    assert loaded(code) == set()


def test_coding_does_not_import_torch() -> None:
    data = "b'the quick brown fox ' * 50"
    packages = loaded(f"import neucomp\nassert neucomp.decompress(neucomp.compress({data})) == {data}")
    assert not packages & {"torch", "PIL"}


def test_coding_without_a_network_loads_none() -> None:
    data = "b'the quick brown fox ' * 50"
    packages = loaded(f"import neucomp\nassert neucomp.decompress(neucomp.compress({data}, 1)) == {data}")
    assert not packages & {"torch", "PIL", "safetensors", "constriction"}


def test_version_is_quick() -> None:
    resource = pytest.importorskip("resource")

    def seconds() -> float:
        """Of the processor, which other tests that run beside this one do not take part in."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "neucomp", "--version"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # 0.07 s on an idle machine.
    assert min(seconds() for _ in range(10)) < 0.2
