"""How runs begin: new, from the weights of a network, or from a checkpoint."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from neucomp.errors import CorruptDataError
from neucomp.nets.transformer import TransformerConfig
from neucomp.nets.weights import Network
from neucomp.train.backend import find_device
from neucomp.train.checkpoint import load_checkpoint
from neucomp.train.corpus import Source, read_corpus
from neucomp.train.export import import_weights
from neucomp.train.loop import Run, checkpoint_path
from neucomp.train.settings import Settings
from neucomp.train.training import Training

_log = logging.getLogger(__name__)


def new_run(
    output: Path,
    sources: Sequence[Source],
    begin: TransformerConfig | Network,
    settings: Settings,
    *,
    validation: Sequence[Source] = (),
    device: str = "cpu",
    threads: int = 0,
    compiling: bool = True,
) -> Run:
    """A run that has not begun.

    begin: sizes of a network, or one whose weights to begin with. threads: on the CPU, 0 for torch's own choice.
    compiling: compile the network where torch can. ValueError or OSError if the data will not do, UnsupportedError if
    the device is not there.
    """
    chosen = _set_up(device, threads)
    corpus = read_corpus(sources, settings.length, settings.seed, validation)
    config = begin if isinstance(begin, TransformerConfig) else begin.config
    training = Training(config, settings, chosen, compiling=compiling)
    if isinstance(begin, Network):
        import_weights(begin, training.model, training.tables)
    return Run(training, corpus, output)


def resumed_run(
    output: Path,
    sources: Sequence[Source],
    bytes_seen: int | None = None,
    *,
    validation: Sequence[Source] = (),
    device: str = "cpu",
    threads: int = 0,
    compiling: bool = True,
) -> Run:
    """The run that the checkpoint beside `output` holds, with another number of bytes to see if one is given.

    Raises what `new_run` does, and CorruptDataError if the checkpoint is damaged.
    """
    chosen = _set_up(device, threads)
    checkpoint = load_checkpoint(checkpoint_path(output))
    settings = replace(checkpoint.settings, bytes_seen=bytes_seen or checkpoint.settings.bytes_seen)
    corpus = read_corpus(sources, settings.length, settings.seed, validation)
    if corpus.digest != checkpoint.corpus_digest:
        _log.warning("the data are not those that the run began with")
    training = Training(checkpoint.config, settings, chosen, compiling=compiling)
    try:
        training.from_dict(checkpoint.training)
    except (KeyError, ValueError, RuntimeError) as error:
        raise CorruptDataError(f"the checkpoint does not fit its own network: it is damaged ({error!r:.200})") from None
    return Run(training, corpus, output, checkpoint.history)


def _set_up(device: str, threads: int) -> torch.device:
    if threads:
        torch.set_num_threads(threads)
    return find_device(device)
