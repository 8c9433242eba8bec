"""Recordings to payloads and back: cut into stretches, which are coded on their own, on any number of threads.

A payload is 16 x the trained start + the level (u8), the number of the WaveNet (u8, 0 for none) and, for each stretch,
the size of its bytes (varint) and the bytes: a plan (see `audio_plan`), then the range coder's bytes, those of rank
maps first. The stretches of a recording are equally long, but for rounding, and so long that what filters have to learn
anew costs little (see `STRETCH`).
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

from neucomp.errors import CorruptDataError, KernelError, UnsupportedError
from neucomp.models.audio_terms import BLOCK
from neucomp.varint import pack_varint, read_varint

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

    from neucomp.kernels.wave_network import WaveStep
    from neucomp.models import Tick
    from neucomp.models.audio_arrangements import Arrangement
    from neucomp.models.audio_coding import AudioCoder
    from neucomp.models.audio_plan import Plan

_HEAD = 2
"""Bytes of a payload before its stretches."""

STRETCH = 1 << 21
"""Most frames of a stretch: 47 s at 44.1 kHz."""

_ROOM = 1 << 12
"""Bytes by which the room for a stretch exceeds the samples as they are."""

_TRIED_PART = 16
"""One frame of as many is coded to choose an arrangement, ..."""

_LEAST_TRIED = 4096
"""... where there are at least so many."""


class _Model(NamedTuple):
    """What a payload begins with."""

    level: int
    start: int
    network: int


def encode_audio(samples: NDArray[np.int32], bits: int, level: int, threads: int, tick: Tick) -> bytes | None:
    """The payload of a recording (frames, channels) with signed samples of 8 to 32 bits; None if nothing is gained.

    `level` is 1 to 9; `tick` is called with numbers of samples.
    """
    from neucomp.models.audio_efforts import EFFORTS
    from neucomp.models.audio_start import start_for
    from neucomp.parallel import InOrder

    model = _Model(level, start_for(level), EFFORTS[level].network)

    def work(bounds: tuple[int, int], tick: Tick) -> bytes | None:
        return _encode_stretch(samples[slice(*bounds)], bits, model, tick)

    with InOrder(work, threads, tick) as workers:
        stretches = [each for bounds in _stretches(len(samples)) for each in workers.put(bounds)]
        stretches += workers.drain()
    payload = [bytes([model.start << 4 | level, model.network])]
    for stretch in stretches:
        if stretch is None:
            return None
        payload += [pack_varint(len(stretch)), stretch]
    return b"".join(payload)


def decode_audio(payload: bytes, shape: tuple[int, int], threads: int, tick: Tick) -> NDArray[np.int32]:
    """The recording (frames, channels); CorruptDataError if `payload` cannot be what `encode_audio` made."""
    import numpy as np

    from neucomp.models.audio_efforts import EFFORTS, NO_NETWORK
    from neucomp.parallel import InOrder

    frames, channels = shape
    first, network = payload[:_HEAD] if len(payload) >= _HEAD else bytes(_HEAD)
    model = _Model(first % 16, first // 16, network)
    if model.level not in EFFORTS or network not in (NO_NETWORK, EFFORTS[model.level].network):
        raise UnsupportedError(
            f"a recording needs level {model.level} and network {network} of the audio model, which this version does "
            "not have: update neucomp, or the file is damaged"
        )
    samples = np.empty(shape, np.int32)
    bounds = _stretches(frames)

    def work(item: tuple[tuple[int, int], bytes], tick: Tick) -> None:
        (first, last), coded = item
        samples[first:last] = _decode_stretch(coded, channels, last - first, model, tick)

    with InOrder(work, threads, tick) as workers:
        for item in zip(bounds, _split(payload, len(bounds)), strict=True):
            workers.put(item)
        workers.drain()
    return samples


def _stretches(frames: int) -> list[tuple[int, int]]:
    """First frame of each stretch, and the one behind its last."""
    count = -(-frames // STRETCH)
    edges = [frames * i // count for i in range(count + 1)]
    return list(itertools.pairwise(edges))


def _split(payload: bytes, count: int) -> list[bytes]:
    """The bytes of each stretch."""
    position = _HEAD

    def byte() -> int:
        nonlocal position
        if position >= len(payload):
            raise CorruptDataError("a recording has fewer stretches than it should: the file is damaged")
        position += 1
        return payload[position - 1]

    stretches = []
    for _ in range(count):
        size = read_varint(byte, "the size of a stretch")
        stretches.append(payload[position : position + size])
        position += size
    if position != len(payload):
        raise CorruptDataError("the stretches of a recording do not add up: the file is damaged")
    return stretches


def _encode_stretch(samples: NDArray[np.int32], bits: int, model: _Model, tick: Tick) -> bytes | None:
    """The bytes of a stretch (frames, channels), or None if they would be more than the samples as they are."""
    import numpy as np

    from neucomp.models.audio_arrangements import Arrangement, arrange
    from neucomp.models.audio_efforts import EFFORTS
    from neucomp.models.audio_plan import find_values, to_ranks
    from neucomp.models.audio_repeats import find_repeats

    planes = np.array(samples.T, order="C")
    maps = [find_values(plane) for plane in planes]
    arrangement = Arrangement.LEFT_RIGHT
    if any(values is not None for values in maps):
        for plane, values in zip(planes, maps, strict=True):
            if values is not None:
                plane[:] = to_ranks(plane, values)
    else:
        arrangement = _choose_arrangement(planes, bits, model.level, tick)
        planes = arrange(planes, arrangement)
    lags = find_repeats(planes, tick) if EFFORTS[model.level].repeat_taps else None
    return _encode_signals(planes, arrangement, maps, lags, bits, model, tick)


def _choose_arrangement(planes: NDArray[np.int32], bits: int, level: int, tick: Tick) -> Arrangement:
    """The arrangement of two channels that makes an excerpt smallest, at the level that is quick enough to try them."""
    from neucomp.models.audio_arrangements import Arrangement, arrange, arrangements_for
    from neucomp.models.audio_efforts import EFFORTS, NO_NETWORK
    from neucomp.models.audio_start import start_for

    trial = EFFORTS[level].trial
    frames = min(planes.shape[1] // _TRIED_PART, trial.frames)
    possible = arrangements_for(planes)
    if frames < _LEAST_TRIED or len(possible) == 1:
        return Arrangement.LEFT_RIGHT
    middle = (planes.shape[1] - frames) // 2
    excerpt = planes[:, middle : middle + frames]
    model = _Model(trial.level, start_for(trial.level), NO_NETWORK)

    def size(arrangement: Arrangement) -> float:
        coded = _encode_signals(
            arrange(excerpt, arrangement), arrangement, [None, None], None, bits, model, lambda _: tick(0)
        )
        return math.inf if coded is None else len(coded)

    return min(possible, key=size)


def _encode_signals(
    planes: NDArray[np.int32],
    arrangement: Arrangement,
    maps: list[NDArray[np.int64] | None],
    lags: NDArray[np.int64] | None,
    bits: int,
    model: _Model,
    tick: Tick,
) -> bytes | None:
    """The bytes of a stretch whose signals (channels, frames) are as they are coded; None as in `_encode_stretch`."""
    import numpy as np

    from neucomp.models import audio_plan as plans

    plan = plans.Plan(
        partners=plans.find_partners(planes),
        lowest=planes.min(axis=1).tolist(),
        highest=planes.max(axis=1).tolist(),
        mapped=[values is not None for values in maps],
        arrangement=arrangement,
        repeats=lags is not None,
    )
    kernels = load_audio_kernels()
    payload = np.empty(planes.size * bits // 8 + _ROOM * planes.shape[0], np.uint8)
    state = _new_state(kernels, planes.copy(), plans.find_kinds(planes, plan.partners), plan, lags, model)
    registers = state.coder.registers
    kernels.start_payload(False, registers, payload)
    for values in maps:
        if values is not None and not kernels.code_values(False, registers, payload, kernels.gaps.new_cells(), values):
            return None
    for first in range(0, planes.shape[1], BLOCK):
        last = min(first + BLOCK, planes.shape[1])
        if kernels.code_frames(False, state, payload, first, last) < last:
            return None
        tick((last - first) * planes.shape[0])
    kernels.finish_payload(registers, payload)
    return plans.pack_plan(plan) + payload[: kernels.position(registers)].tobytes()


def _decode_stretch(coded: bytes, channels: int, frames: int, model: _Model, tick: Tick) -> NDArray[np.int32]:
    """The samples (frames, channels) of a stretch."""
    import numpy as np

    from neucomp.models import audio_plan as plans
    from neucomp.models.audio_arrangements import restore

    plan, offset = plans.unpack_plan(coded, channels, frames)
    kernels = load_audio_kernels()
    payload = np.frombuffer(coded, np.uint8, offset=offset).copy()
    planes = np.zeros((channels, frames), np.int32)
    kinds = np.zeros((channels, -(-frames // BLOCK)), np.int64)
    state = _new_state(kernels, planes, kinds, plan, np.zeros_like(kinds[0]) if plan.repeats else None, model)
    registers = state.coder.registers
    kernels.start_payload(True, registers, payload)
    maps = [np.zeros(size, np.int64) for size in plan.map_sizes()]
    for values in maps:
        kernels.code_values(True, registers, payload, kernels.gaps.new_cells(), values)
    for first in range(0, frames, BLOCK):
        last = min(first + BLOCK, frames)
        kernels.code_frames(True, state, payload, first, last)
        if kernels.position(registers) > payload.size + kernels.BYTES_PAST_END:
            raise CorruptDataError("a recording ends before all its samples are decoded: the file is damaged")
        tick((last - first) * channels)
    if kernels.position(registers) != payload.size + kernels.BYTES_PAST_END:
        raise CorruptDataError("a recording has more bytes than its samples need: the file is damaged")
    for plane, values, low in zip(planes, maps, plan.lowest, strict=True):
        if values.size:
            plane[:] = values[plane - low]
    return restore(planes, plan.arrangement).T


def _new_state(
    kernels: ModuleType,
    planes: NDArray[np.int32],
    kinds: NDArray[np.int64],
    plan: Plan,
    lags: NDArray[np.int64] | None,
    model: _Model,
) -> AudioCoder:
    from neucomp.models.audio_efforts import EFFORTS
    from neucomp.models.audio_start import COLD, apply_start, read_start

    network = new_network(model.network, len(planes))
    state: AudioCoder = kernels.new_coder(planes, kinds, *plan[:3], EFFORTS[model.level], network, lags)
    if model.start != COLD:
        apply_start(state.coder, read_start(model.start, model.level))
    return state


def new_network(number: int, channels: int) -> WaveStep | None:
    """A network before the first frame of a stretch, by its number in payloads."""
    from neucomp.models.audio_efforts import NETWORKS, NO_NETWORK
    from neucomp.nets.wave_state import new_wave_step
    from neucomp.nets.wave_weights import bundled_wave_network

    return None if number == NO_NETWORK else new_wave_step(bundled_wave_network(NETWORKS[number]), channels)


def load_audio_kernels() -> ModuleType:
    """The compiled kernels, proven."""
    from neucomp.kernels.cache import load_kernels

    return load_kernels("neucomp.models.audio_coding", _prove)


_PROOF_DIGEST = "58f06b76e393bec4"


def _proof_samples() -> NDArray[np.int32]:
    """Two channels: tones with rough edges, the second nearly the first; integers only."""
    import numpy as np

    t = np.arange(400)
    first = (t * t * 13 % 1009 - 504) * (t > 250) + (abs(t % 48 - 24) - 12) * 300 + t * 7919 % 31
    return np.stack([first, first * 3 // 4 + t * 104729 % 17], axis=1).astype(np.int32)


def _prove(kernels: ModuleType) -> None:
    """Codes a short recording in both directions; KernelError if that gives the wrong answer."""
    import hashlib

    import numpy as np

    from neucomp.models.audio_efforts import EFFORTS
    from neucomp.nets.wave_state import new_wave_step
    from neucomp.nets.wave_weights import proof_wave_network

    planes = np.ascontiguousarray(_proof_samples().T)
    kinds = np.zeros((2, 1), np.int64)
    values = np.unique(planes).astype(np.int64)
    digest = hashlib.sha256()
    payload = np.zeros(planes.nbytes, np.uint8)
    for level in (1, 9):
        for decode in (False, True):
            arguments = [np.zeros_like(each) if decode else each.copy() for each in (planes, kinds, values)]
            ranges = planes.min(axis=1).tolist(), planes.max(axis=1).tolist()
            network = new_wave_step(proof_wave_network(), 2) if level == 9 else None
            lags = (np.zeros(1, np.int64) if decode else np.array([53])) if level == 9 else None
            state = kernels.new_coder(*arguments[:2], [1, 0], *ranges, EFFORTS[level], network, lags)
            registers = state.coder.registers
            kernels.start_payload(decode, registers, payload)
            kernels.code_values(decode, registers, payload, kernels.gaps.new_cells(), arguments[2])
            kernels.code_frames(decode, state, payload, 0, planes.shape[1])
            if not decode:
                kernels.finish_payload(registers, payload)
                payload[kernels.position(registers) :] = 0
            for array in (*arguments, payload):
                digest.update(array.tobytes())
    if digest.hexdigest()[:16] != _PROOF_DIGEST:
        raise KernelError(
            "the compiled kernels of the audio model give a wrong answer on this machine (known answer "
            f"{_PROOF_DIGEST}, got {digest.hexdigest()[:16]}): nothing was written. Please report it with the versions "
            "of numba and llvmlite and the processor"
        )
