"""Where results go: a file that appears only when it is complete, or a stream."""

import errno
import io
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STREAM = "-"

_unfinished: set[str] = set()


def remove_unfinished() -> None:
    """Removes every temporary file of this process: the last resort before an exit that runs no cleanup."""
    for path in list(_unfinished):
        with suppress(OSError):
            os.unlink(path)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sits at the other end of a standard stream, which is None where the caller closed it."""
    return stream is not None and stream.isatty()


def binary(stream: TextIO | None, name: str) -> BinaryIO:
    """The bytes below a standard stream; raises when the caller closed it."""
    if stream is None:
        raise OSError(errno.EBADF, "is closed", name)
    return stream.buffer


def refuse_terminal(force: bool) -> None:
    """Raises when compressed data would be shown on a terminal."""
    if is_terminal(sys.stdout) and not force:
        raise OSError(
            errno.EINVAL, "compressed data are not written to a terminal (use -o FILE, or -f to do it)", STREAM
        )


def open_output(
    path: str, like: os.stat_result | None, *, force: bool = False, durable: bool = False, readable: bool = False
) -> AbstractContextManager[BinaryIO]:
    """A context manager for writing `path`; `-` is standard output, and devices and pipes are written directly.

    like: the mode and times that a regular file gets, or None for those of a new file.
    force: replace a file that exists.
    durable: on disk before it gets its name, so that the input can be removed afterwards.
    readable: what is written can be read back before the context ends, also where the output is a stream.
    """
    if path == STREAM:
        stream = binary(sys.stdout, "standard output")
        return _staged(stream) if readable else _streamed(stream)
    if is_special(path):
        device = open(path, "wb")
        return _staged(device, close=True) if readable else _streamed(device, close=True)
    return _replacing(path, like, force, durable)


def is_special(path: str) -> bool:
    """Whether a device, a pipe or a socket goes by that name."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


class _OneWay(io.RawIOBase):
    """A stream that can only be written from front to back.

    Devices take a seek and then cannot be truncated, and a file that a shell opened with `>>` reports the offset 0:
    whoever rewrote such a stream "from its start" would destroy what stood there before.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Passes the bytes on."""
        return self._stream.write(data)


@contextmanager
def _streamed(stream: BinaryIO, close: bool = False) -> Iterator[BinaryIO]:
    try:
        yield stream if _can_be_rewritten(stream) else cast(BinaryIO, _OneWay(stream))
        stream.flush()
    finally:
        if close:
            stream.close()


@contextmanager
def _staged(stream: BinaryIO, close: bool = False) -> Iterator[BinaryIO]:
    """Collects the output in a nameless file and sends it on when all went well."""
    with _streamed(stream, close) as target, tempfile.TemporaryFile() as stage:
        yield cast(BinaryIO, stage)
        stage.seek(0)
        shutil.copyfileobj(stage, target)


def _can_be_rewritten(stream: BinaryIO) -> bool:
    try:
        number = stream.fileno()
    except OSError:  # a stand-in without a file behind it
        return stream.seekable()
    return stat.S_ISREG(os.fstat(number).st_mode) and not _appends(number)


def _appends(number: int) -> bool:
    try:
        import fcntl
    except ImportError:  # not on Windows, whose shells do not tell: assume the worst
        return True
    return bool(fcntl.fcntl(number, fcntl.F_GETFL) & os.O_APPEND)


@contextmanager
def _replacing(path: str, like: os.stat_result | None, force: bool, durable: bool) -> Iterator[BinaryIO]:
    """Writes a temporary file beside `path` and renames it at the end; an error leaves nothing behind."""
    refuse_existing(path, force)
    final = os.path.realpath(path)  # a symbolic link stays, and the file it names is replaced
    temporary = os.path.join(os.path.dirname(final), f".neucomp-{os.urandom(6).hex()}.tmp")

    def create(name: str, flags: int) -> int:
        # Not readable for others before it gets the mode of its input: that may be a private file.
        return os.open(name, flags | getattr(os, "O_BINARY", 0), 0o666 if like is None else 0o600)

    _unfinished.add(temporary)
    try:
        try:
            target = open(temporary, "x+b", opener=create)
        except OSError as error:
            raise OSError(error.errno, error.strerror, path) from error
        with target:
            yield cast(BinaryIO, target)
            target.flush()
            if durable:
                os.fsync(target.fileno())
        if like is not None:
            _copy_mode_and_times(like, temporary)
        refuse_existing(path, force)  # another program may have made it meanwhile
        os.replace(temporary, final)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        _unfinished.discard(temporary)


def refuse_existing(path: str, force: bool) -> None:
    """Raises when an output cannot have this name: a folder has it, or, without `force`, anything."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "is a directory", path)
    if os.path.lexists(path) and not force:
        raise FileExistsError(errno.EEXIST, "already exists (use -f to replace it)", path)


def _copy_mode_and_times(like: os.stat_result, path: str) -> None:
    """As gzip does; file systems without modes or times are no reason to fail."""
    with suppress(OSError):
        os.utime(path, ns=(like.st_atime_ns, like.st_mtime_ns))
    with suppress(OSError):
        os.chmod(path, stat.S_IMODE(like.st_mode) & 0o777)
