"""The errors that neucomp raises about files and machines: one tree, so that `except NeucompError` catches them all.

Wrong arguments (a level of 12, a model that does not exist, text instead of bytes) are `ValueError` or `TypeError`, and
trouble with files on disk is `OSError`, as everywhere in Python.
"""


class NeucompError(Exception):
    """Base of all errors below. The message says what was found and what was expected."""


class NotNeucompFile(NeucompError):
    """The input does not begin with neucomp's magic bytes: it is some other kind of file, or empty."""


class UnsupportedError(NeucompError):
    """The file is valid as far as can be told, but needs a format version, model or weights that are missing here."""


class CorruptDataError(NeucompError):
    """The file is damaged, truncated or has been tampered with: a checksum, a size or a structure does not fit."""


class LimitExceeded(NeucompError):
    """A limit that the caller set (`max_size`) or that the file format sets would be exceeded."""


class KernelError(NeucompError):
    """The compiled kernels do not give the expected answers on this machine, or NEUCOMP_CACHE_DIR cannot keep them."""
