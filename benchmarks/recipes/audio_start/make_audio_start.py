"""Makes the starts of the audio model: python benchmarks/recipes/audio_start/make_audio_start.py DATA [LEVEL ...]

DATA holds folders of FLAC files, those named in SERIES. For each level (or those given; the others stay as they are),
a coder codes a series of excerpts, each time with new filters but with the mixer's weights as they were; the level's
start is their mean over the second half of the series.

Held out, so that figures stay honest: each eighth file of a folder, which the model was tuned on.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from neucomp.models.audio_codec import load_audio_kernels, new_network
from neucomp.models.audio_efforts import EFFORTS
from neucomp.models.audio_plan import find_kinds, find_partners
from neucomp.models.audio_start import _AGE, START_FILE, layout_of, summarize

WEIGHTS = Path(__file__).parents[3] / "neucomp" / "weights"
SERIES = {
    "speech_fsdd8k": (120, 2.0),
    "speech_picovoice16k": (14, 3.0),
    "music_piano": (4, 1.0),
    "music_sax": (4, 1.0),
    "music_sonicpi": (16, 1.0),
}
"""How many excerpts of each folder, and their seconds."""

HELD_OUT = 8
SEED = 1

Planes = NDArray[np.int32]


def series(data: Path) -> list[Planes]:
    """Excerpts (channels, frames), shuffled."""
    chance = np.random.default_rng(SEED)
    excerpts = []
    for folder, (count, seconds) in SERIES.items():
        paths = sorted((data / folder).glob("*.flac"))
        known = [path for number, path in enumerate(paths) if number % HELD_OUT]
        for number in chance.choice(len(known), count, replace=False):
            samples, rate = soundfile.read(known[number], dtype="int16", always_2d=True)
            size = min(len(samples), int(seconds * rate))
            first = chance.integers(len(samples) - size + 1)
            excerpts.append(np.array(samples[first : first + size].T, np.int32, order="C"))
    return [excerpts[i] for i in chance.permutation(len(excerpts))]


def train(level: int, excerpts: list[Planes]) -> NDArray[np.int8]:
    """The start of a level."""
    kernels = load_audio_kernels()
    effort = EFFORTS[level]
    weights: NDArray[np.float32] | None = None
    total: NDArray[np.float64] = np.zeros(1)
    bits = samples = 0
    for number, planes in enumerate(excerpts):
        partners = find_partners(planes)
        ranges = planes.min(axis=1).tolist(), planes.max(axis=1).tolist()
        network = new_network(effort.network, len(planes))
        state = kernels.new_coder(planes, find_kinds(planes, partners), partners, *ranges, effort, network)
        if weights is not None:
            state.coder.weights[:] = weights
            state.coder.ages[:] = _AGE
        payload = np.empty(4 * planes.size + 65536, np.uint8)
        kernels.start_payload(False, state.coder.registers, payload)
        kernels.code_frames(False, state, payload, 0, planes.shape[1])
        weights = state.coder.weights.mean(axis=0)
        if 2 * number >= len(excerpts):
            total = total + weights.astype(np.float64)
            bits += 8 * kernels.position(state.coder.registers)
            samples += planes.size
    print(f"level {level}: {bits / samples:.4f} bits per sample in the second half", flush=True)
    return summarize(total / (len(excerpts) // 2))


def main(data: Path, levels: list[int]) -> None:
    """Writes the starts and prints the hash that neucomp/models/audio_start.py must name."""
    path = WEIGHTS / START_FILE
    arrays = dict(np.load(path)) if path.exists() and levels else {}
    excerpts = series(data)
    trained: dict[int, NDArray[np.int8]] = {}  # by the effort's identity: some levels are the same
    for level in levels or EFFORTS:
        effort = id(EFFORTS[level])
        if effort not in trained:
            trained[effort] = train(level, excerpts)
        arrays[f"{level}.weights"] = trained[effort]
        arrays[f"{level}.layout"] = np.array(layout_of(EFFORTS[level]), np.uint32)
    np.savez_compressed(path, **dict(sorted(arrays.items())))
    print(f"{path}: {path.stat().st_size:,} bytes, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(level) for level in sys.argv[2:]])
