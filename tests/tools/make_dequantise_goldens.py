#!/usr/bin/env python3
"""Prints the digests of tests/kernels/weights_test.cc: what the gguf package makes of random blocks.

Needs: gguf, numpy. The blocks are the bytes of a splitmix64 sequence, fp16 fields made finite; the
digest is FNV-1a (64 bit) over the bytes of the fp32 values.
"""

import gguf
import numpy as np

BLOCKS = 64
MASK = (1 << 64) - 1
# name, bytes of a block, offsets of its fp16 fields
FORMATS = [("Q8_0", 34, [0]), ("Q4_0", 18, [0]), ("Q4_1", 20, [0, 2]), ("Q5_0", 22, [0]),
           ("Q5_1", 24, [0, 2]), ("Q4_K", 144, [0, 2]), ("Q5_K", 176, [0, 2]), ("Q6_K", 210, [208])]


def random_bytes(count, state):
    out = bytearray()
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        out.append((z ^ (z >> 31)) & 0xFF)
    return out


def fnv(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return h


for name, size, halves in FORMATS:
    data = random_bytes(BLOCKS * size, size)
    for block in range(0, len(data), size):
        for half in halves:
            if data[block + half + 1] & 0x7C == 0x7C:
                data[block + half + 1] &= 0xBF
    kind = getattr(gguf.GGMLQuantizationType, name)
    values = gguf.quants.dequantize(np.frombuffer(bytes(data), dtype=np.uint8), kind)
    assert values.dtype == np.float32 and np.isfinite(values).all()
    print(f'      {{WeightFormat::k{name}, 0x{fnv(values.tobytes()):016x}u}},')
