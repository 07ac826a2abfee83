"""The Qwen2 architecture in plain PyTorch: RMSNorm, NeoX RoPE, grouped-query attention with QKV bias, SwiGLU."""
import dataclasses
import math

import torch
import torch.nn.functional as F
from torch import nn


@dataclasses.dataclass
class Config:
    vocab: int = 3072
    layers: int = 12
    width: int = 256
    ffn: int = 768
    heads: int = 8
    kv_heads: int = 4
    context: int = 4096
    rope_base: float = 10000.0
    eps: float = 1e-6

    @property
    def head_dim(self):
        return self.width // self.heads


class RmsNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.weight, self.eps)


def rope_table(config):
    """cos and sin per (position, half of the head), computed in fp64 as the C++ runtime does."""
    half = config.head_dim // 2
    freq = config.rope_base ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = torch.arange(config.context, dtype=torch.float64)[:, None] * freq
    return angle.cos().float(), angle.sin().float()


def rotate(x, cos, sin):
    """NeoX pairing: element i turns with element i + half."""
    a, b = x.float().chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1).to(x.dtype)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        kv = c.kv_heads * c.head_dim
        self.attn_norm = RmsNorm(c.width, c.eps)
        self.q = nn.Linear(c.width, c.width, bias=True)
        self.k = nn.Linear(c.width, kv, bias=True)
        self.v = nn.Linear(c.width, kv, bias=True)
        self.o = nn.Linear(c.width, c.width, bias=False)
        self.ffn_norm = RmsNorm(c.width, c.eps)
        self.gate = nn.Linear(c.width, c.ffn, bias=False)
        self.up = nn.Linear(c.width, c.ffn, bias=False)
        self.down = nn.Linear(c.ffn, c.width, bias=False)

    def forward(self, x, cos, sin):
        c, (batch, length, _) = self.c, x.shape
        h = self.attn_norm(x)
        q = self.q(h).view(batch, length, c.heads, c.head_dim).transpose(1, 2)
        k = self.k(h).view(batch, length, c.kv_heads, c.head_dim).transpose(1, 2)
        v = self.v(h).view(batch, length, c.kv_heads, c.head_dim).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        groups = c.heads // c.kv_heads
        k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        a = a.transpose(1, 2).reshape(batch, length, c.width)
        x = x + self.o(a)
        h = self.ffn_norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Demo(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RmsNorm(config.width, config.eps)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                nn.init.normal_(p, std=0.02 if name == "embed.weight" else p.shape[1] ** -0.5)
            if name.endswith("bias"):
                nn.init.zeros_(p)
        # A new block starts as the identity, so that depth can grow during training without losing what is learnt.
        for block in self.blocks:
            block.o.weight.data *= 1 / math.sqrt(2 * config.layers)
            block.down.weight.data *= 1 / math.sqrt(2 * config.layers)
        cos, sin = rope_table(config)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def hidden(self, ids):
        """States after the last norm. Training computes the same over rows with branches: rows.py."""
        cos, sin = self.cos[:ids.shape[1]], self.sin[:ids.shape[1]]
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x, cos, sin)
        return self.norm(x)

    def logits(self, hidden):
        return F.linear(hidden, self.embed.weight)     # tied: the embedding is also the output matrix

    def forward(self, ids):
        return self.logits(self.hidden(ids))
