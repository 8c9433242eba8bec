"""One step of the byte transformer on one lane: integer matrix-vector products and attention at batch 1.

The network is defined in `docs/exact.md` ("Networks") and, for many lanes at once, in `neucomp.nets.transformer`; this
is the same definition, one position at a time, with the same integers in every place. Weights are int8, activations of
10 to 16 bits in int16, every sum is exact in int32.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neucomp.kernels.grams import find_rows, read_byte
from neucomp.kernels.inline import part
from neucomp.kernels.network_constants import (
    EXP_SIZE,
    FREQUENCY_BITS,
    HEAD_WIDTH,
    INPUT_LIMIT,
    LOGIT_LIMIT,
    QUERY_LIMIT,
    RESIDUAL_LIMIT,
    RSQRT_FIRST,
    SCALE_BITS,
    SCORE_SCALE,
    SYMBOLS,
    TABLES,
)
from neucomp.kernels.products import multiply, multiply_columns

_NO_SCORE = -(1 << 29)


class Step(NamedTuple):
    """Weights of a network up to one exit, and the state of one lane."""

    tables: NDArray[np.int8]  # (rows of all tables, row width)
    first_rows: NDArray[np.int64]  # (TABLES,): where each table begins
    table_bits: NDArray[np.int64]  # (TABLES,)
    table_steps: NDArray[np.int32]  # (TABLES,)
    embedding: NDArray[np.int16]  # (256, width)
    qkv: NDArray[np.int8]  # (layers, 3 * heads * 32, width)
    qkv_scale: NDArray[np.int64]  # (layers, 3 * heads * 32)
    slopes: NDArray[np.int32]  # (layers, heads): 1/256 nat a byte of distance
    out: NDArray[np.int8]  # (layers, width, heads * 32)
    out_scale: NDArray[np.int64]  # (layers, width)
    up: NDArray[np.int8]  # (layers, hidden, width)
    up_scale: NDArray[np.int64]  # (layers, hidden)
    down: NDArray[np.int8]  # (layers, width, hidden)
    down_scale: NDArray[np.int64]  # (layers, width)
    logits: NDArray[np.int8]  # (256, width)
    logits_scale: NDArray[np.int64]  # (256,)
    bias: NDArray[np.int32]  # (256,)
    norm_scale: NDArray[np.int64]  # (1,): 2048 * sqrt(width)
    rsqrt: NDArray[np.int32]  # (12288,)
    exp15: NDArray[np.int32]  # (4096,)
    exp24: NDArray[np.int32]  # (4096,)
    reader: NDArray[np.int64]  # state of kernels.grams
    position: NDArray[np.int64]  # (2,): bytes read; the last of them
    rows: NDArray[np.int32]  # (TABLES,)
    keys: NDArray[np.int16]  # (layers, heads, 16, window, 2): pairs of a head's 32 numbers; a ring of positions
    values: NDArray[np.int16]  # (layers, heads, 32, window)
    residual: NDArray[np.int32]  # (width,): 1/256
    inputs: NDArray[np.int16]  # (width,): the normalised residual, 1/128
    sums: NDArray[np.int32]  # (widest layer,): of a matrix-vector product
    query: NDArray[np.int16]  # (heads * 32,): 1/64
    attended: NDArray[np.int16]  # (heads * 32,): 1/128
    scores: NDArray[np.int32]  # (window,)
    shares: NDArray[np.int16]  # (window,): of 2**14
    hidden: NDArray[np.int16]  # (hidden,): 1/64
    freqs: NDArray[np.int64]  # (512,): from 256 on, the frequencies; below, sums of the nodes of the tree


@part
def _requantize(total, scale):
    return (np.int64(total) * scale + (1 << (SCALE_BITS - 1))) >> SCALE_BITS


@part
def _clip(value, limit):
    return max(min(value, np.int64(limit)), np.int64(-limit))


@part
def _normalize(step):
    """inputs = residual / its root mean square."""
    residual = step.residual
    squares = np.int64(1)
    for i in range(residual.size):
        squares += np.int64(residual[i]) * np.int64(residual[i])
    exponent = np.int64(0)
    while squares >> (2 * exponent + 2) != 0:
        exponent += 1
    factor = np.int64(step.rsqrt[((squares << 12) >> (2 * exponent)) - RSQRT_FIRST]) * step.norm_scale[0]
    half = np.int64(1) << (18 + exponent)
    for i in range(residual.size):
        step.inputs[i] = _clip((np.int64(residual[i]) * factor + half) >> (19 + exponent), INPUT_LIMIT)


@part
def _embed(step):
    width = step.tables.shape[1]
    embedding = step.embedding[step.position[1]]
    for k in range(TABLES):
        row = step.tables[step.first_rows[k] + step.rows[k]]
        size = np.int64(step.table_steps[k])
        for i in range(width):
            at = k * width + i
            step.residual[at] = _clip(np.int64(embedding[at]) + np.int64(row[i]) * size, RESIDUAL_LIMIT)


@part
def _add(step, scale):
    """residual += the sums, requantized."""
    for i in range(step.residual.size):
        step.residual[i] = _clip(np.int64(step.residual[i]) + _requantize(step.sums[i], scale[i]), RESIDUAL_LIMIT)


@part
def _share_attention(step, slope, slot, count):
    """shares[j] of 2**14 for each position in the window: the integer softmax of its score."""
    scores = step.scores
    window = scores.size
    best = np.int32(_NO_SCORE)
    for j in range(window):
        distance = np.int32(slot - j)
        distance = np.int32(distance + window) if distance < 0 else distance
        score = np.int32((np.int32(scores[j] * np.int32(SCORE_SCALE)) + np.int32(1 << 13)) >> 14)
        score = np.int32(score - np.int32(slope * distance))
        score = score if distance < count else np.int32(_NO_SCORE)
        scores[j] = score
        best = max(best, score)
    total = np.int32(0)
    for j in range(window):
        # An unsigned index is not tested for counting from the end, so that the loop becomes one over vectors.
        share = step.exp15[np.uint32(min(np.int32(best - scores[j]), np.int32(EXP_SIZE - 1)))]
        scores[j] = share
        total = np.int32(total + share)
    factor = np.int32((1 << 30) // np.int64(total))
    for j in range(window):
        step.shares[j] = np.int32(scores[j] * factor) >> 16


@part
def _attend_head(step, layer, head):
    """One head's attended values: the mean of the values, weighted by shares."""
    multiply(step.values[layer, head], step.shares, step.sums)
    for d in range(HEAD_WIDTH):
        mean = (np.int64(step.sums[d]) + (1 << 13)) >> 14
        step.attended[head * HEAD_WIDTH + d] = _clip(mean, INPUT_LIMIT)


@part
def _attend(step, layer):
    _normalize(step)
    multiply(step.qkv[layer], step.inputs, step.sums)
    window = step.scores.size
    slot = step.position[0] % window
    count = min(step.position[0] + 1, window)
    size = step.query.size
    scale = step.qkv_scale[layer]
    for i in range(size):
        head, d = i // HEAD_WIDTH, i % HEAD_WIDTH
        step.query[i] = _clip(_requantize(step.sums[i], scale[i]), QUERY_LIMIT)
        key = _clip(_requantize(step.sums[size + i], scale[size + i]), QUERY_LIMIT)
        step.keys[layer, head, d >> 1, slot, d & 1] = key
        value = _clip(_requantize(step.sums[2 * size + i], scale[2 * size + i]), INPUT_LIMIT)
        step.values[layer, head, d, slot] = value
    for head in range(size // HEAD_WIDTH):
        query = step.query[head * HEAD_WIDTH : (head + 1) * HEAD_WIDTH]
        multiply_columns(step.keys[layer, head], query, step.scores)
        _share_attention(step, np.int32(step.slopes[layer, head]), slot, count)
        _attend_head(step, layer, head)
    multiply(step.out[layer], step.attended, step.sums)
    _add(step, step.out_scale[layer])


@part
def _transform(step, layer):
    _normalize(step)
    multiply(step.up[layer], step.inputs, step.sums)
    scale = step.up_scale[layer]
    for i in range(step.hidden.size):
        unit = max(min(_requantize(step.sums[i], scale[i]), np.int64(INPUT_LIMIT)), np.int64(0))
        step.hidden[i] = (unit * unit + 512) >> 10
    multiply(step.down[layer], step.hidden, step.sums)
    _add(step, step.down_scale[layer])


@part
def _count(step):
    """Frequencies of the 256 bytes from the exit's logits, and their sums in a binary tree."""
    multiply(step.logits, step.inputs, step.sums)
    best = np.int64(-(1 << 30))
    for i in range(SYMBOLS):
        logit = _clip(_requantize(step.sums[i], step.logits_scale[i]) + step.bias[i], LOGIT_LIMIT)
        step.sums[i] = logit
        best = max(best, logit)
    total = np.int64(0)
    freqs = step.freqs
    likeliest = np.int64(SYMBOLS)
    for i in range(SYMBOLS - 1, -1, -1):
        below = best - step.sums[i]
        if below == 0:
            likeliest = SYMBOLS + i
        share = np.int64(step.exp24[min(below, np.int64(EXP_SIZE - 1))])
        freqs[SYMBOLS + i] = share
        total += share
    factor = (np.int64((1 << FREQUENCY_BITS) - SYMBOLS) << 32) // total
    total = np.int64(0)
    for i in range(SYMBOLS, 2 * SYMBOLS):
        freqs[i] = 1 + ((freqs[i] * factor) >> 32)
        total += freqs[i]
    freqs[likeliest] += (1 << FREQUENCY_BITS) - total
    for node in range(SYMBOLS - 1, 0, -1):
        freqs[node] = freqs[2 * node] + freqs[2 * node + 1]


@part
def predict_byte(step):
    """Frequencies of the next byte from all that were read; call once for each byte."""
    find_rows(step.reader, step.table_bits, step.rows)
    _embed(step)
    for layer in range(step.qkv.shape[0]):
        _attend(step, layer)
        _transform(step, layer)
    _normalize(step)
    _count(step)


@part
def follow_byte(step, byte):
    """Takes the byte that came into the state of the lane."""
    read_byte(step.reader, byte)
    step.position[0] += 1
    step.position[1] = byte
