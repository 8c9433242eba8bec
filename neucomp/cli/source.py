"""Where input comes from: named files, whole folders, standard input."""

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from neucomp.cli.display import printable
from neucomp.cli.output import STREAM, binary, is_terminal

SUFFIX = ".neu"


@dataclass(frozen=True)
class Source:
    """An input that is open for reading, and what the system knows about it."""

    name: str  # as the user wrote it, or "-"
    file: BinaryIO
    status: os.stat_result | None  # of a regular file; None for pipes, terminals and devices
    size: int | None  # bytes still to be read, where that is known

    @property
    def title(self) -> str:
        """The name for messages."""
        return title(self.name)

    def changed(self) -> bool:
        """Whether the file was written to since it was opened."""
        now = os.stat(self.name)
        return self.status is None or (now.st_mtime_ns, now.st_size) != (self.status.st_mtime_ns, self.status.st_size)


def is_compressed_name(name: str) -> bool:
    """Whether `name` is something followed by .neu."""
    return name.endswith(SUFFIX) and os.path.basename(name) != SUFFIX


def title(name: str) -> str:
    """The name of an input for messages."""
    return "standard input" if name == STREAM else printable(name)


@contextmanager
def open_source(name: str, *, compressed: bool) -> Iterator[Source]:
    """Opens a file, or standard input for `-`. compressed: the input is binary, which nobody types on a terminal."""
    if name == STREAM:
        if compressed and is_terminal(sys.stdin):
            raise OSError(errno.EINVAL, "compressed data are not read from a terminal", name)
        yield _describe(name, binary(sys.stdin, name))
        return
    if is_folder(name):
        raise IsADirectoryError(errno.EISDIR, "is a directory (use -r for the files in it)", name)
    with open(name, "rb") as file:
        yield _describe(name, file)


def _describe(name: str, file: BinaryIO) -> Source:
    try:
        status = os.fstat(file.fileno())
    except OSError:  # a stand-in for standard input without a file behind it
        return Source(name, file, None, None)
    if not stat.S_ISREG(status.st_mode):
        return Source(name, file, None, None)
    # Files of /proc say that they are empty and are not.
    size = max(status.st_size - file.tell(), 0) if status.st_size else None
    return Source(name, file, status, size)


def is_folder(name: str) -> bool:
    """Whether the argument `name` is a folder."""
    return name != STREAM and os.path.isdir(name)


def files_below(folder: str, accepts: Callable[[str], bool], failed: Callable[[OSError], None]) -> Iterator[str]:
    """The files in `folder` and below whose names `accepts` wants, in a fixed order; links are not followed.

    failed: told of each folder that cannot be read.
    """
    for parent, folders, names in os.walk(folder, onerror=failed):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(parent, name)
            if accepts(name) and os.path.isfile(path) and not os.path.islink(path):
                yield path
