"""Take the results of other runs into a file of results.

    python benchmarks/merge.py benchmarks/results/figures.json part.json ...

Later files win, for the same file and codec; but what was verified gives way only to what was verified. With
`--without-times` sizes and memory are taken, but no times: of runs on a machine that was busy. `figures.py` measures
such results again where it gets at them.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from neucomp.bench import ResultsFile


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("into", type=Path, help="file of results, made where it is not there")
    parser.add_argument("parts", metavar="PART", type=Path, nargs="+", help="files of results to take in")
    parser.add_argument("--without-times", action="store_true", help="leave out the times of PART")
    arguments = parser.parse_args()
    for path in arguments.parts:
        if not path.exists():
            raise FileNotFoundError(f"{path} is not there")
    kept = ResultsFile(arguments.into)
    for path in arguments.parts:
        verified = {result.key for result in kept.results if result.verified}
        better = [result for result in ResultsFile(path).results if result.verified or result.key not in verified]
        if arguments.without_times:
            better = [
                replace(result, encode_s=None, decode_s=None, encode_process_s=None, decode_process_s=None)
                for result in better
            ]
        kept.add(*better)
        print(f"{path}: {len(better)} results")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
