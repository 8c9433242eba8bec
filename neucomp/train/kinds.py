"""Kinds of networks that can be trained, as data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neucomp.nets import gated_pixelcnn
from neucomp.nets.gated_pixelcnn import GatedPixelCNNConfig
from neucomp.nets.pixel_weights import load_pixel_network, save_pixel_network
from neucomp.nets.pixelcnn import PixelConfig
from neucomp.nets.pixelcnnpp import PixelCNNppConfig
from neucomp.nets.pixelcnnpp_weights import load_pixelcnnpp, save_pixelcnnpp
from neucomp.nets.transformer import TransformerConfig
from neucomp.nets.wave_weights import load_wave_network, save_wave_network
from neucomp.nets.wavenet import WaveConfig
from neucomp.nets.weights import load_network, save_network
from neucomp.train.byte_training import ByteTraining
from neucomp.train.corpus import Corpus, read_corpus
from neucomp.train.pictures import Pictures, read_pictures
from neucomp.train.pixel_training import PixelTraining
from neucomp.train.recordings import Recordings, read_recordings
from neucomp.train.settings import (
    CONFIGS,
    GATED_CONFIGS,
    PIXEL_CONFIGS,
    TILE_CONFIGS,
    WAVE_CONFIGS,
    PixelSettings,
    Settings,
    TileSettings,
    WaveSettings,
)
from neucomp.train.sources import Source
from neucomp.train.tile_training import GatedPixelCNNTraining, PixelCNNppTraining
from neucomp.train.tiles import Tiles, read_tiles
from neucomp.train.training import AnyNetwork, Config, Data, Training
from neucomp.train.wave_training import WaveTraining


@dataclass(frozen=True)
class Kind:
    """What a run needs to know of a kind. (What fits one kind does not fit another, which types cannot say here.)"""

    name: str
    config: (
        type[TransformerConfig]
        | type[PixelConfig]
        | type[WaveConfig]
        | type[PixelCNNppConfig]
        | type[GatedPixelCNNConfig]
    )
    configs: Mapping[str, Config]
    """Sizes by name."""
    settings: type[Settings] | type[PixelSettings] | type[WaveSettings] | type[TileSettings]
    read_data: Callable[[Sequence[Source], Any, Sequence[Source]], Data]
    """From sources to train on, settings, and sources for validation; ValueError or OSError."""
    new_training: Callable[..., Training[Any, Any]]
    """From a config, settings and a device; the keyword `compiling`."""
    load_network: Callable[[Path], AnyNetwork]
    save_network: Callable[[Path, Any], None]


def _read_corpus(sources: Sequence[Source], settings: Settings, validation: Sequence[Source]) -> Corpus:
    return read_corpus(sources, settings.length, settings.seed, validation)


def _read_pictures(sources: Sequence[Source], settings: PixelSettings, validation: Sequence[Source]) -> Pictures:
    return read_pictures(sources, settings.seed, validation)


def _read_recordings(sources: Sequence[Source], settings: WaveSettings, validation: Sequence[Source]) -> Recordings:
    return read_recordings(sources, settings.seed, validation)


def _read_tiles(sources: Sequence[Source], settings: TileSettings, validation: Sequence[Source]) -> Tiles:
    return read_tiles(sources, settings.seed, validation)


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "bytes",
            TransformerConfig,
            CONFIGS,
            Settings,
            _read_corpus,
            ByteTraining,
            load_network,
            save_network,
        ),
        Kind(
            "image",
            PixelConfig,
            PIXEL_CONFIGS,
            PixelSettings,
            _read_pictures,
            PixelTraining,
            load_pixel_network,
            save_pixel_network,
        ),
        Kind(
            "audio",
            WaveConfig,
            WAVE_CONFIGS,
            WaveSettings,
            _read_recordings,
            WaveTraining,
            load_wave_network,
            save_wave_network,
        ),
        Kind(
            "tiles",
            PixelCNNppConfig,
            TILE_CONFIGS,
            TileSettings,
            _read_tiles,
            PixelCNNppTraining,
            load_pixelcnnpp,
            save_pixelcnnpp,
        ),
        Kind(
            "gated",
            GatedPixelCNNConfig,
            GATED_CONFIGS,
            TileSettings,
            _read_tiles,
            GatedPixelCNNTraining,
            gated_pixelcnn.ARCHITECTURE.load,
            gated_pixelcnn.ARCHITECTURE.save,
        ),
    )
}
