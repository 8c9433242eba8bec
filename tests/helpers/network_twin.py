"""The byte transformer on Python's integers, one position at a time, straight from its definition in docs/exact.md."""

import math
from decimal import Decimal, localcontext
from functools import cache

import numpy as np

from neucomp.nets.rows import find_rows, new_readers
from neucomp.nets.weights import Network

Row = list[int]


@cache
def exponential(bits: int, i: int) -> int:
    """round(2**bits * exp(-i / 256))"""
    with localcontext() as context:
        context.prec = 60
        return round(2**bits * (Decimal(-i) / 256).exp())


def nearest_root(square: int, divisor: int) -> int:
    """round(sqrt(square / divisor)), by search."""
    root = math.isqrt(square // divisor)
    return root + (4 * square > (2 * root + 1) ** 2 * divisor)


def clip(x: int, limit: int) -> int:
    return max(-limit, min(x, limit))


def linear(network: Network, name: str, x: Row) -> Row:
    result = []
    scales = network.tensors[f"{name}_scale"].tolist()
    for weights, scale in zip(network.tensors[name].tolist(), scales, strict=True):
        products = [a * b for a, b in zip(weights, x, strict=True)]
        assert sum(p for p in products if p > 0) <= 2**24 and sum(p for p in products if p < 0) >= -(2**24)
        result.append((sum(products) * scale + 2**23) >> 24)
    return result


def add(h: Row, x: Row) -> Row:
    return [clip(a + b, 32767) for a, b in zip(h, x, strict=True)]


def normalize(h: Row) -> Row:
    v = sum(x * x for x in h) + 1
    e = 0
    while 4 ** (e + 1) <= v:
        e += 1
    i = (v << 12) >> 2 * e
    assert 4096 <= i <= 16383
    r = nearest_root(2**42, i)
    c = nearest_root(2048**2 * len(h), 1)
    assert all(abs(x * r * c) <= 2**46 for x in h)
    return [clip((x * r * c + 2 ** (18 + e)) >> (19 + e), 1023) for x in h]


def attend(query: Row, keys: list[Row], values: list[Row], slope: int) -> Row:
    """One head; the last of the keys is the query's own position."""
    scores = []
    for distance, key in enumerate(reversed(keys)):
        product = sum(a * b for a, b in zip(query, key, strict=True))
        scores.append(((product * 181 + 2**13) >> 14) - slope * distance)
    best = max(scores)
    e = [exponential(15, min(best - score, 4095)) for score in scores]
    r = 2**30 // sum(e)
    p = [(each * r) >> 16 for each in e]
    assert sum(p) <= 2**14
    sums = [sum(a * value[d] for a, value in zip(p, reversed(values), strict=True)) for d in range(32)]
    return [clip((total + 2**13) >> 14, 1023) for total in sums]


def logits_of(network: Network, symbols: bytes, exit_depth: int) -> list[Row]:
    """The logits after each of `symbols`, which a lane reads from its beginning."""
    rows = find_rows(np.frombuffer(symbols, np.uint8)[None], new_readers(1), network.config.table_bits)[0].tolist()
    keys: list[list[Row]] = [[] for _ in range(exit_depth)]
    values: list[list[Row]] = [[] for _ in range(exit_depth)]
    return [_step(network, symbols[t], rows[t], keys, values, exit_depth) for t in range(len(symbols))]


def _step(network: Network, byte: int, rows: Row, keys: list[list[Row]], values: list[list[Row]], depth: int) -> Row:
    config, tensors = network.config, network.tensors
    hashed: Row = []
    first = 0
    for k, row in enumerate(rows):
        hashed += [x * int(tensors["table_steps"][k]) for x in tensors["tables"][first + row].tolist()]
        first += 2 ** config.table_bits[k]
    h = add(tensors["embedding"][byte].tolist(), hashed)
    heads = range(0, config.heads * 32, 32)
    for n in range(depth):
        parts = linear(network, f"layer{n}.qkv", normalize(h))
        size = config.heads * 32
        query = [clip(x, 511) for x in parts[:size]]
        keys[n].append([clip(x, 511) for x in parts[size : 2 * size]])
        values[n].append([clip(x, 1023) for x in parts[2 * size :]])
        attended: Row = []
        for head, slope in zip(heads, tensors[f"layer{n}.slopes"].tolist(), strict=True):
            place = slice(head, head + 32)
            window = slice(-config.window, None)
            of_head = ([row[place] for row in remembered[n][window]] for remembered in (keys, values))
            attended += attend(query[place], *of_head, slope)
        h = add(h, linear(network, f"layer{n}.out", attended))
        u = [max(0, min(x, 1023)) for x in linear(network, f"layer{n}.up", normalize(h))]
        h = add(h, linear(network, f"layer{n}.down", [(x * x + 512) >> 10 for x in u]))
    logits = linear(network, f"exit{depth}.logits", normalize(h))
    return [clip(x + b, 2**20) for x, b in zip(logits, tensors[f"exit{depth}.bias"].tolist(), strict=True)]


def frequencies_of(logits: Row) -> Row:
    best = max(logits)
    e = [exponential(24, min(best - x, 4095)) for x in logits]
    r = ((2**24 - 256) << 32) // sum(e)
    freqs = [1 + ((each * r) >> 32) for each in e]
    freqs[logits.index(best)] += 2**24 - sum(freqs)
    return freqs
