"""Rows of a batch as training reads them: passages once, then each question with its answer as a branch.

A branch sees the passages and itself, so it has the logits of the chat alone. Only real tokens go through the matrices;
only attention is padded. On a CPU the matrices and the attention are computed in bfloat16, which halves their time.

Attention can be told where to look: a hint names a query, a head and the keys whose weights should sum to one. Hints
are for training only; the network stays what model.py says.
"""
import numpy as np
import torch
import torch.nn.functional as F

HALF = torch.bfloat16
LEAST_LAYERS = 7                # for the heads of watchers()
NOTHING = 2.0                   # weight of a hint that nothing answers (to the first token): one token, hard to learn


class _Lay(torch.autograd.Function):
    """Tokens laid out for attention, some of them twice as padding: x[there]. `back` says where each token went; the
    padding has no gradient, because nothing may look at it."""

    @staticmethod
    def forward(ctx, x, there, back):
        ctx.save_for_backward(back)
        return x.index_select(0, there)

    @staticmethod
    def backward(ctx, grad):
        back, = ctx.saved_tensors
        return grad.index_select(0, back), None, None


class _Collect(torch.autograd.Function):
    """The way back: x[at], where every place is taken at most once."""

    @staticmethod
    def forward(ctx, x, at):
        ctx.save_for_backward(at)
        ctx.size = len(x)
        return x.index_select(0, at)

    @staticmethod
    def backward(ctx, grad):
        at, = ctx.saved_tensors
        return grad.new_zeros(ctx.size, grad.shape[1]).index_copy_(0, at, grad), None


class Rows:
    """Samples (data.Sample) side by side.

    Flat arrays hold the tokens of all: first what is shared, row by row, then the branches. `padded_at` lays them out
    as (row, place) and behind that (branch, place); `flat_at` is the way back. `row_of` is the row of each branch,
    `hidden` is added to its scores: keys of the row, then its own. `opens` says which of the tokens
    with a loss begin an answer, `opened` of which skill.
    """

    def __init__(self, samples, tasks):
        self.names = [s.name for s in samples]
        rows, length = len(samples), max(s.shared for s in samples)
        row_of = [r for r, s in enumerate(samples) for _ in s.branches]
        deep = max((s.deepest() for s in samples), default=0)
        self.shape = rows, length, len(row_of), deep
        shared_at, branch_at = np.zeros((rows, length), np.int64), np.zeros((len(row_of), deep), np.int64)
        pad = torch.zeros(rows, length)
        ids, targets, weights, positions, owner, flat_at = [], [], [], [], [], []

        def put(part, row, place):
            at = len(ids)
            ids.extend(part.ids)
            targets.extend(part.ids[1:] + [0])
            weights.extend(part.weights[1:] + [0.0])
            positions.extend(part.positions)
            owner.extend([row] * len(part.ids))
            flat_at.extend(range(place, place + len(part.ids)))
            return at
        for r, s in enumerate(samples):
            at = put(s.trunk, r, r * length)
            shared_at[r, :s.shared] = np.arange(at, at + s.shared)
            pad[r, s.shared:] = float("-inf")
        for n, (r, b) in enumerate(zip(row_of, (b for s in samples for b in s.branches))):
            at = put(b, r, rows * length + n * deep)
            branch_at[n, :len(b.ids)] = np.arange(at, at + len(b.ids))
        self.row_of = torch.tensor(row_of, dtype=torch.int64)
        own = torch.full((deep, deep), float("-inf")).triu(1)
        self.hidden = torch.cat((pad[self.row_of][:, None].expand(-1, deep, -1), own.expand(len(row_of), -1, -1)), -1)
        self.ids, self.targets = torch.tensor(ids), torch.tensor(targets)
        self.weights, self.positions = torch.tensor(weights), torch.tensor(positions)
        self.flat_at = torch.tensor(flat_at)
        self.padded_at = torch.from_numpy(np.concatenate((shared_at.reshape(-1), branch_at.reshape(-1))))
        # Among the tokens that have a loss: which ones begin an answer, and of which skill.
        self.opens = torch.tensor([w > 0 and not before for before, w in zip([0.0] + weights, weights)])
        self.opened = [self.names[r] for r, opens in zip(owner, self.opens.tolist()) if opens]
        self.opens = self.opens[self.weights > 0]
        self.hints = {task: self._hints(samples, task) for task in tasks}

    def _hints(self, samples, task):
        """(queries, first key, last key + 1, weight) for what is shared and for branches, as places of the padded layout.
        A hint of a branch weighs the root of its tokens, so that a long answer does not drown a short one."""
        length, deep, base = self.shape[1], self.shape[3], 0
        found = [], []
        for r, s in enumerate(samples):
            for name, at, end, first, last in s.trunk.hints:
                if name == task:
                    found[0].extend((r * length + q, first, last, 1.0) for q in range(at, end))
            for b in s.branches:
                for name, at, end, first, last in b.hints:
                    if name == task:
                        if first >= s.shared:
                            first, last = first - s.shared + length, last - s.shared + length
                        small = (end - at) ** -0.5 * (1 if first else NOTHING)
                        found[1].extend((base + q, first, last, small) for q in range(at - s.shared, end - s.shared))
                base += deep
        return [torch.tensor(f, dtype=torch.float64).T if f else None for f in found]

    def to(self, device):
        for name, value in vars(self).items():
            if isinstance(value, torch.Tensor):
                setattr(self, name, value.to(device, non_blocking=True))
        self.hints = {task: [f if f is None else f.to(device) for f in found] for task, found in self.hints.items()}


def watchers(config):
    """{block: [(task, head)]}: which heads are told where to look. Counted from the end, so that they stay where they
    are when depth grows behind the second block (train.grow)."""
    n = config.layers
    return {1: [("id", 6), ("start", 5)], n - 5: [("subject", 0), ("relation", 1), ("value", 2), ("asked", 4), ("wanted", 5), ("question", 6)],
            n - 4: [("look_up", head) for head in (0, 2, 4, 6)], n - 3: [("look_up", head) for head in (0, 2, 4)],
            n - 1: [("copy", 1), ("copy", 5)]}


def _told(scores, hints, head):
    """(-log(weight on the keys hinted at), weight) for each hint. scores: (..., heads, queries, keys)."""
    at, first, last = hints[:3].long()
    picked = scores[:, head].reshape(-1, scores.shape[-1]).index_select(0, at).float()
    keys = torch.arange(picked.shape[1], device=picked.device)
    wanted = (keys >= first[:, None]) & (keys < last[:, None])
    return picked.logsumexp(-1) - picked.masked_fill(~wanted, float("-inf")).logsumexp(-1), hints[3].float()


def means(told):
    """{task: mean loss} of what attend() has told."""
    out = {}
    for task, found in told.items():
        losses, weights = (torch.cat(part) for part in zip(*found))
        out[task] = (losses * weights).sum() / weights.sum()
    return out


def _split(x, batch, length, heads):
    return x.view(batch, length, heads, -1).transpose(1, 2)


def attend(c, rows, q, k, v, watch, told):
    """What attention reads for the flat q, k, v. `watch`: [(task, head)]; the losses of their hints go to `told`."""
    r, s, n, b = rows.shape
    heads, kv, d = c.heads, c.kv_heads, c.head_dim
    groups = heads // kv
    laid = _Lay.apply(torch.cat((q, k, v), 1), rows.padded_at, rows.flat_at)

    def parts(x, batch, length):
        """q with the query heads of a KV head behind each other, k, v: (batch, KV heads, ., width of a head)"""
        q, k, v = x.split((heads * d, kv * d, kv * d), 1)
        return (_split(q, batch, length, heads).reshape(batch, kv, groups * length, d), _split(k, batch, length, kv),
                _split(v, batch, length, kv))

    def read(q, k, v, hidden):
        """(what the heads read, scores)"""
        batch, length, keys = len(q), hidden.shape[-2], k.shape[2]
        score = torch.matmul(q, k.mT).view(batch, heads, length, keys) + hidden.to(q.dtype)
        got = torch.matmul(score.softmax(-1).view(batch, kv, groups * length, keys), v)
        return got.view(batch, heads, length, d).transpose(1, 2).reshape(batch * length, heads * d), score

    # Padding stands behind what is real, so that what hides later tokens hides it too; only branches have to be kept
    # from the padding of the trunk.
    q1, k1, v1 = parts(laid[:r * s], r, s)
    late = torch.full((s, s), float("-inf"), device=q.device).triu(1)
    out, scores = [None, None], [None, None]
    out[0], scores[0] = read(q1, k1, v1, late)
    if n:
        q2, k2, v2 = parts(laid[r * s:], n, b)
        k2, v2 = (torch.cat((x.index_select(0, rows.row_of), y), 2) for x, y in ((k1, k2), (v1, v2)))
        out[1], scores[1] = read(q2, k2, v2, rows.hidden[:, None])
    else:
        out.pop()
    for task, head in watch:
        for score, hints in zip(scores, rows.hints[task]):
            if score is not None and hints is not None:
                told.setdefault(task, []).append(_told(score, hints, head))
    return _Collect.apply(torch.cat(out), rows.flat_at)


def before_attention(block, c, x, cos, sin, dtype):
    """q (scaled), k and v of a block for flat states x, q and k already turned."""
    h = block.attn_norm(x).to(dtype)
    small = c.head_dim ** -0.5
    w = torch.cat((block.q.weight * small, block.k.weight, block.v.weight)).to(dtype)
    bias = torch.cat((block.q.bias * small, block.k.bias, block.v.bias)).to(dtype)
    wide, narrow = c.heads * c.head_dim, c.kv_heads * c.head_dim
    qk, v = F.linear(h, w, bias).split((wide + narrow, narrow), 1)
    one, two = qk.view(len(x), c.heads + c.kv_heads, c.head_dim).chunk(2, -1)
    qk = torch.cat((one * cos - two * sin, two * cos + one * sin), -1).view(len(x), -1)
    return *qk.split((wide, narrow), 1), v


def after_attention(block, x, a, dtype):
    x = x + F.linear(a, block.o.weight.to(dtype))
    h = block.ffn_norm(x).to(dtype)
    h = F.silu(F.linear(h, block.gate.weight.to(dtype))) * F.linear(h, block.up.weight.to(dtype))
    return x + F.linear(h, block.down.weight.to(dtype))


def states(net, rows, until, watch=None, told=None, dtype=HALF, at=None):
    """Residual states of the flat tokens before block `until`; of those in `at` only, if `until` is the end."""
    c, x = net.config, net.embed(rows.ids)
    cos, sin = (t[rows.positions][:, None].to(dtype) for t in (net.cos, net.sin))
    for i, block in enumerate(net.blocks[:until]):
        a = attend(c, rows, *before_attention(block, c, x, cos, sin, dtype), (watch or {}).get(i, ()), told)
        if at is not None and i == len(net.blocks) - 1:
            x, a = x[at], a[at]
        x = after_attention(block, x, a, dtype)
    return x


def aims(net, rows, watch, block, dtype=HALF):
    """{task: [(losses of its hints, weights)]} of the blocks up to `block`, whose scores are the last that is computed."""
    told, c = {}, net.config
    x = states(net, rows, block, watch, told, dtype)
    cos, sin = (t[rows.positions][:, None].to(dtype) for t in (net.cos, net.sin))
    attend(c, rows, *before_attention(net.blocks[block], c, x, cos, sin, dtype), watch[block], told)
    return told


def logits(net, rows, watch=None, dtype=HALF):
    """(logits at the tokens before an answer's, {task: [(losses of its hints, weights)]})."""
    told, at = {}, rows.weights.nonzero()[:, 0]
    x = states(net, rows, len(net.blocks), watch, told, dtype, at)
    return F.linear(net.norm(x).to(dtype), net.embed.weight.to(dtype)).float(), told
