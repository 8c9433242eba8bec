"""What compress and decompress have in common: one input, one output, and what becomes of the input."""

import errno
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import click

from neucomp.cli.console import Console
from neucomp.cli.output import STREAM, is_special, open_output, refuse_terminal
from neucomp.cli.source import Source, open_source
from neucomp.codec import Summary

Code = Callable[[Source, BinaryIO], Summary]


@dataclass(frozen=True)
class Transfer:
    """The output options of one command, checked against each other and against the arguments."""

    files: tuple[str, ...]
    output: str | None
    stdout: bool
    force: bool
    keep: bool
    recursive: bool

    def __post_init__(self) -> None:
        if self.output == "":
            raise click.UsageError("-o needs the name of a file, not an empty one")
        if self.output is not None and (self.stdout or self.recursive or len(self.files) > 1):
            raise click.UsageError("-o FILE is for one input; it goes with neither several files, -r nor -c")
        if not self.keep and (self.stdout or self.output == STREAM):
            raise click.UsageError("--rm removes an input whose output is a file; it does not go with standard output")

    def to_stream(self, name: str) -> bool:
        """Whether the result for the input `name` goes to standard output."""
        return self.stdout or self.output == STREAM or (name == STREAM and self.output is None)

    def run(
        self,
        name: str,
        console: Console,
        code: Code,
        derive: Callable[[str], str],
        *,
        compressing: bool,
        readable: bool = False,
    ) -> None:
        """Codes one input into its output.

        code: does the coding. derive: the name of the output from that of the input, where no option says it.
        readable: `code` reads its output back.
        """
        if self.to_stream(name):
            target_name = STREAM
        elif self.output is not None:
            target_name = self.output
        elif is_special(name):
            raise OSError(errno.EINVAL, "is not a regular file (use -o or -c)", name)
        else:
            target_name = derive(name)
        if compressing and target_name == STREAM:
            refuse_terminal(self.force)
        start = time.perf_counter()
        with open_source(name, compressed=not compressing) as source:
            if target_name != STREAM and os.path.exists(target_name) and _same_file(source, target_name):
                raise FileExistsError(errno.EEXIST, "is the input itself", target_name)
            with open_output(
                target_name, source.status, force=self.force, durable=not self.keep, readable=readable
            ) as target:
                summary = code(source, target)
            console.note(_report(source.title, summary, compressing, time.perf_counter() - start))
            if not self.keep and name != STREAM:
                self._remove(source, target_name, console)

    def _remove(self, source: Source, target_name: str, console: Console) -> None:
        if not os.path.isfile(target_name) or source.changed():
            console.warn(source.name, "kept: it changed meanwhile, or it or its output is no regular file")
            return
        os.remove(source.name)


def _same_file(source: Source, path: str) -> bool:
    return source.status is not None and os.path.samestat(source.status, os.stat(path))


def _report(title: str, summary: Summary, compressing: bool, seconds: float) -> str:
    original, compressed = summary.original_size, summary.compressed_size
    before, after = (original, compressed) if compressing else (compressed, original)
    speed = original / 1000 / max(seconds, 1e-3)
    return f"{title}: {before:,} -> {after:,} bytes, {summary.bits_per_byte:.3f} bits per byte, {speed:,.0f} KB/s"
