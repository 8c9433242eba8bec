"""Huffman codes as zlib builds them.

The two rarest nodes are joined until one is left; ties go to the shallower tree, then to the order in the heap. Lengths
above the limit are repaired as zlib does it, so that the bits are zlib's. Source: RFC 1951, and the algorithm of
trees.c, zlib 1.2.5 to 1.3.1.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.deflate_format import MAX_BITS
from neucomp.kernels.inline import shared


class Alphabet(NamedTuple):
    """Symbols, how often they occur in a block, and a code for them. Nodes that join others follow the symbols."""

    counts: NDArray[np.int64]  # (2 * symbols,)
    parents: NDArray[np.int64]  # (2 * symbols,)
    depths: NDArray[np.int64]  # (2 * symbols,): of the tree below a node
    lengths: NDArray[np.int64]  # (2 * symbols,): bits of each symbol's code, 0 if it has none
    codes: NDArray[np.int64]  # (symbols,): the first bit is the lowest
    extra_bits: NDArray[np.int64]  # (symbols,): how many follow the code
    fixed_lengths: NDArray[np.int64]  # (symbols,): of the fixed code; zeros where there is none
    fixed_codes: NDArray[np.int64]  # (symbols,)
    heap: NDArray[np.int64]  # (2 * symbols + 1,): a heap in front, from 1 on; nodes by falling count at the end
    length_counts: NDArray[np.int64]  # (16,): symbols with a code of each length
    next_codes: NDArray[np.int64]  # (17,): by length; scratch
    longest: int  # bits that a code may have


def new_alphabet(
    extra_bits: NDArray[np.int64], fixed_lengths: NDArray[np.int64], fixed_codes: NDArray[np.int64], longest: int
) -> Alphabet:
    """An alphabet without codes of its own. The fixed codes may go on behind the symbols, where they are not used."""
    symbols = extra_bits.size
    return Alphabet(
        counts=np.zeros(2 * symbols, np.int64),
        parents=np.zeros(2 * symbols, np.int64),
        depths=np.zeros(2 * symbols, np.int64),
        lengths=np.zeros(2 * symbols, np.int64),
        codes=np.zeros(symbols, np.int64),
        extra_bits=extra_bits,
        fixed_lengths=fixed_lengths[:symbols],
        fixed_codes=fixed_codes[:symbols],
        heap=np.zeros(2 * symbols + 1, np.int64),
        length_counts=np.zeros(MAX_BITS + 1, np.int64),
        next_codes=np.zeros(MAX_BITS + 2, np.int64),
        longest=longest,
    )


def canonical_codes(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Codes of given lengths. As RFC 1951, 3.2.2, with the first bit lowest."""
    codes = np.zeros(lengths.size, np.int64)
    code = 0
    for length in range(1, MAX_BITS + 1):
        for symbol in np.flatnonzero(lengths == length):
            codes[symbol] = int(f"{code:0{length}b}"[::-1], 2)
            code += 1
        code <<= 1
    return codes


@shared
def _goes_first(alphabet, one, other):
    """Whether a node comes before another in the heap."""
    counts = alphabet.counts
    if counts[one] != counts[other]:
        return counts[one] < counts[other]
    return alphabet.depths[one] <= alphabet.depths[other]


@shared
def _sift_down(alphabet, place, heap_size):
    heap = alphabet.heap
    node = heap[place]
    child = 2 * place
    while child <= heap_size:
        if child < heap_size and _goes_first(alphabet, heap[child + 1], heap[child]):
            child += 1
        if _goes_first(alphabet, node, heap[child]):
            break
        heap[place] = heap[child]
        place = child
        child = 2 * place
    heap[place] = node


@shared
def _fill_heap(alphabet):
    """All symbols that occur, two at least; returns (how many, the highest, bits by which the sizes are too large)."""
    symbols = alphabet.codes.size
    heap_size = np.int64(0)
    highest = np.int64(-1)
    for symbol in range(symbols):
        alphabet.lengths[symbol] = 0
        if alphabet.counts[symbol] != 0:
            heap_size += 1
            alphabet.heap[heap_size] = symbol
            alphabet.depths[symbol] = 0
            highest = symbol
    surplus = np.int64(0)
    fixed_surplus = np.int64(0)
    while heap_size < 2:
        symbol = np.int64(0)
        if highest < 2:
            highest += 1
            symbol = highest
        heap_size += 1
        alphabet.heap[heap_size] = symbol
        alphabet.counts[symbol] = 1
        alphabet.depths[symbol] = 0
        surplus += 1
        fixed_surplus += alphabet.fixed_lengths[symbol]
    for place in range(heap_size >> 1, 0, -1):
        _sift_down(alphabet, place, heap_size)
    return heap_size, highest, surplus, fixed_surplus


@shared
def _join_nodes(alphabet, heap_size):
    """Joins the two rarest nodes until one is left; returns where the nodes by falling count begin in the heap."""
    heap, counts, depths = alphabet.heap, alphabet.counts, alphabet.depths
    sorted_from = heap.size
    node = alphabet.codes.size
    while heap_size >= 2:
        rarest = heap[1]
        heap[1] = heap[heap_size]
        heap_size -= 1
        _sift_down(alphabet, np.int64(1), heap_size)
        second = heap[1]
        sorted_from -= 2
        heap[sorted_from + 1] = rarest
        heap[sorted_from] = second
        counts[node] = counts[rarest] + counts[second]
        depths[node] = max(depths[rarest], depths[second]) + 1
        alphabet.parents[rarest] = node
        alphabet.parents[second] = node
        heap[1] = node
        node += 1
        _sift_down(alphabet, np.int64(1), heap_size)
    heap[sorted_from - 1] = heap[1]
    return sorted_from - 1


@shared
def _assign_lengths(alphabet, sorted_from):
    """The bits of each symbol's code, none longer than allowed."""
    heap, lengths, length_counts = alphabet.heap, alphabet.lengths, alphabet.length_counts
    longest = alphabet.longest
    symbols = alphabet.codes.size
    lengths[heap[sorted_from]] = 0
    overflow = np.int64(0)
    for place in range(sorted_from + 1, heap.size):
        node = heap[place]
        length = lengths[alphabet.parents[node]] + 1
        if length > longest:
            length = longest
            overflow += 1
        lengths[node] = length
        if node < symbols:
            length_counts[length] += 1
    if overflow > 0:
        while overflow > 0:
            length = longest - 1
            while length_counts[length] == 0:
                length -= 1
            # One leaf moves down, and takes as brother one of those that are too deep.
            length_counts[length] -= 1
            length_counts[length + 1] += 2
            length_counts[longest] -= 1
            overflow -= 2
        place = heap.size
        for length in range(longest, 0, -1):
            left = length_counts[length]
            while left > 0:
                place -= 1
                if heap[place] < symbols:
                    lengths[heap[place]] = length
                    left -= 1


@shared
def assign_codes(alphabet, highest):
    """The canonical codes of symbols up to the highest, whose lengths are known, counted by length too."""
    next_codes, length_counts = alphabet.next_codes, alphabet.length_counts
    next_codes[1] = 0
    for length in range(1, MAX_BITS + 1):
        next_codes[length + 1] = (next_codes[length] + length_counts[length]) << 1
    for symbol in range(highest + 1):
        length = alphabet.lengths[symbol]
        if length != 0:
            code = next_codes[length]
            next_codes[length] = code + 1
            turned = np.int64(0)
            for _ in range(length):
                turned = turned << 1 | code & 1
                code >>= 1
            alphabet.codes[symbol] = turned


@shared
def build_code(alphabet):
    """A code for the counts; returns (the highest symbol with a code, bits in all, bits in all with the fixed code).

    Where less than two symbols occur, others get a code too, but are not counted in the bits.
    """
    alphabet.length_counts[:] = 0
    heap_size, highest, surplus, fixed_surplus = _fill_heap(alphabet)
    sorted_from = _join_nodes(alphabet, heap_size)
    _assign_lengths(alphabet, sorted_from)
    assign_codes(alphabet, highest)
    bits = -surplus
    fixed_bits = -fixed_surplus
    for symbol in range(highest + 1):
        count = alphabet.counts[symbol]
        bits += count * (alphabet.lengths[symbol] + alphabet.extra_bits[symbol])
        fixed_bits += count * (alphabet.fixed_lengths[symbol] + alphabet.extra_bits[symbol])
    return highest, bits, fixed_bits
