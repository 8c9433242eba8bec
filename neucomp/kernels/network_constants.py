"""Sizes and limits of the byte transformer, for its compiled step, for many lanes and for training alike.

They are part of the format (`docs/exact.md`, "Networks"). This file imports nothing: training needs the numbers without
numba.
"""

SYMBOLS = 256
HEAD_WIDTH = 32

SHORTEST_GRAM = 2
LONGEST_GRAM = 6
GRAMS = LONGEST_GRAM - SHORTEST_GRAM + 1
"""The tables 0 to GRAMS - 1 are for the last 2 to 6 bytes."""

TABLES = GRAMS + 3
"""The rest are for the word, for it and the one before, for it and the two before."""

RESIDUAL_LIMIT = 32767
INPUT_LIMIT = 1023
QUERY_LIMIT = 511
HIDDEN_LIMIT = 1022
LOGIT_LIMIT = 1 << 20
"""Largest absolute values: of the residual stream (unit 1/256), of what layers read and of values (1/128), of queries
and keys (1/64), of what the second matrix of a layer's perceptron reads (1/64), of logits (1/256 nat)."""

SCALE_BITS = 24
"""Scales of matrices: 2**24 stands for 1."""

SCORE_SCALE = 181
"""round(2**14 * 256 / (64 * 64 * sqrt(32))): from a product of query and key to a score in 1/256 nat, and 14 bits."""

FREQUENCY_BITS = 24
"""Frequencies of a position sum to 2**24, and each is at least 1."""

EXP_SIZE = 4096
"""Entries of an exponential table: 16 nats."""

RSQRT_FIRST = 4096
"""The table of reciprocal roots begins with that of this number, and ends before that of four times as much."""
