"""Measure the codecs on the suites, and keep the results.

    python benchmarks/figures.py --data DIR --json benchmarks/results/figures.json

It is `neucomp bench` on files whose contents are known: see there for how a codec is measured.
"""

import argparse
import signal
import sys
from pathlib import Path

from manifests import load_suite, suite_names

from neucomp.bench import Result, ResultsFile, run
from neucomp.bench.codec import Kind
from neucomp.bench.file_codecs import FILE_CODECS
from neucomp.bench.harness import Subject
from neucomp.bench.image_codecs import IMAGE_CODECS
from neucomp.bench.own_codecs import own_codec
from neucomp.bench.programs import PROGRAM_CODECS
from neucomp.bench.sound_codecs import SOUND_CODECS
from neucomp.bench.terminal import describe, explain_missing, progress

OWN = "neucomp"


def peers_of(kind: Kind) -> list[str]:
    """The codecs that were made for such files: nobody needs to know that gzip does nothing for PNG."""
    made_for = {"bytes": FILE_CODECS, "image": IMAGE_CODECS, "audio": (*SOUND_CODECS, *PROGRAM_CODECS)}
    return [codec.name for codec in made_for[kind] if codec.suits(kind)]


def parse_arguments() -> argparse.Namespace:
    """The command line."""

    def names(text: str) -> list[str]:
        return text.split(",")

    def numbers(text: str) -> list[int]:
        return [int(number) for number in text.split(",")]

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the suites' files")
    parser.add_argument("--json", type=Path, required=True, help="results; finished ones in it are not measured again")
    parser.add_argument("--suite", type=names, default=suite_names(), help="suites or manifests, default: %(default)s")
    parser.add_argument("--codecs", type=names, help="default: those made for each suite's files, and neucomp")
    parser.add_argument("--levels", type=numbers, default=[1, 3, 5, 9], help="neucomp's levels, default: %(default)s")
    parser.add_argument("--threads", type=numbers, default=[1], help="neucomp's threads, default: %(default)s")
    parser.add_argument("--max-bytes", type=int, help="leave out larger files")
    parser.add_argument("--repeat", type=int, default=1, help="times are the median of so many calls")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds for each process, default: %(default)s")
    return parser.parse_args()


def limited(subject: Subject, most: int | None) -> Subject:
    """The file, refused when its turn comes if it is too large."""

    def read() -> bytes:
        data = subject.read()
        if most is not None and len(data) > most:
            raise ValueError(f"larger than {most:,} bytes")
        return data

    return Subject(subject.name, read, subject.suite)


def main() -> int:
    """Run the command line; 1 if a codec failed or decoded wrongly, 0 otherwise."""
    arguments = parse_arguments()
    kept = ResultsFile(arguments.json)
    failures = 0
    for suite in map(load_suite, arguments.suite):
        if not any((arguments.data / file.path).exists() for file in suite.files):
            where = f"none of its {len(suite.files)} files is below {arguments.data}"
            print(f"{suite.name}: skipped, {where} (source: {suite.source})", file=sys.stderr)
            continue
        own = [
            own_codec(suite.model, level, threads).name for threads in arguments.threads for level in arguments.levels
        ]
        named = arguments.codecs or [*peers_of(suite.kind), OWN]
        codecs = [codec for name in named for codec in (own if name == OWN else [name])]
        subjects = [limited(subject, arguments.max_bytes) for subject in suite.subjects(arguments.data)]
        with progress(sys.stderr, len(subjects) * len(codecs), False) as (begin, end):

            def report(result: Result, known: bool) -> None:
                nonlocal failures
                failures += result.status not in ("ok", "unsuited")
                if not known:
                    end(describe(result))

            def missing(name: str, error: Exception) -> None:
                end(f"{name}: skipped, {explain_missing(error)}")

            run(
                subjects,
                codecs,
                repeat=arguments.repeat,
                timeout_s=arguments.timeout,
                results=kept,
                before=begin,
                after=report,
                missing=missing,
            )
    return 1 if failures else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that no worker stays behind
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted; what is finished is kept")
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
