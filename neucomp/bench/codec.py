"""What the harness needs of a codec, and how a codec that is not part of it joins.

Write a module with a `Codec` in it, put it on PYTHONPATH, and name it `module:attribute`:

    # mine.py
    from neucomp.bench import Codec

    CODEC = Codec("mine:CODEC", "mine -3", lambda: "mine 1.0", compress=my_compress, decompress=my_decompress)

    neucomp bench --codecs gzip,mine:CODEC file.txt

Every process of a measurement finds the codec by that name anew, so functions need not be picklable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

Kind = Literal["bytes", "image", "audio"]
"""What a file holds; see `neucomp.bench.contents`."""

KINDS: tuple[Kind, ...] = get_args(Kind)


class Unsuited(Exception):
    """A codec cannot code such contents (four channels, 24 bits, no pixels): no failure, but no figure either."""


class ProgramFailed(Exception):
    """An external program ended with an error; the message is its last line."""


@dataclass(frozen=True)
class Codec:
    """A lossless compressor.

    `compress` returns everything that decoding needs: no length or parameter travels beside the blob. `decompress`
    gives back what went in. What that is depends on `takes`: the bytes of any file for "bytes", a
    `neucomp.bench.contents.Image` for "image", a `Sound` for "audio". A codec of bytes that is `only` for images, or
    only for audio, may give back another file with the same pixels or samples: results say which was compared.
    `version` names the library or program that does the work; it raises ImportError, naming what to install, when that
    is missing.

    A codec that comes with trained weights or a dictionary says so, because somebody has to ship them: `model_bytes`
    is their size where it is known, `model_folder` finds a folder whose files count where decoding opens them.
    """

    name: str  # on the command line and in results
    label: str  # in tables and plots
    version: Callable[[], str]
    compress: Callable[..., bytes]
    decompress: Callable[..., Any]
    takes: Kind = "bytes"
    only: frozenset[Kind] = frozenset(KINDS)  # kinds of files that a codec of bytes is for
    threads: int = 1
    device: str = "cpu"
    model_bytes: int = 0
    model_folder: Callable[[], Path] | None = None
    in_process: bool = True  # False: a call starts a program, which also gets the file's suffix, a second argument

    @property
    def keeps(self) -> tuple[Kind, ...]:
        """What must be the same after decoding: the first of these, or else the next."""
        return (self.takes, *self.only) if len(self.only) == 1 and self.takes == "bytes" else (self.takes,)

    def suits(self, kind: Kind) -> bool:
        """Whether files of this kind are for this codec."""
        return kind in self.only if self.takes == "bytes" else kind == self.takes
