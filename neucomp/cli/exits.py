"""Exit codes, and which error means which code and which line on stderr."""

import enum
import os

from neucomp import errors
from neucomp.cli.display import printable

EXIT_CODES = """\b
Exit codes:
  0    all is well
  1    the operating system refused: no such file, output exists, disk full
  2    wrong usage of the command line
  3    not a neucomp file
  4    needs a newer neucomp, or a model or device that is not here
  5    the file is damaged
  6    a limit was exceeded: --max-size, or memory
  7    the compiled kernels failed their self-test, or their cache folder cannot be used
  130  interrupted (143: terminated, 141: the reader closed the pipe)
With several files, the highest code of any of them.
"""


class Exit(enum.IntEnum):
    """The exit codes of the command line; scripts rely on them, so a code keeps its meaning for ever."""

    OK = 0
    SYSTEM = 1
    USAGE = 2
    NOT_NEUCOMP = 3
    UNSUPPORTED = 4
    CORRUPT = 5
    LIMIT = 6
    KERNEL = 7
    INTERRUPTED = 130
    BROKEN_PIPE = 141


CODES: dict[type[errors.NeucompError], Exit] = {
    errors.NotNeucompFile: Exit.NOT_NEUCOMP,
    errors.UnsupportedError: Exit.UNSUPPORTED,
    errors.CorruptDataError: Exit.CORRUPT,
    errors.LimitExceeded: Exit.LIMIT,
    errors.KernelError: Exit.KERNEL,
}


def explain(error: Exception, name: str) -> tuple[Exit, str]:
    """The exit code and the message for an error that ended the work on the file `name`.

    Raises the error itself when no user can do anything about it: it is a bug then, and its traceback is what we need.
    """
    if isinstance(error, errors.NeucompError):
        code = next((code for kind, code in CODES.items() if isinstance(error, kind)), Exit.SYSTEM)
        return code, str(error)
    if isinstance(error, MemoryError):
        return Exit.LIMIT, "not enough memory; a lower level or fewer threads (-T1) need less"
    if isinstance(error, OSError):
        message = error.strerror or str(error)
        elsewhere = error.filename is not None and os.fsdecode(error.filename) != name
        return Exit.SYSTEM, f"{printable(os.fsdecode(error.filename))}: {message}" if elsewhere else message
    raise error
