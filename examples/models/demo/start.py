"""Starting weights from which looking things up forms within minutes instead of days.

A transformer finds a value by two steps: a head that carries what stands just before a token to it, and a later head
that matches the present word with what was carried and copies what it finds. From random weights both have to appear
at once before either pays. Here they are there from the start, roughly, and training does the rest:

- heads of the first block look back a fixed distance (a QKV bias that peaks there under RoPE), heads of the second
  read a window of the words before;
- keys of later blocks look where such a head wrote, queries at the same projection of the present token;
- what a head of a later block reads, it writes back unchanged (output = transpose of value), so that it copies.
"""
import math

import torch

BIAS = 5.0                     # the next distance has e^-3 of the weight
MATCH = 2.0                    # sharpness of the match
EMBED, GAIN = 0.35, 0.1        # embeddings as large as what blocks add; the last norm keeps first logits small
LOOK_BACK = (1, 2, 3, 4, 1, 2)  # distance per query head of block 0; the other heads are free
# Windows per query head of block 1: (first frequency, centre). From frequency 2 on it is about 8 tokens wide, from 3
# on about 12: a bag of the words around, by which a sentence and a question about it are alike.
WINDOWS = ((2, 4), (3, 6), (2, 4), (3, 6), (1, 6), (3, 6))
WINDOW_END, WINDOW_BIAS = 9, 3.0


def _orthogonal(rows, width, generator):
    return torch.linalg.qr(torch.randn(width, rows, generator=generator))[0].T.contiguous()


def _look_back(block, c, head, distance):
    d, half, kv = c.head_dim, c.head_dim // 2, head // (c.heads // c.kv_heads)
    angle = distance * c.rope_base ** (-torch.arange(half, dtype=torch.float64) / half)
    q, k = block.q.bias[head * d:(head + 1) * d], block.k.bias[kv * d:(kv + 1) * d]
    k[:half], k[half:] = BIAS, 0
    q[:half], q[half:] = (BIAS * angle.cos()).float(), (-BIAS * angle.sin()).float()
    block.q.weight[head * d:(head + 1) * d] *= 0.2          # place decides, not content


def _window(block, c, head, first, centre):
    d, half, kv = c.head_dim, c.head_dim // 2, head // (c.heads // c.kv_heads)
    angle = centre * c.rope_base ** (-torch.arange(half, dtype=torch.float64) / half)
    among = (torch.arange(half) >= first) & (torch.arange(half) < WINDOW_END)
    q, k = block.q.bias[head * d:(head + 1) * d], block.k.bias[kv * d:(kv + 1) * d]
    k[:half], k[half:] = WINDOW_BIAS * (torch.arange(half) < WINDOW_END), 0
    strength = math.sqrt(d) / WINDOW_BIAS * among
    q[:half], q[half:] = (strength * angle.cos()).float(), (-strength * angle.sin()).float()
    block.q.weight[head * d:(head + 1) * d] *= 0.2


@torch.no_grad()
def gather(block, c, generator, loud):
    """Makes a block whose heads read windows and whose feed-forward part is silent."""
    d, groups = c.head_dim, c.heads // c.kv_heads
    for kv in range(c.kv_heads):
        block.v.weight[kv * d:(kv + 1) * d] = _orthogonal(d, c.width, generator)
    for head in range(c.heads):
        block.o.weight[:, head * d:(head + 1) * d] = loud * _orthogonal(d, c.width, generator).T
    for head, (first, centre) in enumerate(WINDOWS):
        _window(block, c, head, first, centre)
    block.down.weight *= 0


@torch.no_grad()
def structured(net, seed):
    c, g = net.config, torch.Generator().manual_seed(seed)
    d, groups = c.head_dim, c.heads // c.kv_heads

    def part(i):
        return slice(i * d, (i + 1) * d)
    net.embed.weight.copy_(torch.randn(net.embed.weight.shape, generator=g) * EMBED)
    net.norm.weight.fill_(GAIN)
    first, second, *later = net.blocks
    gather(second, c, g, 1.0)
    read = [_orthogonal(d, c.width, g) for _ in range(c.kv_heads)]
    wrote = [_orthogonal(d, c.width, g) for _ in range(c.heads)]
    for kv in range(c.kv_heads):
        first.v.weight[part(kv)] = read[kv]
    for head in range(c.heads):
        first.o.weight[:, part(head)] = wrote[head].T
    for head, distance in enumerate(LOOK_BACK):
        _look_back(first, c, head, distance)
    for depth, block in enumerate(later, 2):
        for kv in range(c.kv_heads):
            source = (kv * groups + (depth + 1) % 2) % len(LOOK_BACK)
            carried = kv < c.kv_heads - 1                   # the last one matches words with words
            key = wrote[source] if carried else _orthogonal(d, c.width, g)
            query = read[source // groups] if carried else key
            value = _orthogonal(d, c.width, g)
            block.k.weight[part(kv)] = math.sqrt(MATCH) * key
            block.v.weight[part(kv)] = value
            # Only one head of a group: equal heads would have equal gradients and stay equal for ever.
            block.q.weight[part(kv * groups)] = math.sqrt(MATCH) * query
            block.o.weight[:, part(kv * groups)] = value.T
    for block in net.blocks:
        block.down.weight *= 0.3
