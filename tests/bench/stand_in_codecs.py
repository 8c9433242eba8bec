"""Codecs that do not do what they should, found by the harness as `stand_in_codecs:NAME`."""

import os
import signal
import time
from pathlib import Path
from typing import Any

from neucomp.bench import Codec, Unsuited

FOLDER = Path(__file__).parent


def _version() -> str:
    return "stand-in 1"


def _sleep(data: bytes) -> bytes:
    time.sleep(60)
    return data


def _die(data: bytes) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return data


def _fill(data: bytes) -> bytes:
    return data * 1000


def _refuse(data: bytes) -> bytes:
    raise Unsuited("too ordinary")


def _absent() -> str:
    raise ImportError("needs something else")


def _same(data: Any) -> Any:
    return data


GOOD = Codec("stand_in_codecs:GOOD", "good", _version, _same, _same, model_bytes=1000)
SHORT = Codec("stand_in_codecs:SHORT", "short", _version, _same, lambda blob: blob[:-1])
FLIPPED = Codec("stand_in_codecs:FLIPPED", "flipped", _version, _same, lambda blob: bytes([blob[0] ^ 1]) + blob[1:])
TEXT = Codec("stand_in_codecs:TEXT", "text", _version, _same, lambda blob: "text")
DIES = Codec("stand_in_codecs:DIES", "dies", _version, _die, _same)
SLEEPS = Codec("stand_in_codecs:SLEEPS", "sleeps", _version, _sleep, _same)
FILLS = Codec("stand_in_codecs:FILLS", "fills", _version, _fill, _same)
REFUSES = Codec("stand_in_codecs:REFUSES", "refuses", _version, _refuse, _same)
ABSENT = Codec("stand_in_codecs:ABSENT", "absent", _absent, _same, _same)
RANDOM = Codec("stand_in_codecs:RANDOM", "random", _version, lambda data: os.urandom(8) + data, lambda blob: blob[8:])


def _with_model(blob: bytes) -> bytes:
    assert FOLDER.joinpath("model.txt").read_text()
    return blob


MODELLED = Codec(
    "stand_in_codecs:MODELLED", "modelled", _version, _same, _with_model, model_bytes=100, model_folder=lambda: FOLDER
)
