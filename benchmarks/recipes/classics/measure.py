"""Figures of the classics: python benchmarks/recipes/classics/measure.py MODEL FILE [WEIGHTS]

Codes a file at level 5, decodes it, compares, and prints bits for each byte of the file (each pixel of
an array), weights, and KB of the file for each second of the processor, both ways.
"""

import sys
import time
from pathlib import Path
from typing import Any

import neucomp
from neucomp.models import MODELS
from neucomp.models.classics import ClassicModel, LaneModel
from neucomp.nets.networks import Network


def main(name: str, path: Path, weights: Path | None = None) -> None:
    model, data = MODELS[name], path.read_bytes()
    assert isinstance(model, LaneModel)
    network: Network[Any] | None = None
    if isinstance(model, ClassicModel):
        network = model.architecture().load(weights) if weights else model.chosen_network()
    given = network if weights else None
    start = time.process_time()
    blob = neucomp.compress(data, model=name, network=given)
    middle = time.process_time()
    decoded = neucomp.decompress(blob, network=given)
    end = time.process_time()
    if decoded != data:
        sys.exit("the file does not come back")
    speeds = f"{len(data) / 1000 / (middle - start):.1f} and {len(data) / 1000 / (end - middle):.1f} KB/s"
    print(f"{name}: {len(blob)} bytes for {len(data)}, {8 * len(blob) / len(data):.4f} bits each, {speeds}")
    if network is not None:
        count = sum(tensor.size for key, tensor in network.tensors.items() if not key.endswith("_scale"))
        print(f"  {count} weights, {network.provenance}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(Path, sys.argv[3:]))
