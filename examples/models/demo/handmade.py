#!/usr/bin/env python3
"""Questions written by hand over LMP's own docs pages: cite one of the passages, then quote one of its sentences.

  handmade.py --model demo.gguf

A page is cut into passages (paragraphs and list items); the model sees the passage that answers among up to --near of
its neighbours, chooses `cite: string in ids`, then `quote: string in sentences` of that passage. Choices are scored by
likelihood with what ends them, so nothing can be invented. "answer" in handmade.jsonl is a piece of the right sentence.
"""
import argparse
import json
import pathlib
import re

import torch

import export
import tokenizer as tok

ROOT = tok.HERE.parents[2]


def passages(text):
    """Paragraphs and list items, without headings, tables and code; each as one line."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", text)
    blocks = [re.sub(r"\s+", " ", re.sub(r"^\s*(?:[-*]|\d+\.) ", "", b)).strip() for b in blocks]
    return [b for b in blocks if b and b[0] not in "#|"]


def sentences(passage):
    return [s for s in re.split(r"(?<=[.:;])\s+(?=[A-Z`*])", passage) if s]


@torch.no_grad()
def choose(net, tokenizer, prompt, options):
    """The option with the greatest log-probability, <|end|> included."""
    scores = []
    for option in options:
        ids = tokenizer.sp.encode(option) + [tokenizer.end]
        logits = net(torch.tensor([prompt + ids[:-1]]))[0, len(prompt) - 1:].log_softmax(-1)
        scores.append(logits.gather(1, torch.tensor(ids)[:, None]).sum().item())
    return scores.index(max(scores))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                allow_abbrev=False)
    p.add_argument("--model", type=pathlib.Path, default=tok.HERE / "demo.gguf")
    p.add_argument("--near", type=int, default=6, help="passages shown")
    p.add_argument("--check", action="store_true", help="only check that every answer is still in its page")
    o = p.parse_args()
    torch.set_num_threads(1)
    net, tokenizer = (None, None) if o.check else (export.load(o.model), tok.Tokenizer(tok.HERE / "tokenizer.model"))
    cited = quoted = lost = 0
    rows = [json.loads(line) for line in open(tok.HERE / "handmade.jsonl", encoding="utf-8")]
    for row in rows:
        page = passages((ROOT / row["page"]).read_text(encoding="utf-8"))
        want = next((i for i, text in enumerate(page) if any(row["answer"] in s for s in sentences(text))), None)
        if want is None:
            lost += 1
            print(f"{row['page']}: no sentence holds {row['answer']!r}")
            continue
        if o.check:
            continue
        start = max(0, min(want - o.near // 2, len(page) - o.near))
        shown = page[start:start + o.near]
        ids = [str(i + 1) for i in range(len(shown))]
        text = "Passages:\n" + "\n".join(f"[{i}] {s}" for i, s in zip(ids, shown))
        chat = [("user", f"{text}\nQuestion: {row['question']}\nGive the id of the passage.")]
        cite = choose(net, tokenizer, tokenizer.chat(chat, open_assistant=True)[0], ids)
        chat += [("assistant", ids[cite]), ("user", "Quote the sentence.")]
        pool = sentences(shown[cite])
        quote = choose(net, tokenizer, tokenizer.chat(chat, open_assistant=True)[0], pool) if len(pool) > 1 else 0
        cited += cite == want - start
        quoted += row["answer"] in pool[quote]
    print(f"{len(rows)} questions, {lost} lost; right passage {cited}, right sentence {quoted}")


if __name__ == "__main__":
    main()
