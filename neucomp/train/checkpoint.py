"""Checkpoints: all that a run needs to go on, in one file that is always whole."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from neucomp.errors import CorruptDataError
from neucomp.train.kinds import KINDS
from neucomp.train.settings import Schedule
from neucomp.train.training import Config

_VERSION = 2


@dataclass(frozen=True)
class Point:
    """Where a run stood at a validation: bits per byte of each exit."""

    bytes_seen: int
    training: list[float]
    """Mean of the steps since the point before."""
    validation: dict[str, list[float]]
    """By group."""


@dataclass
class Checkpoint:
    """A run, as it is kept in a file."""

    kind: str
    """Of the network: a key of `KINDS`."""
    config: Config
    settings: Schedule
    data_digest: str
    training: dict[str, Any]
    """See `Training.to_dict`."""
    history: list[Point] = field(default_factory=list)


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Writes a checkpoint under another name, and replaces the one before when it is on disk."""
    state = {
        "version": _VERSION,
        "kind": checkpoint.kind,
        "config": checkpoint.config.to_json(),
        "settings": checkpoint.settings.to_dict(),
        "data_digest": checkpoint.data_digest,
        "training": checkpoint.training,
        "history": [vars(point) for point in checkpoint.history],
    }
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with open(unfinished, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def load_checkpoint(path: Path) -> Checkpoint:
    """Reads a checkpoint, on the CPU; CorruptDataError if it is damaged or of another version, OSError."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["version"] != _VERSION:
            raise ValueError(f"it is of version {state['version']}, not {_VERSION}")
        kind = KINDS[state["kind"]]
        return Checkpoint(
            kind.name,
            kind.config.from_json(state["config"]),
            kind.settings(**state["settings"]),
            state["data_digest"],
            state["training"],
            [Point(**point) for point in state["history"]],
        )
    except (OSError, MemoryError):
        raise
    except Exception as error:  # torch lets all kinds of errors through when it meets a damaged file
        raise CorruptDataError(f"not a checkpoint that this neucomp can resume, or damaged: {error!r:.200}") from None
