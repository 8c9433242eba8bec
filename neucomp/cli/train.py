"""`neucomp train`."""

import errno
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neucomp.cli import options
from neucomp.cli.console import Console
from neucomp.cli.display import printable
from neucomp.cli.output import refuse_existing
from neucomp.cli.stopping import Stopped, stopping_on_request
from neucomp.errors import UnsupportedError

if TYPE_CHECKING:
    from neucomp.train.loop import Run
    from neucomp.train.sources import Source

DEFAULT_BYTES = 100 << 20


@click.command(name="train", short_help="Train a network on your own files.")
@click.argument("data", metavar="[GROUP=]PATH[:WEIGHT]...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="FILE", type=click.Path(), required=True, help="Write the network to FILE.")
@click.option("-f", "--force", is_flag=True, help="Replace a network that exists, and begin again.")
@click.option(
    "--kind",
    type=click.Choice(["bytes", "image", "audio", "tiles", "gated"]),
    default="bytes",
    show_default=True,
    help="What the network is to predict: bytes of any files, pictures, recordings, or small images (32 x 32), "
    "by PixelCNN++ (tiles) or by a gated PixelCNN.",
)
@click.option(
    "--config",
    type=click.Choice(["tiny", "small", "base", "large"]),
    help="Its sizes; large is for pictures.  [default: base]",
)
@click.option(
    "--bytes-seen",
    callback=options.parse_size,
    metavar="SIZE",
    help="Bytes to read in training, repeated ones included (500K, 200M, 1G); a pixel has three, a sample of sound two."
    "  [default: 100M]",
)
@click.option(
    "--validation",
    metavar="[GROUP=]PATH",
    multiple=True,
    help="Validate a group on these files, and not on a part of its data that is held out.",
)
@click.option("--init", metavar="FILE", type=click.Path(), help="Begin with the weights of this network.")
@click.option("--resume", is_flag=True, help="Go on where a run was interrupted.")
@click.option("--seed", type=click.IntRange(min=0), help="Of all that is random.  [default: 0]")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True, help="Where to train.")
@click.option(
    "-T",
    "--threads",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Threads on the CPU. 0, the default, is as many as torch sees fit.",
)
@options.verbosity
@click.pass_context
def command(
    ctx: click.Context,
    data: tuple[str, ...],
    output: str,
    force: bool,
    kind: str,
    config: str | None,
    bytes_seen: int | None,
    validation: tuple[str, ...],
    init: str | None,
    resume: bool,
    seed: int | None,
    device: str,
    threads: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Train a network on files and folders, on pictures or on recordings, and write its weights to FILE.

    A PATH is a group of data of its own, or one of several of a GROUP. WEIGHT is the group's share in what is read,
    next to those of the others; without weights, it goes by size. Progress is in bits per byte, for each exit of the
    network. Ctrl-C saves and stops; --resume goes on. FILE.checkpoint and the learning curve, FILE.png, are beside it.
    """
    if resume and (config or init or seed is not None or force):
        raise click.UsageError("--resume goes on with the run as it was: no --config, --init, --seed or -f")
    if config and init:
        raise click.UsageError("--init takes the sizes of the network that it begins with: no --config")
    if config == "large" and kind != "image":
        raise click.UsageError("--config large is for pictures (--kind image)")
    if bytes_seen == 0:
        raise click.UsageError("--bytes-seen must be above 0")
    sources, held_out = [_parse(text) for text in data], [_parse(text) for text in validation]
    console = Console(quiet, verbose)
    stopped = 0

    def prepare() -> "Run":
        _require_torch()
        from neucomp.train.kinds import KINDS
        from neucomp.train.start import new_run, resumed_run

        path = Path(output)
        _check_output(path, force, resume)
        chosen = KINDS[kind]
        begin = chosen.load_network(Path(init)) if init else chosen.configs[config or "base"]
        common: dict[str, Any] = {"validation": held_out, "device": device, "threads": threads}
        try:
            if resume:
                return resumed_run(path, sources, bytes_seen, kind=kind, **common)
            settings = chosen.settings(bytes_seen or DEFAULT_BYTES, seed=seed or 0)
            return new_run(path, sources, begin, settings, **common)
        except ValueError as error:
            raise click.UsageError(str(error)) from None

    with console:
        try:
            run = prepare()
            with (
                console.progress("training", run.training.settings.total_bytes) as tick,
                stopping_on_request() as requested,
            ):
                advance = tick or (lambda count: None)
                advance(run.training.bytes_seen)
                network = run.go(requested, advance)
            if network:
                console.note(f"{printable(output)}: network {network.identity.hex()}")
            else:
                console.warn(output, "stopped and saved; the same command with --resume goes on")
                stopped = requested()
        except click.ClickException:
            raise
        except Exception as error:
            console.fail(output, error)
    if stopped:
        raise Stopped(stopped)
    ctx.exit(console.exit_code)


def _parse(text: str) -> "Source":
    """A source of data from the command line; without a group's name, the last part of the path is it."""
    from neucomp.train.sources import Source

    found = re.fullmatch(r"(?:(?P<group>[\w.+-]+)=)?(?P<path>.+?)(?::(?P<weight>[0-9]*\.?[0-9]+))?", text, re.DOTALL)
    if found is None:
        raise click.UsageError(f"{printable(text)!r} is not [GROUP=]PATH[:WEIGHT]")
    path = Path(found["path"])
    group = found["group"] or printable(path.resolve().name) or "data"
    return Source(group, path, float(found["weight"]) if found["weight"] else None)


def _require_torch() -> None:
    if find_spec("torch") is None:
        raise UnsupportedError("training needs torch, which is not installed here: pip install torch")


def _check_output(path: Path, force: bool, resume: bool) -> None:
    """Meets before the training, not after it, what would keep its results from being written."""
    from neucomp.train.loop import checkpoint_path

    refuse_existing(str(path), force)
    if not os.path.isdir(path.parent):
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
    checkpoint = str(checkpoint_path(path))
    if resume and not os.path.exists(checkpoint):
        raise FileNotFoundError(errno.ENOENT, "there is no such checkpoint to resume", checkpoint)
    if not resume and not force and os.path.exists(checkpoint):
        raise FileExistsError(errno.EEXIST, "is of a run that --resume continues (use -f to begin again)", checkpoint)
