"""`neucomp bench`."""

import os
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from neucomp.cli.console import Console
from neucomp.cli.display import printable
from neucomp.cli.exits import Exit
from neucomp.cli.source import files_below, is_folder
from neucomp.cli.stopping import raise_if_stopped
from neucomp.errors import UnsupportedError

if TYPE_CHECKING:
    from neucomp.bench import Result


@click.command(name="bench", short_help="Measure codecs on files.")
@click.argument("paths", metavar="PATH...", nargs=-1, type=click.Path())
@click.option(
    "--codecs",
    metavar="NAME,...",
    help="Codecs to measure; --list has their names. neucomp-9, neucomp:bytes-3-T2 and neucomp:transformer@cuda are "
    "levels, models, threads and devices of neucomp, module:attribute is a codec of your own.  [default: all]",
)
@click.option(
    "--extra",
    metavar="TEMPLATE",
    multiple=True,
    help="A program to measure, too: 'NAME=PROGRAM c {in} {out}@@PROGRAM d {in} {out}'.",
)
@click.option(
    "--repeat",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Code each file N times; times are the median.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=3600,
    show_default=True,
    help="Give a codec up that takes longer for a file, in one direction.",
)
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(),
    help="Keep results in FILE as they come. What is in it already is not measured again.",
)
@click.option("--csv", "csv_file", metavar="FILE", type=click.Path(), help="Write results as comma-separated values.")
@click.option("--html", "html_file", metavar="FILE", type=click.Path(), help="Write a page with tables and plots.")
@click.option("--plots", metavar="FOLDER", type=click.Path(), help="Write the plots as PNG.")
@click.option("--markdown", is_flag=True, help="Print the tables in Markdown.")
@click.option(
    "--determinism",
    is_flag=True,
    help="Check instead that files are coded to the same bytes with other threads, libraries and processors; "
    "--codecs is neucomp-5 then.",
)
@click.option("--list", "listing", is_flag=True, help="List the codecs, and what those that are not here need.")
@click.option("-q", "--quiet", is_flag=True, help="Only tables and errors.")
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    codecs: str | None,
    extra: tuple[str, ...],
    repeat: int,
    timeout: float,
    json_file: str | None,
    csv_file: str | None,
    html_file: str | None,
    plots: str | None,
    markdown: bool,
    determinism: bool,
    listing: bool,
    quiet: bool,
) -> None:
    """Measure codecs on files, and on the files in folders: sizes, speeds, memory.

    Every file is encoded by one process and decoded by another, and what comes out is compared with the original, by
    bytes, pixels or samples. A codec that fails is a line that says so; the exit code is 1 then.
    """
    if not paths and not listing:
        raise click.UsageError("Missing argument 'PATH...'")
    if determinism and (repeat > 1 or any((json_file, csv_file, html_file, plots))):
        raise click.UsageError("--determinism goes with --codecs, --extra, --timeout, --markdown and -q")
    sys.path.append(os.getcwd())  # where codecs of one's own may be; last, so that files there hide no library
    console = Console(quiet, verbose=False)
    with console:
        try:
            _require("rich", *(["matplotlib"] if html_file or plots else []))
            names = _names(codecs, extra, determinism)
            if listing:
                _list(names)
            elif determinism:
                _check(list(_files(paths, console)), names, timeout, markdown, console)
            else:
                results = _measure(list(_files(paths, console)), names, repeat, timeout, json_file, console)
                _write(results, csv_file, html_file, plots)
                _print(results, markdown)
        except click.ClickException:
            raise
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        except Exception as error:
            raise_if_stopped(error)
            console.fail(json_file or "bench", error)
    ctx.exit(console.exit_code)


def _require(*libraries: str) -> None:
    missing = [library for library in libraries if find_spec(library) is None]
    if missing:
        raise UnsupportedError(f"needs {' and '.join(missing)}: pip install 'neucomp[bench]'")


def _names(codecs: str | None, extra: Sequence[str], determinism: bool) -> list[str]:
    """The codecs that the command line names; ValueError for a template that is none, or a codec of no such name."""
    from neucomp.bench import DEFAULT, find_codec
    from neucomp.bench.programs import parse_template

    named = [name.strip() for name in codecs.split(",")] if codecs else []
    programs = [parse_template(template).label for template in extra]
    for name in programs:
        if programs.count(name) > 1:
            raise ValueError(f"--extra: two programs have the name {name!r}; rename one")
    for name in named:
        if ":" not in name or name.startswith("neucomp:"):  # what a module may raise is reported when it is used
            find_codec(name)
    if named or (extra and determinism):
        return [*named, *extra]
    return ["neucomp-5"] if determinism else [*DEFAULT, *extra]


def _files(paths: Sequence[str], console: Console) -> Iterator[str]:
    for path in paths:
        if is_folder(path):
            yield from files_below(path, lambda name: True, partial(console.fail, path))
        else:
            yield path


def _list(names: Sequence[str]) -> None:
    """One line for each codec: name, what it is called in tables, which files it is for, version or what is missing."""
    from neucomp.bench import find_codec
    from neucomp.bench.codec import KINDS
    from neucomp.bench.terminal import explain_missing

    for name in names:
        try:
            codec = find_codec(name)
            kinds = [kind for kind in KINDS if codec.suits(kind)]
            what: str = "any file" if len(kinds) > 1 else kinds[0]
            state = codec.version()
        except Exception as error:  # of anybody's module
            what, state = "", f"not here: {explain_missing(error)}"
        click.echo(f"{name:<12} {what:<9} {state}")


def _measure(
    files: Sequence[str], names: Sequence[str], repeat: int, timeout: float, json_file: str | None, console: Console
) -> "list[Result]":
    from neucomp.bench import DEFAULT, ResultsFile, run
    from neucomp.bench.terminal import describe, explain_missing, progress

    kept = ResultsFile(Path(json_file)) if json_file else None
    with progress(sys.stderr, len(files) * len(names), console.quiet) as (begin, end):

        def report(result: "Result", known: bool) -> None:
            if result.status not in ("ok", "unsuited"):
                console.exit_code = max(console.exit_code, Exit.SYSTEM)
            end(describe(result) + (f" (in {json_file})" if known else ""))

        def missing(name: str, error: Exception) -> None:
            line = f"{name}: left out: {explain_missing(error)}"
            if name not in names:  # a file
                console.fail(name, error)
            elif console.quiet and name not in DEFAULT:  # somebody has named it
                click.echo(line, err=True)
            else:
                end(line)

        return run(
            files, names, repeat=repeat, timeout_s=timeout, results=kept, before=begin, after=report, missing=missing
        )


def _check(files: Sequence[str], names: Sequence[str], timeout: float, markdown: bool, console: Console) -> None:
    from neucomp.bench.determinism import Check, check, check_table
    from neucomp.bench.terminal import show_table

    def report(done: Check) -> None:
        if done.outcome in ("differs", "failed"):
            console.exit_code = max(console.exit_code, Exit.SYSTEM)
        if not console.quiet:
            click.echo(f"{printable(done.file)}: {done.codec}: {done.variant}: {done.outcome} {done.detail}", err=True)

    checks = check(files, names, timeout_s=timeout, after=report)
    show_table(check_table(checks), sys.stdout, markdown)


def _write(results: "Sequence[Result]", csv_file: str | None, html_file: str | None, plots: str | None) -> None:
    if csv_file:
        from neucomp.bench.results import write_csv

        with open(csv_file, "w", encoding="utf-8", newline="") as file:
            write_csv(results, file)
    if html_file:
        from neucomp.bench.page import page

        Path(html_file).write_text(page(results), encoding="utf-8")
    if plots:
        from neucomp.bench.plots import save_pictures

        save_pictures(results, Path(plots))


def _print(results: "Sequence[Result]", markdown: bool) -> None:
    from neucomp.bench.terminal import show

    show(results, sys.stdout, markdown)
