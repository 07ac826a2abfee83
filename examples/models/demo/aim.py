#!/usr/bin/env python3
"""Teaches hinted heads where to look, up to the look-up: the first blocks alone, without the rest of the network.

  aim.py --work DIR --tokens 2e6         once, behind align.py; then `align.py --ids`, then train.py goes on

A look-up that does not find its statement holds back all that comes behind it. The hints need no answers, so the blocks
behind the look-up are not computed, and of an answer only its beginning is read.
"""
import argparse
import math
import pathlib
import random
import time

import torch

import data
import hints
import model as demo
import relations
import rows
import tokenizer as tok
import train

MIX = {"hop1": 0.15, "hop1_absent": 0.35, "coref": 0.15, "coref_absent": 0.25, "mention": 0.04, "prose": 0.04}
LIMIT = 469                    # tokens of a sample
LOUD = {"look_up": 1.0, "subject": 0.5, "relation": 0.3, "asked": 0.3, "wanted": 0.3, "value": 0.2, "question": 0.2,
        "id": 0.1, "start": 0.1}
WHOLE = 0.4                    # share of samples with whole answers: a look-up has to last


def stream(tokenizer, seed, limit):
    """Endless Samples whose branches mostly end behind the first token of the answer."""
    rng = random.Random(seed)
    relations.prefer_spelled(tokenizer.sp.encode)
    rng.plain = rng.value_first = 0.0
    rng.invented, rng.dressed, rng.loose = 0.1, 0.2, 0.45
    while True:
        name = rng.choices(list(MIX), list(MIX.values()))[0]
        row = data.encode(tokenizer, name, data.MIX[name][2](rng, rng.randint(2, 6)), limit, 0.0)
        if not row or not row.branches:
            continue
        at = row.shared                                  # hints count as if each branch followed the trunk directly
        whole = rng.random() < WHOLE
        for part in () if whole else row.branches:
            end = next((h[1] + 2 for h in part.hints if h[0] == "look_up"), at + len(part.ids))
            del part.ids[end - at:], part.weights[end - at:], part.positions[end - at:]
            part.hints = [(t, a, min(b, end), c, d) for t, a, b, c, d in part.hints if a < min(b, end)]
        data.stretch(rng, row, tokenizer.newline[-1], 800)
        yield row


def batches(source, size, rng):
    while True:
        pool, tokens = [], 0
        while tokens < train.POOL * size:
            pool.append(next(source))
            tokens += len(pool[-1])
        pool.sort(key=lambda s: s.shared)
        found, tokens = [[]], 0
        for sample in pool:
            if found[-1] and tokens + len(sample) > size:
                found.append([])
                tokens = 0
            found[-1].append(sample)
            tokens += len(sample)
        rng.shuffle(found)
        for batch in found:
            yield rows.Rows(batch, hints.TASKS)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                allow_abbrev=False)
    p.add_argument("--work", type=pathlib.Path, required=True, help="folder of checkpoints; last.pt is replaced")
    p.add_argument("--tokens", type=float, default=2e6)
    p.add_argument("--tokenizer", type=pathlib.Path, default=tok.HERE / "tokenizer.model")
    p.add_argument("--batch-tokens", type=int, default=4096)
    p.add_argument("--lr", type=float, default=0.006, help="of the matrices; queries and keys have a quarter of it")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seed", type=int, default=1)
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    torch.set_flush_denormal(True)
    state = torch.load(o.work / "last.pt", map_location="cpu", weights_only=True)
    net = demo.Demo(demo.Config(**state["config"]))
    net.load_state_dict(state["net"])
    watch = rows.watchers(net.config)
    last = min(b for b, told in watch.items() if any(t == "look_up" for t, _ in told))
    for name, part in net.named_parameters():           # what no hint depends on
        block, _, rest = name.removeprefix("blocks.").partition(".")
        if name.startswith("norm") or block.isdigit() and (int(block) > last or int(block) == last
                                                           and rest.split(".")[0] not in ("attn_norm", "q", "k")):
            part.requires_grad_(False)
    opts = train.optimisers(net, o.lr, [b for b in watch if 1 < b <= last])
    source = stream(tok.Tokenizer(o.tokenizer), o.seed, LIMIT)
    seen, done, step, shown = {}, 0, 0, time.monotonic()
    for batch in batches(source, o.batch_tokens, random.Random(o.seed)):
        progress = done / o.tokens
        for opt, lr in zip(opts, (o.lr, o.lr / 4)):
            for group in opt.param_groups:
                group["lr"] = lr * min(1.0, (step + 1) / 25, max(0.05, (1 - progress) / 0.5))
        told = rows.means(rows.aims(net, batch, watch, last))
        sum(LOUD[task] * loss for task, loss in told.items()).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for opt in opts:
            opt.step()
            opt.zero_grad(set_to_none=True)
        step, done = step + 1, done + len(batch.ids)
        for task, loss in told.items():
            seen[task] = seen.get(task, loss.item()) * 0.95 + 0.05 * loss.item()
        if time.monotonic() - shown > 15 or done >= o.tokens:
            shown = time.monotonic()
            print(f"step {step} tokens {done / 1e6:.2f}M", " ".join(f"{t} {math.exp(-x):.2f}" for t, x in seen.items()),
                  flush=True)
        if done >= o.tokens:
            break
    state.update(net=net.state_dict(), mean=net.state_dict(), optimisers=None)
    train.save(o.work / "last.pt", state)


if __name__ == "__main__":
    main()
