#!/usr/bin/env python3
"""Held-out accuracy by teacher forcing: an answer counts when every token of it, <|end|> included, is the argmax.

That is exactly when greedy decoding would produce it, at the cost of one forward pass.

  evaluate.py --model demo.gguf                     accuracy per skill, controls, perplexity
  evaluate.py --model demo.gguf --ask "user text"   one greedy answer
"""
import argparse
import math
import pathlib
import random

import torch
import torch.nn.functional as F

import data
import scenes
import tokenizer as tok

MUSTS = ("hop1", "quote", "cite", "coref", "labels", "absent")      # what training looks at between
LAST_ONLY = {"few_shot"}          # the answer that counts is the last; elsewhere the first
ALL = {"tool"}                    # every answer counts: the call and the use of what it returned


def scored(name, messages):
    """The chat up to the answer that counts, and how many of its answers count (from the end)."""
    if name in ALL:
        return messages, len([m for m in messages if m[0] == "assistant"])
    if name in LAST_ONLY:
        return messages, 1
    first = next(i for i, m in enumerate(messages) if m[0] == "assistant")
    return messages[:first + 1], 1


@torch.no_grad()
def exact(net, tokenizer, chats):
    """For each chat whether its last `count` answers are what greedy decoding gives."""
    device = net.embed.weight.device
    result = [False] * len(chats)
    rows = []
    for i, (messages, count) in enumerate(chats):
        ids, answer = tokenizer.chat(messages)
        answers = [j for j, m in enumerate(messages) if m[0] == "assistant"][-count:]
        before = len(tokenizer.chat(messages[:answers[0]])[0])
        rows.append((len(ids), i, ids, [a and j >= before for j, a in enumerate(answer)]))
    rows.sort()
    for at in range(0, len(rows), 16):
        part = rows[at:at + 16]
        length = part[-1][0]
        ids = torch.tensor([r[2] + [0] * (length - r[0]) for r in part], device=device)
        mask = torch.tensor([r[3] + [False] * (length - r[0]) for r in part], device=device)[:, 1:]
        hidden = net.hidden(ids)[:, :-1]
        right = torch.zeros_like(mask)
        right[mask] = net.logits(hidden[mask]).argmax(-1) == ids[:, 1:][mask]
        for row, good in zip(part, (right | ~mask).all(1).tolist()):
            result[row[1]] = good
    return result


def held_out(name, count, size, seed=777):
    rng = random.Random(f"{seed} {name} {size}")
    return [scored(name, data.EVAL[name](rng, size, held=True)) for _ in range(count)]


def skills(net, tokenizer, count, size, names=None):
    net.eval()
    out = {}
    for name in names or data.EVAL:
        got = exact(net, tokenizer, held_out(name, count, size))
        out[name] = sum(got) / len(got)
    net.train()
    return out


def line(result):
    return " ".join(f"{k} {v:.2f}" for k, v in result.items())


# --- controls: does it read? --------------------------------------------------------------------------------------

def one_hop(rng, size, held=True):
    """A scene and a 1-hop question whose subject has a rival with the same attribute: (scene, question, value, rival)."""
    while True:
        scene = scenes.Scene(rng, size, held, ("hop1",))
        lines = [l for l in scene.lines if l.fact and l.style == "direct"]
        for line in lines:
            rivals = [l for l in lines if l is not line and l.fact.relation is line.fact.relation]
            if rivals:
                question = f"Question: {scenes.rel.ask(rng, line.fact.relation, line.asked_as, held)}"
                return scene, question, line, rivals[0]


def swap(text, a, b):
    mark = "\0"
    return text.replace(a, mark).replace(b, a).replace(mark, b)


def controls(net, tokenizer, count, size):
    """Swap: after exchanging two values in the passages the answer is the other value. Removed: without the passage
    that answers, it says so. Both over questions whose unchanged form is right, and over all."""
    rng = random.Random(4242)
    plain, swapped, removed = [], [], []
    for _ in range(count):
        scene, question, line, rival = one_hop(rng, size)
        value, other, text = line.fact.value, rival.fact.value, scene.text()
        cut = "\n".join(f"[{i}] " + " ".join(kept) for i, s in scene.passages if (kept := [x for x in s if x != line.text]))

        def chat(passages, answer):
            return [("user", f"Passages:\n{passages}\n{question}"), ("assistant", answer)], 1
        plain.append(chat(text, value))
        swapped.append(chat(swap(text, value, other), other))
        removed.append(chat(cut, scenes.ABSENT))
    right, changed, silent = (exact(net, tokenizer, c) for c in (plain, swapped, removed))
    base = [i for i, r in enumerate(right) if r]
    return {"unchanged right": sum(right) / count, "swap changes the answer, all": sum(changed) / count,
            "swap changes the answer, of the right": sum(changed[i] for i in base) / max(1, len(base)),
            "absent without the passage, all": sum(silent) / count}


@torch.no_grad()
def perplexity(net, tokenizer, count, size):
    """Per skill, over the answer's tokens."""
    out = {}
    for name in data.EVAL:
        rng, total, tokens = random.Random(99), 0.0, 0
        for _ in range(count):
            ids, answer = tokenizer.chat(data.EVAL[name](rng, size, held=True))
            at = torch.tensor(answer[1:])
            logits = net(torch.tensor([ids]))[0, :-1][at]
            total += F.cross_entropy(logits, torch.tensor(ids[1:])[at], reduction="sum").item()
            tokens += int(at.sum())
        out[name] = math.exp(total / tokens)
    return out


@torch.no_grad()
def greedy(net, ids, stop, most=120):
    """Greedy continuation; recomputes the prompt for every token, which is slow and plain."""
    out = []
    while len(out) < most:
        token = int(net(torch.tensor([ids + out]))[0, -1].argmax())
        if token == stop:
            break
        out.append(token)
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                allow_abbrev=False)
    p.add_argument("--model", type=pathlib.Path, required=True, help="a GGUF or a checkpoint")
    p.add_argument("--tokenizer", type=pathlib.Path, default=tok.HERE / "tokenizer.model")
    p.add_argument("--count", type=int, default=200, help="samples per skill")
    p.add_argument("--size", type=int, default=4, help="facts per sample")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--ask", help="answer this user message instead")
    p.add_argument("--part", choices=("accuracy", "controls", "perplexity"), help="only this")
    p.add_argument("--f16", action="store_true", help="round the weights to 16 bits first")
    p.add_argument("--show", help="print held-out samples of this skill with the model's answers")
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    import export
    net, tokenizer = export.load(o.model), tok.Tokenizer(o.tokenizer)
    if o.ask:
        ids, _ = tokenizer.chat([("user", o.ask.replace("\\n", "\n"))], open_assistant=True)
        print(tokenizer.decode(greedy(net, ids, tokenizer.end)))
        return
    if o.show:
        for messages, _ in held_out(o.show, 8, o.size, seed=5):
            ids, _ = tokenizer.chat(messages[:-1], open_assistant=True)
            print("\n".join(f"<{r}> {t}" for r, t in messages))
            print("<model>", tokenizer.decode(greedy(net, ids, tokenizer.end)), "\n")
        return
    if o.f16:
        net.half().float()
    parts = {"accuracy": lambda: skills(net, tokenizer, o.count, o.size),
             "controls": lambda: controls(net, tokenizer, o.count, o.size),
             "perplexity": lambda: perplexity(net, tokenizer, max(1, o.count // 10), o.size)}
    for title in [o.part] if o.part else parts:
        result = parts[title]()
        print(f"{title} ({o.count} samples per row, {o.size} facts)")
        for name, value in result.items():
            print(f"  {name:40} {value:.3f}")


if __name__ == "__main__":
    main()
