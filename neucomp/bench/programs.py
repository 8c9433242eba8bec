"""Codecs that are programs of their own, from a template of their command lines.

    mine=mycodec c {in} {out}@@mycodec d {in} {out}

`{in}` and `{out}` stand for files. Without `{in}` the program reads standard input, without `{out}` its standard output
is taken: `gz=gzip -9@@gzip -d`. No shell is involved. The input has the suffix of the file that is measured, and so has
the output when decoding, as some programs go by it. `image:` or `audio:` before the name keeps the codec to such files,
of which it must then give back the pixels or samples, if not the bytes:

    image:cjxl=cjxl -d 0 {in} {out}@@djxl {in} {out}
"""

import hashlib
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, cast

from neucomp.bench.codec import KINDS, Codec, Kind, ProgramFailed

TEMPLATE = re.compile(r"(?:(bytes|image|audio):)?([^=@\s:]+)=(.+?)@@(.+)", re.DOTALL)
SUFFIX_OF_BLOB = ".bin"


def parse_template(text: str) -> Codec:
    """The codec of a template; ValueError if it is none. Its name is the whole text, by which it is found again."""
    found = TEMPLATE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not NAME=PROGRAM ... {{in}} {{out}}@@PROGRAM ... {{in}} {{out}}")
    kind, label, encode, decode = found.groups()
    only: Iterable[Kind] = [cast(Kind, kind)] if kind else KINDS
    return program_codec(text, label, encode, decode, only, lambda: _identity(shlex.split(encode)[0]))


def program_codec(
    name: str, label: str, encode: str, decode: str, only: Iterable[Kind], version: Callable[[], str]
) -> Codec:
    """A codec that runs `encode` and `decode`; `version` is asked once both programs were found."""

    def checked_version() -> str:
        for command in (encode, decode):
            program = shlex.split(command)[0]
            if shutil.which(program) is None:
                raise ImportError(f"needs the program {program}")
        return version()

    def compress(data: bytes, suffix: str = "") -> bytes:
        return _run(encode, data, suffix, SUFFIX_OF_BLOB)

    def decompress(blob: bytes, suffix: str = "") -> bytes:
        return _run(decode, blob, SUFFIX_OF_BLOB, suffix)

    return Codec(name, label, checked_version, compress, decompress, only=frozenset(only), in_process=False)


def _run(template: str, data: bytes, suffix_in: str, suffix_out: str) -> bytes:
    """What the program makes of `data`; ProgramFailed if it ends with an error or writes nothing."""
    with tempfile.TemporaryDirectory(prefix="neucomp-bench-") as folder:
        source, target = Path(folder, f"in{suffix_in}"), Path(folder, f"out{suffix_out}")
        source.write_bytes(data)
        words = [word.replace("{in}", str(source)).replace("{out}", str(target)) for word in shlex.split(template)]
        with open(source, "rb") as stdin, open(Path(folder, "stdout"), "w+b") as stdout:
            taken: IO[bytes] | int = subprocess.DEVNULL if "{in}" in template else stdin
            done = subprocess.run(words, stdin=taken, stdout=stdout, stderr=subprocess.PIPE)
            if done.returncode < 0:
                raise ProgramFailed(f"{words[0]} was killed by signal {-done.returncode}")
            if done.returncode > 0:
                lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
                raise ProgramFailed(f"{words[0]} ended with {done.returncode}: {lines[-1]}")
            if "{out}" not in template:
                stdout.seek(0)
                return stdout.read()
        if not target.exists():
            raise ProgramFailed(f"{words[0]} wrote nothing to {{out}}")
        return target.read_bytes()


def _identity(program: str) -> str:
    """A program's name and a hash of its file, so that results of another build are never taken for equal."""
    path = Path(shutil.which(program) or program)
    return f"{path.name} ({hashlib.sha256(path.read_bytes()).hexdigest()[:8]})"


def _first_line(*command: str) -> Callable[[], str]:
    """A version as a program prints it."""

    def version() -> str:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
        return next(iter(done.stdout.strip().splitlines()), command[0])

    return version


PROGRAM_CODECS = (
    program_codec(
        "wavpack",
        "WavPack -hhx6",
        "wavpack -q -y -hh -x6 {in} -o {out}",
        "wvunpack -q -y {in} -o {out}",
        {"audio"},
        _first_line("wavpack", "--version"),
    ),
    program_codec(
        "flac-ep",
        "FLAC -8 -e -p",
        "flac --silent --force -8 -e -p --no-padding --no-seektable {in} -o {out}",
        "flac --silent --force -d {in} -o {out}",
        {"audio"},
        _first_line("flac", "--version"),
    ),
    program_codec(
        "flif",
        "FLIF -e",
        "flif -e --overwrite {in} {out}",
        "flif -d --overwrite {in} {out}",
        {"image"},
        _first_line("flif", "--version"),
    ),
)
