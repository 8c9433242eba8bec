"""Compression and decompression: ties the model, the threads and the container together.

A file of a format that we take apart is one block. Any other is cut into blocks, each of which is coded on its own, on
any number of threads, or stored where coding does not help. What comes out depends on the input, the level and the
model, never on threads or timing. A file whose size is known is cut into equal blocks; input from a pipe into full
ones.
"""

import hashlib
import io
import operator
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO

from neucomp.container import (
    ARITHMETIC_EXACT_1,
    CODER_BINARY_RANGE,
    DIGEST_SIZE,
    MAX_CODED_SIZE,
    Coded,
    Header,
    Piece,
    Reader,
    Writer,
)
from neucomp.errors import CorruptDataError, LimitExceeded, NeucompError, UnsupportedError
from neucomp.formats import FORMATS, MAGIC_SIZE, MAX_SAMPLES, RAW, Format, equal_file, find_format, format_by_id
from neucomp.index import read_index
from neucomp.models import ALONE, DEVICES, MODELS, Model, NetworkModel, Tick, model_by_id
from neucomp.models.alone import AloneModel
from neucomp.models.audio import AudioModel
from neucomp.models.image import ImageModel
from neucomp.models.streams import LARGEST_FILE, StreamsModel
from neucomp.models.ticks import no_tick
from neucomp.models.tiles import TileModel
from neucomp.parallel import InOrder, available_cores, check_threads, choose_threads
from neucomp.pieces import PIECE, Ahead, read_fully, write_fully
from neucomp.sampling import looks_incompressible
from neucomp.small import open_reader, open_writer

if TYPE_CHECKING:
    from neucomp.nets.networks import Network

BytesLike = bytes | bytearray | memoryview

AUTO = "auto"
"""Stands for the model that suits a file: `image` for images, `audio` for sound, `streams` for what holds deflate
streams,
`bytes` for all else."""

FileModel = ImageModel | AudioModel | StreamsModel | TileModel
"""Models that take whole files apart; the others code any bytes."""

MAX_OVERHEAD = 64
"""Most bytes by which a compressed file is longer than its original, where the original can be read twice."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run did: sizes in bytes, numbers of blocks, and the header's model and level. `hint` is one line on what
    would have given a smaller file, or nothing. `equal_samples`: the original is another file than the one that was
    read, with the same samples and metadata (`pixels`, `samples`)."""

    original_size: int
    compressed_size: int
    blocks: int
    stored_blocks: int
    model: str
    level: int
    hint: str = ""
    equal_samples: bool = False

    @property
    def compression_ratio(self) -> float:
        """Original size / compressed size."""
        return self.original_size / self.compressed_size

    @property
    def bits_per_byte(self) -> float:
        """Compressed bits for each original byte; 0 for an empty original."""
        return 8 * self.compressed_size / self.original_size if self.original_size else 0.0


def compress(
    data: BytesLike,
    level: int = 5,
    *,
    model: str = AUTO,
    threads: int = 1,
    device: str = "cpu",
    network: "Network[Any] | None" = None,
    pixels: bool = False,
    samples: bool = False,
    max_samples: int = MAX_SAMPLES,
    max_expanded: int | None = None,
) -> bytes:
    """Return `data` compressed: at most `len(data) + 64` bytes, which `decompress` turns back into the same bytes.

    `data` is any bytes-like object. `level` is 1 (fast) to 9 (small). `model` is a name in `neucomp.models.MODELS`, or
    "auto" for the one that suits the data.
    `threads` is the number of blocks coded at once, each of which takes memory of its own; it does not change the
    result. 0 is as many as there are cores and as fit into 450 MB together: one for large data at the default level.
    `device` is one of `neucomp.models.DEVICES`, where the network of a model that is one runs; it does not change the
    result either. `network` takes the place of the one that comes with neucomp, for models that are a network alone;
    its data are decompressed with it alone. `pixels` allows that an image file which cannot be built again byte for
    byte (a PNG whose compressed data are unlike those of any known encoder) comes back as one with the same samples and
    metadata, and `samples` that a FLAC file comes back as a WAV file with the same samples and tags; this takes the
    package soundfile. An image or a recording with more than `max_samples` samples (pixels or frames times channels) is
    refused. `max_expanded` is how many bytes deflate streams inside of a file may hold in all: 256 MiB unless it is
    given, and no more than 64 times the file, or 4 MiB, when compressing.

    Raises `LimitExceeded` for such a file, `ValueError` for a level, model, device or number of threads that does not
    exist or a model that takes no network, `TypeError` for anything but bytes, and for a level or number of threads
    that is no integer, and `UnsupportedError` for a device or a network that is not here, and with `samples` for a FLAC
    file that is damaged, or where soundfile is missing.

    >>> import neucomp
    >>> blob = neucomp.compress(b"to be, or not to be: " * 100)
    >>> len(blob) < 150
    True
    >>> neucomp.decompress(blob) == b"to be, or not to be: " * 100
    True
    """
    target = io.BytesIO()
    size = memoryview(data).nbytes
    compress_stream(
        as_file(data),
        target,
        level=level,
        model=model,
        threads=threads,
        size=size,
        device=device,
        network=network,
        pixels=pixels,
        samples=samples,
        max_samples=max_samples,
        max_expanded=max_expanded,
    )
    return target.getvalue()


def decompress(
    blob: BytesLike,
    *,
    threads: int = 1,
    max_size: int | None = None,
    device: str = "cpu",
    network: "Network[Any] | None" = None,
    max_samples: int = MAX_SAMPLES,
    max_expanded: int | None = None,
) -> bytes:
    """Return the original bytes of `blob`, a whole compressed file as a bytes-like object.

    `max_expanded`: see `compress`. `max_size` limits the size of the result in bytes: set it for data from strangers,
    since a small file may hold
    23,000 times its size. `threads` is the number of blocks decoded at once, with 0 as for `compress`, whose `device`
    may have been another one. `network` and `max_samples` are those of `compress`; a network may be given for data that
    do not need it.

    Raises `NotNeucompFile`, `UnsupportedError`, `CorruptDataError` (nothing is returned unless every checksum fits) and
    `LimitExceeded`.

    >>> import neucomp
    >>> neucomp.decompress(neucomp.compress(b"hello"))
    b'hello'
    >>> neucomp.decompress(b"hello")
    Traceback (most recent call last):
    neucomp.errors.NotNeucompFile: not a neucomp file: it does not begin with the magic bytes 89 4e 45 55
    """
    target = io.BytesIO()
    decompress_stream(
        as_file(blob),
        target,
        threads=threads,
        max_size=max_size,
        device=device,
        network=network,
        max_samples=max_samples,
        max_expanded=max_expanded,
    )
    return target.getvalue()


def compress_stream(
    source: BinaryIO,
    target: BinaryIO,
    *,
    level: int = 5,
    model: str = AUTO,
    threads: int = 0,
    size: int | None = None,
    tick: Tick | None = None,
    device: str = "cpu",
    network: "Network[Any] | None" = None,
    pixels: bool = False,
    samples: bool = False,
    max_samples: int = MAX_SAMPLES,
    max_expanded: int | None = None,
) -> Summary:
    """Compress `source`, from its position to its end, into `target`. Memory is bounded whatever the size; images of up
    to 256 MiB are held as a whole.

    `level`, `model`, `threads`, `device`, `network`, `pixels`, `samples`, `max_samples` and `max_expanded` are those of
    `compress`. `size` is the number of bytes that will come, if the caller knows it; a seekable source tells by itself.
    `tick(n)` is called in this thread as n more original bytes are done, which add up to the size; what it raises stops
    the work.

    The result is at most 64 bytes longer than the input if both files are seekable, otherwise some 20 bytes for each
    block that cannot be shrunk. On any error the target is left incomplete, and cannot be decompressed.

    Raises `ValueError` and `TypeError` like `compress`, `ValueError` for a `size` below 0 or above 2**63 - 1,
    `NeucompError` if the source does not have `size` bytes, and what the files raise.

    >>> import io, neucomp
    >>> packed = io.BytesIO()
    >>> summary = neucomp.compress_stream(io.BytesIO(bytes(1000)), packed)
    >>> summary.original_size, summary.blocks, summary.compressed_size == len(packed.getvalue())
    (1000, 1, True)
    """
    encoder = find_model("bytes" if model == AUTO else model, device, network)
    level = check_level(level)
    size = None if size is None else operator.index(size)
    if size is not None and not 0 <= size < 2**63:
        raise ValueError(f"the size must be 0 to 2**63 - 1, got {size}")
    start = source.tell() if _seekable(source) else None
    target_start = target.tell() if _seekable(target) else None
    size = _size_left(source) if size is None else size
    tick = tick or no_tick
    ahead = Ahead(source)
    found = find_format(ahead.peek(MAGIC_SIZE))
    equal = FORMATS[found.equal] if found.equal and (pixels if found.model == "image" else samples) else None
    wanted = (equal or found).model if model == AUTO else encoder.name
    if found is RAW and model == AUTO and _holds_parts(ahead):
        wanted = StreamsModel.name
    taker = with_limits(MODELS[wanted] if model == AUTO else encoder, threads, max_samples, max_expanded)
    writer, hint = None, ""
    if isinstance(taker, FileModel) and len(whole := ahead.peek(MAX_CODED_SIZE + 1)) <= MAX_CODED_SIZE:
        tick = _BlockTick(tick, len(whole))
        writer = _code_whole(whole, target, taker, found, equal, level, tick)
    if writer is None and model in (AUTO, wanted):
        hint = _hint(found, taker)
    writer = writer or _code_blocks(ahead, target, encoder, level, threads, size, tick)
    if writer.size > writer.original_size + MAX_OVERHEAD and start is not None and target_start is not None:
        source.seek(start)
        target.seek(target_start)
        target.truncate()
        writer = store_whole(source, target, writer)
    stored = sum(entry.stored for entry in writer.entries)
    name = model_name(writer.header.model_id)
    equal_samples = writer.header.equal_samples
    return Summary(writer.original_size, writer.size, len(writer.entries), stored, name, level, hint, equal_samples)


def decompress_stream(
    source: BinaryIO,
    target: BinaryIO | None,
    *,
    threads: int = 0,
    max_size: int | None = None,
    tick: Tick | None = None,
    device: str = "cpu",
    network: "Network[Any] | None" = None,
    max_samples: int = MAX_SAMPLES,
    max_expanded: int | None = None,
) -> Summary:
    """Decompress `source`, from its position to its end, into `target`; without a target, only check it.

    `threads`, `tick`, `device`, `network`, `max_samples` and `max_expanded` are those of `compress_stream`,
    `max_size` and the errors
    those of `decompress`. Data reach the target before the last checksum is known: on an error, throw away what was
    written.

    >>> import io, neucomp
    >>> neucomp.decompress_stream(io.BytesIO(neucomp.compress(b"hello")), None).original_size
    5
    """
    check_device(device)
    reader = open_reader(source)
    header = reader.header
    format_by_id(header.format_id)
    if max_size is not None and (header.original_size or 0) > max_size:
        raise LimitExceeded(f"the file holds {header.original_size} bytes; the limit is {max_size}")
    digest = hashlib.sha256()

    def work(item: Coded | Piece, tick: Tick) -> bytes:
        return decode_item(header, item, tick, device, network, threads, max_samples, max_expanded)

    def write(original: bytes) -> None:
        digest.update(original)
        if target is not None:
            write_fully(target, original)

    with InOrder(work, _decoding_threads(threads, header), tick or no_tick) as workers:
        for item in _limited(reader, max_size):
            for original in workers.put(item):
                write(original)
        for original in workers.drain():
            write(original)
    reader.finish(digest.digest()[:DIGEST_SIZE])
    stored = sum(entry.stored for entry in reader.entries)
    name = model_name(header.model_id)
    return Summary(reader.original_size, reader.size, len(reader.entries), stored, name, header.level)


def _code_whole(
    data: bytes, target: BinaryIO, model: FileModel, found: Format, equal: Format | None, level: int, tick: Tick
) -> Writer | None:
    """Write a file of a format as one block, or where need be its equal file, if it may be one of the format `equal`;
    None, and nothing written, where the model gains nothing."""
    payload = model.encode(data, level, tick)
    other = None
    if len(payload) >= len(data) and equal and (other := equal_file(found, data, model.max_samples)):
        if len(other) > MAX_CODED_SIZE:
            raise LimitExceeded(f"the file with the same samples has {len(other)} bytes, more than {MAX_CODED_SIZE}")
        data, found = other, equal
        payload = model.encode(data, level, tick)
    if len(payload) >= len(data):
        return None
    header = replace(header_for(model, level, len(data)), format_id=found.id, equal_samples=other is not None)
    writer = open_writer(target, header)
    writer.add(data, payload)
    writer.finish()
    return writer


def _hint(found: Format, model: Model) -> str:
    """What a user may want to know about a file of a format that a model was for and did not code."""
    if isinstance(model, TileModel):
        return f"stored: no 8-bit images in colour that could be built again, or {model.name} gains nothing"
    if not found.equal:
        return ""
    what = "pixels" if found.model == "image" else "samples"
    return f"coded as bytes: this {found.name.upper()} cannot be built again byte for byte from its {what} (--{what})"


def _code_blocks(
    source: Ahead, target: BinaryIO, encoder: Model, level: int, threads: int, size: int | None, tick: Tick
) -> Writer:
    """Write a file block by block."""
    block_size = equal_blocks(encoder.block_size(level), size)
    blocks = -(-size // block_size) if size is not None else None
    threads = choose_threads(threads, encoder, level, block_size, blocks)
    writer = open_writer(target, header_for(encoder, level, size))

    def work(block: bytes, tick: Tick) -> tuple[bytes, bytes | None]:
        return block, encode_block(encoder, block, level, tick)

    with InOrder(work, threads, tick) as workers:
        while block := source.read(block_size):
            for original, payload in workers.put(block):
                writer.add(original, payload)
        for original, payload in workers.drain():
            writer.add(original, payload)
    writer.finish()
    return writer


def original_size(source: BinaryIO) -> int | None:
    """Return the original size in bytes of the compressed file that begins where `source` stands, or None if only
    decoding would tell: for a pipe, and for a file that is damaged or cannot be read. The position stays."""
    if not _seekable(source):
        return None
    position = source.tell()
    try:
        return read_index(source).original_size if position == 0 else None
    except (NeucompError, OSError):
        return None
    finally:
        source.seek(position)


def encode_block(model: Model, block: bytes, level: int, tick: Tick) -> bytes | None:
    """Return the payload for `block`, or None where it looks incompressible."""
    progress = _BlockTick(tick, len(block))
    payload = None if looks_incompressible(block) else model.encode(block, level, progress)
    progress.finish()
    return payload


def decode_item(
    header: Header,
    item: Coded | Piece,
    tick: Tick,
    device: str = "cpu",
    network: "Network[Any] | None" = None,
    threads: int = 1,
    max_samples: int = MAX_SAMPLES,
    max_expanded: int | None = None,
) -> bytes:
    """Return the original bytes of what a container holds, checked. Raises `UnsupportedError`, `CorruptDataError`."""
    if isinstance(item, Piece):
        tick(len(item.data))
        return item.data
    progress = _BlockTick(tick, item.original_size)
    decoder = with_limits(find_decoder(header, device, network), threads, max_samples, max_expanded)
    original = decoder.decode(item.payload, item.original_size, progress)
    if len(original) != item.original_size:
        raise CorruptDataError(f"block {item.number} decodes to {len(original)} bytes, not {item.original_size}")
    item.check(original)
    progress.finish()
    return original


def as_file(data: BytesLike) -> BinaryIO:
    """Return a file that reads from bytes, without copying them if they are `bytes`."""
    return io.BytesIO(data if isinstance(data, bytes) else memoryview(data).tobytes())


def find_model(name: str, device: str = "cpu", network: "Network[Any] | None" = None) -> Model:
    """Return the model with this name on a device, with a network that takes the place of its own if one is given;
    `ValueError` if there is no such model or device, or the model takes none."""
    check_device(device)
    if name not in MODELS:
        raise ValueError(f"there is no model {name!r}; known models: {', '.join(MODELS)}")
    model = MODELS[name]
    if network is not None:
        if not isinstance(model, AloneModel):
            takers = ", ".join(map(repr, ALONE))
            raise ValueError(f"the model {name!r} takes no other network than its own; these do: {takers}")
        if not model.takes(network):
            raise UnsupportedError(f"the weights are of a {network.architecture!r}, where a {name!r} is needed")
        model = replace(model, network=network)
    return model.on(device) if isinstance(model, NetworkModel) else model


def suitable_model(name: str, source: BinaryIO) -> Model:
    """Return the model with this name; for `AUTO` the one for a file that begins where `source` stands, as far as its
    first bytes tell. The position stays; a pipe does not tell."""
    if name != AUTO:
        return find_model(name)
    if not _seekable(source):
        return MODELS["bytes"]
    position = source.tell()
    found = find_format(read_fully(source, MAGIC_SIZE))
    source.seek(position)
    return MODELS[found.model]


def find_decoder(header: Header, device: str = "cpu", network: "Network[Any] | None" = None) -> Model:
    """Return the model that decodes files with this header, with `network` if it is the one that the header names;
    `UnsupportedError` names what is missing."""
    if header.arithmetic_id != ARITHMETIC_EXACT_1:
        raise UnsupportedError(f"the file needs arithmetic {header.arithmetic_id}; this release has 1 (exact-1)")
    model = model_by_id(header.model_id)
    if header.coder_id != _coder_id(model):
        raise UnsupportedError(
            f"the file needs coder {header.coder_id} for the model {model.name!r}; this release has {_coder_id(model)}"
        )
    if network is not None and isinstance(model, AloneModel) and model.takes(network):
        model = replace(model, network=network)
    if isinstance(model, NetworkModel):
        return model.with_weights(header.weights or b"").on(device)
    if header.weights is not None:
        raise UnsupportedError(f"the file needs the network weights {header.weights.hex()}, which are not here")
    return model


def header_for(model: Model, level: int, original_size: int | None = None) -> Header:
    """Return the header of a file that a model codes; `UnsupportedError` if its network is not here."""
    weights = model.weights() if isinstance(model, NetworkModel) else None
    return Header(model.id, level, original_size, RAW.id, _coder_id(model), weights=weights)


def _coder_id(model: Model) -> int:
    return model.coder_id if isinstance(model, NetworkModel) else CODER_BINARY_RANGE


def model_name(model_id: int) -> str:
    """Return the name of a model for people, also if this release does not know it: stored blocks need no model."""
    names = [name for name, model in MODELS.items() if model.id == model_id]
    return names[0] if names else f"unknown ({model_id})"


def check_level(level: int) -> int:
    """Return the level as an `int`; `TypeError` for what is no integer, `ValueError` unless 1 <= level <= 9."""
    level = operator.index(level)
    if not 1 <= level <= 9:
        raise ValueError(f"the level must be 1 to 9, got {level}")
    return level


def check_device(device: str) -> None:
    """`ValueError` unless there is such a device; whether this machine has it shows when it is used."""
    if device not in DEVICES:
        raise ValueError(f"there is no device {device!r}; known devices: {', '.join(DEVICES)}")


def _holds_parts(source: Ahead) -> bool:
    """Whether a file that is not too large seems to hold deflate streams, images or sound."""
    from neucomp.formats.deflate_search import may_hold_parts

    whole = source.peek(LARGEST_FILE + 1)
    return len(whole) <= LARGEST_FILE and may_hold_parts(whole)


def with_limits(
    model: Model, threads: int = 1, max_samples: int = MAX_SAMPLES, max_expanded: int | None = None
) -> Model:
    """The model, on so many threads, for so many samples and so much in streams at most if it takes files apart.

    Raises what `check_threads` does.
    """
    threads = check_threads(threads)
    if not isinstance(model, FileModel):
        return model
    if isinstance(model, TileModel):
        return replace(model, max_samples=max_samples)
    if isinstance(model, StreamsModel):
        model = replace(model, max_expanded=max_expanded)
    return replace(model, threads=threads or available_cores(), max_samples=max_samples)


def _decoding_threads(threads: int, header: Header) -> int:
    known = [model for model in MODELS.values() if model.id == header.model_id]
    if not known:
        return 1
    block_size = known[0].block_size(header.level)
    blocks = None if header.original_size is None else -(-header.original_size // block_size)
    return choose_threads(threads, known[0], header.level, equal_blocks(block_size, header.original_size), blocks)


def _limited(reader: Reader, max_size: int | None) -> Iterator[Coded | Piece]:
    """Yield what the reader has, as long as the original stays within the limit."""
    for item in reader.blocks():
        if max_size is not None and reader.original_size > max_size:
            raise LimitExceeded(f"the file holds more than the limit of {max_size} bytes")
        yield item


def store_whole(source: BinaryIO, target: BinaryIO, coded: Writer) -> Writer:
    """Write the file again as one stored block, which needs no weights, and whose own size makes the one in the header
    superfluous."""
    writer = open_writer(target, replace(coded.header, original_size=None, weights=None))
    pieces = iter(lambda: read_fully(source, PIECE), b"")
    writer.add_stored(pieces, coded.original_size)
    if writer.digest() != coded.digest():
        raise NeucompError("the input changed while it was read")
    writer.finish()
    return writer


def equal_blocks(block_size: int, size: int | None) -> int:
    """Return the size of each block but the last: a short last one would waste a model that has to learn anew."""
    if not size:
        return block_size
    count = -(-size // block_size)
    return -(-size // count)


def _seekable(file: BinaryIO) -> bool:
    return bool(getattr(file, "seekable", lambda: False)())


def _size_left(source: BinaryIO) -> int | None:
    """Return how many bytes a seekable source has left, or None if that is not known."""
    if not _seekable(source):
        return None
    position = source.tell()
    try:
        size = source.seek(0, io.SEEK_END) - position
    except OSError:
        return None
    source.seek(position)
    # Devices and files in /proc claim to be empty and are not, or do not know their end.
    return size if size > 0 else None


class _BlockTick:
    """Reports the progress of one block in original bytes, whatever a model counts: never more than the block has, and
    all of it in the end."""

    def __init__(self, tick: Tick, size: int) -> None:
        self._tick = tick
        self._left = size

    def __call__(self, symbols: int) -> None:
        done = min(symbols, self._left)
        self._left -= done
        self._tick(done)

    def finish(self) -> None:
        self(self._left)
