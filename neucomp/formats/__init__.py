"""What kinds of file neucomp takes apart before coding. Today there is one: raw bytes, coded as they are.

`FORMATS` has one entry for each kind, by name. An id, once released, means one format for ever.
"""

from dataclasses import dataclass

from neucomp.errors import UnsupportedError


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file: `id` (0 .. 255) is stored in the header, `summary` is one line for people."""

    id: int
    name: str
    summary: str


RAW = Format(0, "raw", "bytes as they are")

FORMATS: dict[str, Format] = {RAW.name: RAW}


def format_by_id(format_id: int) -> Format:
    """Return the format with this id; `UnsupportedError` when this release does not know it."""
    for known in FORMATS.values():
        if known.id == format_id:
            return known
    raise UnsupportedError(f"the file has format {format_id}, which this release does not know")
