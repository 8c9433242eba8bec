"""The table of docs/audio.md: bits per sample of speech, of words alone and joined, and of music.

    python benchmarks/recipes/sound_groups.py DATA benchmarks/results/figures.json

Sizes of files are those of the results. The words joined to one recording, which stands in no suite, are measured here;
DATA is the folder that suites are measured with. Two recordings of the suite of music, 14 (wasted bits) and 60, are
left out, since sac does not code them as they are. sac (https://github.com/slmdev/sac) is no part of any package; with
the program on the PATH a fifth codec is

    neucomp bench --extra 'audio:sac=sac --encode --normal {in} {out}@@sac --decode {in} {out}' FILE.wav...
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))
from manifests import load_suite

from neucomp import bench
from neucomp.bench.contents import read_sound
from neucomp.bench.small_files import write_wav

CODECS = ("flac", "neucomp-1", "neucomp-5", "neucomp-9")
NOT_BY_SAC = ("14_-_wasted_bits.wav", "60_-_mono_audio.wav")


def is_word(result: bench.Result) -> bool:
    """Whether a file of the suite of speech is one of the spoken digits, which are named DIGIT_SPEAKER_NUMBER."""
    return result.suite == "speech" and result.file[1] == "_"


GROUPS: dict[str, Callable[[bench.Result], bool]] = {
    "speech, 16 kHz": lambda result: result.suite == "speech" and not is_word(result),
    "words, 8 kHz": is_word,
    "the same, joined": lambda result: result.suite == "",
    "music, 44.1 and 48 kHz": lambda result: result.suite == "music" and result.file not in NOT_BY_SAC,
}


def joined_words(data: Path) -> bench.Subject:
    """The recordings of words, one after the other."""
    suite = load_suite("speech")
    words = [subject for subject in suite.subjects(data) if subject.name[1] == "_"]

    def read() -> bytes:
        sounds = [read_sound(word.read()) for word in words]
        return write_wav(sounds[0]._replace(samples=np.concatenate([sound.samples for sound in sounds])))

    return bench.Subject("words joined.wav", read)


def main(data: Path, results: Path) -> None:
    """Print the table."""
    joined = bench.run([joined_words(data)], CODECS, after=lambda result, known: print(result.label, file=sys.stderr))
    rows = [row for row in [*bench.ResultsFile(results).results, *joined] if row.codec in CODECS and row.verified]
    labels = {row.codec: row.label for row in rows}
    print(f"| | {' | '.join(labels[codec] for codec in CODECS)} |")
    print(f"| --- |{' ---: |' * len(CODECS)}")
    for name, belongs in GROUPS.items():
        group = [row for row in rows if belongs(row)]
        bits = []
        for codec in CODECS:
            mine = [row for row in group if row.codec == codec]
            bits.append(8 * sum(row.compressed_size or 0 for row in mine) / sum(row.symbols for row in mine))
        files = len({row.file for row in group})
        print(f"| {name}, {files} {'files' if files > 1 else 'file'} | {' | '.join(f'{each:.3f}' for each in bits)} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
