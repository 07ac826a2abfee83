#!/usr/bin/env python3
"""Greedy ids of the GGUF in PyTorch (fp32, dequantised weights), and whether llama.cpp gives the same.

  agree.py --model demo.gguf                        compare with llama.cpp (pip install xllamacpp)
  agree.py --model demo.gguf --lmp build/release/lmp   compare answers with LMP
  agree.py --model demo.gguf --golden golden.json   write prompts, ids and margins for other engines' tests

A margin is the top logit less the second. llama.cpp rounds activations to 8 bits, so ids may differ where it is small;
after the first difference the texts differ and nothing more is compared.
"""
import argparse
import json
import pathlib
import random
import subprocess
import tempfile
import urllib.request

import torch

import data
import evaluate
import export
import tokenizer as tok


def prompts(count, size):
    """Chats that end where the assistant speaks, over all skills in turn."""
    names = list(data.EVAL)
    out = []
    for i in range(count):
        name = names[i % len(names)]
        messages = data.EVAL[name](random.Random(f"agree {i}"), size, held=True)
        first = next(j for j, m in enumerate(messages) if m[0] == "assistant")
        out.append(messages[:first])
    return out


@torch.no_grad()
def greedy(net, ids, stop, most):
    """(ids, margins), the stop token included."""
    out, margins = [], []
    while len(out) < most and (not out or out[-1] != stop):
        top = net(torch.tensor([ids + out]))[0, -1].topk(2)
        out.append(int(top.indices[0]))
        margins.append(round(float(top.values[0] - top.values[1]), 4))
    return out, margins


class LlamaCpp:
    def __init__(self, path):
        import xllamacpp
        p = xllamacpp.CommonParams()
        p.model.path, p.n_ctx, p.n_parallel, p.cpuparams.n_threads, p.verbosity = str(path), 4096, 1, 1, -1
        self.server = xllamacpp.Server(p)

    def post(self, what, body):
        request = urllib.request.Request(f"{self.server.listening_address}/{what}", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as reply:
            return json.load(reply)

    def greedy(self, ids, most):
        return self.post("completion", dict(prompt=ids, n_predict=most, temperature=0, return_tokens=True,
                                            cache_prompt=False))["tokens"]

    def chat_ids(self, messages):
        """Through the Jinja template and llama.cpp's own tokenizer."""
        chat = [{"role": r, "content": t} for r, t in messages]
        text = self.post("apply-template", {"messages": chat})["prompt"]
        return self.post("tokenize", dict(content=text, add_special=not text.startswith("<s>"), parse_special=True))["tokens"]


def literal(text):
    for a, b in (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), ("\n", "\\n")):
        text = text.replace(a, b)
    return f'"{text}"'


def lmp_answer(binary, model, messages, most):
    """The text that `lmp run` generates after these messages."""
    lines = [f"  {role} {literal(text)}" for role, text in messages]
    program = "fn main() -> string {\n" + "\n".join(lines) + f"\n  gen answer with max: {most}\n  return answer\n}}\n"
    with tempfile.NamedTemporaryFile("w", suffix=".lmp") as f:
        f.write(program)
        f.flush()
        run = subprocess.run([binary, "run", f.name, "--model", str(model)], capture_output=True, text=True, timeout=120)
    return run.stdout.removesuffix("\n") if run.returncode == 0 else f"(exit {run.returncode}) {run.stderr}"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                allow_abbrev=False)
    p.add_argument("--model", type=pathlib.Path, required=True)
    p.add_argument("--tokenizer", type=pathlib.Path, default=tok.HERE / "tokenizer.model")
    p.add_argument("--count", type=int, default=50)
    p.add_argument("--size", type=int, default=4)
    p.add_argument("--most", type=int, default=32, help="longest answer in tokens")
    p.add_argument("--golden", type=pathlib.Path)
    p.add_argument("--lmp", help="the lmp binary")
    o = p.parse_args()
    torch.set_num_threads(1)
    net, tokenizer = export.load(o.model), tok.Tokenizer(o.tokenizer)
    rows = []
    for messages in prompts(o.count, o.size):
        ids, _ = tokenizer.chat(messages, open_assistant=True)
        out, margins = greedy(net, ids, tokenizer.end, o.most)
        rows.append(dict(messages=messages, prompt=ids, greedy=out, margin=margins))
    if o.golden:
        o.golden.write_text("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]\n")
        print(f"{o.golden}: {len(rows)} prompts")
        return
    if o.lmp:
        equal, gaps, controls = 0, [], {tokenizer.end, *tokenizer.role.values()}
        for row in rows:
            # Any control piece ends a generation in LMP; a weak model may say one other than <|end|>.
            stop = next((i for i, t in enumerate(row["greedy"]) if t in controls), None)
            ours = tokenizer.decode(row["greedy"][:stop])
            theirs = lmp_answer(o.lmp, o.model, row["messages"], o.most)
            equal += ours == theirs
            if ours != theirs:
                gaps.append(min(row["margin"]))
                print(f"PyTorch {ours!r}, LMP {theirs!r}, least margin {min(row['margin'])}")
        print(f"answers of LMP alike: {equal} of {len(rows)}; least margins of the others: {gaps}")
        return
    llama = LlamaCpp(o.model)
    same_prompt = equal = 0
    gaps = []
    for row in rows:
        same_prompt += llama.chat_ids(row["messages"]) == row["prompt"]
        theirs = llama.greedy(row["prompt"], o.most)
        ours = [t for t in row["greedy"] if t != tokenizer.end]
        theirs = [t for t in theirs if t != tokenizer.end]
        if ours == theirs:
            equal += 1
        else:
            at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
            gaps.append(row["margin"][at])
    print(f"prompts tokenised alike: {same_prompt} of {len(rows)}")
    print(f"greedy ids alike: {equal} of {len(rows)}; margins where they part: {sorted(gaps)}")


if __name__ == "__main__":
    main()
