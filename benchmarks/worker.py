"""The child process of a measurement: one codec, one direction, one file.

    python worker.py encode|decode CODEC SOURCE TARGET

writes TARGET and prints one line of JSON: `seconds` inside the codec's call, and `peak_bytes` of this whole process.
Imports, compilation and caches are paid for by a small warm-up before the clock starts; reading and writing the files
happens outside it too.
"""

import json
import resource
import sys
import time
from pathlib import Path

from peers import find_codec

WARM_UP = b"The quick brown fox jumps over the lazy dog. " * 20


def peak_memory() -> int:
    """Largest resident memory of this process so far, in bytes."""
    # Linux carries ru_maxrss over from the parent through exec, so a large parent would show up in every child;
    # VmHWM starts anew.
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    """Code one file as told by the command line."""
    direction, name, source, target = sys.argv[1:]
    codec = find_codec(name)
    codec.decompress(codec.compress(WARM_UP))
    code = {"encode": codec.compress, "decode": codec.decompress}[direction]
    data = Path(source).read_bytes()
    start = time.perf_counter()
    coded = code(data)
    seconds = time.perf_counter() - start
    Path(target).write_bytes(coded)
    print(json.dumps({"seconds": seconds, "peak_bytes": peak_memory()}))


if __name__ == "__main__":
    main()
