"""The command line with a model that needs no compiling and can be slow on purpose: for tests of all but the model.

In a process of its own: `python -m tests.helpers.cli_stand_in compress ...`. The environment may hold SECONDS_PER_MB,
which makes the model that slow, SECONDS_DEAF, which makes it deaf to interruption for so long, as compiling is,
STOPS_AS, the message of the ImportError that it makes of an interruption, as extension modules do while they are
imported, and KERNELS_FAIL, which makes it claim that the kernels are wrong.
"""

import logging
import os
import time

from neucomp.errors import KernelError
from neucomp.models import MODELS, Tick
from tests.helpers.zlib_model import ZlibModel


class StandIn(ZlibModel):
    """Goes under the name and id of the default model, and says that it compiles as that does when it is new."""

    id = MODELS["bytes"].id
    name = "bytes"

    def block_size(self, level: int) -> int:
        return 1 << 20

    def encode(self, data: bytes, level: int, tick: Tick) -> bytes:
        if "KERNELS_FAIL" in os.environ:
            raise KernelError("the self-test gave another answer")
        logging.getLogger("neucomp").info("compiling the stand-in")
        time.sleep(float(os.environ.get("SECONDS_DEAF", "0")))
        try:
            return super().encode(data, level, slowed(tick))
        except KeyboardInterrupt:
            if "STOPS_AS" in os.environ:
                raise ImportError(os.environ["STOPS_AS"]) from None
            raise

    def decode(self, payload: bytes, size: int, tick: Tick) -> bytes:
        return super().decode(payload, size, slowed(tick))


def slowed(tick: Tick) -> Tick:
    seconds_per_byte = float(os.environ.get("SECONDS_PER_MB", "0")) / 1e6

    def wait(symbols: int) -> None:
        if seconds_per_byte:
            time.sleep(symbols * seconds_per_byte)
        tick(symbols)

    return wait


if __name__ == "__main__":
    from neucomp.cli import main

    MODELS["bytes"] = StandIn()
    main()
