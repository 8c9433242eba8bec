"""File objects: `open(path)` reads a compressed file like an open file, `open(path, "wb")` writes one.

Reading needs no more than the blocks it touches: the index says where they are, so that seeking is cheap and memory is
bounded. Writing goes to a temporary file beside the path, which takes its place when all went well.
"""

import builtins
import contextlib
import errno
import hashlib
import io
import os
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Literal, cast, overload

from neucomp.codec import check_level, decode_item, encode_block, find_model, header_for
from neucomp.container import DIGEST_SIZE, MAX_CODED_SIZE
from neucomp.errors import CorruptDataError
from neucomp.formats import format_by_id
from neucomp.index import read_index
from neucomp.models import Tick
from neucomp.parallel import InOrder, choose_threads
from neucomp.small import open_writer

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

BUFFER_SIZE = 64 << 10
"""Bytes that small reads take from a decoded block at a time."""

KEPT_BLOCKS = 2
"""Decoded blocks that a reader keeps: enough to go back and forth over one boundary."""


@overload
def open(
    path: str | os.PathLike[str] | BinaryIO,
    mode: Literal["r", "rb"] = "rb",
) -> io.BufferedReader: ...
@overload
def open(
    path: str | os.PathLike[str],
    mode: Literal["w", "wb", "x", "xb"],
    *,
    level: int = 5,
    model: str = "bytes",
    threads: int = 1,
) -> "BlockWriter": ...
def open(
    path: str | os.PathLike[str] | BinaryIO,
    mode: str = "rb",
    *,
    level: int | None = None,
    model: str | None = None,
    threads: int | None = None,
) -> "io.BufferedReader | BlockWriter":
    """Open a compressed file for reading or writing the original bytes. Close it or use it in a `with` statement.

    `mode` is "rb", "wb" (replaces what is there) or "xb" (`FileExistsError` if something is there); the "b" may be left
    out, for text wrap the result in `io.TextIOWrapper`.

    Reading gives an `io.BufferedReader` that seeks anywhere; `path` may also be a seekable binary file, which stays
    open. Each block is checked when it is first read, and the whole file when its blocks were read in order. Reading
    raises `NotNeucompFile`, `UnsupportedError` and `CorruptDataError`.

    Writing codes a block as soon as it is full, with the `level`, `model` and `threads` of `compress`, which are no
    arguments for reading (`ValueError`). It needs a path where a regular file is or can be (`OSError`). The file
    appears at `path` on `close`; if the `with` block ends with an exception, or the object is dropped without being
    closed, nothing appears.

    >>> import neucomp, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "lines.neu")
    >>> with neucomp.open(path, "wb") as file:
    ...     for number in range(1000):
    ...         _ = file.write(b"line %d\\n" % number)
    >>> with neucomp.open(path) as file:
    ...     _ = file.seek(-9, os.SEEK_END)
    ...     file.read()
    b'line 999\\n'
    """
    kind = mode.removesuffix("b")
    if kind == "r":
        if (level, model, threads) != (None, None, None):
            raise ValueError("level, model and threads are for writing; a file that is read names its own")
        return io.BufferedReader(BlockReader(path), BUFFER_SIZE)
    if kind not in ("w", "x"):
        raise ValueError(f"the mode must be 'rb', 'wb' or 'xb', got {mode!r}")
    if not isinstance(path, str | os.PathLike):
        raise TypeError("writing needs a path; compress_stream writes to open files")
    return BlockWriter(
        path,
        level=5 if level is None else level,
        model="bytes" if model is None else model,
        threads=1 if threads is None else threads,
        exclusive=kind == "x",
    )


class BlockReader(io.RawIOBase):
    """The raw file below `open(path)`: decodes blocks as they are needed and keeps the last `KEPT_BLOCKS`."""

    def __init__(self, path: str | os.PathLike[str] | BinaryIO) -> None:
        self._owned: BinaryIO | None = None
        if isinstance(path, str | os.PathLike):
            file = self._owned = cast(BinaryIO, builtins.open(path, "rb"))
        elif hasattr(path, "seek"):
            file = path
        else:
            raise TypeError(f"reading needs a path or a seekable binary file, not {type(path).__name__}")
        self.name = getattr(file, "name", None)
        try:
            self._index = read_index(file)
            format_by_id(self._index.header.format_id)
        except BaseException:
            self.close()
            raise
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._checked_stored: set[int] = set()
        self._hash = hashlib.sha256()
        self._hashed_blocks = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to `offset` bytes of the original from its beginning, from here or from its end, and return where that
        is; behind the end there is nothing to read."""
        self._check_open()
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._index.original_size}
        if whence not in base:
            raise ValueError(f"whence must be 0, 1 or 2, got {whence}")
        if base[whence] + offset < 0:
            raise ValueError("cannot seek before the beginning")
        self._position = base[whence] + offset
        return self._position

    def tell(self) -> int:
        """Return the position in the original."""
        self._check_open()
        return self._position

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read at most to the end of the current block and return how many bytes that were, 0 at the end."""
        self._check_open()
        view = memoryview(buffer).cast("B")
        if self._position >= self._index.original_size or not view:
            return 0
        number = self._index.find(self._position)
        begin = self._position - self._index.starts[number]
        size = min(len(view), self._index.entries[number].original_size - begin)
        view[:size] = self._part(number, begin, size)
        self._position += size
        return size

    def close(self) -> None:
        """Close the file, unless it was the caller's."""
        if self._owned is not None:
            self._owned.close()
        super().close()

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on a closed file")

    def _part(self, number: int, begin: int, size: int) -> bytes:
        """Return a part of one block, from memory, or from the file for stored blocks that are too big for it."""
        entry = self._index.entries[number]
        if entry.original_size > MAX_CODED_SIZE:
            self._check_big(number)
            return self._index.stored_range(number, begin, size)
        if number not in self._blocks:
            self._blocks[number] = self._load(number)
            if len(self._blocks) > KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(number)
        return self._blocks[number][begin : begin + size]

    def _load(self, number: int) -> bytes:
        if self._index.entries[number].stored:
            block = b"".join(piece.data for piece in self._index.stored(number))
        else:
            block = decode_item(self._index.header, self._index.coded(number), lambda symbols: None)
        self._follow(number, [block])
        return block

    def _check_big(self, number: int) -> None:
        """Read through a big stored block once for its checksum, before any of it is given out."""
        if number not in self._checked_stored:
            self._follow(number, (piece.data for piece in self._index.stored(number)))
            self._checked_stored.add(number)

    def _follow(self, number: int, parts: Iterable[bytes]) -> None:
        """Hash the blocks as long as they come in order: blocks that were exchanged show in the hash only."""
        hashed = self._hash.copy()
        for part in parts:
            hashed.update(part)
        if number != self._hashed_blocks:
            return
        last = number == len(self._index.entries) - 1
        if last and self._index.digest not in (None, hashed.digest()[:DIGEST_SIZE]):
            raise CorruptDataError("the decoded data do not have the SHA-256 of the original")
        self._hash = hashed
        self._hashed_blocks += 1


class BlockWriter(io.BufferedIOBase):
    """The file that `open(path, "wb")` gives: `write`, then `close` to put it in place or `discard` to forget it."""

    def __init__(self, path: str | os.PathLike[str], *, level: int, model: str, threads: int, exclusive: bool) -> None:
        self.name = os.fspath(path)
        self._started = False
        encoder = find_model(model)
        level = check_level(level)
        _check_place(self.name, exclusive)
        self._block_size = encoder.block_size(level)
        threads = choose_threads(threads, encoder, level, self._block_size, None)

        def work(block: bytes, tick: Tick) -> tuple[bytes, bytes | None]:
            return block, encode_block(encoder, block, level, tick)

        self._buffer = bytearray()
        self._position = 0
        self._exclusive = exclusive
        # A link stays a link: the file that it points to is replaced.
        self._path = os.path.realpath(path)
        self._temporary = os.path.join(os.path.dirname(self._path), f".neucomp-{secrets.token_hex(8)}.tmp")
        if exclusive:
            # An empty file reserves the name until the real one replaces it.
            builtins.open(self._path, "xb").close()
        try:
            self._file = builtins.open(self._temporary, "xb")
        except BaseException:
            self._forget_name()
            raise
        self._workers = InOrder(work, threads, lambda symbols: None)
        self._started = True
        try:
            if not exclusive and os.path.exists(self._path):
                os.chmod(self._temporary, os.stat(self._path).st_mode & 0o777)
            self._writer = open_writer(self._file, header_for(encoder, level))
        except BaseException:
            self.discard()
            raise

    def writable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return how many original bytes were written."""
        self._check_open()
        return self._position

    def write(self, data: "ReadableBuffer", /) -> int:
        """Take all of `data`. An error here (a full disk, Ctrl-C) discards the file."""
        self._check_open()
        view = memoryview(data)
        rest = view.cast("B") if view.c_contiguous and view.nbytes else memoryview(view.tobytes())
        size = len(rest)
        try:
            while rest:
                room = self._block_size - len(self._buffer)
                self._buffer += rest[:room]
                rest = rest[room:]
                if len(self._buffer) == self._block_size:
                    self._put_block()
        except BaseException:
            self.discard()
            raise
        self._position += size
        return size

    def close(self) -> None:
        """Write what is left and put the file in place. Closing again does nothing."""
        if self.closed:
            return
        try:
            if self._buffer:
                self._put_block()
            for original, payload in self._workers.drain():
                self._writer.add(original, payload)
            self._writer.finish()
            self._file.close()
            os.replace(self._temporary, self._path)
            self._exclusive = False
        finally:
            self.discard()

    def discard(self) -> None:
        """Forget the file: nothing appears at the path, what was there before stays. After `close` it does nothing."""
        if self.closed:
            return
        self._workers.__exit__(None, None, None)
        self._file.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._temporary)
        self._forget_name()
        super().close()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def __del__(self) -> None:
        if self._started:
            self.discard()

    def _put_block(self) -> None:
        block = bytes(self._buffer)
        self._buffer.clear()
        for original, payload in self._workers.put(block):
            self._writer.add(original, payload)

    def _forget_name(self) -> None:
        if self._exclusive:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on a closed file")


def _check_place(path: str, exclusive: bool) -> None:
    """Raise what speaks against a file at `path` that shows now: on `close` it would replace a device or a pipe."""
    if not path:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    if exclusive or not os.path.exists(path):
        return
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not os.path.isfile(path):
        raise OSError(errno.EINVAL, "not a regular file; compress_stream writes to open files", path)
