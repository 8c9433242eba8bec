"""How kernels are compiled, in one place.

Primitives are `inline`: they become part of the kernel that calls them and are not cached on their own. A kernel that
Python calls is `compiled`: cached, free of the interpreter lock, and never with `fastmath`, which would let the
compiler reorder sums.
"""

from numba import njit

inline = njit(forceinline=True)
compiled = njit(cache=True, nogil=True, error_model="numpy")
