"""The transformer alone at several numbers of lanes: speed both ways, and how far it is from what the machine can do.

    python transformer_lanes.py NETWORK FILE [--lanes 1,16,64,256] [--positions 512] [--device cpu|torch|cuda]

NETWORK is a weights file, FILE gives the bytes. Each row codes `lanes x positions` of them as one block, decodes and
compares. A multiply-add counts as two operations; the peak is that of the best of some float32 products of square
matrices on the same device.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from neucomp.kernels.network_constants import HEAD_WIDTH, SYMBOLS
from neucomp.models.alone import find_ops
from neucomp.models.plain import TransformerModel
from neucomp.nets.transformer import TransformerConfig
from neucomp.nets.weights import load_network

PEAK_SIZE = 1024
PEAK_RUNS = 10


def multiply_adds(config: TransformerConfig) -> int:
    """For each byte, to the deepest exit, with a window that is full."""
    heads = config.heads * HEAD_WIDTH
    layer = 4 * heads * config.width + 2 * config.hidden * config.width + 2 * config.window * heads
    return max(config.exits) * layer + SYMBOLS * config.width


def measure_peak(device: str) -> float:
    """Operations a second in float32 products."""
    ops = find_ops(device)
    square = ops.put(np.ones((PEAK_SIZE, PEAK_SIZE), np.float32))
    best = float("inf")
    for _ in range(PEAK_RUNS):
        start = time.perf_counter()
        ops.fetch(square @ square)
        best = min(best, time.perf_counter() - start)
    return 2 * PEAK_SIZE**3 / best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--lanes", default="1,16,64,256")
    parser.add_argument("--positions", type=int, default=512)
    parser.add_argument("--device", default="cpu", choices=("cpu", "torch", "cuda"))
    arguments = parser.parse_args()

    network = load_network(arguments.network)
    data = arguments.file.read_bytes()
    peak = measure_peak(arguments.device)
    operations = 2 * multiply_adds(network.config)
    print(f"{operations // 2:,} multiply-adds a byte; float32 products at {peak / 1e9:,.1f} GFLOP/s\n")
    print("| lanes | bytes | bits per byte | encode KB/s | of peak | decode KB/s | of peak |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    TransformerModel(network, arguments.device).encode(data[:100], 5, lambda symbols: None)  # compiles what is not
    for lanes in map(int, arguments.lanes.split(",")):
        block = data[: lanes * arguments.positions]
        if len(block) < lanes * arguments.positions:
            parser.error(f"{arguments.file} has fewer than {lanes} x {arguments.positions} bytes")
        model = TransformerModel(network, arguments.device, lanes)
        start = time.perf_counter()
        payload = model.encode(block, 5, lambda symbols: None)
        encoded = time.perf_counter()
        if model.decode(payload, len(block), lambda symbols: None) != block:
            raise SystemExit(f"{lanes} lanes: decoding gave something else")
        decoded = time.perf_counter()
        speeds = [len(block) / (encoded - start), len(block) / (decoded - encoded)]
        columns = [f"{speed / 1000:.1f} | {speed * operations / peak:.1%}" for speed in speeds]
        print(f"| {lanes} | {len(block):,} | {8 * len(payload) / len(block):.3f} | {' | '.join(columns)} |", flush=True)


if __name__ == "__main__":
    main()
