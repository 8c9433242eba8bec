"""Images to payloads and back: the kernel's driver, on one or two threads.

A payload starts with how the images are modelled: start << 4 | level u8, network << 4 | shift u8 (errors count in units
of 2**shift samples, so that deep images are like others; start and network are 0 where there is none; a shift of 15 is
one of 0 and says that RGB was made of Y, Cb and Cr, see `jfif_colours`). Then the range coder's bytes.

With two threads, the next front's upper rows are prepared while the lower rows of a front are coded, and its lower rows
while its upper ones are coded: rows depend on rows above them only. The payload does not depend on it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from neucomp.errors import CorruptDataError, KernelError, UnsupportedError

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

    from neucomp.kernels.pixel_network import PixelState
    from neucomp.models import Tick

    Image = NDArray[np.uint8] | NDArray[np.uint16]

_HEAD = 2
_NO_NETWORK = 0
_LARGEST_SHIFT = 8
_JFIF = 15
"""In the place of a shift."""

_SAMPLES_PER_TICK = 1 << 16
_SHORTEST_FRONT = 64
"""Rows of a front below which a second thread costs more than it helps."""

_ROWS_TOGETHER = 16
"""Rows are prepared in blocks of as many."""

_MARGIN = 1 << 16
"""Bytes by which a payload's room exceeds what an image needs as it is, before it has to grow."""


def encode_image(
    image: Image, bits: int, level: int, threads: int, tick: Tick, marks: NDArray[np.int64] | None = None
) -> bytes:
    """The payload of images (n, height, width, channels), uint8 or uint16, with samples below 2**bits (1 to 16).

    It may be longer than the samples are. `level` is 1 to 9; `tick` is called with numbers of samples. marks: (n,
    height, width), filled with where the range coder stood after each pixel.
    """
    import numpy as np

    from neucomp.models.image_start import start_for
    from neucomp.models.jfif_colours import from_rgb, suits

    converted = from_rgb(image.astype(np.uint8, copy=False)) if suits(image.shape[3], bits) else None
    shift = _choose_shift(image, bits) if converted is None else _JFIF
    image = image if converted is None else converted
    room = image.size * bits // 8 + _MARGIN
    network = _choose_network(image.shape[3], bits, level)
    start = start_for(level, network, image.shape[3], bits)
    plan = _Plan(level, shift, network, start)
    driver = _Driver(image.shape, bits, plan, False, np.empty(room, np.uint8), threads, tick)
    for number, each in enumerate(image):
        driver.code(each, None if marks is None else marks[number])
    return bytes([start << 4 | level, network << 4 | shift]) + driver.finish()


def decode_image(payload: bytes, shape: tuple[int, int, int, int], bits: int, threads: int, tick: Tick) -> Image:
    """The images that `encode_image` was given; CorruptDataError if `payload` cannot be what it made of any."""
    import numpy as np

    from neucomp.models.image_efforts import EFFORTS, NETWORKS
    from neucomp.models.image_start import COLD, suits_start
    from neucomp.models.jfif_colours import suits, to_rgb

    if len(payload) < _HEAD:
        raise CorruptDataError("the samples of an image are cut off: the file is damaged")
    plan = _Plan(payload[0] & 15, payload[1] & 15, payload[1] >> 4, payload[0] >> 4)
    shift_known = plan.shift <= _LARGEST_SHIFT or plan.shift == _JFIF
    if plan.level not in EFFORTS or not shift_known or plan.network not in (_NO_NETWORK, *NETWORKS):
        raise UnsupportedError(
            f"an image needs level {plan.level}, shift {plan.shift} and network {plan.network} of the image model, "
            "which this version does not have: update neucomp, or the file is damaged"
        )
    if plan.start != COLD and not suits_start(shape[3], bits):
        raise CorruptDataError("an image asks for a start that it cannot have: the file is damaged")
    if plan.network != _NO_NETWORK and not _fits_network(shape[3], bits):
        raise CorruptDataError("an image asks for a network that it cannot have: the file is damaged")
    if plan.shift == _JFIF and not suits(shape[3], bits):
        raise CorruptDataError("an image has colours that it cannot have: the file is damaged")
    coded = np.frombuffer(payload, np.uint8, offset=_HEAD).copy()
    image: Image = np.empty(shape, np.uint8) if bits <= 8 else np.empty(shape, np.uint16)
    driver = _Driver(shape, bits, plan, True, coded, threads, tick)
    for each in image:
        driver.code(each)
        if plan.shift == _JFIF:
            to_rgb(each)
    driver.check_end()
    return image


class _Plan(NamedTuple):
    """How images are modelled: the fields at the start of their payload."""

    level: int
    shift: int
    network: int
    start: int


def _fits_network(channels: int, bits: int) -> bool:
    """Whether the photo networks can predict such images."""
    return channels in (1, 3) and bits >= 8


def _choose_network(channels: int, bits: int, level: int) -> int:
    """Number of the network that an image is coded beside, or _NO_NETWORK."""
    from neucomp.models.image_efforts import EFFORTS, NETWORKS

    name = EFFORTS[level].network
    if not _fits_network(channels, bits):
        return _NO_NETWORK
    return max((number for number, each in NETWORKS.items() if each == name), default=_NO_NETWORK)


def _choose_shift(image: Image, bits: int) -> int:
    """By how many bits errors of deep images are larger than those of others: from differences between neighbours."""
    import numpy as np

    if bits <= 8 or image.shape[2] < 2:
        return 0
    rows = image[:, :: max(image.shape[1] // 64, 1)]
    steps = np.abs(np.diff(rows.astype(np.int32), axis=2))
    return min(max(int(np.median(steps)).bit_length() - 2, 0), _LARGEST_SHIFT)


def _new_network(number: int, rows: int, bits: int) -> PixelState:
    from neucomp.models.image_efforts import NETWORKS
    from neucomp.nets.pixel_state import new_pixel_state, new_pixel_weights
    from neucomp.nets.pixel_weights import bundled_pixel_network

    return new_pixel_state(new_pixel_weights(bundled_pixel_network(NETWORKS[number])), rows, bits)


class _Driver:
    """Codes images of one shape in a row, in one direction."""

    def __init__(
        self,
        shape: tuple[int, ...],
        bits: int,
        plan: _Plan,
        decode: bool,
        payload: NDArray[np.uint8],
        threads: int,
        tick: Tick,
    ) -> None:
        from neucomp.models.image_efforts import EFFORTS, affordable
        from neucomp.models.image_start import COLD, apply_start, read_start
        from neucomp.models.image_state import new_coder, new_memory

        images, height, width, channels = shape
        network = None if plan.network == _NO_NETWORK else _new_network(plan.network, height, bits)
        effort = affordable(EFFORTS[plan.level], height, width, channels)
        shift = 0 if plan.shift == _JFIF else plan.shift
        self._coder = new_coder(height, width, channels, bits, shift, images, effort, network)
        if plan.start != COLD:
            apply_start(self._coder, read_start(plan.start, plan.level, plan.network))
        self._kernels = _kernels()
        self._decode = decode
        self._payload = payload
        self._tick = tick
        self._fronts = width + 4 * (height - 1)
        self._samples = height * width * channels
        self._height = height
        longest = min(height, width // 4)
        self._threads = threads if longest >= _SHORTEST_FRONT else 1
        self._memories = [new_memory(self._coder) for _ in range(2)]
        self._kernels.start_images(self._decode, payload, self._coder.registers)
        tick(0)

    def code(self, image: Image, marks: NDArray[np.int64] | None = None) -> None:
        """Codes one image (height, width, channels): reads it, or fills it when decoding. marks: (height, width)."""
        from neucomp.models.image_planes import fill_planes, read_planes
        from neucomp.models.image_state import begin_image

        begin_image(self._coder)
        if marks is not None:
            self._coder = self._coder._replace(marks=marks)
        if not self._decode:
            fill_planes(self._coder.planes, image)
        if self._threads > 1:
            self._code_in_step()
        else:
            step = max(1, self._fronts * _SAMPLES_PER_TICK // self._samples)
            for front in range(0, self._fronts, step):
                last = min(front + step, self._fronts)
                self._run(True, True, front, last, 0, self._height)
                self._count(front, last)
        if self._decode:
            read_planes(self._coder.planes, image)

    def _code_in_step(self) -> None:
        """One image on two threads."""
        height = self._height
        done = 0  # rows of the front that are coded already
        with ThreadPoolExecutor(1) as pool:
            self._run(True, False, 0, 1, 0, height)
            for front in range(self._fronts):
                following = min(front + 1, self._fronts - 1)
                top = max(0, (front - self._fronts + 4 * height) // 4)
                split = max(done, (top + min(height, front // 4 + 1)) // 2 // _ROWS_TOGETHER * _ROWS_TOGETHER)
                self._run(False, True, front, front + 1, done, split)
                if front == following:
                    self._run(False, True, front, front + 1, split, height)
                    break
                upper = pool.submit(self._run, True, False, following, following + 1, 0, split, 1)
                self._run(False, True, front, front + 1, split, height)
                upper.result()
                lower = pool.submit(self._run, True, False, following, following + 1, split, height, 1)
                self._run(False, True, following, following + 1, 0, split)
                lower.result()
                done = split
                if front % 64 == 63:
                    self._count(front - 63, front + 1)
            self._count(self._fronts // 64 * 64, self._fronts)

    def _run(
        self, prepares: bool, codes: bool, front: int, last: int, first_row: int, last_row: int, thread: int = 0
    ) -> None:
        """`run_fronts` of the kernel, with as much room as it needs."""
        import numpy as np

        while True:
            payload = self._payload
            front = self._kernels.run_fronts(
                prepares,
                codes,
                self._decode,
                self._coder,
                self._memories[thread],
                payload,
                front,
                last,
                first_row,
                last_row,
            )
            if front == last:
                return
            self._payload = np.concatenate([payload, np.zeros(payload.size + _MARGIN, np.uint8)])

    def _count(self, front: int, last: int) -> None:
        """After fronts [front, last): reports the samples, as if all fronts were of one length."""
        from neucomp.models.image_state import BYTES_PAST_END, position

        if self._decode and position(self._coder) > self._payload.size + BYTES_PAST_END:
            raise CorruptDataError("an image ends before all its samples are decoded: the file is damaged")
        self._tick(last * self._samples // self._fronts - front * self._samples // self._fronts)

    def finish(self) -> bytes:
        """The encoder's bytes."""
        from neucomp.models.image_state import position

        self._kernels.finish_images(self._payload, self._coder.registers)
        return self._payload[: position(self._coder)].tobytes()

    def check_end(self) -> None:
        """After a decoder's last image."""
        from neucomp.models.image_state import BYTES_PAST_END, position

        if position(self._coder) != self._payload.size + BYTES_PAST_END:
            raise CorruptDataError("an image has more or fewer bytes than its samples need: the file is damaged")


def _kernels() -> ModuleType:
    from neucomp.kernels.cache import load_kernels

    return load_kernels("neucomp.models.image_coding", _prove)


_PROOF_SHAPE = (2, 5, 23, 3)
_PROOF_DIGEST = "cd6ece4fc5a00867"


def _proof_image() -> NDArray[np.uint8]:
    """Smooth, and noisy in one corner."""
    import numpy as np

    n, y, x, c = np.indices(_PROOF_SHAPE)
    samples = 9 * x + 7 * y * n + 40 * c + (x > 15) * (x * x * 31 + y * 17 + c) % 97
    return np.asarray(samples % 256, np.uint8)


def _prove(kernels: ModuleType) -> None:
    """Codes small images in both directions, without and with everything that a level can use."""
    import hashlib

    import numpy as np

    from neucomp.models.image_efforts import EFFORTS
    from neucomp.models.image_planes import fill_planes
    from neucomp.models.image_state import begin_image, new_coder, new_memory, position
    from neucomp.nets.pixel_state import new_pixel_state, new_pixel_weights
    from neucomp.nets.pixel_weights import proof_pixel_network

    image = _proof_image()
    images, height, width, channels = image.shape
    fronts = width + 4 * (height - 1)
    digest = hashlib.sha256()
    for level in (1, 9):
        payload = np.zeros(4 * image.size + _MARGIN, np.uint8)
        for decode in (False, True):
            network = new_pixel_state(new_pixel_weights(proof_pixel_network()), height, 8) if level == 9 else None
            coder = new_coder(height, width, channels, 8, 0, images, EFFORTS[level], network)
            kernels.start_images(decode, payload, coder.registers)
            for each in image:
                begin_image(coder)
                if not decode:
                    fill_planes(coder.planes, each)
                kernels.run_fronts(True, True, decode, coder, new_memory(coder), payload, 0, fronts, 0, height)
                digest.update(coder.planes.tobytes())
            if not decode:
                kernels.finish_images(payload, coder.registers)
                digest.update(payload[: position(coder)].tobytes())
    if digest.hexdigest()[:16] != _PROOF_DIGEST:
        raise KernelError(
            "the compiled kernels of the image model give a wrong answer on this machine (known answer "
            f"{_PROOF_DIGEST}, got {digest.hexdigest()[:16]}): nothing was written. Please report it with the versions "
            "of numba and llvmlite and the processor"
        )
