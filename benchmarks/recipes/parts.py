"""What parts of the models are worth: files coded with everything, and without one part after the other.

    python benchmarks/recipes/parts.py --levels 5,9 --without networks,starts FILE...

Each file is compressed, decompressed and compared, every time; FLAC files are unpacked to WAV first. KB/s are those of
one core by processor time, of the unpacked contents, the faster of two calls each way. The parts:

    networks   the trained networks: of bytes, of pixels, the WaveNet
    starts     what mixers know before the first pixel or sample
    primers    the text that is read before a block that resembles it
    whole      the stretches of a recording: without it, one more cut in the middle
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

import neucomp
from neucomp.bench.contents import read_sound, recognise
from neucomp.bench.small_files import write_wav
from neucomp.models import audio_codec, audio_efforts, byte_recipes, image_efforts

CALLS = 2


@contextmanager
def without_networks() -> Iterator[None]:
    """No level of any model has a network."""
    audio = {level: each._replace(network=audio_efforts.NO_NETWORK) for level, each in audio_efforts.EFFORTS.items()}
    image = {level: each._replace(network=None) for level, each in image_efforts.EFFORTS.items()}
    byte = {level: replace(each, network_depth=None) for level, each in byte_recipes.EFFORTS.items()}
    with (
        patch.dict(audio_efforts.EFFORTS, audio),
        patch.dict(image_efforts.EFFORTS, image),
        patch.dict(byte_recipes.EFFORTS, byte),
    ):
        yield


@contextmanager
def without_starts() -> Iterator[None]:
    """Mixers begin with equal weights."""
    with (
        patch("neucomp.models.audio_start.start_for", lambda level: 0),
        patch("neucomp.models.image_start.start_for", lambda level, network, channels, bits: 0),
    ):
        yield


@contextmanager
def without_primers() -> Iterator[None]:
    """No block resembles a primer."""
    with patch("neucomp.models.primers.find_primer", lambda pieces: 0):
        yield


@contextmanager
def without_whole() -> Iterator[None]:
    """Every stretch of a recording is two."""
    stretches = audio_codec._stretches

    def halves(frames: int) -> list[tuple[int, int]]:
        parts = [(first, (first + last) // 2, last) for first, last in stretches(frames)]
        return [half for first, middle, last in parts for half in ((first, middle), (middle, last))]

    with patch.object(audio_codec, "_stretches", halves):
        yield


PARTS = {
    "networks": without_networks,
    "starts": without_starts,
    "primers": without_primers,
    "whole": without_whole,
}


def read(path: Path, first: int | None) -> bytes:
    """A file, or its first bytes; of a recording, its first frames as WAV."""
    data = path.read_bytes()
    if recognise(data).kind != "audio":
        return data[:first]
    sound = read_sound(data)
    return write_wav(sound._replace(samples=sound.samples[:first]))


def timed(code: Callable[[], bytes]) -> tuple[bytes, float]:
    """What `code` gives, and the seconds of processor time of its fastest call."""
    seconds = []
    for _ in range(CALLS):
        start = time.process_time()
        coded = code()
        seconds.append(time.process_time() - start)
    return coded, min(seconds)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    parser.add_argument("--levels", default="5", help="default: %(default)s")
    parser.add_argument("--without", default="", help=f"of {', '.join(PARTS)}; default: none")
    parser.add_argument("--first", type=int, help="use only so many bytes, or frames of a recording")
    arguments = parser.parse_args()
    names = [name for name in arguments.without.split(",") if name]
    if unknown := [name for name in names if name not in PARTS]:
        sys.exit(f"error: there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")

    print("| file | level | without | bytes | bits | | KB/s, in and out |")
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: |")
    for path in arguments.files:
        data = read(path, arguments.first)
        shape = recognise(data)
        for level in map(int, arguments.levels.split(",")):
            whole = 0
            for name in ["", *names]:
                with PARTS[name]() if name else nullcontext():
                    blob, encode_s = timed(partial(neucomp.compress, data, level))
                    decoded, decode_s = timed(partial(neucomp.decompress, blob))
                if decoded != data:
                    sys.exit(f"error: {path}, level {level}: decoding gave something else")
                whole = whole or len(blob)
                change = f"{100 * (len(blob) / whole - 1):+.2f} %" if name else ""
                bits = f"{8 * len(blob) / shape.symbols:.4f}"
                rates = " / ".join(f"{shape.raw_size / 1000 / seconds:,.0f}" for seconds in (encode_s, decode_s))
                print(f"| {path.name} | {level} | {name} | {len(blob):,} | {bits} | {change} | {rates} |", flush=True)


if __name__ == "__main__":
    main()
