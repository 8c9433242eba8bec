"""Where figures come from: the machine, and how much memory a process took."""

import platform
import sys
from pathlib import Path


def machine() -> str:
    """Processor, number of cores, system and Python, as one line."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        if models:
            processor = f"{models[0]}, {len(models)} cores"
    return f"{processor}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def peak_memory(children: bool) -> int:
    """Largest resident memory so far of this process, or of the largest that it started and waited for, in bytes.

    Linux counts what a child holds before it becomes another program, so that a small program seems as large as this
    process. Windows does not know about children: 0.
    """
    if sys.platform == "win32":
        import psutil

        return 0 if children else int(psutil.Process().memory_info().peak_wset)
    import resource

    # Linux carries ru_maxrss over from the parent through exec, so a large parent would show up in every child;
    # VmHWM starts anew.
    status = Path("/proc/self/status")
    if not children and status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF).ru_maxrss * unit
