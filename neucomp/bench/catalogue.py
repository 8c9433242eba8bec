"""All codecs by name."""

import importlib

from neucomp.bench.codec import Codec
from neucomp.bench.file_codecs import FILE_CODECS
from neucomp.bench.image_codecs import IMAGE_CODECS
from neucomp.bench.own_codecs import own_codec, parse_own
from neucomp.bench.programs import PROGRAM_CODECS, parse_template
from neucomp.bench.sound_codecs import SOUND_CODECS

CODECS: dict[str, Codec] = {
    codec.name: codec for codec in (*FILE_CODECS, *IMAGE_CODECS, *SOUND_CODECS, *PROGRAM_CODECS)
}

DEFAULT = (*CODECS, own_codec(level=1).name, own_codec().name)
"""What is run unless codecs are named."""


def find_codec(name: str) -> Codec:
    """The codec called `name`: a key of `CODECS`, one of neucomp's, a template of a program, or `module:attribute`.

    Raises ValueError if there is none, and whatever importing a module raises.
    """
    if name in CODECS:
        return CODECS[name]
    if "@@" in name:
        return parse_template(name)
    if (own := parse_own(name)) is not None:
        return own
    module, colon, attribute = name.partition(":")
    if colon and attribute.isidentifier():
        codec = getattr(importlib.import_module(module), attribute)
        if isinstance(codec, Codec):
            return codec
        raise ValueError(f"{name} is no neucomp.bench.Codec")
    raise ValueError(f"there is no codec {name!r}; there are {', '.join(CODECS)}, neucomp, and module:attribute")
