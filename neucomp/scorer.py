"""The ideal size of symbols: what an entropy coder without any loss would take."""

import numpy as np
from numpy.typing import NDArray

from neucomp.coder import TOTAL, SymbolCoder


class Scorer:
    """A `SymbolCoder` that reads symbols and sums -log2 of their probabilities.

    >>> scorer = Scorer()
    >>> scorer.code(np.array([0, 1]), np.array([[TOTAL // 2, TOTAL // 2], [TOTAL - TOTAL // 8, TOTAL // 8]]))
    >>> scorer.bits, scorer.symbols
    (4.0, 2)
    """

    def __init__(self) -> None:
        self.bits = 0.0
        self.symbols = 0

    def code(self, symbols: NDArray[np.integer], freqs: NDArray[np.integer]) -> None:
        """See `SymbolCoder`."""
        chosen = freqs[np.arange(symbols.size), symbols]
        self.bits -= float(np.log2(chosen / TOTAL).sum())
        self.symbols += symbols.size


class Several:
    """A `SymbolCoder` that passes symbols on to several that read them."""

    def __init__(self, *coders: SymbolCoder) -> None:
        self._coders = coders

    def code(self, symbols: NDArray[np.integer], freqs: NDArray[np.integer]) -> None:
        """See `SymbolCoder`."""
        for coder in self._coders:
            coder.code(symbols, freqs)
