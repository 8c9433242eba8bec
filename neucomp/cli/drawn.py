"""What `neucomp sample` and `neucomp complete` share: their options, and where samples go."""

import io
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from neucomp.cli import options
from neucomp.cli.console import Console
from neucomp.cli.network import find_network
from neucomp.cli.output import STREAM, binary, is_terminal, open_output, refuse_terminal
from neucomp.cli.stopping import raise_if_stopped
from neucomp.drawing import drawing_model
from neucomp.models import ALONE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Command = Callable[..., Any]

_TEXT = ".txt"


def model_argument(command: Command) -> Command:
    """The model to draw from."""
    return click.argument("model", type=click.Choice(list(ALONE)))(command)


def drawing(command: Command) -> Command:
    """How samples are drawn, and where they go."""
    for option in (
        click.option("-f", "--force", is_flag=True, help="Replace an output file that exists; write to a terminal."),
        click.option(
            "-o",
            "--output",
            metavar="FILE",
            type=click.Path(),
            default=STREAM,
            help="Write to FILE; one that ends in .npy gets the symbols as an array. Without it, to standard output.",
        ),
        click.option(
            "--seed", type=click.IntRange(min=0), help="The same samples for the same number.  [default: any]"
        ),
        click.option(
            "--temperature",
            type=click.FloatRange(min=0, min_open=True),
            default=1.0,
            show_default=True,
            help="1 draws as the model says; below 1, likely symbols more often; above, less.",
        ),
    ):
        command = option(command)
    return options.device(options.weights(command))


def parse_sizes(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, ...]:
    """The numbers that 500 or 32x48 stand for."""
    if value is None:
        return ()
    if not re.fullmatch(r"[0-9]{1,9}(x[0-9]{1,9})*", value):
        raise click.BadParameter(f"{value!r} is not a size such as 500 or 32x48", ctx, param)
    return tuple(map(int, value.split("x")))


def write_samples(
    ctx: click.Context,
    console: Console,
    name: str,
    model: str,
    output: str,
    force: bool,
    weights: str | None,
    draw: Callable[..., "NDArray[np.uint8]"],
) -> None:
    """Draws samples and writes them, and ends the command with an exit code. name: for messages. draw: gets `network`
    and `tick`."""
    network = find_network(weights)
    with console:
        try:
            shown = drawing_model(model)
            is_text = shown.suffix == _TEXT
            if output == STREAM and not is_text:
                refuse_terminal(force)
            with console.progress("drawing", None) as tick:
                samples = draw(network=network, tick=tick)
            data = _as_array(samples) if output.endswith(".npy") else shown.present(samples)
            if output == STREAM and is_text and is_terminal(sys.stdout):
                click.echo(_for_terminal(data))
            elif output == STREAM:
                binary(sys.stdout, "standard output").write(data)
            else:
                with open_output(output, None, force=force) as target:
                    target.write(data)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        except BrokenPipeError:
            raise
        except Exception as error:
            raise_if_stopped(error)
            console.fail(name, error)
    ctx.exit(console.exit_code)


def _as_array(samples: "NDArray[np.uint8]") -> bytes:
    import numpy as np

    file = io.BytesIO()
    np.save(file, samples, allow_pickle=False)
    return file.getvalue()


def _for_terminal(data: bytes) -> str:
    """Text that cannot steer a terminal."""
    text = data.decode("utf-8", "replace")
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
