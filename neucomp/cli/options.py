"""The options that several commands share, each under the letter that users of gzip, xz and zstd know."""

import re
from collections.abc import Callable
from typing import Any

import click

from neucomp.codec import AUTO
from neucomp.models import ALONE, DEVICES, MODELS

Command = Callable[..., Any]

SIZE_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class LevelFlag(click.Option):
    """One of the flags -1 to -9; the help shows them as one line, at -1."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The line for all nine."""
        return ("-1 ... -9", "From fast to small.  [default: -5]") if self.opts == ["-1"] else None


def parse_size(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """The number, of bytes mostly, that 500, 64K, 100M or 2G stand for, in powers of 1,024."""
    if value is None:
        return None
    size = re.fullmatch(r"([0-9]+)(?:B|([KMGT])(?:I?B)?)?", value.upper())
    if size is None:
        raise click.BadParameter(f"{value!r} is not a size such as 500, 64K, 100M or 2G", ctx, param)
    return int(size[1]) * (SIZE_UNITS[size[2]] if size[2] else 1)


def files(command: Command) -> Command:
    """The arguments: any number of files; none at all means standard input."""
    return click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path())(command)


def levels(command: Command) -> Command:
    """-1 to -9, the last one given wins."""
    for level in range(9, 0, -1):
        command = click.option(f"-{level}", "level", flag_value=level, type=int, default=5, cls=LevelFlag)(command)
    return command


def output(command: Command) -> Command:
    """Where results go and what becomes of the input."""
    for option in (
        click.option("--keep/--rm", "-k/ ", default=True, help="Keep the input (default), or remove it after success."),
        click.option("-f", "--force", is_flag=True, help="Replace output files that exist; write to a terminal."),
        click.option("-c", "--stdout", is_flag=True, help="Write to standard output."),
        click.option("-o", "--output", metavar="FILE", type=click.Path(), help="Write to FILE; - is standard output."),
    ):
        command = option(command)
    return command


def recursive(command: Command) -> Command:
    """-r."""
    return click.option("-r", "--recursive", is_flag=True, help="Work on the files in folders, too.")(command)


def threads(command: Command) -> Command:
    """-T."""
    return click.option(
        "-T",
        "--threads",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Code N blocks at once, which takes N times the memory of one. 0, the default, is as many as there are "
        "cores and as fit into 450 MB together: one for large files at the default level. Results do not depend on it.",
    )(command)


def device(command: Command) -> Command:
    """--device."""
    return click.option(
        "--device",
        type=click.Choice(list(DEVICES)),
        default="cpu",
        show_default=True,
        help="Where a network runs: " + ", ".join(f"{name} is {what}" for name, what in DEVICES.items()) + ". Results "
        "do not depend on it.",
    )(command)


def weights(command: Command) -> Command:
    """--weights."""
    return click.option(
        "--weights",
        metavar="FILE",
        type=click.Path(),
        help="Code with this network (see neucomp train) in place of the one that comes with neucomp; for models that "
        "are a network alone, such as transformer.",
    )(command)


def check_model(model: str) -> None:
    """UsageError for a model that does not exist."""
    if model not in (AUTO, *MODELS):
        raise click.UsageError(f"there is no model {model!r}; there are: {AUTO}, {', '.join(MODELS)}")


def check_weights(weights: str | None, model: str) -> None:
    """UsageError for --weights with a model that takes none."""
    if weights and model not in ALONE:
        raise click.UsageError(f"--weights goes with -m {' or '.join(ALONE)}")


def max_size(command: Command) -> Command:
    """--max-size."""
    return click.option(
        "--max-size",
        callback=parse_size,
        metavar="SIZE",
        help="Give up when more than SIZE would be decoded (500, 64K, 2G).",
    )(command)


def max_samples(command: Command) -> Command:
    """--max-samples."""
    return click.option(
        "--max-samples",
        callback=parse_size,
        metavar="COUNT",
        default="256M",
        show_default=True,
        help="Refuse images and recordings with more samples (pixels or frames times channels; 500, 64K, 2G).",
    )(command)


def max_expanded(command: Command) -> Command:
    """--max-expanded."""
    return click.option(
        "--max-expanded",
        callback=parse_size,
        metavar="SIZE",
        help="Expand deflate streams inside of files up to SIZE in all (500, 64K, 2G). The default is 256M and, when "
        "compressing, no more than 64 times the file, or 4M.",
    )(command)


def verbosity(command: Command) -> Command:
    """-q and -v."""
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Report on each file, also where stderr is no terminal."),
        click.option("-q", "--quiet", is_flag=True, help="Only errors: no progress, no notes."),
    ):
        command = option(command)
    return command
