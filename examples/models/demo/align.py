#!/usr/bin/env python3
"""Makes heads match that gradient descent aligns too slowly: names in questions with names in statements.

  align.py --work DIR            once, when `train.py` says that `subject` and `asked` look where they should
  align.py --work DIR --relations   to a file without such heads: opens two for the word of a relation, before aim.py
  align.py --work DIR --ids      once, behind aim.py: the same for the ids of passages

Hints (hints.py) show within 300 steps what to look at, but not how to tell whether two names are one: the head that
carries a statement's subject and the one that carries a question's read different parts of what they see, and which
parts matter can only be learnt once a look-up works. Here statistics do it, from texts that the generator makes:

- both heads read the directions in which tokens differ most from other tokens and least between the places where they
  stand (linear discriminant analysis of the states at names);
- queries and keys of the look-up heads are the directions in which a question and the statement that answers go
  together more than with the other statements of the passages (canonical correlation), laid where RoPE turns slowly.

With --ids: the head that carries ids, and one look-up head, read and write what tells their first, last and last but
one pieces apart, loud enough not to drown. Where they look stays as it is.

With --relations: a head beside the one that carries a statement's subject, and one beside that of a question's, read
with the same values and write what they read elsewhere. Hints show them the word for what is said or asked.

The checkpoint keeps its place in the run; the optimiser starts anew.
"""
import argparse
import pathlib
import random

import torch
import torch.nn.functional as F

import data
import model as demo
import relations
import rows
import scenes
import tokenizer as tok
import train

FACTS = ("hop1",), ("coref",), ("hop1", "coref")
STYLES = ("short", "short", "cite", "quote_id", "quote")
STRENGTH = 6.0                 # by how much a match beats the rest, in units of the softmax
LOUDNESS = 0.5                 # of what the carrying heads write, against the states they add it to
PAIRS = 4                      # of slowly turning elements per look-up head


def samples(tokenizer, rng, count):
    """Rows of one sample each, with questions that have an answer in the passages."""
    made = 0
    while made < count:
        chats = scenes.first_questions(rng, rng.randint(3, 6), FACTS[made % len(FACTS)], STYLES)
        sample = data.encode(tokenizer, "", chats, 900, 0.0)
        if sample and len(sample.branches) > 2:
            made += 1
            yield sample, rows.Rows([sample], ())


def branch_hints(sample, task):
    """(hint, shift from its tokens to those of the row) for each branch that has one."""
    at = 0
    for branch in sample.branches:
        for hint in branch.hints:
            if hint[0] == task:
                yield hint, at
        at += len(branch.ids)


def names(net, tokenizer, rng, block, count):
    """(normed states, ids) of the tokens of names, in statements and in questions."""
    states, ids = [], []
    for sample, row in samples(tokenizer, rng, count):
        h = net.blocks[block].attn_norm(rows.states(net, row, block))
        spans = {hint[3:] for hint in sample.trunk.hints if hint[0] == "subject"}
        spans |= {(a + shift, b + shift) for (*_, a, b), shift in branch_hints(sample, "asked") if a >= sample.shared}
        for first, last in spans:
            states.append(h[first:last])
            ids.append(row.ids[first:last])
    states, ids = torch.cat(states).double(), torch.cat(ids)
    kept = ids != tokenizer.sp.piece_to_id("\u2581")
    return states[kept], ids[kept]


def discriminants(x, ids, count):
    """(directions as rows, offset): x's parts that tell ids apart, each of variance 1."""
    _, of, size = ids.unique(return_inverse=True, return_counts=True)
    size = size.double()[:, None]
    mean = x.mean(0)
    means = torch.zeros(len(size), x.shape[1], dtype=x.dtype).index_add_(0, of, x) / size
    within = x - means[of]
    e, u = torch.linalg.eigh(within.T @ within / (len(x) - len(size)))
    white = u / (e + 0.05 * e.mean()).sqrt() @ u.T
    between = (means - mean) * size.sqrt() @ white
    e, u = torch.linalg.eigh(between.T @ between / len(x))
    e, u = e.flip(0)[:count], u.flip(1)[:, :count]
    directions = (white @ u / (e + 1).sqrt()).T
    return directions, -directions @ mean


def id_states(net, tokenizer, rng, block, count, at_close):
    """(normed states, [labels]) at the ends of ids or in the sentences behind them. Labels: first piece of the id, last,
    and the last but one."""
    opened, states, labels = tokenizer.sp.piece_to_id("["), [], []
    for sample, row in samples(tokenizer, rng, count):
        h = net.blocks[block].attn_norm(rows.states(net, row, block))
        ids = row.ids.tolist()
        for task, first, end, close, _ in sample.trunk.hints:
            if task == "id":
                begin = next(i for i in range(close, 0, -1) if ids[i] == opened)
                for at in (close,) if at_close else (first, end - 1, rng.randrange(first, end)):
                    states.append(h[at])
                    labels.append((ids[begin + 1], ids[close - 1], ids[close - 2]))
    return torch.stack(states).double(), torch.tensor(labels).T


@torch.no_grad()
def align_ids(net, tokenizer, seed, count):
    """Ids loud and clear: from the end of an id to the words behind it, and from the statement found to the answer. What
    else the KV heads of these two heads carried is lost."""
    c, rng, d = net.config, random.Random(seed), net.config.head_dim
    rng.invented, rng.dressed, rng.loose = 0.1, 0.2, 0.45
    relations.prefer_spelled(tokenizer.sp.encode)
    told = [(block, task, head) for block, found in rows.watchers(c).items() for task, head in found]
    groups = c.heads // c.kv_heads
    carry = next((b, h) for b, t, h in told if t == "id")
    found = min(b for b, t, _ in told if t == "look_up")
    last = max(h for b, t, h in told if b == found and t == "look_up")
    basis = torch.linalg.qr(torch.randn(c.width, 2 * d, generator=torch.Generator().manual_seed(seed)))[0]
    for n, (block, head) in enumerate((carry, (found, last))):
        x, labels = id_states(net, tokenizer, rng, block, count, n == 0)
        sizes = d // 2, d - d // 2 - d // 4, d // 4
        parts = [discriminants(x, of, size) for of, size in zip(labels, sizes)]
        directions, offset = (torch.cat(p) for p in zip(*parts))
        part, kv = net.blocks[block], head // groups
        _, row = next(samples(tokenizer, rng, 1))
        size = rows.states(net, row, block).norm(dim=1).mean()
        part.v.weight[kv * d:(kv + 1) * d], part.v.bias[kv * d:(kv + 1) * d] = directions.float(), offset.float()
        part.o.weight[:, kv * groups * d:(kv + 1) * groups * d] = 0
        part.o.weight[:, head * d:(head + 1) * d] = LOUDNESS * size / (0.4 * d) ** 0.5 * basis[:, n * d:(n + 1) * d]


@torch.no_grad()
def open_relations(net, seed):
    """The heads of `relation` and `wanted` write into directions that their neighbours leave free, as loudly as these."""
    c, d = net.config, net.config.head_dim
    told = {task: (block, head) for block, found in rows.watchers(c).items() for task, head in found}
    block, groups = told["relation"][0], c.heads // c.kv_heads
    part, pairs = net.blocks[block], [(told["relation"][1], told["subject"][1]), (told["wanted"][1], told["asked"][1])]
    assert all(new // groups == old // groups for new, old in pairs)        # they share their values

    def of(head):
        return slice(head * d, (head + 1) * d)
    taken = torch.linalg.qr(torch.cat([part.o.weight[:, of(old)] for _, old in pairs], 1))[0]
    free = torch.randn(c.width, 2 * d, generator=torch.Generator().manual_seed(seed))
    free = torch.linalg.qr(free - taken @ (taken.T @ free))[0]
    for n, (new, old) in enumerate(pairs):
        part.o.weight[:, of(new)] = free[:, of(n)] * part.o.weight[:, of(old)].norm() / d ** 0.5
        part.q.weight[of(new)], part.q.bias[of(new)] = 0.3 * part.q.weight[of(old)], 0.3 * part.q.bias[of(old)]


def together(net, tokenizer, rng, block, count):
    """States of questions and of the statements that answer, each less the mean of its passages; and the means."""
    asked, told, means = [], [], []
    for sample, row in samples(tokenizer, rng, count):
        x = F.rms_norm(rows.states(net, row, block), (net.config.width,))
        found = {hint[3:]: (x[hint[1] + shift], x[rng.randrange(hint[1], hint[2]) + shift])
                 for hint, shift in branch_hints(sample, "look_up") if hint[3] > 0}
        if len(found) > 2:
            q = torch.stack([torch.stack(pair) for pair in found.values()])
            k = torch.stack([torch.stack((x[first], x[last - 1])) for first, last in found])
            means.append(torch.stack((q.mean((0, 1)), k.mean((0, 1)))))
            asked.append((q - q.mean(0)).flatten(0, 1))
            told.append((k - k.mean(0)).flatten(0, 1))
    return torch.cat(asked).double(), torch.cat(told).double(), torch.stack(means).mean(0).double()


def canonical(q, k):
    """(directions of q, of k as columns, their correlations), the strongest first."""
    def white(x):
        e, u = torch.linalg.eigh(x.T @ x / len(x))
        return u / (e + 0.15 * e.mean()).sqrt() @ u.T
    a, b = white(q), white(k)
    u, s, v = torch.linalg.svd(a @ (q.T @ k / len(q)) @ b)
    return a @ u, b @ v.T, s


@torch.no_grad()
def align(net, tokenizer, seed, count):
    c, rng, d = net.config, random.Random(seed), net.config.head_dim
    rng.invented, rng.dressed, rng.loose = 0.1, 0.2, 0.45
    relations.prefer_spelled(tokenizer.sp.encode)
    where = {task: (block, [h for t, h in told if t == task]) for block, told in rows.watchers(c).items()
             for task, _ in told}
    groups = c.heads // c.kv_heads
    block = where["subject"][0]
    directions, offset = discriminants(*names(net, tokenizer, rng, block, count), d)
    _, row = next(samples(tokenizer, rng, 1))
    size = rows.states(net, row, block).norm(dim=1).mean()
    basis = torch.linalg.qr(torch.randn(c.width, 2 * d, generator=torch.Generator().manual_seed(seed)))[0]
    part = net.blocks[block]
    for n, task in enumerate(("subject", "asked")):
        head = where[task][1][0]
        kv = head // groups
        part.v.weight[kv * d:(kv + 1) * d], part.v.bias[kv * d:(kv + 1) * d] = directions.float(), offset.float()
        part.o.weight[:, kv * groups * d:(kv + 1) * groups * d] = 0         # what shared the old values
        part.o.weight[:, head * d:(head + 1) * d] = LOUDNESS * size / (0.4 * d) ** 0.5 * basis[:, n * d:(n + 1) * d]
    block, heads = where["look_up"]
    q, k, (mean_q, mean_k) = together(net, tokenizer, rng, block, count)
    a, b, strength = canonical(q, k)
    part, used = net.blocks[block], 2 * PAIRS * len(heads)
    for n, head in enumerate(heads):
        kv = head // groups
        for layer, at in ((part.q, head * d), (part.k, kv * d)):
            layer.weight[at:at + d], layer.bias[at:at + d] = 0, 0
        for slot in range(2 * PAIRS):
            i = n + len(heads) * slot
            place = d // 2 - 1 - slot // 2 + slot % 2 * (d // 2)            # pairs that turn slowest, from the end
            loud = 2 * (d ** 0.5 * STRENGTH * strength[i] / strength[:used].sum()).sqrt()
            for layer, at, direction, mean in ((part.q, head * d, a[:, i], mean_q), (part.k, kv * d, b[:, i], mean_k)):
                layer.weight[at + place] = (loud * direction / part.attn_norm.weight).float()
                layer.bias[at + place] = -(loud * direction @ mean).float()
        if part.o.weight[:, head * d:(head + 1) * d].norm() == 0:           # a block that is still the identity
            value = torch.linalg.qr(torch.randn(c.width, d, generator=torch.Generator().manual_seed(seed + head)))[0]
            part.v.weight[kv * d:(kv + 1) * d] = value.T
            part.o.weight[:, head * d:(head + 1) * d] = 0.5 * value
    return strength


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                allow_abbrev=False)
    p.add_argument("--work", type=pathlib.Path, required=True, help="folder of checkpoints; last.pt is replaced")
    p.add_argument("--tokenizer", type=pathlib.Path, default=tok.HERE / "tokenizer.model")
    p.add_argument("--samples", type=int, default=300)
    p.add_argument("--ids", action="store_true", help="the heads that carry ids, and nothing else")
    p.add_argument("--relations", action="store_true", help="open the heads for the word of a relation, and nothing else")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seed", type=int, default=1)
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    state = torch.load(o.work / "last.pt", map_location="cpu", weights_only=True)
    net = demo.Demo(demo.Config(**state["config"]))
    net.load_state_dict(state["net"])
    if o.ids or o.relations:
        if o.relations:
            open_relations(net, o.seed)
        if o.ids:
            align_ids(net, tok.Tokenizer(o.tokenizer), o.seed, o.samples)
        state.update(net=net.state_dict(), mean=net.state_dict(), optimisers=None)
        return train.save(o.work / "last.pt", state)
    strength = align(net, tok.Tokenizer(o.tokenizer), o.seed, o.samples)
    print("correlation of questions with their statements:", " ".join(f"{s:.2f}" for s in strength[:32:4]))
    state.update(net=net.state_dict(), mean=net.state_dict(), optimisers=None)
    train.save(o.work / "last.pt", state)


if __name__ == "__main__":
    main()
