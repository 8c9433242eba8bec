"""How runs begin: new, from the weights of a network, or from a checkpoint."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from neucomp.errors import CorruptDataError
from neucomp.train.backend import find_device
from neucomp.train.checkpoint import load_checkpoint
from neucomp.train.kinds import KINDS
from neucomp.train.loop import Run, checkpoint_path
from neucomp.train.settings import Schedule
from neucomp.train.sources import Source
from neucomp.train.training import AnyNetwork, Config

_log = logging.getLogger(__name__)


def new_run(
    output: Path,
    sources: Sequence[Source],
    begin: Config | AnyNetwork,
    settings: Schedule,
    *,
    validation: Sequence[Source] = (),
    device: str = "cpu",
    threads: int = 0,
    compiling: bool = True,
) -> Run:
    """A run that has not begun.

    begin: sizes of a network, or one whose weights to begin with. settings: of the same kind. threads: on the CPU, 0
    for torch's own choice. compiling: compile the network where torch can. ValueError or OSError if the data will not
    do, UnsupportedError if the device is not there.
    """
    chosen = _set_up(device, threads)
    config = begin if isinstance(begin, Config) else begin.config
    kind = next(each for each in KINDS.values() if isinstance(config, each.config))
    data = kind.read_data(sources, settings, validation)
    training = kind.new_training(config, settings, chosen, compiling=compiling)
    if not isinstance(begin, Config):
        training.begin_with(begin)
    return Run(kind, training, data, output)


def resumed_run(
    output: Path,
    sources: Sequence[Source],
    bytes_seen: int | None = None,
    *,
    kind: str | None = None,
    validation: Sequence[Source] = (),
    device: str = "cpu",
    threads: int = 0,
    compiling: bool = True,
) -> Run:
    """The run that the checkpoint beside `output` holds, with another number of bytes to see if one is given.

    kind: what the run's must be, one of `KINDS`. Raises what `new_run` does, ValueError for another kind, and
    CorruptDataError if the checkpoint is damaged.
    """
    chosen = _set_up(device, threads)
    checkpoint = load_checkpoint(checkpoint_path(output))
    settings = replace(checkpoint.settings, bytes_seen=bytes_seen or checkpoint.settings.bytes_seen)
    found = KINDS[checkpoint.kind]
    if kind not in (None, found.name):
        raise ValueError(f"{checkpoint_path(output)} is of a run with --kind {found.name}")
    data = found.read_data(sources, settings, validation)
    if data.digest != checkpoint.data_digest:
        _log.warning("the data are not those that the run began with")
    training = found.new_training(checkpoint.config, settings, chosen, compiling=compiling)
    try:
        training.from_dict(checkpoint.training)
    except (KeyError, ValueError, RuntimeError) as error:
        raise CorruptDataError(f"the checkpoint does not fit its own network: it is damaged ({error!r:.200})") from None
    return Run(found, training, data, output, checkpoint.history)


def _set_up(device: str, threads: int) -> torch.device:
    if threads:
        torch.set_num_threads(threads)
    return find_device(device)
