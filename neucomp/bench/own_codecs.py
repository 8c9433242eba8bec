"""neucomp as a codec: `neucomp[:MODEL][-LEVEL][-T THREADS][@DEVICE[/POSITIONS]]`.

`neucomp` is level 5 and the model that suits the file. `neucomp:photo` codes the pixels of an image file whatever its
format is, through `neucomp.compress_image`; `neucomp:each` does so with each picture of a batch alone, and puts the
files one behind the other as codecs do that know no batches. All others code the file. POSITIONS are those that the
model `transformer` computes at once where it encodes, which changes its speed and nothing else.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

from neucomp.bench.codec import Codec
from neucomp.bench.contents import Image, make_image
from neucomp.bench.image_codecs import in_files
from neucomp.codec import AUTO

NAME = re.compile(
    r"neucomp(?::(?P<model>[\w+]+))?(?:-(?P<level>[1-9]))?(?:-T(?P<threads>\d+))?"
    r"(?:@(?P<device>\w+)(?:/(?P<positions>\d+))?)?"
)
PIXELS, EACH = "photo", "each"
NOT_CODING = ("bench/", "cli/", "train/")


def parse_own(name: str) -> Codec | None:
    """The codec of such a name, None if it is another one; ValueError for a model or device that does not exist."""
    from neucomp.models import DEVICES, MODELS

    found = NAME.fullmatch(name)
    if found is None:
        return None
    model, device = found["model"], found["device"] or "cpu"
    if model not in (None, PIXELS, EACH, *MODELS):
        raise ValueError(f"there is no model {model!r}; there are {', '.join([*MODELS, PIXELS, EACH])}")
    if device not in DEVICES:
        raise ValueError(f"there is no device {device!r}; there are {', '.join(DEVICES)}")
    return own_codec(model, int(found["level"] or 5), int(found["threads"] or 1), device, int(found["positions"] or 0))


def own_codec(
    model: str | None = None, level: int = 5, threads: int = 1, device: str = "cpu", positions: int = 0
) -> Codec:
    """neucomp with a model (None: the one that suits), a level, threads (0: as many as suit) and a device."""

    def compress(data: bytes) -> bytes:
        import neucomp

        _group(device, positions)
        return neucomp.compress(data, level, model=model or AUTO, threads=threads, device=device)

    def decompress(blob: bytes) -> bytes:
        import neucomp

        return neucomp.decompress(blob, threads=threads, device=device)

    def compress_array(samples: Any) -> bytes:
        import neucomp

        return neucomp.compress_image(samples, level, threads=threads)

    def decompress_array(blob: bytes) -> Any:
        import neucomp

        return neucomp.decompress_image(blob, threads=threads)

    def compress_image(image: Image) -> bytes:
        return compress_array(image.samples if len(image.samples) > 1 else image.samples[0])

    def decompress_image(blob: bytes) -> Image:
        return make_image(decompress_array(blob))

    name = f"neucomp{f':{model}' if model else ''}-{level}"
    label = f"neucomp{f' {model}' if model else ''} -{level}"
    if threads != 1:
        name, label = f"{name}-T{threads}", f"{label} -T{threads}"
    if device != "cpu" or positions:
        place = f"{device}/{positions}" if positions else device
        name, label = f"{name}@{place}", f"{label} {place}"
    of_pixels = {PIXELS: (compress_image, decompress_image), EACH: in_files(compress_array, decompress_array)}
    encode, decode = of_pixels.get(model or AUTO, (compress, decompress))
    return Codec(
        name,
        label,
        own_version,
        encode,
        decode,
        takes="image" if model in of_pixels else "bytes",
        threads=threads,
        device=device,
        model_folder=_weights,
    )


def _group(device: str, positions: int) -> None:
    from neucomp.models import plain

    if positions:
        plain._POSITIONS[device] = positions


def _package() -> Path:
    import neucomp

    return Path(neucomp.__file__).parent


def _weights() -> Path:
    return _package() / "weights"


def own_version() -> str:
    """Version and a hash of what takes part in coding, so that results of different code are never taken for equal."""
    import neucomp

    package = _package()
    sources = hashlib.sha256()
    for path in sorted(path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        name = path.relative_to(package).as_posix()
        if not name.startswith(NOT_CODING):
            sources.update(name.encode() + b"\0" + path.read_bytes())
    return f"neucomp {neucomp.__version__} ({sources.hexdigest()[:8]})"
