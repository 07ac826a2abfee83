#!/usr/bin/env python3
"""Trains the demo model. Everything it needs is made here: data, tokenizer, weights.

  train.py --work DIR --tokens 30e6                  start, or go on from DIR/last.pt
  train.py --work DIR --tokens 10e6 --init demo.gguf go on from shipped weights
  export.py --work DIR --out demo.gguf              make the GGUF

A run may be killed at any time: checkpoints are written to the side and renamed, so at most --save-minutes are lost.
The learning rate goes by tokens, not by time, so it does not matter what else the machine does meanwhile.
"""
import argparse
import copy
import dataclasses
import math
import os
import pathlib
import random
import time

import torch
import torch.nn.functional as F

import data
import evaluate
import hints
import lexicon
import model as demo
import rows
import start
import tokenizer as tok

MEAN = 150                    # steps over which weights are averaged
POOL = 16                      # batches made together: samples sorted by length, so that little is padded


def options():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                allow_abbrev=False)
    p.add_argument("--work", type=pathlib.Path, required=True, help="folder of checkpoints")
    p.add_argument("--tokens", type=float, required=True, help="length of the whole run; the learning rate ends with it")
    p.add_argument("--init", type=pathlib.Path, help="start from the weights of this GGUF")
    p.add_argument("--tokenizer", type=pathlib.Path, default=tok.HERE / "tokenizer.model")
    p.add_argument("--train-tokenizer", action="store_true", help="make the tokenizer first (the weights depend on it)")
    p.add_argument("--layers", type=int, default=12, help="more than in the checkpoint: new blocks start as identity")
    p.add_argument("--context", type=int, default=4096, help="longest sample at the end of the curriculum")
    p.add_argument("--level", type=float, help="set the curriculum's position (0 to 1)")
    p.add_argument("--hold", action="store_true", help="the curriculum stays where it is")
    p.add_argument("--batch-tokens", type=int, default=4096)
    p.add_argument("--lr", type=float, default=0.01, help="of the matrices (Muon); the rest has a quarter of it")
    p.add_argument("--prompt-weight", type=float, default=0.0, help="loss weight of tokens that are no answer")
    p.add_argument("--hints", type=float, default=0.0, help="loss weight of hints (try 0.15); falls with the rate")
    p.add_argument("--save-minutes", type=float, default=3.0)
    p.add_argument("--eval-minutes", type=float, default=10.0)
    p.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    p.add_argument("--compile", action="store_true", help="torch.compile (worth it on a GPU only)")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--workers", type=int, default=0, help="processes that make data (0: none, in line)")
    p.add_argument("--seed", type=int, default=1)
    return p.parse_args()


# --- optimiser --------------------------------------------------------------------------------------------------

def orthogonalise(g, steps=5):
    """Newton-Schulz iteration towards the nearest orthogonal matrix, over a stack of matrices."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        s = x @ x.mT
        x = a * x + (b * s + c * (s @ s)) @ x
    return (x.mT if tall else x).to(g.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum, then an orthogonalised step: for the matrices of the blocks. Matrices of one shape go together."""

    def __init__(self, params, lr, momentum=0.95, decay=0.1):
        groups = {}
        for p in params:
            groups.setdefault(tuple(p.shape), []).append(p)
        super().__init__([{"params": ps} for ps in groups.values()], dict(lr=lr, momentum=momentum, decay=decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            updates = []
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                m.lerp_(p.grad, 1 - group["momentum"])
                updates.append(p.grad.lerp(m, group["momentum"]))
            updates = orthogonalise(torch.stack(updates))
            rows, cols = group["params"][0].shape
            scale = max(1.0, rows / cols) ** 0.5
            for p, u in zip(group["params"], updates):
                p.mul_(1 - group["lr"] * group["decay"]).add_(u, alpha=-group["lr"] * scale)


def optimisers(net, lr, matching=()):
    """`matching`: blocks whose queries and keys have hints. A match is sharp in a few directions, and Muon steps equally
    far in all: AdamW, from the same states, made look-ups right in 200 steps that Muon had not in 1,500."""
    def among(p, others):
        return any(p is other for other in others)
    sharp = [b.get_parameter(f"{n}.weight") for b in (net.blocks[i] for i in matching) for n in "qk"]
    matrices = [p for b in net.blocks for p in b.parameters() if p.requires_grad and p.dim() == 2 and not among(p, sharp)]
    rest = [p for p in net.parameters() if p.requires_grad and not among(p, matrices)]
    return [Muon(matrices, lr), torch.optim.AdamW(rest, lr / 4, betas=(0.9, 0.98), weight_decay=0.0)]


# --- data -------------------------------------------------------------------------------------------------------

def limit_of(level, context):
    """Longest sample at that point of the curriculum."""
    return int(min(context, 320 * (context / 320) ** level)) if context > 320 else context


class Batches(torch.utils.data.IterableDataset):
    """Rows of samples that share about as much. `level` is shared with the trainer."""

    def __init__(self, opts, level, seed):
        self.opts, self.level, self.seed = opts, level, seed

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        seed = self.seed * 1000 + (info.id if info else 0)
        o = self.opts
        source = data.stream(tok.Tokenizer(o.tokenizer), seed, lambda: float(self.level),
                             lambda: limit_of(float(self.level), o.context), o.prompt_weight)
        order = random.Random(seed)
        while True:
            pool, tokens = [], 0
            while tokens < POOL * o.batch_tokens:
                pool.append(next(source))
                tokens += len(pool[-1])
            pool.sort(key=lambda s: (len(s.branches) > 0, s.deepest() // 16, s.shared))
            batches, batch, size = [], [], 0
            for sample in pool:
                if batch and (size + len(sample) > o.batch_tokens or bool(batch[0].branches) != bool(sample.branches)):
                    batches.append(batch)
                    batch, size = [], 0
                batch.append(sample)
                size += len(sample)
            batches.append(batch)
            order.shuffle(batches)
            for batch in batches:
                yield rows.Rows(batch, hints.TASKS)


# --- checkpoints ------------------------------------------------------------------------------------------------

def grow(state, old_layers, layers, net):
    """New blocks stand behind the second and start as the identity: before them words are carried to their neighbours,
    behind them what was carried is used."""
    fresh = net.state_dict()
    new = layers - old_layers
    for name in fresh:
        parts = name.split(".")
        if parts[0] != "blocks":
            fresh[name] = state[name]
            continue
        i, rest = int(parts[1]), ".".join(parts[2:])
        if i < 2 or i >= 2 + new:
            fresh[name] = state[f"blocks.{i if i < 2 else i - new}.{rest}"]
        elif rest in ("o.weight", "down.weight"):
            fresh[name] = torch.zeros_like(fresh[name])
    net.load_state_dict(fresh)


def spell_variants(net, tokenizer):
    """Start spellings of one word (capital or not, with word mark or not) near each other, so that the model need not
    learn from examples that "The" is "the"."""
    base = {}
    with torch.no_grad():
        for i in range(tokenizer.size):
            word = tokenizer.sp.id_to_piece(i).lstrip("\u2581")
            if len(word) > 1 and word.isalpha():
                vector = base.setdefault(word.lower(), net.embed.weight[i].clone())
                net.embed.weight[i] = 0.5 * net.embed.weight[i] + 0.85 * vector


def save(path, payload):
    temporary = path.with_suffix(".tmp")
    torch.save(payload, temporary)
    with open(temporary, "rb") as f:
        os.fsync(f.fileno())
    os.replace(temporary, path)


# --- the run ----------------------------------------------------------------------------------------------------

def main():
    o = options()
    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)
    torch.set_float32_matmul_precision("high")
    torch.set_flush_denormal(True)
    o.work.mkdir(parents=True, exist_ok=True)
    if o.hints and o.layers < rows.LEAST_LAYERS:
        raise SystemExit(f"--layers {o.layers} has no room for hinted heads: {rows.LEAST_LAYERS} or more, or --hints 0")
    config = demo.Config(layers=o.layers)
    if o.train_tokenizer:
        tok.train(data.tokenizer_text(o.seed, 15000), config.vocab, o.tokenizer, lexicon.MARKED)
    tokenizer = tok.Tokenizer(o.tokenizer)
    net = demo.Demo(config)
    done = dict(step=0, tokens=0, level=0.0, hits=0.3, skills={})
    last, state = o.work / "last.pt", None
    if last.exists():
        state = torch.load(last, map_location="cpu", weights_only=True)
        done.update(state["done"])
        if state["config"]["layers"] == o.layers:
            net.load_state_dict(state["net"])
        elif state["config"]["layers"] > o.layers:
            raise SystemExit(f"{last} has {state['config']['layers']} layers, --layers {o.layers} would drop some")
        else:
            grow(state["net"], state["config"]["layers"], o.layers, net)
            state["optimisers"] = None
        print(f"goes on from step {done['step']}, {done['tokens']:,} tokens, level {done['level']:.2f}", flush=True)
    elif o.init:
        import export
        old = export.load(o.init)
        grow(old.state_dict(), old.config.layers, o.layers, net)
    else:
        start.structured(net, o.seed)
        spell_variants(net, tokenizer)
    if o.level is not None:
        done["level"] = o.level
    net.to(o.device)
    watch, looks = rows.watchers(config), {}
    opts = optimisers(net, o.lr, [b for b in watch if b > 1] if o.hints else ())
    if state and state["optimisers"] and state.get("hints", False) == bool(o.hints):
        for opt, s in zip(opts, state["optimisers"]):
            opt.load_state_dict(s)
    level = torch.tensor(done["level"]).share_memory_()
    lexicon.doc_sentences()         # read once, before worker processes are made
    # A new seed after each resume, so that no batch is seen twice.
    loader = torch.utils.data.DataLoader(Batches(o, level, o.seed * 100000 + done["step"]), batch_size=None,
                                         num_workers=o.workers, pin_memory=o.device == "cuda")
    predict = torch.compile(rows.logits, dynamic=True) if o.compile else rows.logits
    saved = evaluated = shown = time.monotonic()
    shown_tokens, hits, loss_mean, skill_hits = done["tokens"], done["hits"], None, done["skills"]

    # A mean of the last few hundred steps' weights is better than the last step's: this is what gets exported.
    mean = copy.deepcopy(net)
    if state and state.get("mean") and state["config"]["layers"] == o.layers:
        mean.load_state_dict(state["mean"])

    def snapshot():
        done.update(level=float(level), hits=hits)
        save(last, dict(hints=bool(o.hints), net=net.state_dict(), mean=mean.state_dict(), done=done,
                        optimisers=[opt.state_dict() for opt in opts],
                        config=dataclasses.asdict(config)))

    for batch in loader:
        now = time.monotonic()
        progress = done["tokens"] / o.tokens
        if progress >= 1:
            break
        # Warm up, hold, then fall to a twentieth over the last 30%; hints to three tenths.
        factor = min(1.0, (done["step"] + 1) / 25, max(0.05, (1 - progress) / 0.3))
        for opt, lr in zip(opts, (o.lr, o.lr / 4)):
            for group in opt.param_groups:
                group["lr"] = lr * factor
        told_weight = o.hints * min(1.0, max(0.3, (1 - progress) / 0.3))
        batch.to(o.device)
        logits, told = predict(net, batch, watch if told_weight else None)
        w = batch.weights[batch.weights > 0]
        target = batch.targets[batch.weights > 0]
        each = F.cross_entropy(logits, target, reduction="none")
        loss = (each * w).sum() / w.sum()
        told = rows.means(told)
        if told:
            loss = loss + told_weight * sum(hints.LOUD.get(task, 1.0) * of for task, of in told.items())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for opt in opts:
            opt.step()
            opt.zero_grad(set_to_none=True)
        with torch.no_grad():
            torch._foreach_lerp_(list(mean.parameters()), list(net.parameters()), 1 / MEAN)
        done["step"] += 1
        done["tokens"] += len(batch.ids)
        if done["step"] % 3 == 0:
            # The curriculum moves on when most answers begin right: the rest of an answer is mostly copied.
            answer, opens = w > o.prompt_weight, batch.opens
            right = (logits.argmax(-1) == target)[opens].float()
            hits += 0.1 * (right.mean().item() - hits)
            for name, r in zip(batch.opened, right.tolist()):
                skill_hits[name] = skill_hits.get(name, 0.3) * 0.98 + 0.02 * r
            for task, loss in told.items():
                seen = math.exp(-loss.item())
                looks[task] = seen if task not in looks else looks[task] + 0.1 * (seen - looks[task])
            value = (each.detach()[answer]).mean().item()
            loss_mean = value if loss_mean is None else loss_mean + 0.3 * (value - loss_mean)
            if hits > 0.85 and float(level) < 1 and not o.hold:
                level.fill_(min(1.0, float(level) + 0.005))
        if now - shown > 20:
            speed = (done["tokens"] - shown_tokens) / (now - shown)
            left = (o.tokens - done["tokens"]) / speed / 60
            print(f"step {done['step']} tokens {done['tokens'] / 1e6:.2f}M answer loss {loss_mean or 0:.3f} "
                  f"first hits {hits:.3f} level {float(level):.2f} (up to {limit_of(float(level), o.context)}) "
                  f"{speed:.0f} tok/s, {left:.0f} min left", flush=True)
            print("   ", " ".join(f"{n} {h:.2f}" for n, h in sorted(skill_hits.items())), flush=True)
            print("    looks:", " ".join(f"{n} {h:.2f}" for n, h in looks.items()), flush=True)
            shown, shown_tokens = now, done["tokens"]
        if now - saved > 60 * o.save_minutes:
            snapshot()
            saved = time.monotonic()
        if now - evaluated > 60 * o.eval_minutes:
            print("held out:", evaluate.line(evaluate.skills(mean, tokenizer, 40, 4, evaluate.MUSTS)), flush=True)
            evaluated = time.monotonic()
    snapshot()
    print("held out:", evaluate.line(evaluate.skills(mean, tokenizer, 100, 4)), flush=True)


if __name__ == "__main__":
    main()
