"""The byte model with blocks so small that tests see files of several blocks."""

from neucomp.models.bytes import ByteModel


class SmallBlocks(ByteModel):
    """Goes under the id and the name of the byte model, which decodes what it writes."""

    def __init__(self, block_size: int) -> None:
        self._block_size = block_size

    def block_size(self, level: int) -> int:
        return self._block_size
