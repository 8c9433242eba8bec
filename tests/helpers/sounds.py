"""Recordings made by arithmetic, int32."""

import numpy as np

from tests.helpers.specimens import numbers


def noise(frames: int, channels: int, bits: int) -> np.ndarray:
    """White, over the whole range; (frames, channels)."""
    return np.random.default_rng(1).integers(-(1 << bits - 1), 1 << bits - 1, (frames, channels)).astype(np.int32)


def hum(frames: int) -> np.ndarray:
    """Two tones and a little noise; (frames,)."""
    t = np.arange(frames)
    rough = np.random.default_rng(2).normal(size=frames) * 20
    return np.round(8000 * np.sin(t * 0.05) + 3000 * np.sin(t * 0.31) + rough).astype(np.int32)


def chirp(frames: int) -> np.ndarray:
    """A rising tone that gets louder; (frames,)."""
    t = np.arange(frames)
    return np.round(t * np.sin(t * t * 1e-5)).astype(np.int32)


def voices(frames: int, channels: int) -> np.ndarray:
    """Noise through resonances, louder and softer, the channels partly alike; (frames, channels)."""
    random = np.random.default_rng(3)
    source = random.laplace(size=(frames, channels)) * (1 + np.sin(np.arange(frames) / 300)[:, None]) * 120
    source[:, 1:] = 0.2 * source[:, 1:] + source[:, :1]
    sound = np.zeros((frames, channels))
    for t in range(2, frames):
        sound[t] = 1.7 * sound[t - 1] - 0.8 * sound[t - 2] + source[t]
    return np.round(sound).astype(np.int32)


def clicks(frames: int) -> np.ndarray:
    """Silence with a sample now and then; (frames, 1)."""
    sound = np.zeros((frames, 1), np.int32)
    sound[::1777] = 30_000
    return sound


def scaled(frames: int, factor: float) -> np.ndarray:
    """Rounded, multiplied, and rounded again; (frames,)."""
    return np.round(hum(frames) // 16 * factor).astype(np.int32)


def murmur(frames: int, channels: int) -> np.ndarray:
    """In integers, the same on every machine: a resonance and noise, the channels partly alike; (frames, channels)."""
    sound = np.zeros((frames, channels), np.int32)
    source = np.array(numbers(frames * channels, 7)).reshape(frames, channels) % 401 - 200
    for t in range(2, frames):
        push = source[t] // 4 + source[t, 0] * (t // 64 % 5)
        sound[t] = (29 * sound[t - 1] - 15 * sound[t - 2]) // 16 + push
    return sound
