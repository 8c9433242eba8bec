"""The property that everything else serves: what comes back is what went in."""

import io

import neucomp
from neucomp.codec import MAX_OVERHEAD


def check_roundtrip(data: bytes, *, level: int = 5, model: str = "bytes", threads: int = 1) -> bytes:
    """Compress, decompress, compare by bytes, by streams and by file object; return the compressed file."""
    blob = neucomp.compress(data, level, model=model, threads=threads)
    assert len(blob) <= len(data) + MAX_OVERHEAD
    assert neucomp.decompress(blob, threads=threads, max_size=len(data)) == data

    checked = neucomp.decompress_stream(io.BytesIO(blob), None, threads=threads)
    assert (checked.original_size, checked.compressed_size) == (len(data), len(blob))

    about = neucomp.info(blob)
    assert (about.original_size, about.compressed_size) == (len(data), len(blob))
    assert sum(block.original_size for block in about.blocks) == len(data)
    assert (len(about.blocks), about.stored_blocks) == (checked.blocks, checked.stored_blocks)

    with neucomp.open(io.BytesIO(blob)) as file:
        assert file.read() == data
    return blob
