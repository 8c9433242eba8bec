"""Benchmarks of codecs whose figures come from files that were written, decoded by another process and compared.

`run` measures codecs on files, `CODECS` are those that come with it, `Codec` is what another one has to be, and
`check` shows whether files decode to the same bytes under other threads, libraries and instruction sets. The command
line of it all is `neucomp bench`. Nothing here imports a codec's library before the codec is used.
"""

from neucomp.bench.catalogue import CODECS, DEFAULT, find_codec
from neucomp.bench.codec import Codec, ProgramFailed, Unsuited
from neucomp.bench.determinism import Check, check
from neucomp.bench.harness import Subject, run
from neucomp.bench.results import Result, ResultsFile

__all__ = [
    "CODECS",
    "DEFAULT",
    "Check",
    "Codec",
    "ProgramFailed",
    "Result",
    "ResultsFile",
    "Subject",
    "Unsuited",
    "check",
    "find_codec",
    "run",
]
